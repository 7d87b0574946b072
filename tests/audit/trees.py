"""Trees to compare with: the definitions of RFC 6962, section 2.1, word for word, and slow.

And notes that others have published, whose sources are told where they are used.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from tipline.audit.merkle import GrowingTree
from tipline.audit.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, tiles_of

PUBLISHED = Path(__file__).parent / "published"


def published(name: str) -> str:
    return (PUBLISHED / f"{name}.note").read_text()


def leaves(count: int, salt: bytes = b"") -> list[bytes]:
    """Hashes that differ, as of that many entries."""
    return [sha256(salt + number.to_bytes(8)).digest() for number in range(count)]


class PlainTree:
    """MTH, PATH and PROOF over a list of leaf hashes, each range hashed once."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves
        self.mth = cache(self._mth)

    def _mth(self, start: int, end: int) -> bytes:
        if start == end:
            return sha256(b"").digest()
        if end - start == 1:
            return self.leaves[start]
        middle = start + largest_power_of_two_below(end - start)
        return sha256(b"\x01" + self.mth(start, middle) + self.mth(middle, end)).digest()

    def root(self, size: int) -> bytes:
        return self.mth(0, size)

    def path(self, leaf: int, start: int, end: int) -> list[bytes]:
        """PATH(m, D[n]) of section 2.1.1; `leaf` counts from the beginning of all."""
        if end - start == 1:
            return []
        middle = start + largest_power_of_two_below(end - start)
        if leaf < middle:
            return [*self.path(leaf, start, middle), self.mth(middle, end)]
        return [*self.path(leaf, middle, end), self.mth(start, middle)]

    def proof(self, old: int, new: int) -> list[bytes]:
        """PROOF(m, D[n]) of section 2.1.2."""
        return self._subproof(old, 0, new, True) if old else []

    def _subproof(self, old: int, start: int, end: int, whole: bool) -> list[bytes]:
        if old == end:
            return [] if whole else [self.mth(start, end)]
        middle = start + largest_power_of_two_below(end - start)
        if old <= middle:
            return [*self._subproof(old, start, middle, whole), self.mth(middle, end)]
        return [*self._subproof(old, middle, end, False), self.mth(start, middle)]

    def hash_at(self, level: int, index: int) -> bytes:
        """So that it can be read from as well (`merkle.HashReader`)."""
        assert (index + 1) << level <= len(self.leaves), "only complete subtrees are read"
        return self.mth(index << level, (index + 1) << level)


def largest_power_of_two_below(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def tiles_in_memory(leaves: list[bytes]) -> dict[Tile, bytes]:
    """The tiles of a tree, made as it grows."""
    rows: dict[int, bytearray] = {}
    tree = GrowingTree()
    for leaf in leaves:
        for level, completed in enumerate(tree.append(leaf)[::TILE_HEIGHT]):
            rows.setdefault(level, bytearray()).extend(completed)
    tiles = {}
    for tile in tiles_of(len(leaves)):
        start = tile.number * TILE_WIDTH * 32
        tiles[tile] = bytes(rows[tile.level][start : start + tile.width * 32])
    return tiles
