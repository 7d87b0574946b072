"""The picture of activity: five weeks by weekday, a bar for each day that leads to its entries.

Published log viewers (Kibana, Seq, SolarWinds) draw entries over time above the list, after the
same filter, and narrow the list to the bar that is chosen. Theirs are one row of thin bars; by
weekday they are wide enough for a finger, and a Sunday stands below other Sundays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final

from flask import url_for
from flask_babel import format_date, gettext, ngettext
from sqlalchemy import Connection

from tipline.audit.activity import Activity, Day, activity
from tipline.audit.browsing import Wanted
from tipline.console.log.clocks import is_night_at, zones_of
from tipline.console.wording import day_words, decimalformat

# In units of the drawing, which is as wide as the page lets it be. On a phone of 320 pixels a unit
# is nearly one of them, so a day is more than the 24 that WCAG 2.2 (2.5.8) wants.
WIDTH, HEIGHT, HEADING = 44, 54, 18
TALLEST, SHORTEST = 32, 3
_A_MONDAY: Final = date(2026, 11, 16)


@dataclass(frozen=True, slots=True)
class Bar:
    """A day's place and bar.

    Attributes:
        left, top: of the day's place, in units of the drawing.
        tall, night: how tall the bar of the day is, and beside it that of the night.
        mark: what stands below the bar.
        words: what a screen reader says, and what is shown when somebody points at it.
        address: of the day's entries; empty if there are none.
        is_silent: whether nobody did anything on that day at all.
    """

    day: Day
    left: int
    top: int
    tall: float
    night: float
    mark: str
    words: str
    address: str
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, and what is said of it in words.

    Attributes:
        bars: by day.
        width, height: of the drawing, in its units.
        weekdays: short names, from Monday on, and where their middle is.
        summary: sentences that say what is to be seen.
        older: the address of the weeks before; empty if there are none.
    """

    bars: tuple[Bar, ...]
    width: int
    height: int
    weekdays: tuple[tuple[str, int], ...]
    summary: tuple[str, ...]
    older: str


def draw(
    connection: Connection, wanted: Wanted, today: date, fields: Mapping[str, str]
) -> Picture | None:
    """Return the picture of what is looked for; None if that is before there was a log.

    Args:
        connection: one that reads the main store.
        wanted: what is looked for.
        today: in UTC.
        fields: the same as it stands in the page's address.

    Raises:
        NoLogError: there is no log.
    """
    is_night = partial(is_night_at, tuple(zones_of(connection).values()))
    found = activity(connection, wanted, today, is_night)
    if not found.days:
        return None
    is_everything = not (wanted.actor or wanted.act or wanted.threads is not None)
    bars = _bars(found, today if is_everything else date.min, fields)
    older = {**fields, "until": found.older.isoformat()} if found.older else {}
    return Picture(
        bars,
        width=7 * WIDTH,
        height=bars[-1].top + HEIGHT,
        weekdays=tuple(_heading(column) for column in range(7)),
        summary=_summary(bars),
        older=url_for("log.show", **older) if older else "",  # type: ignore[arg-type]
    )


def _heading(column: int) -> tuple[str, int]:
    name = format_date(_A_MONDAY + timedelta(days=column), "ccc")
    return str(name), column * WIDTH + WIDTH // 2


def _bars(found: Activity, silent_before: date, fields: Mapping[str, str]) -> tuple[Bar, ...]:
    """Place the days; both bars of a day have the scale of all.

    A day without entries is silent if all entries are looked for, and if it is over.
    """
    most = max(max(day.count - day.at_night, day.at_night) for day in found.days)
    monday = found.days[0].day - timedelta(days=found.days[0].day.weekday())
    return tuple(
        Bar(
            day,
            left=day.day.weekday() * WIDTH,
            top=HEADING + (day.day - monday).days // 7 * HEIGHT,
            tall=_tall(day.count - day.at_night, most),
            night=_tall(day.at_night, most),
            mark=_mark(day.day, is_first=day is found.days[0]),
            words=_words(day),
            address=_address(day.day, fields) if day.count else "",
            is_silent=not day.count and day.day < silent_before,
        )
        for day in found.days
    )


def _tall(count: int, most: int) -> float:
    return max(SHORTEST, TALLEST * count / most) if count else 0


def _mark(day: date, *, is_first: bool) -> str:
    return str(format_date(day, "d MMM" if is_first or day.day == 1 else "d"))


def _address(day: date, fields: Mapping[str, str]) -> str:
    of_day = {**fields, "since": day.isoformat(), "until": day.isoformat()}
    return url_for("log.show", **of_day)  # type: ignore[arg-type]


def _words(day: Day) -> str:
    if not day.count:
        return gettext("%(day)s: no entry", day=day_words(day.day))
    entries = _entries(day.count)
    if not day.at_night:
        return gettext("%(day)s: %(entries)s", day=day_words(day.day), entries=entries)
    return gettext(
        "%(day)s: %(entries)s, %(night)s at night",
        day=day_words(day.day),
        entries=entries,
        night=decimalformat(day.at_night),
    )


def _entries(count: int) -> str:
    return ngettext("%(count)s entry", "%(count)s entries", count, count=decimalformat(count))


def _summary(bars: tuple[Bar, ...]) -> tuple[str, ...]:
    """Say what the picture shows to whoever does not see it."""
    said = [
        gettext(
            "From %(first)s to %(last)s: %(entries)s.",
            first=day_words(bars[0].day.day),
            last=day_words(bars[-1].day.day),
            entries=_entries(sum(bar.day.count for bar in bars)),
        )
    ]
    most = max(bars, key=lambda bar: bar.day.count).day
    if most.count:
        said.append(gettext("Most on one day: %(words)s.", words=_words(most)))
    silent = sum(bar.is_silent for bar in bars)
    if silent:
        said.append(
            ngettext(
                "On %(num)d day nobody did anything.",
                "On %(num)d days nobody did anything.",
                silent,
            )
        )
    return tuple(said)
