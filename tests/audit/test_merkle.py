"""Roots and proofs are those of RFC 6962, at every size, and need few reads."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.trees import PlainTree, leaves
from tipline.audit.checking import check_consistency, check_inclusion
from tipline.audit.merkle import (
    EMPTY_ROOT,
    GrowingTree,
    TreeError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    root_of,
    root_of_complete,
)

# Leaves, roots and proofs with which Certificate Transparency's implementations are tested:
# github.com/transparency-dev/merkle, testonly/constants.go and proof/proof_test.go.
INPUTS = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(bytes.fromhex(data)) for data in INPUTS]
LEAF_5 = "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658"
PATH_OF_5_IN_8 = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
FROM_6_TO_8 = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]

EXHAUSTIVE = 70
LARGEST = 600
TREE = PlainTree(leaves(LARGEST))
sizes = st.integers(1, LARGEST)


def as_bytes(hashes: list[str]) -> list[bytes]:
    return [bytes.fromhex(item) for item in hashes]


class SparseTree:
    """A tree of any size, each complete subtree of which has a hash of its own, and who reads it.

    For proofs of trees that are too large to be made: checked against each other, not by leaves.
    """

    def __init__(self) -> None:
        self.reads = 0
        self.leaf = leaf_hash(b"the same")
        self.complete = [self.leaf]
        for _ in range(64):
            self.complete.append(node_hash(self.complete[-1], self.complete[-1]))

    def hash_at(self, level: int, index: int) -> bytes:
        self.reads += 1
        return self.complete[level]


def test_roots_are_those_of_certificate_transparency() -> None:
    assert bytes.fromhex(ROOTS[0]) == EMPTY_ROOT
    assert [root_of(LEAVES[:size]).hex() for size in range(9)] == ROOTS
    assert [root(size, PlainTree(LEAVES)).hex() for size in range(9)] == ROOTS


def test_proofs_are_those_of_certificate_transparency() -> None:
    path, from_6 = as_bytes(PATH_OF_5_IN_8), as_bytes(FROM_6_TO_8)
    assert inclusion_proof(5, 8, PlainTree(LEAVES)) == path
    assert consistency_proof(6, 8, PlainTree(LEAVES)) == from_6
    eight, six = bytes.fromhex(ROOTS[8]), bytes.fromhex(ROOTS[6])
    check_inclusion(bytes.fromhex(LEAF_5), 5, 8, path, eight)
    check_consistency(6, six, 8, eight, from_6)


def test_a_leaf_is_not_hashed_as_a_node_is() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)


def test_a_tree_that_grew_has_the_root_of_its_leaves_at_every_size() -> None:
    tree = GrowingTree()
    for size, leaf in enumerate(TREE.leaves):
        assert (tree.size, tree.root()) == (size, TREE.root(size))
        assert root(size, TREE) == tree.root()
        tree.append(leaf)
    assert tree.root() == root_of(iter(TREE.leaves)) == TREE.root(LARGEST)


@settings(max_examples=60)
@given(st.integers(0, LARGEST), st.integers(0, 40))
def test_a_tree_goes_on_from_any_size(size: int, more: int) -> None:
    tree = GrowingTree.of(size, TREE)
    assert tree.root() == TREE.root(size)
    for leaf in TREE.leaves[size : size + more]:
        tree.append(leaf)
    assert tree.root() == TREE.root(min(size + more, LARGEST))


def test_a_leaf_completes_the_subtrees_that_end_with_it() -> None:
    tree = GrowingTree()
    for leaf in TREE.leaves:
        completed = tree.append(leaf)
        assert completed == [
            TREE.hash_at(level, (tree.size >> level) - 1) for level in range(len(completed))
        ]
        assert tree.size % (1 << len(completed)) != 0, "and all of them are told"


@settings(max_examples=60)
@given(st.lists(st.integers(0, 8), max_size=12))
def test_a_tree_grows_by_whole_subtrees_as_by_their_leaves(levels: list[int]) -> None:
    by_subtrees, by_leaves = GrowingTree(), GrowingTree()
    for level in levels:
        end = by_leaves.size + (1 << level)
        if by_leaves.size % (1 << level) or end > LARGEST:
            with pytest.raises(TreeError):
                by_subtrees.append(bytes(32), level if end <= LARGEST else 63)
            continue
        some = TREE.leaves[by_leaves.size : end]
        told = by_subtrees.append(root_of_complete(some), level)
        assert told == [by_leaves.append(leaf) for leaf in some][-1][level:]
        assert (by_subtrees.size, by_subtrees.root()) == (by_leaves.size, by_leaves.root())


@pytest.mark.parametrize("level", range(10))
def test_the_root_of_complete_trees_is_that_of_their_leaves(level: int) -> None:
    some = TREE.leaves[: 1 << level]
    assert root_of_complete(some) == root_of(some) == TREE.root(len(some))


@pytest.mark.parametrize("count", [0, 3, 255, 257])
def test_a_tree_that_is_not_complete_has_no_such_root(count: int) -> None:
    with pytest.raises(TreeError):
        root_of_complete(TREE.leaves[:count])


def pairs(size: int) -> Iterator[tuple[int, int]]:
    return ((small, large) for large in range(1, size + 1) for small in range(large + 1))


def test_every_proof_of_every_small_tree_is_that_of_the_rfc_and_holds() -> None:
    for small, size in pairs(EXHAUSTIVE):
        if small < size:
            path = inclusion_proof(small, size, TREE)
            assert path == TREE.path(small, 0, size)
            check_inclusion(TREE.leaves[small], small, size, path, TREE.root(size))
        proof = consistency_proof(small, size, TREE)
        assert proof == TREE.proof(small, size)
        check_consistency(small, TREE.root(small), size, TREE.root(size), proof)


@settings(max_examples=100)
@given(sizes, st.data())
def test_proofs_of_larger_trees_are_those_of_the_rfc_and_hold(
    size: int, data: st.DataObject
) -> None:
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    path, proof = inclusion_proof(index, size, TREE), consistency_proof(old, size, TREE)
    assert (path, proof) == (TREE.path(index, 0, size), TREE.proof(old, size))
    check_inclusion(TREE.leaves[index], index, size, path, TREE.root(size))
    check_consistency(old, TREE.root(old), size, TREE.root(size), proof)


@settings(max_examples=100)
@given(st.integers(1, 2**63 - 1), st.data())
def test_proofs_of_trees_of_any_size_hold_and_take_few_reads(
    size: int, data: st.DataObject
) -> None:
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    tree = SparseTree()
    path = inclusion_proof(index, size, tree)
    proof = consistency_proof(old, size, tree)
    assert len(path) <= 63
    assert len(proof) <= 64
    assert tree.reads <= 4 * 63
    check_inclusion(tree.leaf, index, size, path, root(size, tree))
    check_consistency(old, root(old, tree), size, root(size, tree), proof)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3), (4, 3), (0, -1)])
def test_of_a_leaf_that_is_not_there_no_proof_is_made(index: int, size: int) -> None:
    with pytest.raises(TreeError):
        inclusion_proof(index, size, TREE)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3), (1, 0)])
def test_no_proof_is_made_that_a_tree_shrank(old: int, new: int) -> None:
    with pytest.raises(TreeError):
        consistency_proof(old, new, TREE)


@pytest.mark.parametrize("leaf", [b"", bytes(31), bytes(33), b"an entry instead of its hash"])
def test_only_hashes_become_leaves(leaf: bytes) -> None:
    with pytest.raises(TreeError):
        root_of([bytes(32), leaf])
    with pytest.raises(TreeError):
        root_of_complete([bytes(32), leaf])


def test_a_large_log_is_hashed_as_a_stream() -> None:
    """Nothing of the leaves is kept: they come one by one, and a tree of 2**16 has one subtree."""
    numbers = random.Random(6962)
    given_out = 0

    def stream() -> Iterator[bytes]:
        nonlocal given_out
        for _ in range(2**16):
            given_out += 1
            yield numbers.randbytes(32)

    tree = GrowingTree()
    for leaf in stream():
        tree.append(leaf)
        assert len(tree._edge) == tree.size.bit_count()
    assert given_out == 2**16
