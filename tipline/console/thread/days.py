"""In which zone a thread's times are read, the days of a conversation, and the line's night."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from tipline.console.services import console
from tipline.console.thread.conversation import Entry

# Carriers may hold what leaves outside these hours, and a text wakes people (47 CFR 64.1200(c)(1)
# takes 8 AM to 9 PM for solicitations; the carriers' own rules begin at 9 AM).
MORNING, EVENING = time(9), time(21)
# The zone of `wording.exact_time`, so that a day's heading fits the times below it.
SHOWN_ZONE: tzinfo = UTC


@dataclass(slots=True, repr=False)
class Day:
    """A day of a conversation; `date` is None before the first entry that tells its time."""

    date: date | None
    entries: list[Entry] = field(default_factory=list)


def by_day(entries: Iterable[Entry], zone: tzinfo) -> list[Day]:
    """Return entries under their days, in order. One that tells no time follows the one before."""
    days: list[Day] = []
    for entry in entries:
        day = entry.content.at.astimezone(zone).date() if entry.content else None
        if days and (day is None or days[-1].date is None):
            days[-1].date = days[-1].date or day
        elif not days or days[-1].date != day:
            days.append(Day(day))
        days[-1].entries.append(entry)
    return days


def line_zone(line_id: str) -> ZoneInfo:
    """Return the zone in which a line works."""
    # A line has no zone of its own yet; without one it works in UTC.
    return ZoneInfo(getattr(console().lines.by_id(line_id), "time_zone", "UTC"))


def is_night(moment: datetime, zone: tzinfo) -> bool:
    """Tell whether it is before 9 AM or from 9 PM on in a zone."""
    return not MORNING <= moment.astimezone(zone).time() < EVENING
