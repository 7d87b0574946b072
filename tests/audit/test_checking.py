"""A proof shows one thing: with anything changed it shows nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.audit.trees import PlainTree, leaves
from tipline.audit.checking import ProofError, check_consistency, check_inclusion
from tipline.audit.merkle import EMPTY_ROOT, consistency_proof, inclusion_proof

LARGEST = 600
TREE = PlainTree(leaves(LARGEST))
OTHER = bytes(32)
hashes = st.binary(min_size=32, max_size=32)


def refused_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> None:
    with pytest.raises(ProofError):
        check_inclusion(leaf, index, size, proof, root)


def refused_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]
) -> None:
    with pytest.raises(ProofError):
        check_consistency(old, old_root, new, new_root, proof)


def damaged(proof: list[bytes]) -> Iterator[list[bytes]]:
    """The proof with one thing wrong: a bit, one hash gone, one doubled, two swapped, one more."""
    for at, item in enumerate(proof):
        rest = proof[at + 1 :]
        yield [*proof[:at], bytes([item[0] ^ 1]) + item[1:], *rest]
        yield [*proof[:at], item[:-1] + bytes([item[-1] ^ 0x80]), *rest]
        yield [*proof[:at], item[:-1], *rest]
        yield [*proof[:at], item + b"\x00", *rest]
        yield [*proof[:at], *rest]
        yield [*proof[:at], item, item, *rest]
        if rest:
            yield [*proof[:at], rest[0], item, *rest[1:]]
    yield [*proof, OTHER]
    yield [OTHER, *proof]


@settings(max_examples=60)
@given(st.integers(1, LARGEST), st.data())
def test_no_damaged_inclusion_proof_is_believed(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf, root = TREE.leaves[index], TREE.root(size)
    for proof in damaged(inclusion_proof(index, size, TREE)):
        refused_inclusion(leaf, index, size, proof, root)


@settings(max_examples=60)
@given(st.integers(1, LARGEST), st.data())
def test_no_damaged_consistency_proof_is_believed(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, size))
    for proof in damaged(consistency_proof(old, size, TREE)):
        refused_consistency(old, TREE.root(old), size, TREE.root(size), proof)


@settings(max_examples=100)
@given(st.integers(2, LARGEST), st.data())
def test_a_leaf_is_shown_nowhere_but_in_its_place(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = (index + data.draw(st.integers(1, size - 1))) % size
    proof, root = inclusion_proof(index, size, TREE), TREE.root(size)
    refused_inclusion(TREE.leaves[index], other, size, proof, root)
    refused_inclusion(TREE.leaves[other], index, size, proof, root)
    refused_inclusion(TREE.leaves[index], other, size, inclusion_proof(other, size, TREE), root)


@settings(max_examples=100)
@given(st.integers(1, LARGEST), st.integers(1, LARGEST), st.data())
def test_a_leaf_is_shown_in_no_tree_with_another_root(
    size: int, other: int, data: st.DataObject
) -> None:
    assume(size != other)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, TREE)
    refused_inclusion(TREE.leaves[index], index, size, proof, TREE.root(other))
    refused_inclusion(TREE.leaves[index], index, size, proof, OTHER)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 64, 100])
def test_every_index_and_size_that_leads_elsewhere_is_refused(size: int) -> None:
    """A proof may hold for another size only where the paths are the same, and so the root."""
    for index in range(size):
        proof, root = inclusion_proof(index, size, TREE), TREE.root(size)
        for wrong in {*range(-1, size + 3), index ^ 1, index ^ 64} - {index}:
            refused_inclusion(TREE.leaves[index], wrong, size, proof, root)
        for wrong in {0, -1, index, size * 4 + 1, 2**63}:
            refused_inclusion(TREE.leaves[index], index, wrong, proof, root)


@settings(max_examples=100)
@given(st.integers(1, LARGEST), st.data())
def test_consistency_is_shown_of_these_two_trees_and_no_others(
    size: int, data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(old, size, TREE)
    old_root, root = TREE.root(old), TREE.root(size)
    refused_consistency(old, OTHER, size, root, proof)
    refused_consistency(old, old_root, size, OTHER, proof)
    refused_consistency(old, EMPTY_ROOT, size, root, proof)
    if old < size:
        refused_consistency(old, root, size, old_root, proof)
        refused_consistency(size, root, old, old_root, proof)
    for other in {*range(old), *range(old + 1, size + 5)} - {size}:
        refused_consistency(other, old_root, size, root, proof)
    refused_consistency(old, old_root, old + 8 * size, root, [])


@settings(max_examples=100)
@given(st.integers(1, 80), st.data())
def test_a_log_whose_past_was_changed_shows_no_consistency(size: int, data: st.DataObject) -> None:
    """Not with its own proof, nor with that of the log as it was."""
    old = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, old - 1))
    forked = PlainTree([*TREE.leaves[:changed], OTHER, *TREE.leaves[changed + 1 :]])
    for tree in (TREE, forked):
        proof = consistency_proof(old, size, tree)
        refused_consistency(old, TREE.root(old), size, forked.root(size), proof)
        refused_consistency(old, forked.root(old), size, TREE.root(size), proof)


@settings(max_examples=200)
@given(st.integers(-2, 70), st.integers(-2, 70), st.lists(hashes, max_size=8), hashes, hashes)
def test_made_up_proofs_are_refused_and_break_nothing(
    small: int, large: int, proof: list[bytes], one: bytes, other: bytes
) -> None:
    assume(one != other)
    refused_inclusion(one, small, large, proof, other)
    refused_consistency(small, one, large, other, proof)


def test_every_tree_begins_with_the_empty_one_and_with_itself() -> None:
    for size in range(20):
        check_consistency(0, EMPTY_ROOT, size, TREE.root(size), [])
        check_consistency(size, TREE.root(size), size, TREE.root(size), [])
        refused_consistency(0, OTHER, size, TREE.root(size), [])
        refused_consistency(0, EMPTY_ROOT, size, TREE.root(size), [OTHER])
        refused_consistency(size, TREE.root(size), size, OTHER, [])
    refused_consistency(0, OTHER, 0, OTHER, [])


def test_a_proof_is_not_longer_than_its_tree_is_high() -> None:
    """Not even if a checkpoint had the root of a larger tree than it says."""
    for larger in (2, 3, 7, 8, 9):
        path, root = inclusion_proof(0, larger, TREE), TREE.root(larger)
        for size in range(1, 1 << len(path) - 1):
            refused_inclusion(TREE.leaves[0], 0, size, path, root)
            refused_inclusion(TREE.leaves[size - 1], size - 1, size, path, root)
    refused_inclusion(TREE.leaves[1], 0, 1, [TREE.leaves[0]], TREE.root(2))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_hashes_of_another_length_are_refused(length: int) -> None:
    wrong = bytes(length)
    refused_inclusion(wrong, 0, 1, [], wrong)
    refused_inclusion(TREE.leaves[0], 0, 2, [wrong], TREE.root(2))
    refused_consistency(1, wrong, 1, wrong, [])
