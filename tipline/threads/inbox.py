"""The inbox: which threads of a member's lines there are, filtered, the urgent ones first.

Each line, and what is open apart from what is closed, is asked for by itself: so every query walks
one stretch of `ix_threads_inbox` in its order and stops when a page is full, however much there is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Select, exists, func, literal, select, tuple_

from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.threads.models import SeenMark, Thread
from tipline.threads.reading import (
    SUMMARY,
    InboxPosition,
    ThreadSummary,
    summary_of,
    visible_to,
)

# In the place of a member's id: threads that nobody has claimed.
NOBODY = ""
ORDER = (Thread.urgency, Thread.activity, Thread.id)


class Status(StrEnum):
    """Which threads, by whether staff are done with them."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


CLOSED_IS = {Status.OPEN: (False,), Status.CLOSED: (True,), Status.ALL: (False, True)}


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What a member wants to see.

    `reader` is that member, for whom threads are unread, and who sees restricted ones that are
    sealed to them; `assignee` is a member's id, `NOBODY`, or
    None for anybody.
    """

    line_ids: tuple[str, ...]
    reader: str = ""
    status: Status = Status.ALL
    assignee: str | None = None
    is_unread: bool = False
    is_unopened: bool = False
    is_urgent: bool = False
    is_waiting: bool = False


def inbox(
    stores: Stores, wanted: InboxFilter, most: int, after: InboxPosition | None = None
) -> list[ThreadSummary]:
    """Return at most `most` threads: the urgent ones first, then the newest activity."""
    with reading(stores.main) as connection:
        places = chain.from_iterable(
            connection.execute(_places(part, after).limit(most)) for part in _parts(wanted)
        )
        ids = [place.id for place in sorted(map(_Place.of, places), reverse=True)[:most]]
        rows = connection.execute(select(*SUMMARY).where(Thread.id.in_(ids)))
        found = {row.id: summary_of(row) for row in rows}
    return [found[thread_id] for thread_id in ids]


def count_threads(stores: Stores, wanted: InboxFilter, most: int) -> int:
    """Return how many threads there are, but count no further than `most`."""
    return count_each(stores, {"": wanted}, most)[""]


def count_each(stores: Stores, wanted: Mapping[str, InboxFilter], most: int) -> dict[str, int]:
    """Return how many threads each of some filters shows, none counted further than `most`."""
    with reading(stores.main) as connection:
        return {name: _count(connection, one, most) for name, one in wanted.items()}


def unread_among(stores: Stores, member_id: str, thread_ids: Collection[str]) -> frozenset[str]:
    """Return which of some threads a member has not read to the resident's newest message."""
    query = select(Thread.id).where(Thread.id.in_(list(thread_ids)), _is_unread(member_id))
    with reading(stores.main) as connection:
        return frozenset(connection.execute(query).scalars())


def newest_activity(stores: Stores, line_ids: Collection[str], reader: str = "") -> int:
    """Return the place of the newest message of some lines that a member may see, or 0."""
    with reading(stores.main) as connection:
        return max((_newest(connection, line_id, reader) for line_id in line_ids), default=0)


def count_new(
    stores: Stores, line_ids: Collection[str], since: int, most: int, reader: str = ""
) -> int:
    """Return in how many threads residents wrote since and nobody answered, no further than `most`.

    A hint for somebody who looks at an older page. Two intake workers may commit in another order
    than they number, so that a thread is missed here; it is never missed in the inbox itself.
    """
    total = 0
    with reading(stores.main) as connection:
        for line_id in line_ids:
            rows = (
                select(literal(1))
                .where(Thread.line_id == line_id, Thread.activity > since)
                .where(Thread.is_waiting.is_(True), visible_to(reader))
                .limit(most - total)
                .subquery()
            )
            total += connection.execute(select(func.count()).select_from(rows)).scalar_one()
            if total >= most:
                break
    return total


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    urgency: int
    activity: int
    id: str

    @classmethod
    def of(cls, row: Any) -> _Place:
        return cls(row.urgency, row.activity, row.id)


@dataclass(frozen=True, slots=True)
class _Part:
    """One line's open or closed threads."""

    line_id: str
    is_closed: bool
    wanted: InboxFilter


def _parts(wanted: InboxFilter) -> Iterator[_Part]:
    for line_id in wanted.line_ids:
        for is_closed in CLOSED_IS[wanted.status]:
            yield _Part(line_id, is_closed, wanted)


def _places(part: _Part, after: InboxPosition | None) -> Select[int, int, str]:
    # With urgency fixed SQLite walks the index in order only if it is not asked to order by it too.
    first = 1 if part.wanted.is_urgent else 0
    order = ORDER[first:]
    query = (
        select(*ORDER)
        .where(Thread.line_id == part.line_id, Thread.is_closed.is_(part.is_closed))
        .where(*_conditions(part.wanted))
        .order_by(*(column.desc() for column in order))
    )
    if after is not None:
        # One batch of intake gives all its threads the same activity: the id decides among them.
        values = (after.urgency, after.activity, after.thread_id)
        query = query.where(tuple_(*order) < tuple_(*values[first:]))
    return query


def _conditions(wanted: InboxFilter) -> Iterator[Any]:
    yield visible_to(wanted.reader)
    if wanted.assignee == NOBODY:
        yield Thread.assignee.is_(None)
    elif wanted.assignee is not None:
        yield Thread.assignee == wanted.assignee
    if wanted.is_unread:
        yield _is_unread(wanted.reader)
    if wanted.is_unopened:
        yield Thread.is_opened.is_(False)
    if wanted.is_urgent:
        yield Thread.urgency == 1
    if wanted.is_waiting:
        yield Thread.is_waiting.is_(True)


def _is_unread(member_id: str) -> Any:
    read = exists().where(
        SeenMark.member_id == member_id,
        SeenMark.thread_id == Thread.id,
        SeenMark.sequence >= Thread.resident_sequence,
    )
    return ~read


def _count(connection: Connection, wanted: InboxFilter, most: int) -> int:
    total = 0
    for part in _parts(wanted):
        rows = _places(part, None).order_by(None).limit(most - total).subquery()
        total += connection.execute(select(func.count()).select_from(rows)).scalar_one()
        if total >= most:
            break
    return total


def _newest(connection: Connection, line_id: str, reader: str) -> int:
    # In the order of an index, so that the first row that may be seen ends it.
    query = (
        select(Thread.activity)
        .where(Thread.line_id == line_id, visible_to(reader))
        .order_by(Thread.activity.desc())
        .limit(1)
    )
    return int(connection.execute(query).scalar_one_or_none() or 0)
