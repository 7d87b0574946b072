"""Verifying a log: that what is kept is what checkpoints say, and if not, from where on.

Whoever verifies brings a checkpoint of their own: one that they kept, or that a witness did. What
is recomputed from the entries is compared with the tiles, which names the first entry that
differs, and with the checkpoint, which no tile can stand for. Where both have been rewritten, the
checkpoints that are stored narrow down where, as far as the log's key has signed them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from tipline.audit.checkpoints import Checkpoint, CheckpointError, open_checkpoint
from tipline.audit.merkle import HASH_LENGTH, GrowingTree, leaf_hash
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
        destroyed: of how many entries the content was destroyed; their leaves are believed.
    """

    size: int
    first_wrong: int | None = None
    first_hidden: int | None = None
    first_torn: int | None = None
    wrong_from: int = 0
    wrong_until: int = 0
    destroyed: int = 0

    @property
    def is_right(self) -> bool:
        """Tell whether everything is what the checkpoint says."""
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
        self._tree = GrowingTree()
        self._destroyed = 0
        self._right_until = 0
        self._wrong_until = 0
        self._torn: int | None = None
        self._hidden: int | None = None

    def verdict(self) -> Verdict:
        size = self._checkpoint.size
        wrong = self._go_through(size)
        if wrong is not None:
            return Verdict(
                size, first_wrong=wrong, first_hidden=self._hidden, destroyed=self._destroyed
            )
        self._compare(size)
        return Verdict(
            size,
            first_hidden=self._hidden,
            first_torn=self._torn,
            wrong_from=self._right_until if self._wrong_until else 0,
            wrong_until=self._wrong_until,
            destroyed=self._destroyed,
        )

    def _go_through(self, size: int) -> int | None:
        """Append all leaves, comparing them with the tiles. Return the first that differs."""
        entries = self._log.entries(0, size)
        for start in range(0, size, TILE_WIDTH):
            width = min(TILE_WIDTH, size - start)
            stored = self._log.tile(Tile(0, start // TILE_WIDTH, width))
            for place in range(width):
                at = start + place
                self._compare(at)
                leaf = stored[place * HASH_LENGTH : (place + 1) * HASH_LENGTH]
                if not self._is_leaf(next(entries, None), at, leaf):
                    return at
                self._append(leaf)
        return None

    def _is_leaf(self, entry: StoredEntry | None, at: int, leaf: bytes) -> bool:
        if entry is None or entry.sequence != at or len(leaf) != HASH_LENGTH:
            return False
        if self._hidden is None and not entry.is_copied:
            self._hidden = at
        data = entry.leaf_data
        if data is None:
            self._destroyed += 1
            return True
        return leaf_hash(data) == leaf

    def _append(self, leaf: bytes) -> None:
        """Append a leaf, and compare the higher tiles' hashes that it completes."""
        at = self._tree.size
        completed = self._tree.append(leaf)
        for level in range(TILE_HEIGHT, len(completed), TILE_HEIGHT):
            number, place = divmod(at >> level, TILE_WIDTH)
            stored = self._log.tile(Tile(level // TILE_HEIGHT, number, place + 1))
            begin = place * HASH_LENGTH
            if stored[begin : begin + HASH_LENGTH] != completed[level] and self._torn is None:
                self._torn = at >> level << level

    def _compare(self, size: int) -> None:
        """Compare the tree of so many entries with a checkpoint of that size, if there is one."""
        signed = self._signed.get(size)
        if signed is None or self._wrong_until:
            return
        if self._tree.root() == signed:
            self._right_until = size
        else:
            self._wrong_until = size


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
