"""Activity: how many entries a log has of each day, for a picture of weeks.

What is to be seen in it: a day on which nobody did anything, a day with far more than others, and
work at night. Five weeks by weekday show each against the days that should be like it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, String, func, select

from tipline.audit.acts import Act
from tipline.audit.browsing import Wanted, chosen_log, days_of, filters_of, numbers_of
from tipline.audit.models import LogEntry

WEEKS: Final = 5
_DAY: Final = timedelta(days=1)
IsNight = Callable[[datetime], bool]


@dataclass(frozen=True, slots=True)
class Day:
    """How many entries a day in UTC has, and how many of them are of the night."""

    day: date
    count: int
    at_night: int


@dataclass(frozen=True, slots=True)
class Activity:
    """Days in a row, without a gap; none if the log is younger than what is asked for.

    `older`: the day up to which there is more; None if there is not.
    """

    days: tuple[Day, ...]
    older: date | None


def activity(
    connection: Connection, wanted: Wanted, today: date, is_night: IsNight = lambda _: False
) -> Activity:
    """Count the entries that are looked for on the last days, at most five weeks from Monday on.

    Args:
        connection: one that reads the main store.
        wanted: what is looked for. The last day is its own, or today; no day is before its first.
        today: in UTC.
        is_night: tells of the beginning of an hour in UTC whether that hour counts as night.

    Raises:
        NoLogError, NoSuchLogError: there is no log, or none of that number.
    """
    log = chosen_log(connection, wanted.log).number
    last = min(wanted.until or today, today)
    began = max(_began(connection, log) or today, wanted.since or date.min)
    if last < began:
        return Activity((), None)
    first = max(began, _monday(last) - (WEEKS - 1) * 7 * _DAY)
    hours = _hours(connection, log, replace(wanted, since=first, until=last))
    days = tuple(_days(first, last, hours, is_night))
    return Activity(days, first - _DAY if first > began else None)


def _monday(day: date) -> date:
    # Of the first days of all there is none; a log has no entry of them.
    return day - day.weekday() * _DAY if day.toordinal() > 7 * WEEKS else day


def _began(connection: Connection, log: int) -> date | None:
    first = select(LogEntry.at).where(LogEntry.log == log).order_by(LogEntry.sequence).limit(1)
    at = connection.execute(first).scalar()
    return at.date() if at else None


def _hours(connection: Connection, log: int, wanted: Wanted) -> dict[datetime, int]:
    """Return how many entries each hour has, by its beginning in UTC; of no entries, nothing.

    Only the wanted days are walked: all entries in the index of times, which alone says enough, and
    what fills checkpoints up taken away again; else those of a member, an act or threads in their
    own index. Were times asked for there, SQLite would take the index of times and read every row.
    """
    numbers = numbers_of(connection, log, wanted)
    if wanted.actor or wanted.act or wanted.threads is not None:
        return _counted(connection, log, *filters_of(wanted), *numbers)
    everything = _counted(connection, log, *days_of(wanted))
    filling = _counted(connection, log, LogEntry.act == Act.PADDING.value, *numbers)
    return {hour: count - filling.get(hour, 0) for hour, count in everything.items()}


def _counted(
    connection: Connection, log: int, *conditions: ColumnElement[bool]
) -> dict[datetime, int]:
    hour = _hour(connection)
    query = select(hour, func.count()).where(LogEntry.log == log, *conditions).group_by(hour)
    return {
        datetime.strptime(words, "%Y-%m-%d %H").replace(tzinfo=UTC): count
        for words, count in connection.execute(query)
    }


def _hour(connection: Connection) -> ColumnElement[str]:
    """Return what both databases write in the same way, as in `2026-11-20 09`."""
    at: Any = LogEntry.at
    if connection.dialect.name == "postgresql":
        return func.to_char(at, "YYYY-MM-DD HH24", type_=String)
    # Times are kept as text. To read it as a time would cost more than all else of the query.
    return func.substr(at, 1, len("2026-11-20 09"), type_=String)


def _days(first: date, last: date, hours: Mapping[datetime, int], is_night: IsNight) -> list[Day]:
    counts: dict[date, int] = defaultdict(int)
    nights: dict[date, int] = defaultdict(int)
    for hour, count in hours.items():
        counts[hour.date()] += count
        nights[hour.date()] += count if is_night(hour) else 0
    length = (last - first).days + 1
    days = (first + number * _DAY for number in range(length))
    return [Day(day, counts[day], nights[day]) for day in days]
