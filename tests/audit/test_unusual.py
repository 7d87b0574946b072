"""What the rules point out, and what they leave alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.audit.acts import Act, Outcome
from tipline.audit.entries import Entry
from tipline.audit.unusual import (
    MANY_EMPTY_SEARCHES,
    MANY_FAILED_SIGN_INS,
    MANY_OF_OTHERS,
    MANY_REFUSALS,
    MANY_THREADS,
    NIGHTS_OF_A_SHIFT,
    Rule,
    Unusual,
    unusual,
)

ANN, BEN, LINE = "a" * 32, "b" * 32, "c" * 32
# A Friday, three in the afternoon in California.
AFTERNOON = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
ZONES = {LINE: ZoneInfo("America/Los_Angeles")}


def did(act: Act, at: datetime = AFTERNOON, **more: Any) -> Entry:
    return Entry(at, act, more.pop("outcome", Outcome.DONE), "console", **{"actor": ANN, **more})


def viewed(count: int, at: datetime = AFTERNOON, apart: float = 1.0, **more: Any) -> list[Entry]:
    return [
        did(
            Act.VIEW_THREAD,
            at + timedelta(seconds=apart * number),
            **{"thread": f"{number:032x}", "line": LINE, **more},
        )
        for number in range(count)
    ]


def rules(entries: Sequence[Entry], **assignees: str) -> list[tuple[Rule, int]]:
    return [(one.rule, one.count) for one in unusual(entries, assignees, ZONES)]


def test_many_threads_within_an_hour() -> None:
    assert rules(viewed(MANY_THREADS - 1)) == []
    assert rules(viewed(MANY_THREADS)) == [(Rule.MANY_THREADS, MANY_THREADS)]


def test_as_many_over_a_day_are_nothing_unusual() -> None:
    assert rules(viewed(MANY_THREADS, AFTERNOON - timedelta(hours=7), apart=600)) == []


def test_one_thread_many_times_is_nothing_unusual() -> None:
    assert rules(viewed(MANY_THREADS, thread="d" * 32)) == []


def test_threads_that_somebody_else_works_on() -> None:
    seen = viewed(MANY_OF_OTHERS)
    whose = {entry.thread: BEN for entry in seen}
    found = unusual(seen, whose, ZONES)
    assert found == [Unusual(AFTERNOON.date(), Rule.OTHERS_THREADS, ANN, MANY_OF_OTHERS)]
    assert unusual(seen, {entry.thread: ANN for entry in seen}, ZONES) == []
    assert unusual(seen, {}, ZONES) == []


def test_at_night_by_the_clock_of_the_line() -> None:
    # Eleven at night in Coordinated Universal Time is the afternoon there; noon is four at night.
    assert rules(viewed(1, datetime(2026, 11, 20, 12, 0, tzinfo=UTC))) == [(Rule.AT_NIGHT, 1)]
    assert rules(viewed(1, AFTERNOON)) == []


def test_who_works_at_night_has_a_shift() -> None:
    nights = [
        entry
        for day in range(NIGHTS_OF_A_SHIFT)
        for entry in viewed(3, datetime(2026, 11, 16 + day, 12, 0, tzinfo=UTC))
    ]
    assert rules(nights) == []
    assert rules(nights[:-3]) == [(Rule.AT_NIGHT, 3)] * (NIGHTS_OF_A_SHIFT - 1)


@pytest.mark.parametrize(
    ("entry", "many", "rule", "member"),
    [
        (did(Act.SEARCH, found=0), MANY_EMPTY_SEARCHES, Rule.EMPTY_SEARCHES, ANN),
        (did(Act.VIEW_THREAD, outcome=Outcome.NOT_DONE), MANY_REFUSALS, Rule.REFUSED, ANN),
        (
            did(Act.SIGN_IN, outcome=Outcome.NOT_DONE, actor="", subject=BEN),
            MANY_FAILED_SIGN_INS,
            Rule.FAILED_SIGN_INS,
            BEN,
        ),
    ],
)
def test_what_is_counted_by_the_day(entry: Entry, many: int, rule: Rule, member: str) -> None:
    assert unusual([entry] * (many - 1), {}, ZONES) == []
    found = unusual([entry] * many, {}, ZONES)
    assert found == [Unusual(AFTERNOON.date(), rule, member, many)]


def test_a_search_that_finds_something_is_nothing_unusual() -> None:
    assert rules([did(Act.SEARCH, found=1)] * 100) == []


ENTRIES = st.lists(
    st.builds(
        did,
        st.sampled_from(list(Act)),
        st.datetimes(datetime(2026, 11, 14), datetime(2026, 11, 21), timezones=st.just(UTC)),
        actor=st.sampled_from(["", ANN, BEN]),
        thread=st.sampled_from(["", "d" * 32, "e" * 32]),
        line=st.sampled_from(["", LINE, "f" * 32]),
        found=st.sampled_from([None, 0, 3]),
        outcome=st.sampled_from(list(Outcome)),
    ),
    max_size=60,
)


@given(ENTRIES)
def test_any_week_can_be_looked_at(entries: list[Entry]) -> None:
    entries.sort(key=lambda entry: entry.at)
    for one in unusual(entries, {"d" * 32: BEN}, ZONES):
        assert one.member in (ANN, BEN)
        assert one.count > 0
