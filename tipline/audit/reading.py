"""Reading a log: from the main store, as its keeper sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, func, select

from tipline.audit.acts import Act
from tipline.audit.checkpoints import Checkpoint
from tipline.audit.copies import Copies, is_copied
from tipline.audit.entries import is_open, leaf_data
from tipline.audit.models import Log, LogCheckpoint, LogEntry
from tipline.audit.openings import Opening, opening_of
from tipline.audit.sequencing import NoLogError, NoSuchLogError
from tipline.audit.storing import StoredTiles
from tipline.audit.tile_reading import TileReader
from tipline.audit.tiles import Tile
from tipline.audit.witness_rows import with_cosignatures
from tipline.db.reading import reading

_AT_ONCE: Final = 256  # entries, as a tile has
# Made once: a verifier asks for thousands of pages.
_ENTRIES: Final = (
    select(
        LogEntry.sequence,
        LogEntry.salt,
        LogEntry.body,
        *(getattr(LogEntry, name) for name in Copies._fields),
    )
    .where(
        LogEntry.log == bindparam("log"),
        LogEntry.sequence >= bindparam("start"),
        LogEntry.sequence < bindparam("stop"),
    )
    .order_by(LogEntry.sequence)
)


class StoredEntry(NamedTuple):
    """What is kept of an entry. Salt and body are None where its content was destroyed.

    A tuple, because a verifier makes a million of them. `copied`: what it is looked up by; None in
    an export, which is not looked up.
    """

    sequence: int
    salt: bytes | None
    body: bytes | None
    copied: Copies | None = None

    def __repr__(self) -> str:
        """Tell its place and nothing of what it says."""
        return f"<StoredEntry {self.sequence}>"

    @property
    def is_open(self) -> bool:
        """Tell whether it hides nothing: it says which log its own continues."""
        if self.salt is None or self.body is None:
            return False
        return is_open(self.sequence, self.salt, self.body)

    @property
    def is_copied(self) -> bool:
        """Tell whether what it is looked up by is what it says, as far as that can be told."""
        if self.salt is None or self.body is None or self.copied is None:
            return True
        return is_copied(self.sequence, self.salt, self.body, self.copied)

    @property
    def leaf_data(self) -> bytes | None:
        """Return what the log holds of it, or None where its content was destroyed."""
        if self.salt is None or self.body is None:
            return None
        return leaf_data(self.sequence, self.salt, self.body)


class StoredLog:
    """A log of an instance, as one consistent state of the main store has it."""

    def __init__(self, connection: Connection, number: int | None = None) -> None:
        """Look a log up: the newest, or the one of a number, from 1.

        Raises:
            NoLogError: there is none.
            NoSuchLogError: there is none of this number.
        """
        query = select(Log.number, Log.origin, Log.size, Log.vkey).order_by(Log.number.desc())
        if number is not None:
            query = query.where(Log.number == number)
        row = connection.execute(query.limit(1)).one_or_none()
        if row is None:
            raise NoLogError if number is None else NoSuchLogError
        self._connection = connection
        self.number, self.origin, self.size, self.vkey = row
        self._tiles = StoredTiles(connection, self.number)

    def tile(self, tile: Tile) -> bytes:
        """Return what is stored of a tile; nothing if there is none."""
        return self._tiles.fetch(tile)

    def reader(self, size: int) -> TileReader:
        """Return what reads the hashes of the tree of the first `size` entries."""
        return self._tiles.reader(size)

    def entries(self, start: int, end: int) -> Iterator[StoredEntry]:
        """Yield the entries from `start` up to, not including, `end`; missing ones are left out."""
        while start < end:
            stop = min(start + _AT_ONCE, end)
            place = {"log": self.number, "start": start, "stop": stop}
            for sequence, salt, body, *copied in self._connection.execute(_ENTRIES, place).all():
                yield StoredEntry(sequence, salt, body, Copies._make(copied))
            start = stop

    def newest_checkpoint(self, most: int | None = None) -> str | None:
        """Return the note of the newest checkpoint, of at most so many entries, or None.

        What registered witnesses have signed of it stands below it.
        """
        query = select(LogCheckpoint.size, LogCheckpoint.note)
        query = query.where(LogCheckpoint.log == self.number)
        if most is not None:
            query = query.where(LogCheckpoint.size <= most)
        newest = query.order_by(LogCheckpoint.size.desc()).limit(1)
        row = self._connection.execute(newest).one_or_none()
        return with_cosignatures(self._connection, self.number, *row) if row else None

    def opening(self) -> Opening | None:
        """Return what the log says of the one that it continues; None of a first log."""
        return opening_in(self._connection, self.number)

    def told_by_next(self) -> Checkpoint | None:
        """Return what the log that continues this one says is here of it; None if none does."""
        later = select(func.min(Log.number)).where(Log.number > self.number)
        number = self._connection.execute(later).scalar()
        opening = opening_in(self._connection, number) if number is not None else None
        here = opening.here if opening is not None else None
        return here if here is not None and here.origin == self.origin else None

    def published_size(self) -> int:
        """Return how many entries the newest checkpoint has; 0 if there is none."""
        query = select(LogCheckpoint.size).where(LogCheckpoint.log == self.number)
        newest = query.order_by(LogCheckpoint.size.desc()).limit(1)
        return self._connection.execute(newest).scalar() or 0

    def checkpoints(self) -> Iterator[str]:
        """Yield the notes of all checkpoints, the smallest first."""
        query = select(LogCheckpoint.note).where(LogCheckpoint.log == self.number)
        yield from self._connection.execute(query.order_by(LogCheckpoint.size)).scalars()


def opening_in(connection: Connection, log: int) -> Opening | None:
    """Return what the log of this number says of the one that it continues; None of a first."""
    query = select(LogEntry.body).where(LogEntry.log == log, LogEntry.sequence == 0)
    body = connection.execute(query.where(LogEntry.act == Act.CONTINUE_LOG.value)).scalar()
    return opening_of(body) if body is not None else None


@contextmanager
def stored_log(engine: Engine, number: int | None = None) -> Iterator[StoredLog]:
    """Give the newest log as it is now, or the one of a number.

    Raises:
        NoLogError, NoSuchLogError: there is none.
    """
    with reading(engine) as connection:
        yield StoredLog(connection, number)
