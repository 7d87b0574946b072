"""Threads that share a transaction: each is told the truth about its own value."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.db.crowd import AnnouncedLock, Crowd, commit_in_one_group
from tipline.db.group_commit import GroupCommit
from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing
from tipline.envelopes.models import DedupeTag

DAY = date(2026, 11, 2)
GOOD, BAD = DAY, None
Value = tuple[int, date | None]


class Recorder:
    """A group that stores tags, and remembers what it did."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.groups: list[list[Value]] = []
        self.afterwards: list[list[Value]] = []
        self.fail: Callable[[Sequence[Value]], None] = lambda _values: None
        self.group: GroupCommit[Value] = GroupCommit(engine, self._work, self._after)

    def _work(self, connection: Connection, values: Sequence[Value]) -> list[bool]:
        self.groups.append(list(values))
        self.fail(values)
        rows = [{"tag": bytes([number]) * 32, "day": day} for number, day in values]
        return [insert_ignoring_existing(connection, DedupeTag, [row]) == 1 for row in rows]

    def _after(self, values: Sequence[Value]) -> None:
        # What is told here is already there for everybody.
        assert {number for number, _day in values} <= self.stored()
        self.afterwards.append(list(values))

    def stored(self) -> set[int]:
        with reading(self.engine) as connection:
            return {tag[0] for tag in connection.execute(select(DedupeTag.tag)).scalars()}

    def commit(self, values: Sequence[Value]) -> list[Any]:
        return commit_in_one_group(self.group, [partial(self.group.commit, v) for v in values])


@pytest.fixture
def recorder(main: Engine) -> Recorder:
    return Recorder(main)


def test_what_is_committed_is_there_for_others_before_the_call_returns(recorder: Recorder) -> None:
    count = 24
    start = threading.Barrier(count)

    def call(number: int) -> bool:
        start.wait()
        return recorder.group.commit((number, GOOD)) and number in recorder.stored()

    crowd = Crowd()
    crowd.start([partial(call, number) for number in range(count)])
    assert crowd.join() == [True] * count
    assert recorder.stored() == set(range(count))
    told = [number for group in recorder.afterwards for number, _day in group]
    assert sorted(told) == list(range(count))


def test_those_who_wait_share_one_transaction_in_the_order_in_which_they_came(
    recorder: Recorder,
) -> None:
    values = [(number, GOOD) for number in range(20)]
    assert recorder.commit(values) == [True] * 20
    assert recorder.groups == [values]
    assert recorder.afterwards == [values]


def test_each_gets_the_result_of_its_own_value(recorder: Recorder) -> None:
    with recorder.engine.begin() as connection:
        for number in (0, 2, 4):
            connection.execute(insert(DedupeTag), {"tag": bytes([number]) * 32, "day": DAY})
    results = recorder.commit([(number, GOOD) for number in range(6)])
    assert results == [False, True, False, True, False, True]


def test_a_bad_value_fails_alone_and_the_others_are_kept(recorder: Recorder) -> None:
    values = [(number, BAD if number == 3 else GOOD) for number in range(6)]
    results = recorder.commit(values)
    assert isinstance(results.pop(3), IntegrityError)
    assert results == [True] * 5
    assert recorder.stored() == {0, 1, 2, 4, 5}
    assert recorder.afterwards == [[value for value in values if value[1] is GOOD]]


def test_a_value_that_comes_first_and_is_bad_fails_alone_as_well(recorder: Recorder) -> None:
    """The thread that does the work for all has the bad value itself."""
    results = recorder.commit([(0, BAD), (1, GOOD), (2, GOOD)])
    assert isinstance(results[0], IntegrityError)
    assert results[1:] == [True, True]
    assert recorder.afterwards == [[(1, GOOD), (2, GOOD)]]


def test_of_equal_values_in_a_group_exactly_one_is_new(recorder: Recorder) -> None:
    assert sorted(recorder.commit([(7, GOOD)] * 10)) == [False] * 9 + [True]
    assert recorder.stored() == {7}


def test_a_store_that_is_away_fails_all_and_is_not_asked_for_each(recorder: Recorder) -> None:
    """With a busy timeout of ten seconds, trying each of them alone would take minutes."""

    def away(_values: Sequence[Value]) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    recorder.fail = away
    results = recorder.commit([(number, GOOD) for number in range(8)])
    assert [type(result) for result in results] == [OperationalError] * 8
    assert len(recorder.groups) == 1
    assert recorder.afterwards == []
    assert recorder.stored() == set()
    recorder.fail = lambda _values: None
    assert recorder.commit([(number, GOOD) for number in range(8)]) == [True] * 8


def test_who_comes_while_the_store_does_not_answer_waits_no_second_time(recorder: Recorder) -> None:
    """The first waits for the busy timeout; whoever came meanwhile would wait for two of them."""
    is_asked, may_fail = threading.Event(), threading.Event()

    def away(_values: Sequence[Value]) -> None:
        is_asked.set()
        assert may_fail.wait(30)
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    recorder.fail = away
    recorder.group._turn = lock = AnnouncedLock()
    crowd = Crowd()
    crowd.start([partial(recorder.group.commit, (0, GOOD))])
    assert is_asked.wait(30)
    crowd.start([partial(recorder.group.commit, (number, GOOD)) for number in range(1, 5)])
    lock.wait_for(5)
    may_fail.set()
    assert [type(result) for result in crowd.join()] == [OperationalError] * 5
    assert recorder.groups == [[(0, GOOD)]]


def test_nobody_is_told_that_a_value_was_kept_when_the_one_who_led_was_stopped(
    recorder: Recorder,
) -> None:
    """SystemExit, say. The gateway would answer "kept" and the tip would be lost."""

    def stop(_values: Sequence[Value]) -> None:
        raise SystemExit

    recorder.fail = stop
    results = recorder.commit([(number, GOOD) for number in range(4)])
    kinds = sorted(type(result).__name__ for result in results)
    assert kinds == ["NotCommittedError"] * 3 + ["SystemExit"]
    assert recorder.stored() == set()
    assert recorder.afterwards == []


def test_a_value_alone_is_committed_alone(recorder: Recorder) -> None:
    assert recorder.group.commit((1, GOOD)) is True
    assert recorder.group.commit((1, GOOD)) is False
    with pytest.raises(IntegrityError):
        recorder.group.commit((2, BAD))
    assert recorder.groups == [[(1, GOOD)], [(1, GOOD)], [(2, BAD)], [(2, BAD)]]
    assert recorder.afterwards == [[(1, GOOD)], [(1, GOOD)]]
