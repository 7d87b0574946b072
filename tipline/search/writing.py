"""Writing a line's index: adding what was read of threads, and putting segments together.

Two processes may do it for the same line at once: whoever comes second finds that what it worked
from has changed, and writes nothing.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from tipline import logs
from tipline.crypto.errors import CannotOpenError
from tipline.db.reading import reading
from tipline.lines.keyrings import LineKeyring
from tipline.search.index import (
    chunks,
    discard_segments,
    drop_segments,
    forget,
    indexed_of,
    lock_line,
)
from tipline.search.models import SearchLine, SearchPage, SearchPlace, SearchSegment, SearchState
from tipline.search.segments import SearchKey, Segment
from tipline.threads.models import EraseKey

SEGMENT_ID_BYTES = 16
# A segment is put together with others of its size class until it covers this many threads. A
# larger one would be quicker to search; forgetting one thread would make more to index again.
SIZE_CLASSES = (32, 256, 1024)
MERGED_AT_ONCE = 8


@dataclass(slots=True, repr=False)
class Batch:
    """What was read of some threads of a line.

    `before`, `after`: up to which message each was indexed when it was read (None: never), and will
    be. `dropped`: threads of which nothing may stay. `seen`: as in `SearchLine`.
    """

    line_id: str
    seen: int
    words: dict[str, set[str]] = field(default_factory=dict)
    before: dict[str, int | None] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)


def write_batch(perishable: Engine, batch: Batch, key: SearchKey) -> bool:
    """Add a batch to the index. Return False, and add nothing, if another process was quicker."""
    words = {thread: found for thread, found in batch.words.items() if found}
    segment_id = secrets.token_hex(SEGMENT_ID_BYTES)
    segment = Segment.of(words)
    pages = segment.sealed_pages(key, segment_id) if words else {}
    with perishable.begin() as connection:
        seen = lock_line(connection, batch.line_id)
        if not _is_unchanged(connection, batch):
            return False
        if batch.dropped:
            forget(connection, batch.line_id, batch.dropped)
        if pages:
            _insert(connection, key, segment_id, segment.threads, pages)
        for ids in chunks(batch.after):
            connection.execute(delete(SearchState).where(SearchState.thread_id.in_(ids)))
        rows = [
            {"thread_id": thread, "line_id": batch.line_id, "indexed": indexed}
            for thread, indexed in batch.after.items()
        ]
        if rows:
            connection.execute(insert(SearchState), rows)
        connection.execute(
            update(SearchLine)
            .where(SearchLine.line_id == batch.line_id)
            .values(seen=max(seen, batch.seen))
        )
    return True


def merge_segments(perishable: Engine, line_id: str, keyring: LineKeyring) -> bool:
    """Renew segments of older key generations, or put small ones together; one piece of work.

    What does not open was damaged or not made by a member: its threads are to be indexed again.
    Return whether there was something to do.
    """
    parts: dict[str, Segment] = {}
    refused: list[str] = []
    with reading(perishable) as connection:
        for segment_id, generation in _choose(connection, line_id, keyring):
            try:
                parts[segment_id] = _load(connection, segment_id, generation, keyring)
            except CannotOpenError:
                logs.event("search_segment_refused", logging.ERROR)
                refused.append(segment_id)
    if refused:
        with perishable.begin() as connection:
            lock_line(connection, line_id)
            discard_segments(connection, refused)
    elif parts:
        _replace(perishable, parts, SearchKey.of(keyring.newest))
    return bool(parts or refused)


def _replace(perishable: Engine, parts: dict[str, Segment], key: SearchKey) -> None:
    """Put one segment in the place of several, unless one of them is gone meanwhile."""
    merged, segment_id = Segment.merged(list(parts.values())), secrets.token_hex(SEGMENT_ID_BYTES)
    pages = merged.sealed_pages(key, segment_id)
    with perishable.begin() as connection:
        lock_line(connection, key.line_id)
        query = select(func.count()).where(SearchSegment.id.in_(list(parts)))
        if connection.execute(query).scalar_one() == len(parts):
            drop_segments(connection, list(parts))
            _insert(connection, key, segment_id, merged.threads, pages)


def _is_unchanged(connection: Connection, batch: Batch) -> bool:
    """Tell whether the batch's threads still exist and nobody has indexed them meanwhile.

    The erase keys are in this store: whoever destroys a thread deletes its key and calls `forget`
    in one transaction, and `forget` takes the line's lock. So nothing of a thread that is gone is
    written after it went.
    """
    current = indexed_of(connection, batch.before)
    if any(current.get(thread) != indexed for thread, indexed in batch.before.items()):
        return False
    living = 0
    for ids in chunks(batch.after):
        query = select(func.count()).where(EraseKey.thread_id.in_(ids))
        living += connection.execute(query).scalar_one()
    return living == len(batch.after)


def _insert(
    connection: Connection,
    key: SearchKey,
    segment_id: str,
    threads: Sequence[str],
    pages: dict[int, bytes],
) -> None:
    row = {
        "id": segment_id,
        "line_id": key.line_id,
        "generation": key.generation,
        "threads": len(threads),
    }
    connection.execute(insert(SearchSegment), row)
    connection.execute(
        insert(SearchPage),
        [
            {"segment_id": segment_id, "page": page, "sealed": sealed}
            for page, sealed in pages.items()
        ],
    )
    places = [{"thread_id": thread, "segment_id": segment_id} for thread in threads]
    connection.execute(insert(SearchPlace), places)


def _choose(connection: Connection, line_id: str, keyring: LineKeyring) -> list[tuple[str, int]]:
    """Return id and generation of the segments to rewrite next."""
    query = (
        select(SearchSegment.id, SearchSegment.generation, SearchSegment.threads)
        .where(SearchSegment.line_id == line_id)
        .order_by(SearchSegment.number)
    )
    newest = keyring.newest.generation
    by_class: dict[int, list[tuple[str, int]]] = {}
    for row in connection.execute(query):
        if row.generation < newest:
            if row.generation in keyring.by_generation:
                return [(row.id, row.generation)]
        elif row.generation == newest and row.threads < SIZE_CLASSES[-1]:
            size_class = next(limit for limit in SIZE_CLASSES if row.threads < limit)
            by_class.setdefault(size_class, []).append((row.id, row.generation))
    for entries in by_class.values():
        if len(entries) >= MERGED_AT_ONCE:
            return entries[:MERGED_AT_ONCE]
    return []


def _load(
    connection: Connection, segment_id: str, generation: int, keyring: LineKeyring
) -> Segment:
    query = select(SearchPage.page, SearchPage.sealed).where(SearchPage.segment_id == segment_id)
    pages = {row.page: row.sealed for row in connection.execute(query)}
    return Segment.opened(SearchKey.of(keyring.by_generation[generation]), segment_id, pages)
