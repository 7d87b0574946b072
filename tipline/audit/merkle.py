"""The Merkle tree of RFC 6962 (section 2): hashes, roots, and the proofs that its keeper makes.

A tree of `size` leaves is the same for whoever hashes the same leaves in the same order. Whoever
keeps it can show that a leaf is in it (an inclusion proof) and that a smaller tree is how it began
(a consistency proof), each with a few hashes of 32 bytes. `checking` has the other side.

A root or a proof is made of the hashes of O(log size) complete subtrees, which a `HashReader`
reads. They are believed: compare the root with a signed checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from hashlib import sha256
from typing import Final, Protocol, Self

from tipline.errors import TiplineError

HASH_LENGTH: Final = 32  # bytes
EMPTY_ROOT: Final = sha256(b"").digest()
# The first byte tells a leaf from a node, so that no node's hash can be shown as that of an entry.
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


class TreeError(TiplineError):
    """A part of a tree was asked for that it does not have."""

    code = "tree"
    message = "A tree of this size has no such part."


class HashReader(Protocol):
    """Where the hashes of a tree come from."""

    def hash_at(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree number `index`, from 0, of 2**level leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash (32 bytes) of an entry (RFC 6962, section 2.1)."""
    return sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash (32 bytes) of a node over its two children's (RFC 6962, section 2.1)."""
    return sha256(_NODE + left + right).digest()


class GrowingTree:
    """A tree at its right edge: all that is needed to append leaves and to know the root."""

    __slots__ = ("_edge", "size")

    def __init__(self) -> None:
        """Begin with an empty tree."""
        self.size = 0
        # The largest complete subtrees from left to right: one for each bit that is set in `size`.
        self._edge: list[bytes] = []

    @classmethod
    def of(cls, size: int, reader: HashReader) -> Self:
        """Go on with a tree of `size` leaves."""
        tree = cls()
        tree.size = size
        tree._edge = [reader.hash_at(*at) for at in _complete_subtrees(0, size)]
        return tree

    def append(self, subtree: bytes, level: int = 0) -> list[bytes]:
        """Append the hash of 2**level leaves, and return those of the subtrees that they complete.

        Item n is the hash at level `level` + n: item 0 the given one, the last one on the edge.

        Raises:
            TreeError: it is no hash of 32 bytes, or no such subtree begins at the tree's end.
        """
        below, beside = divmod(self.size, 1 << level)
        if beside or len(subtree) != HASH_LENGTH:
            raise TreeError
        completed = [subtree]
        while below & 1:
            completed.append(node_hash(self._edge.pop(), completed[-1]))
            below >>= 1
        self._edge.append(completed[-1])
        self.size += 1 << level
        return completed

    def root(self) -> bytes:
        """Return the root (32 bytes)."""
        return _joined(self._edge) if self._edge else EMPTY_ROOT


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root (32 bytes) of the tree of these leaves, of which none are kept.

    Raises:
        TreeError: one is no hash of 32 bytes.
    """
    tree = GrowingTree()
    for leaf in leaf_hashes:
        tree.append(leaf)
    return tree.root()


def root_of_complete(hashes: Sequence[bytes]) -> bytes:
    """Return the root (32 bytes) over 2**n hashes that stand beside each other, level by level.

    The same as `root_of`, and quicker, for as many as one likes to keep.

    Raises:
        TreeError: one is no hash of 32 bytes, or they are not so many.
    """
    if len(hashes).bit_count() != 1 or any(len(item) != HASH_LENGTH for item in hashes):
        raise TreeError
    while len(hashes) > 1:
        hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def root(size: int, reader: HashReader) -> bytes:
    """Return the root (32 bytes) of the tree of the first `size` leaves."""
    return _hash_of(0, size, reader) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, reader: HashReader) -> list[bytes]:
    """Return the proof that leaf `index`, from 0, is in the tree of `size` leaves.

    The hashes (32 bytes each) from the leaf's sibling to the root's child: PATH of RFC 6962,
    section 2.1.1.

    Raises:
        TreeError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise TreeError
    proof = []
    start, end = 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            proof.append(_hash_of(middle, end, reader))
            end = middle
        else:
            proof.append(_hash_of(start, middle, reader))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, reader: HashReader) -> list[bytes]:
    """Return the proof that the tree of `new` leaves begins with the tree of `old` leaves.

    PROOF of RFC 6962, section 2.1.2. Empty if nothing was before or nothing is new.

    Raises:
        TreeError: the old tree would be larger than the new.
    """
    if not 0 <= old <= new:
        raise TreeError
    if old == 0:
        return []
    proof = []
    start, end = 0, new
    while old != end:
        middle = _split(start, end)
        if old <= middle:
            proof.append(_hash_of(middle, end, reader))
            end = middle
        else:
            proof.append(_hash_of(start, middle, reader))
            start = middle
    if start:  # else what is left is the old tree, whose root the verifier has
        proof.append(_hash_of(start, end, reader))
    return proof[::-1]


def _split(start: int, end: int) -> int:
    """Return where a tree divides: its left half is the largest complete tree below its size."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _complete_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield level and index of the largest complete subtrees that make up a tree, from the left."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _hash_of(start: int, end: int, reader: HashReader) -> bytes:
    """Return the hash over the leaves from `start` up to, not including, `end`."""
    return _joined([reader.hash_at(*at) for at in _complete_subtrees(start, end)])


def _joined(edge: Sequence[bytes]) -> bytes:
    return reduce(lambda right, left: node_hash(left, right), reversed(edge))
