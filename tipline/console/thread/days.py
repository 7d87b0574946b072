"""The days of a conversation, and a line's night."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from tipline.console.thread.conversation import Entry
from tipline.console.wording import in_zone

# Carriers may hold what leaves outside these hours, and a text wakes people (47 CFR 64.1200(c)(1)
# takes 8 AM to 9 PM for solicitations; the carriers' own rules begin at 9 AM).
MORNING, EVENING = time(9), time(21)


@dataclass(slots=True, repr=False)
class Day:
    """A day of a conversation; `date` is None before the first entry that tells its time."""

    date: date | None
    entries: list[Entry] = field(default_factory=list)


def by_day(entries: Iterable[Entry], zone: str) -> list[Day]:
    """Return entries under their days in a zone (IANA), in order.

    One that tells no time follows the one before.
    """
    days: list[Day] = []
    for entry in entries:
        day = in_zone(entry.content.at, zone).date() if entry.content else None
        if days and (day is None or days[-1].date is None):
            days[-1].date = days[-1].date or day
        elif not days or days[-1].date != day:
            days.append(Day(day))
        days[-1].entries.append(entry)
    return days


def is_night(moment: datetime, zone: str) -> bool:
    """Tell whether it is before 9 AM or from 9 PM on in a zone (IANA)."""
    return not MORNING <= in_zone(moment, zone).time() < EVENING
