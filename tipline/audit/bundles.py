"""Bundles: the entries under each tile of leaves (https://c2sp.org/tlog-tiles, "Log entries")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

from tipline.audit.tiles import (
    TILE_WIDTH,
    TileError,
    TilePathError,
    check_place,
    parts,
    place,
    tiles_between,
)

ENTRIES: Final = "entries"
LONGEST_ENTRY: Final = 0xFFFF  # bytes
_LENGTH_BYTES: Final = 2


@dataclass(frozen=True, slots=True, order=True)
class Bundle:
    """Where a bundle of entries is, and how full.

    Attributes:
        number: that of the tile of leaves that it belongs to.
        width: how many entries it holds, 1 to 256.

    Raises:
        TilePathError: there is no such place.
    """

    number: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        check_place(self.number, self.width)

    def path(self) -> str:
        """Return its path below the log's own."""
        return f"tile/{ENTRIES}/{place(self.number, self.width)}"

    @classmethod
    def from_path(cls, path: str) -> Self:
        """Return the bundle of a path.

        Raises:
            TilePathError: it is none, or not spelt as `path` spells it.
        """
        _, number, width = parts(path)
        bundle = cls(number, width)
        if bundle.path() != path:
            raise TilePathError
        return bundle

    def entries(self, content: bytes) -> list[bytes]:
        """Return the entries of a bundle's content.

        Raises:
            TileError: they are not as many as the bundle is wide, or something is left over.
        """
        entries, at = [], 0
        while at < len(content):
            begin = at + _LENGTH_BYTES
            at = begin + int.from_bytes(content[at:begin])
            entries.append(content[begin:at])
        if at != len(content) or len(entries) != self.width:
            raise TileError
        return entries


def bundle_of(entries: Sequence[bytes]) -> bytes:
    """Return the content of a bundle: each entry behind its length (2 bytes, big-endian).

    Raises:
        TileError: there are none or more than 256, or one is longer than 65,535 bytes.
    """
    if not 0 < len(entries) <= TILE_WIDTH or max(map(len, entries)) > LONGEST_ENTRY:
        raise TileError
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES) + entry for entry in entries)


def bundles_between(old: int, new: int) -> Iterator[Bundle]:
    """Yield the bundles that a log of `new` entries has and the log of `old` had not."""
    for tile in tiles_between(old, new):
        if tile.level:
            return
        yield Bundle(tile.number, tile.width)
