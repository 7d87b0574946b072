"""Checking proofs (RFC 9162, section 2.1), which needs the roots and nothing else of the tree."""

from __future__ import annotations

from collections.abc import Sequence

from tipline.audit.merkle import EMPTY_ROOT, HASH_LENGTH, node_hash
from tipline.errors import TiplineError


class ProofError(TiplineError):
    """A proof does not show what it should show."""

    code = "proof"
    message = "A proof does not fit the tree that it is said to be of."


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf is in a tree (RFC 9162, section 2.1.3.2).

    Args:
        leaf: its hash.
        index: its place, from 0.
        size: how many leaves the tree has.
        proof: what `inclusion_proof` returned.
        root: the tree's root.

    Raises:
        ProofError: the proof does not show it.
    """
    _check_lengths(leaf, root, *proof)
    if not 0 <= index < size:
        raise ProofError
    node, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError
        if _is_right(node, last):
            computed = node_hash(sibling, computed)
        else:
            computed = node_hash(computed, sibling)
        node, last = _parents(node, last)
    if last != 0 or computed != root:
        raise ProofError


def check_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that a tree begins with another (RFC 9162, section 2.1.4.2).

    Every tree begins with the empty one, which needs no proof (C2SP tlog-witness).

    Args:
        old_size: how many leaves the other has.
        old_root: its root.
        new_size: how many leaves the tree has.
        new_root: its root.
        proof: what `consistency_proof` returned.

    Raises:
        ProofError: the proof does not show it.
    """
    _check_lengths(old_root, new_root, *proof)
    if not 0 <= old_size <= new_size:
        raise ProofError
    if old_size in (0, new_size):
        _check_without_proof(old_size, old_root, new_size, new_root, proof)
    elif not proof or _both_roots(old_size, old_root, new_size, proof) != (old_root, new_root):
        raise ProofError


def _check_without_proof(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    if proof or (old_size == new_size and old_root != new_root):
        raise ProofError
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise ProofError


def _both_roots(
    old_size: int, old_root: bytes, new_size: int, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Return the roots of both trees that a proof leads to."""
    # A complete old tree is a subtree of the new one, and its root is left out of the proof.
    first, *rest = proof if old_size.bit_count() > 1 else (old_root, *proof)
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = first
    for sibling in rest:
        if last == 0:
            raise ProofError
        if _is_right(node, last):
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
        node, last = _parents(node, last)
    if last != 0:
        raise ProofError
    return old, new


def _is_right(node: int, last: int) -> bool:
    """Return whether a node's sibling is to its left; the last one's of a level always is."""
    return bool(node & 1) or node == last


def _parents(node: int, last: int) -> tuple[int, int]:
    """Return node and last node of the next level on which the node has a sibling.

    The last node of a level, if it has none, stands for its parents too.
    """
    if node == last:
        while node and not node & 1:
            node, last = node >> 1, last >> 1
    return node >> 1, last >> 1


def _check_lengths(*hashes: bytes) -> None:
    """Other lengths would let two different pairs of children give the same node."""
    if any(len(item) != HASH_LENGTH for item in hashes):
        raise ProofError
