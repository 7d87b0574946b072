"""Office hours on the wall clock of the line's zone, also when that clock is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipline.lines.office_hours import (
    BadTimeError,
    EmptyRangeError,
    LongOfficeHoursError,
    OfficeHours,
    OfficeHoursError,
    UnknownDayError,
)

ZONE = "America/Los_Angeles"
WEEK = "Mon-Fri 08:00-17:00; Sat 10:00-14:00"


def local(text: str, zone: str = ZONE, *, fold: int = 0) -> datetime:
    """A moment by the clock on the wall, in UTC."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return moment.astimezone(UTC)


def is_open(hours: str, text: str, zone: str = ZONE, *, fold: int = 0) -> bool:
    return OfficeHours.parse(hours).is_open(local(text, zone, fold=fold), zone)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-20T07:59:59", False),  # a Friday
        ("2026-11-20T08:00:00", True),
        ("2026-11-20T16:59:59", True),
        ("2026-11-20T17:00:00", False),
        ("2026-11-21T09:59:00", False),
        ("2026-11-21T10:00:00", True),
        ("2026-11-21T14:00:00", False),
        ("2026-11-22T12:00:00", False),
        ("2026-11-23T08:00:00", True),
    ],
)
def test_a_week(at: str, expected: bool) -> None:
    assert is_open(WEEK, at) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-20T21:59:00", False),
        ("2026-11-20T22:00:00", True),
        ("2026-11-21T00:00:00", True),
        ("2026-11-21T05:59:00", True),
        ("2026-11-21T06:00:00", False),
        ("2026-11-21T22:30:00", False),
        ("2026-11-20T03:00:00", False),
    ],
)
def test_a_range_past_midnight_belongs_to_the_day_on_which_it_begins(
    at: str, expected: bool
) -> None:
    assert is_open("Fri 22:00-06:00", at) is expected


def test_the_night_from_sunday_to_monday() -> None:
    assert is_open("Sun 22:00-06:00", "2026-11-23T03:00:00")
    assert not is_open("Sun 22:00-06:00", "2026-11-22T03:00:00")


def test_a_whole_day_and_days_over_the_end_of_the_week() -> None:
    for day in (20, 21, 22, 23):  # Friday to Monday
        for hour in ("00:00:00", "23:59:59"):
            assert is_open("Fri-Mon 00:00-24:00", f"2026-11-{day}T{hour}")
    assert not is_open("Fri-Mon 00:00-24:00", "2026-11-24T00:00:00")
    assert not is_open("Fri-Mon 00:00-24:00", "2026-11-19T23:59:59")


def test_several_ranges_and_days_and_spellings() -> None:
    hours = "mon, WED 8:00-12:00, 13:00-17:00\nTue 09:00 – 10:00;"
    for at, expected in (
        ("2026-11-23T08:30:00", True),
        ("2026-11-23T12:30:00", False),
        ("2026-11-25T16:30:00", True),
        ("2026-11-24T09:30:00", True),
        ("2026-11-24T10:30:00", False),
        ("2026-11-26T09:30:00", False),
    ):
        assert is_open(hours, at) is expected, at


@pytest.mark.parametrize("text", ["", "  ", ";", "\n;\n"])
def test_without_hours_it_is_always_open(text: str) -> None:
    hours = OfficeHours.parse(text)
    assert hours.is_always_open
    assert hours.is_open(datetime(2026, 11, 22, 3, tzinfo=UTC), ZONE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # Clocks go forward on 8 March 2026 and back on 1 November 2026.
        ("2026-03-06", "2026-03-09"),
        ("2026-10-30", "2026-11-02"),
    ],
    ids=["spring", "autumn"],
)
def test_it_opens_at_eight_by_the_wall_before_and_after_clocks_change(
    before: str, after: str
) -> None:
    for day in (before, after):
        assert not is_open(WEEK, f"{day}T07:59:59")
        assert is_open(WEEK, f"{day}T08:00:00")
    apart = local(f"{after}T08:00:00") - local(f"{before}T08:00:00")
    assert apart != timedelta(days=3), "in UTC it is another hour"


def open_minutes(hours: str, start: datetime, end: datetime, zone: str) -> list[datetime]:
    """The minutes in which it is open, by a clock that is moved minute by minute."""
    parsed, found = OfficeHours.parse(hours), []
    while start < end:
        if parsed.is_open(start, zone):
            found.append(start)
        start += timedelta(minutes=1)
    return found


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-03-07", 7 * 60), ("2026-10-31", 9 * 60), ("2026-06-13", 8 * 60)],
    ids=["an hour less", "an hour more", "as always"],
)
def test_the_night_in_which_clocks_change_is_an_hour_shorter_or_longer(
    day: str, expected: int
) -> None:
    start = local(f"{day}T12:00:00")
    found = open_minutes("Sat 22:00-06:00", start, start + timedelta(days=1), ZONE)
    assert len(found) == expected
    assert found == sorted(found)
    assert found[-1] - found[0] == timedelta(minutes=expected - 1), "without a gap"
    assert found[0] == local(f"{day}T22:00:00")


def test_the_hour_that_comes_twice_is_open_or_closed_both_times() -> None:
    for fold in (0, 1):
        assert is_open("Sun 01:00-02:00", "2026-11-01T01:30:00", fold=fold)
        assert not is_open("Sun 02:00-03:00", "2026-11-01T01:30:00", fold=fold)
    found = open_minutes(
        "Sun 01:00-02:00", local("2026-11-01T00:00:00"), local("2026-11-01T12:00:00"), ZONE
    )
    assert len(found) == 120


def test_the_hour_that_does_not_come_is_not_waited_for() -> None:
    found = open_minutes(
        "Sun 02:00-03:00", local("2026-03-08T00:00:00"), local("2026-03-08T12:00:00"), ZONE
    )
    assert found == []


def test_another_zone_is_another_day() -> None:
    moment = datetime(2026, 11, 20, 23, tzinfo=UTC)  # Saturday morning in Manila
    hours = OfficeHours.parse("Sat 06:00-08:00")
    assert hours.is_open(moment, "Asia/Manila")
    assert not hours.is_open(moment, ZONE)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Mon", OfficeHoursError),
        ("08:00-17:00", OfficeHoursError),
        ("always", OfficeHoursError),
        ("Mon-", OfficeHoursError),
        ("Mon-Tue-Wed 08:00-17:00", UnknownDayError),
        ("Day 08:00-17:00", UnknownDayError),
        ("Mon-Xyz 08:00-17:00", UnknownDayError),
        ("Mon 8-17", BadTimeError),
        ("Mon 08:00", BadTimeError),
        ("Mon 08:60-17:00", BadTimeError),
        ("Mon 25:00-26:00", BadTimeError),
        ("Mon 24:00-06:00", BadTimeError),
        ("Mon 08:00-24:01", BadTimeError),
        ("Mon 08:00-17:00,", BadTimeError),
        ("Mon ٠٨:٠٠-١٧:٠٠", BadTimeError),
        ("Mon 08:00-08:00", EmptyRangeError),
        ("Mon 08:00-09:00;" * 26, LongOfficeHoursError),
    ],
)
def test_what_is_wrong_is_said(text: str, error: type[OfficeHoursError]) -> None:
    with pytest.raises(OfficeHoursError) as caught:
        OfficeHours.parse(text)
    assert caught.type is error
    assert str(caught.value) == error.message, "a sentence of ours that repeats nothing"


@settings(max_examples=300)
@given(st.text(max_size=60) | st.text("monfri satu-;, 0128:–", max_size=60))
def test_whatever_is_typed_there_are_hours_or_a_sentence(text: str) -> None:
    try:
        hours = OfficeHours.parse(text)
    except OfficeHoursError:
        return
    hours.is_open(datetime(2026, 11, 20, tzinfo=UTC), ZONE)
