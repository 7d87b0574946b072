"""Inserts that tolerate an existing row, and counters, on both databases."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from tipline.db.reading import reading
from tipline.db.upserts import add_to_counter, insert_ignoring_existing
from tipline.envelopes.models import DedupeTag
from tipline.incidents.models import Incident

MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)


def tag(number: int, day: date = MONDAY) -> dict[str, object]:
    return {"tag": bytes([number]) * 32, "day": day}


def days(engine: Engine) -> dict[int, date]:
    with reading(engine) as connection:
        rows = connection.execute(select(DedupeTag.tag, DedupeTag.day)).all()
    return {row.tag[0]: row.day for row in rows}


def test_existing_rows_are_skipped_and_kept_and_new_ones_counted(main: Engine) -> None:
    with main.begin() as connection:
        assert insert_ignoring_existing(connection, DedupeTag, []) == 0
        assert insert_ignoring_existing(connection, DedupeTag, [tag(1), tag(2)]) == 2
    with main.begin() as connection:
        rows = [tag(1, TUESDAY), tag(3, TUESDAY), tag(3, MONDAY)]
        assert insert_ignoring_existing(connection, DedupeTag, rows) == 1
    assert days(main) == {1: MONDAY, 2: MONDAY, 3: TUESDAY}


def test_a_row_that_is_wrong_is_not_skipped_silently(main: Engine) -> None:
    wrong = {"tag": b"\x07" * 32, "day": None}
    with pytest.raises(IntegrityError), main.begin() as connection:
        insert_ignoring_existing(connection, DedupeTag, [tag(1), wrong])
    assert days(main) == {}


def test_threads_that_insert_the_same_row_agree_who_was_first(main: Engine) -> None:
    count = 8
    start = threading.Barrier(count)
    new: list[int] = []

    def store() -> None:
        start.wait()
        with main.begin() as connection:
            inserted = insert_ignoring_existing(connection, DedupeTag, [tag(1)])
        new.append(inserted)

    run(store, count)
    assert sorted(new) == [0] * (count - 1) + [1]


def test_a_counter_starts_at_zero_and_each_day_and_kind_has_its_own(main: Engine) -> None:
    for kind, day, amount in (
        ("a", MONDAY, 2),
        ("a", MONDAY, 3),
        ("a", TUESDAY, 1),
        ("b", MONDAY, 7),
    ):
        with main.begin() as connection:
            add_to_counter(connection, Incident, {"kind": kind, "day": day}, "count", amount)
    with reading(main) as connection:
        rows = connection.execute(select(Incident.kind, Incident.day, Incident.count)).all()
    assert {(row[0], row[1]): row[2] for row in rows} == {
        ("a", MONDAY): 5,
        ("a", TUESDAY): 1,
        ("b", MONDAY): 7,
    }


def test_no_count_is_lost_between_threads(main: Engine) -> None:
    """Also when none of them finds the row there: a read and a write afterwards would lose some."""
    count = 12
    start = threading.Barrier(count)

    def add() -> None:
        start.wait()
        for _ in range(3):
            with main.begin() as connection:
                add_to_counter(connection, Incident, {"kind": "a", "day": MONDAY}, "count", 1)

    run(add, count)
    with reading(main) as connection:
        assert connection.execute(select(Incident.count)).scalar_one() == 3 * count


def run(work: object, count: int) -> None:
    failed: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
