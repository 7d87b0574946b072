"""Verifying a log: that what is kept is what checkpoints say, and if not, from where on.

Whoever verifies brings a checkpoint of their own: one that they kept, or that a witness did. What
is recomputed from the entries is compared with the tiles, which names the first entry that
differs, and with the checkpoint, which no tile can stand for. Where both have been rewritten, the
checkpoints that are stored narrow down where, as far as the log's key has signed them: whoever has
that key can mislead about the place, not about whether there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tipline.audit.checkpoints import Checkpoint, CheckpointError, open_checkpoint
from tipline.audit.merkle import HASH_LENGTH, GrowingTree, leaf_hash, root_of_complete
from tipline.audit.reading import StoredEntry
from tipline.audit.tiles import TILE_HEIGHT, TILE_WIDTH, Tile
from tipline.audit.verifiers import NoteError, Verifier


class Kept(Protocol):
    """What is verified: a live log, or an export."""

    def entries(self, start: int, end: int) -> Iterator[StoredEntry]:
        """Yield entries in their order; those that are missing are left out."""

    def tile(self, tile: Tile) -> bytes:
        """Return what is stored of a tile; nothing if there is none."""

    def checkpoints(self) -> Iterable[str]:
        """Return the notes of the checkpoints that are stored."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it.

    Attributes:
        size: how many entries the checkpoint has.
        first_wrong: the first entry that is not what the tiles say, or None.
        first_hidden: the first entry that is not looked up by what it says, or None.
        first_torn: the first entry over which the tiles contradict each other, or None.
        wrong_from, wrong_until: where no entry and no tile contradicts another and yet they are
            not what was signed: something from the one up to, not including, the other.
        destroyed: entries of which the content is gone; their leaves are believed.
    """

    size: int
    first_wrong: int | None = None
    first_hidden: int | None = None
    first_torn: int | None = None
    wrong_from: int = 0
    wrong_until: int = 0
    destroyed: tuple[range, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Tell whether every entry is there and what the checkpoint says, with its content."""
        return self.is_right and not self.destroyed

    @property
    def is_right(self) -> bool:
        """Tell whether everything that is left is what the checkpoint says."""
        found = (self.first_wrong, self.first_hidden, self.first_torn)
        return found == (None, None, None) and not self.wrong_until


def verify(log: Kept, checkpoint: Checkpoint, verifiers: Iterable[Verifier]) -> Verdict:
    """Verify all entries that a checkpoint has. Reads each once, in memory of a few tiles."""
    return _Verification(log, checkpoint, tuple(verifiers)).verdict()


class _Verification:
    def __init__(self, log: Kept, checkpoint: Checkpoint, verifiers: tuple[Verifier, ...]) -> None:
        self._log = log
        self._checkpoint = checkpoint
        self._signed = dict(_signed(log.checkpoints(), checkpoint, verifiers))
        self._signed[checkpoint.size] = checkpoint.root
        # Numbers of the tiles that were not yet full when something was signed.
        self._signed_between = {size // TILE_WIDTH for size in self._signed if size % TILE_WIDTH}
        self._tree = GrowingTree()
        self._tiles: dict[int, tuple[int, bytes]] = {}
        self._destroyed: list[range] = []
        self._right_until = 0
        self._wrong_until = 0
        self._torn: int | None = None
        self._hidden: int | None = None

    def verdict(self) -> Verdict:
        size = self._checkpoint.size
        wrong = self._go_through(size)
        destroyed = tuple(self._destroyed)
        if wrong is not None:
            return Verdict(size, first_wrong=wrong, first_hidden=self._hidden, destroyed=destroyed)
        return Verdict(
            size,
            first_hidden=self._hidden,
            first_torn=self._torn,
            wrong_from=self._right_until if self._wrong_until else 0,
            wrong_until=self._wrong_until,
            destroyed=destroyed,
        )

    def _go_through(self, size: int) -> int | None:
        """Append all leaves, comparing them with the tiles. Return the first that differs."""
        entries = self._log.entries(0, size)
        for start in range(0, size, TILE_WIDTH):
            leaves = _hashes(self._tile(0, start // TILE_WIDTH))
            right = self._count_right(entries, start, leaves)
            self._append(leaves[:right])
            if right < min(TILE_WIDTH, size - start):
                return start + right
        self._compare(size)
        return None

    def _count_right(
        self, entries: Iterator[StoredEntry], start: int, leaves: Sequence[bytes]
    ) -> int:
        """Compare entries with the leaves of a tile. Return how many come before one is wrong."""
        right = 0
        # In this order: the other would take an entry for which no leaf is left.
        for leaf, entry in zip(leaves, entries, strict=False):
            if entry.sequence != start + right:
                break
            if self._hidden is None and not entry.is_copied:
                self._hidden = entry.sequence
            data = entry.leaf_data
            if data is None:
                self._note_destroyed(entry.sequence)
            elif leaf_hash(data) != leaf:
                break
            right += 1
        return right

    def _note_destroyed(self, number: int) -> None:
        last = self._destroyed[-1] if self._destroyed else range(0)
        if last and last.stop == number:
            self._destroyed[-1] = range(last.start, number + 1)
        else:
            self._destroyed.append(range(number, number + 1))

    def _append(self, leaves: Sequence[bytes]) -> None:
        """Append the leaves of a tile: at once, unless something was signed between them."""
        is_whole = len(leaves) == TILE_WIDTH
        if is_whole and self._tree.size // TILE_WIDTH not in self._signed_between:
            self._grow(root_of_complete(leaves), TILE_HEIGHT)
        else:
            for leaf in leaves:
                self._grow(leaf, 0)

    def _grow(self, subtree: bytes, height: int) -> None:
        """Append 2**height leaves, and compare the higher tiles' hashes that they complete."""
        self._compare(self._tree.size)
        completed = self._tree.append(subtree, height)
        last = self._tree.size - 1
        for level in range(TILE_HEIGHT, height + len(completed), TILE_HEIGHT):
            number, place = divmod(last >> level, TILE_WIDTH)
            begin = place * HASH_LENGTH
            stored = self._tile(level // TILE_HEIGHT, number)[begin : begin + HASH_LENGTH]
            if stored != completed[level - height] and self._torn is None:
                self._torn = last >> level << level

    def _tile(self, level: int, number: int) -> bytes:
        """Return what is stored of a tile, as far as the checkpoint has it.

        The latest of each level is kept: above the lowest, its hashes are compared one by one.
        """
        latest, stored = self._tiles.get(level, (None, b""))
        if latest != number:
            hashes = self._checkpoint.size >> level * TILE_HEIGHT
            width = min(hashes - number * TILE_WIDTH, TILE_WIDTH)
            stored = self._log.tile(Tile(level, number, width))[: width * HASH_LENGTH]
            self._tiles[level] = number, stored
        return stored

    def _compare(self, size: int) -> None:
        """Compare the tree of so many entries with a checkpoint of that size, if there is one."""
        signed = self._signed.get(size)
        if signed is None or self._wrong_until:
            return
        if self._tree.root() == signed:
            self._right_until = size
        else:
            self._wrong_until = size


def _hashes(tile: bytes) -> list[bytes]:
    """Return the hashes of a tile; what is left over at its end is none."""
    starts = range(0, len(tile) - HASH_LENGTH + 1, HASH_LENGTH)
    return [tile[start : start + HASH_LENGTH] for start in starts]


def _signed(
    notes: Iterable[str], checkpoint: Checkpoint, verifiers: tuple[Verifier, ...]
) -> Iterator[tuple[int, bytes]]:
    """Yield size and root of the stored checkpoints that this log's key has signed."""
    for note in notes:
        try:
            found, _ = open_checkpoint(note.encode(), verifiers)
        except (NoteError, CheckpointError):
            continue
        if found.origin == checkpoint.origin and found.size < checkpoint.size:
            yield found.size, found.root
