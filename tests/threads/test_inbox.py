"""The inbox's filters, order and pages, compared with a plain reading of all rows."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from tests.support.house import ANNA, BEN, LINE, OTHER_LINE, House
from tipline.threads.inbox import (
    NOBODY,
    InboxFilter,
    Status,
    count_new,
    count_threads,
    inbox,
    newest_activity,
    unread_among,
)
from tipline.threads.models import SeenMark, Thread
from tipline.threads.reading import InboxPosition
from tipline.threads.seen import mark_seen

READER, OTHER = "a" * 32, "b" * 32
FILTERS: dict[str, dict[str, Any]] = {
    "all": {},
    "open": {"status": Status.OPEN},
    "closed": {"status": Status.CLOSED},
    "mine": {"assignee": READER},
    "nobody's": {"assignee": NOBODY},
    "unread": {"is_unread": True},
    "unopened": {"is_unopened": True},
    "urgent": {"is_urgent": True},
    "waiting": {"is_waiting": True},
    "several": {"status": Status.OPEN, "is_unread": True, "is_waiting": True, "assignee": NOBODY},
}


@pytest.fixture
def crowd(house: House) -> list[Any]:
    """Many threads with every mix of marks, few activities, on two lines, as rows."""
    house.text(ANNA, "ice")
    house.drain()
    model = dict(house.rows(Thread)[0]._mapping)
    chance = random.Random(7)
    lines = [house.bundles[line].line_id for line in (LINE, OTHER_LINE)]
    rows = [
        model
        | {
            "id": f"{chance.getrandbits(128):032x}",
            "line_id": chance.choice(lines),
            "alias": f"alias-{number}",
            "activity": chance.randrange(30),
            "urgency": int(chance.random() < 0.2),
            "assignee": chance.choice([None, READER, OTHER]),
            "resident_sequence": chance.randrange(1, 4),
            **{name: chance.random() < 0.5 for name in ("is_opened", "is_waiting", "is_closed")},
        }
        for number in range(300)
    ]
    seen = [
        {"member_id": member, "thread_id": row["id"], "sequence": chance.randrange(1, 4)}
        for row in rows
        for member in (READER, OTHER)
        if chance.random() < 0.6
    ]
    with house.stores.main.begin() as connection:
        connection.execute(insert(Thread), rows)
        connection.execute(insert(SeenMark), seen)
    return house.rows(Thread)


def expected(house: House, wanted: InboxFilter, rows: list[Any]) -> list[str]:
    """What a filter means, said once more in plain words."""
    seen = {row.thread_id: row.sequence for row in house.rows(SeenMark) if row.member_id == READER}
    checks = [
        lambda row: row.line_id in wanted.line_ids,
        lambda row: wanted.status is Status.ALL or row.is_closed == (wanted.status == "closed"),
        lambda row: wanted.assignee is None or (row.assignee or NOBODY) == wanted.assignee,
        lambda row: not wanted.is_unread or seen.get(row.id, 0) < row.resident_sequence,
        lambda row: not wanted.is_unopened or not row.is_opened,
        lambda row: not wanted.is_urgent or row.urgency == 1,
        lambda row: not wanted.is_waiting or row.is_waiting,
    ]
    found = [row for row in rows if all(check(row) for check in checks)]
    found.sort(key=lambda row: (row.urgency, row.activity, row.id), reverse=True)
    return [row.id for row in found]


@pytest.mark.parametrize("name", list(FILTERS))
def test_pages_of_a_filter_hold_what_it_means_in_order(
    house: House, crowd: list[Any], name: str
) -> None:
    lines = tuple(house.bundles[line].line_id for line in (LINE, OTHER_LINE))
    for line_ids in (lines, lines[:1]):
        wanted = InboxFilter(line_ids, reader=READER, **FILTERS[name])
        right = expected(house, wanted, crowd)
        assert len(right) > 2
        seen, page = [], inbox(house.stores, wanted, 7)
        while page:
            seen += [thread.id for thread in page]
            page = inbox(house.stores, wanted, 7, page[-1].position)
        assert seen == right
        assert count_threads(house.stores, wanted, 1000) == len(right)
        assert count_threads(house.stores, wanted, 3) == min(3, len(right))


def test_no_line_has_no_threads(house: House, crowd: list[Any]) -> None:
    assert inbox(house.stores, InboxFilter(()), 10) == []
    assert count_threads(house.stores, InboxFilter(()), 10) == 0
    assert newest_activity(house.stores, ()) == 0


@pytest.mark.parametrize("is_later_page", [False, True], ids=["first page", "later page"])
@pytest.mark.parametrize("name", ["open", "mine", "unopened", "urgent", "waiting", "several"])
def test_the_common_filters_walk_the_index_in_its_order(
    house: House, backend: str, crowd: list[Any], name: str, is_later_page: bool
) -> None:
    """No sorting, and no row of sealed keys read, however many threads there are."""
    from tipline.threads.inbox import _parts, _places

    choice = {"status": Status.OPEN} | FILTERS[name]
    wanted = InboxFilter((house.bundles[LINE].line_id,), reader=READER, **choice)
    (part,) = _parts(wanted)
    after = InboxPosition(0, 15, "8" * 32) if is_later_page else None
    query = _places(part, after).limit(51)
    compiled = query.compile(house.stores.main, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN " if backend == "sqlite" else "EXPLAIN "
    with house.stores.main.begin() as connection:
        if backend == "postgresql":
            # A few rows are read whole whatever the indexes are; a real line has thousands.
            # What it then sorts all the same, no index gives it in order.
            for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
                connection.execute(text(f"SET LOCAL enable_{way} = off"))
        plan = " ".join(str(row) for row in connection.execute(text(explain + str(compiled))))
    # With few rows PostgreSQL may take the index of searching, which has the same order.
    assert "ix_threads_inbox" in plan or "ix_threads_line_id_activity_filters" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
    if is_later_page:
        # It goes on where the page before ended, and does not walk there again.
        assert "activity,id)<" in plan or "ROW(" in plan, plan


def test_each_member_has_their_own_unread_marks(house: House) -> None:
    house.text(ANNA, "ice")
    house.drain()
    thread = house.only_thread()

    def unread() -> list[bool]:
        return [bool(unread_among(house.stores, one, [thread.id])) for one in (READER, OTHER)]

    assert unread() == [True, True]
    assert mark_seen(house.stores, thread, READER)
    assert unread() == [False, True]
    assert house.only_thread().is_opened
    assert not mark_seen(house.stores, thread, READER), "looking again writes nothing"
    house.reply("Where?")
    assert unread() == [False, True], "what members write is no news"
    house.text(ANNA, "there")
    house.drain()
    assert unread() == [True, True]
    mark_seen(house.stores, house.only_thread(), READER)
    assert mark_seen(house.stores, replace(thread), OTHER)
    assert unread() == [False, True], "a page that was loaded before does not count as read"


def test_an_older_page_takes_nothing_back(house: House) -> None:
    house.text(ANNA, "ice")
    house.drain()
    older = house.only_thread()
    house.text(ANNA, "more ice")
    house.drain()
    mark_seen(house.stores, house.only_thread(), READER)
    with house.stores.main.begin() as connection:
        connection.execute(update(Thread).values(is_opened=False))  # so that it is written at all
    mark_seen(house.stores, older, READER)
    with house.stores.main.connect() as connection:
        assert connection.execute(select(SeenMark.sequence)).scalars().all() == [2]


def test_what_is_new_since_a_version(house: House) -> None:
    lines = [house.bundles[line].line_id for line in (LINE, OTHER_LINE)]
    house.text(ANNA, "ice")
    house.drain()
    since = newest_activity(house.stores, lines)
    assert count_new(house.stores, lines, since, 10) == 0
    house.text(BEN, "fire")
    house.text(ANNA, "more ice")
    house.text(ANNA, "elsewhere", line=OTHER_LINE)
    house.drain()
    assert count_new(house.stores, lines, since, 10) == 3
    assert count_new(house.stores, lines, since, 2) == 2
    assert count_new(house.stores, lines[:1], since, 10) == 2
