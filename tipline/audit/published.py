"""What outsiders may read of a log: its newest checkpoint, and no more than that commits to.

Entries that were numbered since are not shown, and neither are their hashes: whoever counted them
would know how much was done today.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, select

from tipline.audit.bundles import Bundle, bundle_of
from tipline.audit.models import Log, LogCheckpoint, LogEntry
from tipline.audit.names import turn_of
from tipline.audit.storing import StoredTiles
from tipline.audit.tiles import TILE_HEIGHT, TILE_WIDTH, Tile
from tipline.audit.witness_rows import with_cosignatures
from tipline.db.reading import reading
from tipline.errors import TiplineError


class NothingPublishedError(TiplineError):
    """There is no checkpoint, or none so large."""

    code = "nothing_published"
    message = "This part of the log is not published."


class PublishedLog:
    """A log up to its newest checkpoint, as one consistent state of the store has it.

    Reads `number` and `origin` of logs, `log`, `size` and `note` of checkpoints, tiles, `log`,
    `sequence` and `commitment` of entries, and keys and cosignatures of witnesses: the gateway's
    role in the database may read nothing else of a log.

    Attributes:
        checkpoint: the newest checkpoint's note, with what registered witnesses have signed of it.
    """

    def __init__(self, connection: Connection, turn: str = "") -> None:
        """Look a log up by what its name has besides the first one's (`names.turn_of`).

        Raises:
            NothingPublishedError: there is no log, or no checkpoint of it.
        """
        number = _numbers(connection).get(turn)
        query = select(LogCheckpoint.log, LogCheckpoint.size, LogCheckpoint.note)
        query = query.where(LogCheckpoint.log == number).order_by(LogCheckpoint.size.desc())
        row = connection.execute(query.limit(1)).one_or_none()
        if row is None:
            raise NothingPublishedError
        self._connection = connection
        self._number, self._size, note = row
        self.checkpoint = with_cosignatures(connection, self._number, self._size, note)
        self._tiles = StoredTiles(connection, self._number)

    def tile(self, tile: Tile) -> bytes:
        """Return a tile's hashes (32 bytes each), as many as it is wide.

        Raises:
            NothingPublishedError: the checkpoint's tree has no such tile.
        """
        self._check_published(tile)
        # What is stored has perhaps grown since the checkpoint.
        return b"".join(tile.hashes(self._tiles.fetch(tile)))

    def bundle(self, bundle: Bundle) -> bytes:
        """Return a bundle: what the log holds of entries (32 bytes each), behind its length.

        Raises:
            NothingPublishedError: the checkpoint's tree has no such bundle.
        """
        self._check_published(Tile(0, bundle.number, bundle.width))
        start = bundle.number * TILE_WIDTH
        query = select(LogEntry.commitment).where(
            LogEntry.log == self._number,
            LogEntry.sequence >= start,
            LogEntry.sequence < start + bundle.width,
        )
        found = self._connection.execute(query.order_by(LogEntry.sequence)).scalars().all()
        if len(found) != bundle.width:
            raise NothingPublishedError
        return bundle_of(found)

    def _check_published(self, tile: Tile) -> None:
        hashes = self._size >> tile.level * TILE_HEIGHT
        if tile.number * TILE_WIDTH + tile.width > hashes:
            raise NothingPublishedError


@contextmanager
def published_log(engine: Engine, turn: str = "") -> Iterator[PublishedLog]:
    """Give a log as it is published now: the first, or one that goes on after another.

    Raises:
        NothingPublishedError: there is none.
    """
    with reading(engine) as connection:
        yield PublishedLog(connection, turn)


def _numbers(connection: Connection) -> dict[str, int]:
    """Return the numbers of all logs by their turns. There are as many as there were restores."""
    rows = connection.execute(select(Log.number, Log.origin))
    return {turn_of(row.origin): row.number for row in rows}
