"""Reading a tree from its tiles."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from tipline.audit.merkle import TreeError, root_of_complete
from tipline.audit.tiles import TILE_HEIGHT, TILE_WIDTH, Tile

CACHED_TILES: Final = 64  # of 8 KiB


class TileReader:
    """Reads the hashes of a tree (`merkle.HashReader`) from its tiles, of which it keeps some.

    `fetch` returns a tile's content, or that of the same tile when it had grown. It is believed.
    """

    def __init__(self, size: int, fetch: Callable[[Tile], bytes]) -> None:
        """Read a tree of `size` leaves."""
        self.size = size
        self._hashes: Callable[[Tile], tuple[bytes, ...]] = lru_cache(CACHED_TILES)(
            lambda tile: tile.hashes(fetch(tile))
        )

    def hash_at(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree number `index`, from 0, of 2**level leaves.

        Raises:
            TreeError: the tree has no such subtree.
            TileError: a tile does not hold what it should.
        """
        if level < 0 or not 0 < (index + 1) << level <= self.size:
            raise TreeError
        row, height = divmod(level, TILE_HEIGHT)
        number, start = divmod(index << height, TILE_WIDTH)
        available = (self.size >> row * TILE_HEIGHT) - number * TILE_WIDTH
        hashes = self._hashes(Tile(row, number, min(available, TILE_WIDTH)))
        return root_of_complete(hashes[start : start + (1 << height)])
