"""Reading a log: from the main store, as its keeper sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, select

from tipline.audit.copies import Copies, is_copied
from tipline.audit.entries import commitment
from tipline.audit.models import Log, LogCheckpoint, LogEntry
from tipline.audit.sequencing import NoLogError
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
    def is_copied(self) -> bool:
        """Tell whether what it is looked up by is what it says, as far as that can be told."""
        if self.salt is None or self.body is None or self.copied is None:
            return True
        return is_copied(self.salt, self.body, self.copied)

    @property
    def commitment(self) -> bytes | None:
        """Return what the log holds of it (32 bytes), or None where its content was destroyed."""
        if self.salt is None or self.body is None:
            return None
        return commitment(self.salt, self.body)


class StoredLog:
    """The newest log of an instance, as one consistent state of the main store has it."""

    def __init__(self, connection: Connection) -> None:
        """Look the log up.

        Raises:
            NoLogError: there is none.
        """
        newest = select(Log.number, Log.origin, Log.size, Log.vkey)
        row = connection.execute(newest.order_by(Log.number.desc()).limit(1)).one_or_none()
        if row is None:
            raise NoLogError
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

    def published_size(self) -> int:
        """Return how many entries the newest checkpoint has; 0 if there is none."""
        query = select(LogCheckpoint.size).where(LogCheckpoint.log == self.number)
        newest = query.order_by(LogCheckpoint.size.desc()).limit(1)
        return self._connection.execute(newest).scalar() or 0

    def checkpoints(self) -> Iterator[str]:
        """Yield the notes of all checkpoints, the smallest first."""
        query = select(LogCheckpoint.note).where(LogCheckpoint.log == self.number)
        yield from self._connection.execute(query.order_by(LogCheckpoint.size)).scalars()


@contextmanager
def stored_log(engine: Engine) -> Iterator[StoredLog]:
    """Give the newest log as it is now.

    Raises:
        NoLogError: there is none.
    """
    with reading(engine) as connection:
        yield StoredLog(connection)
