"""Reading a log: from the main store, as its keeper sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, func, select

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
from tipline.db.reading import reading

_AT_ONCE: Final = 4096


@dataclass(frozen=True, slots=True, repr=False)
class StoredEntry:
    """What is kept of an entry. Salt and body are None where its content was destroyed.

    `copied`: what it is looked up by; None in an export, which is not looked up.
    """

    sequence: int
    salt: bytes | None
    body: bytes | None
    copied: Copies | None = None

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
        columns = select(
            LogEntry.sequence,
            LogEntry.salt,
            LogEntry.body,
            *(getattr(LogEntry, name) for name in Copies._fields),
        )
        while start < end:
            stop = min(start + _AT_ONCE, end)
            some = columns.where(
                LogEntry.log == self.number, LogEntry.sequence >= start, LogEntry.sequence < stop
            )
            for sequence, salt, body, *copied in self._connection.execute(
                some.order_by(LogEntry.sequence)
            ):
                yield StoredEntry(sequence, salt, body, Copies(*copied))
            start = stop

    def newest_checkpoint(self, most: int | None = None) -> str | None:
        """Return the note of the newest checkpoint, of at most so many entries, or None."""
        query = select(LogCheckpoint.note).where(LogCheckpoint.log == self.number)
        if most is not None:
            query = query.where(LogCheckpoint.size <= most)
        newest = query.order_by(LogCheckpoint.size.desc()).limit(1)
        return self._connection.execute(newest).scalar()

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
