"""Tiles: how a tree is stored and published (https://c2sp.org/tlog-tiles).

A tile holds up to 256 hashes that stand beside each other, of every eighth level of the tree. What
is full never changes. One that is not yet full is published for each size of which there is a
checkpoint, under a path that says how full it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from tipline.audit.lines import MOST
from tipline.audit.merkle import HASH_LENGTH
from tipline.errors import TiplineError

TILE_HEIGHT: Final = 8  # levels of the tree in one tile
TILE_WIDTH: Final = 1 << TILE_HEIGHT  # hashes, or entries of a bundle
MOST_LEVEL: Final = 63
_PATH: Final = re.compile(
    r"tile/(?P<level>[0-9]{1,2}|entries)"
    r"/(?P<number>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?"
)


class TilePathError(TiplineError):
    """A path is none that a tile or a bundle can have."""

    code = "tile_path"
    message = "No part of a log has such a path."


class TileError(TiplineError):
    """A tile or a bundle does not hold what one in its place holds."""

    code = "tile"
    message = "A tile or a bundle of the log does not hold what its place says."


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Where a tile is, and how full.

    Attributes:
        level: 0 of leaves; at each further one a hash stands for a full tile of the one below.
        number: its place in the level, from 0.
        width: how many hashes it holds, 1 to 256.

    Raises:
        TilePathError: there is no such place.
    """

    level: int
    number: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not 0 <= self.level <= MOST_LEVEL:
            raise TilePathError
        check_place(self.number, self.width)

    def path(self) -> str:
        """Return its path below the log's own."""
        return f"tile/{self.level}/{place(self.number, self.width)}"

    @classmethod
    def from_path(cls, path: str) -> Self:
        """Return the tile of a path.

        Raises:
            TilePathError: it is none, or not spelt as `path` spells it.
        """
        level, number, width = parts(path)
        if level == "entries":
            raise TilePathError
        tile = cls(int(level), number, width)
        if tile.path() != path:
            raise TilePathError
        return tile

    def hashes(self, content: bytes) -> tuple[bytes, ...]:
        """Return the hashes (32 bytes each) of a tile's content, which may have grown since.

        Raises:
            TileError: it holds fewer, or parts of one.
        """
        length = self.width * HASH_LENGTH
        if len(content) % HASH_LENGTH or not length <= len(content) <= TILE_WIDTH * HASH_LENGTH:
            raise TileError
        starts = range(0, length, HASH_LENGTH)
        return tuple(content[start : start + HASH_LENGTH] for start in starts)


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield the tiles of a tree, the lowest level first."""
    return tiles_between(0, size)


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """Yield the tiles that a tree of `new` leaves has and the tree of `old` had not."""
    level = 0
    while has := new >> level * TILE_HEIGHT:
        had = old >> level * TILE_HEIGHT
        for number in range(had // TILE_WIDTH, -(-has // TILE_WIDTH)):
            start = number * TILE_WIDTH
            width = min(has - start, TILE_WIDTH)
            if had - start < width:
                yield Tile(level, number, width)
        level += 1


def check_place(number: int, width: int) -> None:
    """Check that a tile can have such a number and width.

    Raises:
        TilePathError: none can.
    """
    if not 0 <= number <= MOST or not 0 < width <= TILE_WIDTH:
        raise TilePathError


def place(number: int, width: int) -> str:
    """Return a place as digits in threes, of which all but the last have an x before them."""
    digits = f"{number:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    folders = "".join(f"x{group}/" for group in groups[:-1])
    return folders + groups[-1] + ("" if width == TILE_WIDTH else f".p/{width}")


def parts(path: str) -> tuple[str, int, int]:
    """Return level, number and width of a path, however it spells them.

    Raises:
        TilePathError: it is not made of such parts.
    """
    found = _PATH.fullmatch(path)
    if not found:
        raise TilePathError
    number = int(re.sub(r"[x/]", "", found["number"]))
    return found["level"], number, int(found["width"] or TILE_WIDTH)
