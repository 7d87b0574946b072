"""A tree that was cut into tiles is the same tree, and each tile has one path."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.audit.trees import PlainTree, leaves, tiles_in_memory
from tipline.audit.bundles import LONGEST_ENTRY, Bundle, bundle_of, bundles_between
from tipline.audit.merkle import (
    GrowingTree,
    TreeError,
    consistency_proof,
    inclusion_proof,
    root,
    root_of,
)
from tipline.audit.tile_reading import TileReader
from tipline.audit.tiles import (
    Tile,
    TileError,
    TilePathError,
    tiles_between,
    tiles_of,
)

LARGEST = 66_000  # more than a full tile of level 1
LEAVES = leaves(LARGEST)
TILES = tiles_in_memory(LEAVES)
PLAIN = PlainTree(LEAVES)
# Sizes at which something begins or ends, and others.
sizes = st.sampled_from([1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537]) | st.integers(
    1, LARGEST
)
anywhere = st.builds(Tile, st.integers(0, 63), st.integers(0, 2**63 - 1), st.integers(1, 256))
bundles = st.builds(Bundle, st.integers(0, 2**63 - 1), st.integers(1, 256))


class Store:
    """Tiles as the largest tree has them, and how many were asked for."""

    def __init__(self) -> None:
        self.asked: list[Tile] = []

    def fetch(self, tile: Tile) -> bytes:
        self.asked.append(tile)
        return next(
            TILES[Tile(tile.level, tile.number, width)]
            for width in range(256, 0, -1)
            if Tile(tile.level, tile.number, width) in TILES
        )


@settings(max_examples=30)
@given(sizes, st.data())
def test_roots_and_proofs_from_tiles_are_those_of_the_leaves(
    size: int, data: st.DataObject
) -> None:
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    reader = TileReader(size, Store().fetch)
    assert root(size, reader) == PLAIN.root(size)
    assert inclusion_proof(index, size, reader) == PLAIN.path(index, 0, size)
    assert consistency_proof(old, size, reader) == PLAIN.proof(old, size)


@settings(max_examples=30)
@given(sizes, st.integers(0, 600))
def test_a_tree_grows_from_its_tiles(size: int, more: int) -> None:
    tree = GrowingTree.of(size, TileReader(size, Store().fetch))
    for leaf in LEAVES[size : size + more]:
        tree.append(leaf)
    assert tree.root() == PLAIN.root(min(size + more, LARGEST))


def test_a_proof_reads_a_few_tiles_each_once() -> None:
    store = Store()
    reader = TileReader(LARGEST, store.fetch)
    for index in range(1000, 1010):
        inclusion_proof(index, LARGEST, reader)
    assert len(store.asked) == len(set(store.asked)) <= 5


def test_what_a_tree_does_not_have_is_not_read() -> None:
    store = Store()
    reader = TileReader(300, store.fetch)
    for level, index in [(0, 300), (0, -1), (8, 1), (9, 0), (1, 150), (-1, 0), (2, 75)]:
        with pytest.raises(TreeError):
            reader.hash_at(level, index)
    assert store.asked == []


@pytest.mark.parametrize(
    "content", [b"", bytes(32 * 43), bytes(32 * 44 - 1), bytes(32 * 44 + 1), bytes(32 * 257)]
)
def test_a_tile_that_holds_something_else_is_refused(content: bytes) -> None:
    with pytest.raises(TileError):
        root(300, TileReader(300, lambda _: content))


def test_the_tiles_of_the_formats_own_example() -> None:
    """C2SP tlog-tiles, "Partial Tiles": a tree of 70,000, and one of 256."""
    found = list(tiles_of(70_000))
    assert len(found) == 273 + 1 + 1 + 1 + 1
    assert found[:273] == [Tile(0, number) for number in range(273)]
    assert found[273:] == [Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(0)) == []


@settings(max_examples=200)
@given(st.integers(0, 3000), st.integers(0, 3000))
@example(256, 256)
@example(255, 256)
@example(0, 65_537)
@example(65_536, 65_537)
def test_new_tiles_are_those_that_were_not_there(one: int, other: int) -> None:
    old, new = sorted((one, other))
    found = list(tiles_between(old, new))
    assert found == sorted(set(tiles_of(new)) - set(tiles_of(old)))
    rows = [Bundle(tile.number, tile.width) for tile in found if tile.level == 0]
    assert list(bundles_between(old, new)) == rows


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(1, 999, 255), "tile/1/999.p/255"),
        (Tile(0, 1000), "tile/0/x001/000"),
        # C2SP tlog-tiles, "Merkle Tree"
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(63, 1_234_067, 8), "tile/63/x001/x234/067.p/8"),
        (Tile(2, 2**63 - 1), "tile/2/x009/x223/x372/x036/x854/x775/807"),
    ],
)
def test_paths_are_those_of_the_format(tile: Tile, path: str) -> None:
    assert tile.path() == path
    assert Tile.from_path(path) == tile
    in_bundles = path.replace(f"tile/{tile.level}/", "tile/entries/")
    assert Bundle(tile.number, tile.width).path() == in_bundles
    assert Bundle.from_path(in_bundles) == Bundle(tile.number, tile.width)


@settings(max_examples=100)
@given(anywhere, bundles)
def test_every_path_leads_back(tile: Tile, bundle: Bundle) -> None:
    assert Tile.from_path(tile.path()) == tile
    assert Bundle.from_path(bundle.path()) == bundle
    for kind, path in ((Tile, bundle.path()), (Bundle, tile.path())):
        with pytest.raises(TilePathError):
            kind.from_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile/0/000\n", "tile/0/0",
        "tile/0/00", "tile/0/0000", "tile/00/000", "tile/01/000", "tile/64/000", "tile/-1/000",
        "tile/0/x000/000", "tile/0/x000/001", "tile/0/001/000", "tile/0/x001", "tile/0/x01/000",
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/-1", "tile/0/000.p",
        "tile/0/000.p/", "tile/0/000.p/1/", "tile/0/000.P/1", "tile/8/0/000", "tile/entries/0",
        "tile/data/000", "tile/Entries/000", "tile/0/../000", "tile/0/٠٠٠", "tile/0/000.p/１",
        "tile/0/+00", "tile/0/ 00", "tile/0/1_0", "checkpoint",
        "tile/0/x009/x223/x372/x036/x854/x775/808", "tile/0/" + "x001/" * 500 + "000",
    ],
)  # fmt: skip
def test_other_spellings_lead_nowhere(path: str) -> None:
    for spelt in (path, path.replace("tile/0/", "tile/entries/")):
        for kind in (Tile, Bundle):
            with pytest.raises(TilePathError):
                kind.from_path(spelt)


@settings(max_examples=200)
@given(st.text(st.sampled_from("tile/x0123456789.pentris-\n"), max_size=30) | st.text())
def test_any_path_at_all_is_that_of_a_tile_or_refused(path: str) -> None:
    for kind in (Tile, Bundle):
        with suppress(TilePathError):
            assert kind.from_path(path).path() == path


@pytest.mark.parametrize(
    ("level", "number", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 2**63, 1), (0, 0, 257)]
)
def test_there_is_no_tile_elsewhere(level: int, number: int, width: int) -> None:
    with pytest.raises(TilePathError):
        Tile(level, number, width)


@settings(max_examples=100)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_entries_come_out_of_a_bundle_as_they_were_put_in(entries: list[bytes]) -> None:
    assert Bundle(0, len(entries)).entries(bundle_of(entries)) == entries


def test_a_bundle_is_written_as_the_format_says() -> None:
    """C2SP tlog-tiles, "Log entries": each behind its length, 2 bytes, big-endian."""
    assert bundle_of([b"one", b"", bytes(258)]) == b"\0\3one\0\0\1\2" + bytes(258)
    assert bundle_of([bytes(LONGEST_ENTRY)]) == b"\xff\xff" + bytes(LONGEST_ENTRY)


@pytest.mark.parametrize("entries", [[], [b""] * 257, [b"", bytes(LONGEST_ENTRY + 1)]])
def test_what_does_not_fit_into_a_bundle_is_refused(entries: list[bytes]) -> None:
    with pytest.raises(TileError):
        bundle_of(entries)


@settings(max_examples=200)
@given(
    st.integers(1, 256),
    st.binary(max_size=40) | st.lists(st.just(b"\0"), max_size=600).map(b"".join),
)
def test_any_bytes_are_a_bundle_of_that_width_or_refused(width: int, content: bytes) -> None:
    try:
        entries = Bundle(0, width).entries(content)
    except TileError:
        return
    assert len(entries) == width
    assert bundle_of(entries) == content


@pytest.mark.parametrize("content", [b"\0\1a\0", b"\0\1a\0\2b", b"\0\1ab", b"\0\1a", b""])
def test_a_bundle_with_something_missing_or_left_over_is_refused(content: bytes) -> None:
    with pytest.raises(TileError):
        Bundle(0, 2).entries(content)


def test_a_root_is_that_of_all_entries() -> None:
    """So that the tests above compare with what the log is about."""
    assert root_of(LEAVES) == PLAIN.root(LARGEST)
