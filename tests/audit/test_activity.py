"""How many entries there are of each day: as many as are found on it, and no day is left out."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine

from tests.support.house import House
from tests.support.logs import Keeper
from tipline.audit.activity import WEEKS, Activity, Day, activity
from tipline.audit.acts import Act, Outcome
from tipline.audit.browsing import Wanted, find, numbers_of
from tipline.audit.entries import Entry
from tipline.audit.recording import record
from tipline.audit.sequencing import NoLogError
from tipline.console.log.clocks import is_night_at
from tipline.db.reading import reading

FRIDAY = datetime(2026, 11, 20, 9, 41, 17, tzinfo=UTC)
TODAY = FRIDAY.date()
MONDAY_BEFORE = date(2026, 10, 19)  # the first day of five weeks that end today
ANN, BEN = "a" * 32, "b" * 32
CALIFORNIA = (ZoneInfo("America/Los_Angeles"),)


@pytest.fixture
def keeper(house: House) -> Keeper:
    keeper = Keeper(house.stores.main)
    keeper.begin()
    return keeper


def did(at: datetime, act: Act = Act.VIEW_THREAD, actor: str = ANN, thread: str = "") -> Entry:
    return Entry(at, act, Outcome.DONE, "console", actor=actor, thread=thread)


def log(keeper: Keeper, *entries: Entry) -> None:
    with keeper.engine.begin() as connection:
        record(connection, *entries)
    keeper.sequencer.run()


def shown(engine: Engine, wanted: Wanted | None = None, today: date = TODAY) -> Activity:
    with reading(engine) as connection:
        return activity(
            connection, wanted or Wanted(), today, lambda hour: is_night_at(CALIFORNIA, hour)
        )


def all_found(engine: Engine, wanted: Wanted) -> list[date]:
    """The days of what the page would list, page by page."""
    days, before = [], None
    with reading(engine) as connection:
        while True:
            page = find(connection, wanted, before)
            days += [one.at.date() for one in page.entries]
            before = page.older
            if before is None:
                return days


def test_each_day_has_as_many_entries_as_are_found_on_it(keeper: Keeper) -> None:
    chance, threads = random.Random(7), ["c" * 32, "d" * 32]
    start = FRIDAY - timedelta(days=60)
    entries = [
        did(
            start + timedelta(minutes=number * 110 + chance.randrange(-200, 200)),
            chance.choice([Act.VIEW_THREAD, Act.REPLY, Act.SIGN_IN]),
            chance.choice([ANN, BEN]),
            chance.choice(threads),
        )
        for number in range(780)
    ]
    log(keeper, *entries)
    keeper.publish()
    for wanted in (
        Wanted(),
        Wanted(actor=ANN),
        Wanted(act=Act.REPLY.value),
        Wanted(threads=(threads[0],)),
        Wanted(threads=()),
        Wanted(actor=BEN, act=Act.SIGN_IN.value, threads=tuple(threads)),
        Wanted(until=date(2026, 11, 1)),
        Wanted(since=date(2026, 11, 3), until=date(2026, 11, 12), actor=BEN),
    ):
        found = shown(keeper.engine, wanted)
        first, last = found.days[0].day, found.days[-1].day
        listed = Counter(all_found(keeper.engine, replace(wanted, since=first, until=last)))
        assert {day.day: day.count for day in found.days if day.count} == listed, wanted


def test_five_weeks_from_monday_on_without_a_gap(keeper: Keeper) -> None:
    log(keeper, did(FRIDAY - timedelta(days=100)), did(FRIDAY - timedelta(days=3)), did(FRIDAY))
    found = shown(keeper.engine)
    assert [day.day for day in found.days] == [
        MONDAY_BEFORE + timedelta(days=number) for number in range(7 * (WEEKS - 1) + 5)
    ]
    assert [day for day in found.days if day.count] == [
        Day(TODAY - timedelta(days=3), 1, 1),
        Day(TODAY, 1, 1),
    ]
    assert found.older == MONDAY_BEFORE - timedelta(days=1)


def test_one_comes_to_the_beginning_of_the_log_by_going_back(keeper: Keeper) -> None:
    log(keeper, *(did(FRIDAY - timedelta(days=number)) for number in reversed(range(100))))
    seen, wanted = [], Wanted()
    while True:
        found = shown(keeper.engine, wanted)
        seen = [*found.days, *seen]
        if found.older is None:
            break
        wanted = Wanted(until=found.older)
    assert [day.day for day in seen] == [TODAY - timedelta(days=99 - at) for at in range(100)]
    assert all(day.count == 1 for day in seen)


def test_a_day_before_the_log_is_none_without_entries(keeper: Keeper) -> None:
    log(keeper, did(FRIDAY - timedelta(days=2)), did(FRIDAY))
    assert [day.count for day in shown(keeper.engine).days] == [1, 0, 1]


def test_a_day_that_is_asked_for_and_days_that_never_were(keeper: Keeper) -> None:
    log(keeper, did(FRIDAY - timedelta(days=50)), did(FRIDAY))
    assert shown(keeper.engine, Wanted(since=TODAY, until=TODAY)) == Activity(
        (Day(TODAY, 1, 1),), None
    )
    for since, until in (
        (None, date.min),
        (date.max, None),
        (date.max, date.max),
        (TODAY, TODAY - timedelta(days=1)),
        (TODAY + timedelta(days=1), None),
    ):
        assert shown(keeper.engine, Wanted(since=since, until=until)) == Activity((), None)
    assert len(shown(keeper.engine, Wanted(since=date.min, until=date.max)).days) == 33


def test_what_fills_checkpoints_up_is_no_activity(keeper: Keeper) -> None:
    log(keeper, did(FRIDAY))
    keeper.publish()
    assert [day.count for day in shown(keeper.engine).days] == [1]


def test_the_night_is_that_of_the_lines(keeper: Keeper) -> None:
    midnight = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)  # in California
    minutes = (-1, 0, 299, 300)
    log(keeper, *(did(midnight + timedelta(minutes=each)) for each in minutes))
    assert shown(keeper.engine).days == (Day(TODAY, 4, 2),)


def test_clocks_that_disagree_and_lines_that_are_none() -> None:
    night_in_one = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert is_night_at(CALIFORNIA, night_in_one)
    assert not is_night_at((*CALIFORNIA, ZoneInfo("Asia/Manila")), night_in_one)
    assert not is_night_at((), night_in_one)


def test_before_there_is_a_log_and_before_it_has_an_entry(house: House) -> None:
    with pytest.raises(NoLogError):
        shown(house.stores.main)
    Keeper(house.stores.main).begin()
    assert shown(house.stores.main).days == (Day(TODAY, 0, 0),)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(), "COVERING INDEX ix_audit_entries_at (log=? AND at>? AND at<?)"),
        (Wanted(), "ix_audit_entries_act (log=? AND act=? AND sequence>? AND sequence<?)"),
        (Wanted(act="reply"), "ix_audit_entries_act (log=? AND act=? AND sequence>? AND sequence<"),
        (Wanted(actor=ANN), "ix_audit_entries_actor (log=? AND actor=? AND sequence>? AND sequen"),
        (Wanted(threads=("c",)), "ix_audit_entries_thread (log=? AND thread_id=? AND sequence>?"),
    ],
)
def test_the_log_is_not_searched_as_a_whole(
    sqlite_house: House, wanted: Wanted, index: str
) -> None:
    keeper = Keeper(sqlite_house.stores.main)
    keeper.begin()
    log(keeper, *(did(FRIDAY - timedelta(days=200 - at)) for at in range(200)))
    plans = plans_of(keeper.engine, lambda reader: activity(reader, wanted, TODAY))
    assert any(index in plan for plan in plans), plans
    assert [plan for plan in plans if plan.startswith("SCAN")] == []


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(until=TODAY - timedelta(days=300)),
        Wanted(since=TODAY + timedelta(days=300)),
        Wanted(since=TODAY - timedelta(days=300), until=TODAY - timedelta(days=299)),
    ],
)
def test_nothing_is_searched_for_days_without_entries(keeper: Keeper, wanted: Wanted) -> None:
    log(keeper, *(did(FRIDAY - timedelta(days=200 - at)) for at in range(200)))
    with reading(keeper.engine) as connection:
        (condition,) = numbers_of(connection, 1, wanted)
        assert str(condition) == "false"
        assert find(connection, wanted).entries == ()


def plans_of(engine: Engine, act: Callable[[Connection], object]) -> list[str]:
    """How SQLite goes about what is asked of the entries."""
    asked: list[str] = []
    with reading(engine) as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.set_trace_callback(asked.append)
        act(connection)
        raw.set_trace_callback(None)
        return [
            str(row[3])
            for statement in asked
            if "audit_entries" in statement
            for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}")
        ]
