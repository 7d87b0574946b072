"""Which threads of a line are not indexed yet, or not up to their last message."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, tuple_, update

from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing
from tipline.search.index import chunks, indexed_of
from tipline.search.models import SearchLine, SearchState
from tipline.threads.models import EraseKey, Message, Thread
from tipline.threads.reading import ThreadSummary, summaries

# A message that was committed after one with a higher id is seen when these are read again. What
# comes later still is found by comparing all threads.
MESSAGES_READ_AGAIN = 1000
# Searching reads fewer of them again, because somebody waits for it.
MESSAGES_SEARCHED_AGAIN = 250
MESSAGES_AT_ONCE = 4000
LOST_AT_ONCE = 1000
THREADS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True, repr=False)
class Waiting:
    """Threads that wait to be indexed, with how far each is, and the message id that they reach.

    `is_all`: there are no more of them.
    """

    threads: list[ThreadSummary]
    indexed: dict[str, int]
    seen: int
    is_all: bool


def oldest_waiting(stores: Stores, line_id: str, most: int) -> Waiting:
    """Return what is to be indexed next: at most so many threads, those marked as lost first."""
    lost = _lost(stores, line_id, most)
    seen = seen_of(stores, line_id)
    rows = _messages_after(stores, seen - MESSAGES_READ_AGAIN)
    wanted: dict[str, None] = dict.fromkeys(lost)
    threads, indexed = _behind(stores, line_id, [*lost, *(thread for _, thread in rows)])
    reached = seen
    for message_id, thread in rows:
        if thread in threads and thread not in wanted:
            if len(wanted) >= most:
                break
            wanted[thread] = None
        reached = max(reached, message_id)
    chosen = [threads[thread] for thread in wanted if thread in threads]
    return Waiting(chosen, indexed, reached, is_all=len(rows) < MESSAGES_AT_ONCE)


def newest_waiting(stores: Stores, line_id: str) -> Waiting:
    """Return what searching must open because it is not indexed: the newest of it."""
    lost = _lost(stores, line_id, LOST_AT_ONCE)
    start = seen_of(stores, line_id) - MESSAGES_SEARCHED_AGAIN
    query = (
        select(Message.thread_id)
        .where(Message.id > start)
        .order_by(Message.id.desc())
        .limit(MESSAGES_AT_ONCE)
    )
    with reading(stores.main) as connection:
        rows = list(connection.execute(query).scalars())
    threads, indexed = _behind(stores, line_id, [*lost, *rows])
    is_all = len(rows) < MESSAGES_AT_ONCE and len(lost) < LOST_AT_ONCE
    return Waiting(list(threads.values()), indexed, start, is_all)


def mark_lost(stores: Stores, line_id: str) -> int:
    """Compare all threads of a line with its index and mark those that are behind. Return how many.

    Finds what came into the store too late to be seen by its number.
    """
    count, after = 0, (-1, "")
    while True:
        query = (
            select(Thread.id, Thread.activity, Thread.messages)
            .where(Thread.line_id == line_id, Thread.is_restricted.is_(False))
            .where(tuple_(Thread.activity, Thread.id) > tuple_(*after))
            .order_by(Thread.activity, Thread.id)
            .limit(THREADS_AT_ONCE)
        )
        with reading(stores.main) as connection:
            rows = connection.execute(query).all()
        with reading(stores.perishable) as connection:
            indexed = indexed_of(connection, [row.id for row in rows])
        behind = [row.id for row in rows if row.messages > indexed.get(row.id, 0)]
        if behind:
            with stores.perishable.begin() as connection:
                count += sum(_mark(connection, line_id, part) for part in chunks(behind))
        if len(rows) < THREADS_AT_ONCE:
            return count
        after = (rows[-1].activity, rows[-1].id)


def _mark(connection: Connection, line_id: str, ids: list[str]) -> int:
    """Mark those of some threads that were not destroyed."""
    living = sorted(_living(connection, ids))
    rows = [{"thread_id": thread, "line_id": line_id, "indexed": 0} for thread in living]
    insert_ignoring_existing(connection, SearchState, rows)
    marked = update(SearchState).where(SearchState.thread_id.in_(living)).values(indexed=0)
    connection.execute(marked)
    return len(living)


def seen_of(stores: Stores, line_id: str) -> int:
    """Return up to which message id a line was looked through."""
    query = select(SearchLine.seen).where(SearchLine.line_id == line_id)
    with reading(stores.perishable) as connection:
        return connection.execute(query).scalar_one_or_none() or 0


def _lost(stores: Stores, line_id: str, most: int) -> list[str]:
    query = (
        select(SearchState.thread_id)
        .where(SearchState.line_id == line_id, SearchState.indexed == 0)
        .limit(most)
    )
    with reading(stores.perishable) as connection:
        return list(connection.execute(query).scalars())


def _messages_after(stores: Stores, start: int) -> list[tuple[int, str]]:
    query = (
        select(Message.id, Message.thread_id)
        .where(Message.id > start)
        .order_by(Message.id)
        .limit(MESSAGES_AT_ONCE)
    )
    with reading(stores.main) as connection:
        return [(row.id, row.thread_id) for row in connection.execute(query)]


def _behind(
    stores: Stores, line_id: str, ids: list[str]
) -> tuple[dict[str, ThreadSummary], dict[str, int]]:
    """Return those of some threads of the line that are not indexed to their end.

    And those that are indexed, but were restricted or destroyed since.
    """
    unique = list(dict.fromkeys(ids))
    with reading(stores.perishable) as connection:
        indexed = indexed_of(connection, unique)
    with reading(stores.main) as connection:
        found = _of_line(connection, line_id, unique)
    behind = [
        thread
        for thread in found
        if thread.is_restricted or thread.messages > indexed.get(thread.id, 0)
    ]
    with reading(stores.perishable) as connection:
        living = _living(connection, [thread.id for thread in behind])
    wanted = {
        thread.id: thread
        for thread in behind
        if thread.id in indexed or (thread.id in living and not thread.is_restricted)
    }
    return wanted, indexed


def _living(connection: Connection, ids: list[str]) -> set[str]:
    """Return those of some threads that were not destroyed."""
    found: set[str] = set()
    for part in chunks(ids):
        keys = select(EraseKey.thread_id).where(EraseKey.thread_id.in_(part))
        found |= set(connection.execute(keys).scalars())
    return found


def _of_line(connection: Connection, line_id: str, ids: list[str]) -> list[ThreadSummary]:
    # The line is no condition of the query: SQLite would go through all its threads instead.
    return [
        thread
        for part in chunks(ids)
        for thread in summaries(connection, Thread.id.in_(part))
        if thread.line_id == line_id
    ]
