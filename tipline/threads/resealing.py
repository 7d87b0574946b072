"""Re-sealing open threads to the newest generation of their line's keys.

After somebody was removed from a line, each thread that is not closed gets its private key sealed
to the newest generation, in small batches. What is done and what is left is told by the threads'
own rows: whoever is killed on the way leaves nothing half done, and two at once do no harm. Closed
threads keep their generation; restricted ones are not sealed to the line at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from tipline.crypto.errors import CannotOpenError
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.lines.certificates import FIRST_GENERATION
from tipline.lines.keyrings import LineKeyring
from tipline.threads.keys import KeyPlace, open_thread_key, reseal_thread_key
from tipline.threads.models import EraseKey, Thread

BATCH = 200


@dataclass(frozen=True, slots=True)
class Batch:
    """What one batch did. `skipped`: threads whose keys did not open, which are left as they are.

    A thread that somebody else re-sealed, closed or destroyed meanwhile is in neither figure.
    """

    resealed: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a line's open threads still wait for the newest generation."""

    left: int
    total: int


def anything_left(stores: Stores, line_id: str, newest: int) -> bool:
    """Tell whether an open thread of a line is sealed to an older generation than the newest."""
    if newest <= FIRST_GENERATION:
        return False
    query = select(Thread.id).where(*_is_left(line_id, newest)).limit(1)
    with reading(stores.main) as connection:
        return connection.execute(query).first() is not None


def progress(stores: Stores, line_id: str, newest: int) -> Progress:
    """Return how many threads are left, and how many open ones there are."""
    total = select(func.count()).where(Thread.line_id == line_id, *_is_open())
    left = select(func.count()).where(*_is_left(line_id, newest))
    with reading(stores.main) as connection:
        return Progress(
            connection.execute(left).scalar_one(), connection.execute(total).scalar_one()
        )


def reseal(stores: Stores, keyring: LineKeyring, size: int = BATCH) -> Iterator[Batch]:
    """Re-seal a line's open threads, and give what each batch did after it was committed.

    Goes once through each older generation that the keyring has: what fails is not tried again.
    """
    newest = keyring.newest
    for generation in sorted(set(keyring.by_generation) - {newest.generation}):
        last = ""
        while rows := _rows(stores, newest.line_id, generation, last, size):
            last = rows[-1].id
            yield _reseal_batch(stores, keyring, rows)


def _is_open() -> tuple[ColumnElement[bool], ...]:
    return (Thread.is_closed.is_(False), Thread.is_restricted.is_(False))


def _is_left(line_id: str, newest: int) -> tuple[ColumnElement[bool], ...]:
    return (Thread.line_id == line_id, Thread.line_generation < newest, *_is_open())


def _rows(stores: Stores, line_id: str, generation: int, last: str, size: int) -> Sequence[Any]:
    query = (
        select(Thread.id, Thread.line_id, Thread.line_generation, Thread.public)
        .add_columns(Thread.wrapped_private)
        .where(Thread.line_id == line_id, Thread.line_generation == generation, Thread.id > last)
        .where(*_is_open())
        .order_by(Thread.id)
        .limit(size)
    )
    with reading(stores.main) as connection:
        return connection.execute(query).all()


def _reseal_batch(stores: Stores, keyring: LineKeyring, rows: Sequence[Any]) -> Batch:
    query = select(EraseKey.thread_id, EraseKey.key)
    with reading(stores.perishable) as connection:
        ids = [row.id for row in rows]
        found = connection.execute(query.where(EraseKey.thread_id.in_(ids)))
        erase_keys = {row.thread_id: row.key for row in found}
    fresh, skipped = [], 0
    for row in rows:
        if row.id not in erase_keys:
            continue  # destroyed; what is left of it opens for nobody
        try:
            fresh.append((row, _resealed(keyring, row, erase_keys[row.id])))
        except CannotOpenError:
            skipped += 1
    return Batch(_store(stores, keyring.newest.generation, fresh), skipped)


def _resealed(keyring: LineKeyring, row: Any, erase_key: bytes) -> bytes:
    """Return a thread's private key for the newest generation.

    Raises:
        CannotOpenError: the key does not open, or it is not the one of the thread's public key.
    """
    old, new = row.line_generation, keyring.newest
    opening = keyring.opening(old)
    key = open_thread_key(row.wrapped_private, erase_key, opening, row.line_id, row.id, old)
    if key.public.raw != row.public:
        raise CannotOpenError
    place = KeyPlace(row.line_id, row.id, new.generation)
    return reseal_thread_key(key, erase_key, place, new.opening.public)


def _store(stores: Stores, generation: int, fresh: Sequence[tuple[Any, bytes]]) -> int:
    """Store re-sealed keys where nobody has changed the row meanwhile. Return how many."""
    stored = 0
    with stores.main.begin() as connection:
        for row, wrapped in fresh:
            statement = update(Thread).where(
                Thread.id == row.id,
                Thread.line_generation == row.line_generation,
                Thread.is_restricted.is_(False),
            )
            values = {"wrapped_private": wrapped, "line_generation": generation}
            stored += connection.execute(statement.values(**values)).rowcount
    return stored
