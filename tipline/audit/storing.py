"""The tiles of a log in the main store: reading them, and appending leaves to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, bindparam, select

from tipline.audit.merkle import GrowingTree
from tipline.audit.models import LogTile
from tipline.audit.tile_reading import TileReader
from tipline.audit.tiles import TILE_HEIGHT, TILE_WIDTH, Tile
from tipline.db.upserts import insert_or_replace

# Made once: a verifier asks for thousands of tiles.
_HASHES: Final = select(LogTile.hashes).where(
    *(getattr(LogTile, name) == bindparam(name) for name in ("log", "level", "number"))
)


class StoredTiles:
    """The tiles of one log."""

    def __init__(self, connection: Connection, log: int) -> None:
        """Take the transaction in which they are read and written, and the log's number."""
        self._connection = connection
        self._log = log

    def fetch(self, tile: Tile) -> bytes:
        """Return what is stored of a tile: of one that is not full perhaps more than was asked."""
        return self._content(tile.level, tile.number)

    def reader(self, size: int) -> TileReader:
        """Return what reads the hashes of the tree of the first `size` leaves."""
        return TileReader(size, self.fetch)

    def append(self, size: int, leaves: Iterable[bytes]) -> GrowingTree:
        """Append hashes of leaves to a log of `size`, and return its tree.

        A full tile is written once and never again; one that is not is written anew each time.
        """
        tree = GrowingTree.of(size, self.reader(size))
        changed: dict[tuple[int, int], bytearray] = {}
        for leaf in leaves:
            at = tree.size
            for height, completed in enumerate(tree.append(leaf)):
                if height % TILE_HEIGHT:
                    continue
                place = (height // TILE_HEIGHT, (at >> height) // TILE_WIDTH)
                if place not in changed:
                    changed[place] = bytearray(self._content(*place))
                changed[place] += completed
        for (level, number), hashes in changed.items():
            key = {"log": self._log, "level": level, "number": number}
            insert_or_replace(self._connection, LogTile, key, {"hashes": bytes(hashes)})
        return tree

    def _content(self, level: int, number: int) -> bytes:
        place = {"log": self._log, "level": level, "number": number}
        return self._connection.execute(_HASHES, place).scalar() or b""
