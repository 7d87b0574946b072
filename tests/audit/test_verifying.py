"""Whatever was done to a log is found, in its store and in an export; and nothing else is."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import note as tell
from hypothesis import strategies as st

from tests.audit.histories import (
    SIGNER,
    Copy,
    History,
    another,
    exported,
    leaf_of,
    live,
    note_of,
    row_of,
    steps,
    write_export,
)
from tests.audit.tampering import (
    TAMPERINGS,
    Rows,
    changed,
    first_that_differs,
    torn_off,
    with_hash,
    with_tile,
)
from tests.audit.trees import tiles_in_memory
from tipline.audit.checkpoints import Checkpoint
from tipline.audit.exporting import Export
from tipline.audit.merkle import HASH_LENGTH, leaf_hash, root_of
from tipline.audit.reading import StoredEntry
from tipline.audit.tiles import TILE_WIDTH, Tile
from tipline.audit.verifying import Verdict, verify
from tipline.db.engines import open_store, sqlite_url
from tipline.db.schema import Store, upgrade

MEDIA = (live, exported)
# Each example is a store with a log: to look for a smaller one that fails would take minutes.
a_few = settings(max_examples=10, phases=[Phase.explicit, Phase.reuse, Phase.generate])


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without a log."""
    path = tmp_path_factory.mktemp("empty") / "main.sqlite3"
    engine = open_store(sqlite_url(path))
    upgrade(engine, Store.MAIN)
    engine.dispose()
    return path


class Trial:
    """A log with a history, and a verifier who brings checkpoints that were kept."""

    def __init__(self, history: History, folder: Path, data: st.DataObject) -> None:
        self.history, self.folder, self.data = history, folder, data
        self.copy = history.copy
        self.rows = self.copy.rows
        self.leaves = [leaf_of(row) for row in self.rows]

    def place(self) -> int:
        """Any entry, or one beside a place where something was signed."""
        signed = [one.size for one in self.history.kept if one.size]
        beside = [*signed, *(size - 1 for size in signed)]
        places = st.integers(0, len(self.rows) - 1) | st.sampled_from(beside)
        return self.data.draw(places, label="place")

    def checkpoint(self) -> Checkpoint:
        """One that was kept, rather a late one."""
        return self.history.kept[-1 - self.data.draw(st.integers(0, 9)) % len(self.history.kept)]

    def verdict(self, medium: Callable[..., object], copy: Copy, checkpoint: Checkpoint) -> Verdict:
        with medium(self.history, copy, self.folder) as log:  # type: ignore[attr-defined]
            return verify(log, checkpoint, [SIGNER.verifier])

    def signed_sizes(self, medium: object, copy: Copy, checkpoint: Checkpoint) -> set[int]:
        """Where a tree is compared with a checkpoint: the brought one, and those beside the log."""
        sizes = set(copy.notes) if medium is live else {self.history.published_size}
        return {size for size in sizes if size < checkpoint.size} | {checkpoint.size}


@contextmanager
def trial(empty: Path, happened: list[tuple[str, int]], data: st.DataObject) -> Iterator[Trial]:
    with tempfile.TemporaryDirectory(prefix="tipline-history-") as name:
        folder = Path(name)
        history = History(shutil.copy(empty, folder / "main.sqlite3"))
        try:
            history.live(happened)
            yield Trial(history, folder, data)
        finally:
            history.engine.dispose()


def in_ranges(numbers: set[int]) -> tuple[range, ...]:
    """Those that follow each other as one range."""
    starts = sorted(number for number in numbers if number - 1 not in numbers)
    stops = sorted(number + 1 for number in numbers if number + 1 not in numbers)
    return tuple(map(range, starts, stops))


# -- nobody touched it ---------------------------------------------------------------------------


@a_few
@given(happened=steps, data=st.data())
def test_no_log_is_accused_that_only_lived(
    empty: Path, happened: list[tuple[str, int]], data: st.DataObject
) -> None:
    with trial(empty, happened, data) as on:
        write_export(on.history, on.folder / "untouched")
        untouched = Export(on.folder / "untouched")
        for checkpoint in on.history.kept:
            gone = {n for n, row in enumerate(on.rows[: checkpoint.size]) if row["body"] is None}
            right = Verdict(checkpoint.size, destroyed=in_ranges(gone))
            assert verify(untouched, checkpoint, [SIGNER.verifier]) == right
            for medium in MEDIA:
                assert on.verdict(medium, on.copy, checkpoint) == right


# -- entries -------------------------------------------------------------------------------------


@a_few
@given(happened=steps, data=st.data())
def test_the_first_entry_that_differs_is_named(
    empty: Path, happened: list[tuple[str, int]], data: st.DataObject
) -> None:
    with trial(empty, happened, data) as on:
        for medium, tamperings in TAMPERINGS.items():
            for tampering in tamperings:
                copy = replace(on.copy, rows=tampering(on.rows, on.place()))
                checkpoint = on.checkpoint()
                expected = first_that_differs(copy.rows, on.history.contents, checkpoint.size)
                tell(f"{medium.__name__}, {tampering.__name__}, {checkpoint.size}, {expected}")
                verdict = on.verdict(medium, copy, checkpoint)
                assert verdict.first_wrong == expected
                assert verdict.is_right is (expected is None)
                assert verdict.first_hidden is None, "it is filed under what it says"


# -- tiles ---------------------------------------------------------------------------------------


@a_few
@given(happened=steps, data=st.data())
def test_a_tile_that_differs_is_found(
    empty: Path, happened: list[tuple[str, int]], data: st.DataObject
) -> None:
    with trial(empty, happened, data) as on:
        for medium in MEDIA:
            at, checkpoint = on.place(), on.checkpoint()
            tell(f"{medium.__name__}, {at} of {checkpoint.size}")
            start = at // TILE_WIDTH * TILE_WIDTH
            is_covered, is_below = at < checkpoint.size, start + TILE_WIDTH <= checkpoint.size

            verdict = on.verdict(medium, with_hash(on.copy, 0, at), checkpoint)
            assert verdict.is_right is not is_covered
            if is_covered and on.rows[at]["body"] is not None:
                assert verdict.first_wrong == at
            elif is_covered:
                # Nothing is left that could contradict the leaf but the tree itself.
                assert verdict.wrong_from <= at < verdict.wrong_until
                assert verdict.first_torn == (start if is_below else None)

            verdict = on.verdict(medium, torn_off(on.copy, at), checkpoint)
            assert verdict.first_wrong == (at if is_covered else None)
            verdict = on.verdict(
                medium, with_tile(on.copy, (0, start // TILE_WIDTH), None), checkpoint
            )
            assert verdict.first_wrong == (start if start < checkpoint.size else None)

            for copy in (
                with_hash(on.copy, 1, min(start // TILE_WIDTH, len(on.rows) // TILE_WIDTH - 1)),
                with_tile(on.copy, (1, 0), None),
            ):
                torn = next(
                    number * TILE_WIDTH
                    for number in range(TILE_WIDTH)
                    if copy.tiles.get((1, 0), b"")[number * HASH_LENGTH :][:HASH_LENGTH]
                    != on.copy.tiles[1, 0][number * HASH_LENGTH :][:HASH_LENGTH]
                )
                is_seen = torn + TILE_WIDTH <= checkpoint.size
                verdict = on.verdict(medium, copy, checkpoint)
                assert verdict.first_torn == (torn if is_seen else None)
                assert (verdict.first_wrong, verdict.wrong_until) == (None, 0)


# -- entries and tiles, so that neither contradicts the other --------------------------------------


def forked(on: Trial, at: int) -> tuple[Rows, dict[tuple[int, int], bytes]]:
    """Another history from an entry on, as whoever has the whole store can write it."""
    rows = [*on.rows[:at], *(row_of(n, *another(n)) for n in range(at, len(on.rows)))]
    tiles = tiles_in_memory([leaf_of(row) for row in rows])
    return rows, {(tile.level, tile.number): hashes for tile, hashes in tiles.items()}


def assert_narrowed_down(verdict: Verdict, at: int, sizes: set[int]) -> None:
    """The range is between the two checkpoints that are nearest."""
    assert not verdict.is_right
    assert verdict.first_wrong is None
    assert verdict.wrong_from == max((size for size in sizes if size <= at), default=0)
    assert verdict.wrong_until == min(size for size in sizes if size > at)


@a_few
@given(happened=steps, data=st.data())
def test_a_history_that_was_rewritten_is_found(
    empty: Path, happened: list[tuple[str, int]], data: st.DataObject
) -> None:
    with trial(empty, happened, data) as on:
        for medium in MEDIA:
            at, checkpoint = on.place(), on.checkpoint()
            tell(f"{medium.__name__}, {at} of {checkpoint.size}")
            rows, tiles = forked(on, at)
            hidden = replace(on.copy, rows=rows, tiles=tiles)
            one = replace(on.copy, rows=changed(on.rows, at))
            one = with_hash(one, 0, at, leaf_of(one.rows[at]))
            for copy in (hidden, one, replace(hidden, notes={})):
                verdict = on.verdict(medium, copy, checkpoint)
                if at >= checkpoint.size:
                    assert verdict.is_right
                    continue
                assert_narrowed_down(verdict, at, on.signed_sizes(medium, copy, checkpoint))
                start = at // TILE_WIDTH * TILE_WIDTH
                is_torn = copy is one and start + TILE_WIDTH <= checkpoint.size
                assert verdict.first_torn == (start if is_torn else None)


@a_few
@given(happened=steps, data=st.data())
def test_what_the_logs_own_key_signed_anew_does_not_hide_it(
    empty: Path, happened: list[tuple[str, int]], data: st.DataObject
) -> None:
    """Whoever holds the key has also signed checkpoints of what was rewritten, or rolled back."""
    with trial(empty, happened, data) as on:
        for medium in MEDIA:
            at, checkpoint = on.place(), on.checkpoint()
            tell(f"{medium.__name__}, {at} of {checkpoint.size}")
            rows, tiles = forked(on, at)
            lies = [leaf_of(row) for row in rows]
            notes = {size: note_of(size, root_of(lies[:size])) for size in on.copy.notes}
            verdict = on.verdict(medium, Copy(rows, tiles, notes), checkpoint)
            assert verdict.is_right is (at >= checkpoint.size)
            assert verdict.wrong_until == (0 if verdict.is_right else checkpoint.size)

            back = tiles_in_memory(on.leaves[:at])
            tiles = {(tile.level, tile.number): hashes for tile, hashes in back.items()}
            notes = {size: note for size, note in on.copy.notes.items() if size <= at}
            verdict = on.verdict(medium, Copy(on.rows[:at], tiles, notes), checkpoint)
            assert verdict.first_wrong == (at if at < checkpoint.size else None)
            assert verdict.is_right is (at >= checkpoint.size)

            size = on.data.draw(st.integers(1, on.history.published_size), label="size")
            other = Checkpoint(checkpoint.origin, size, root_of(lies[:size]))
            verdict = on.verdict(medium, on.copy, other)
            assert verdict.is_right is (at >= size)
            assert verdict.wrong_until == (0 if verdict.is_right else size)
            assert (verdict.first_wrong, verdict.first_torn) == (None, None)


# -- a tree that is high enough for three rows of tiles --------------------------------------------


class Held:
    """A log in memory."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.leaves = [leaf_hash(one.leaf_data or b"") for one in self.entries(0, size)]
        tree = tiles_in_memory(self.leaves)
        self.tiles = {(tile.level, tile.number): hashes for tile, hashes in tree.items()}

    def entries(self, start: int, end: int) -> Iterator[StoredEntry]:
        for number in range(start, end):
            yield StoredEntry(number, number.to_bytes(32), b"an entry")

    def tile(self, tile: Tile) -> bytes:
        return self.tiles[tile.level, tile.number]

    def checkpoints(self) -> list[str]:
        return []


HIGH = 260  # tiles of leaves


@pytest.mark.parametrize(
    ("level", "place", "torn"),
    [(1, 0, 0), (1, 255, 255 * 256), (1, 256, 256 * 256), (1, 259, 259 * 256), (2, 0, 0)],
)
def test_every_row_of_tiles_is_compared(
    level: int, place: int, torn: int, high: tuple[Held, Checkpoint]
) -> None:
    log, checkpoint = high
    whole = dict(log.tiles)
    log.tiles = with_hash(Copy([], whole, {}), level, place).tiles
    try:
        verdict = verify(log, checkpoint, [SIGNER.verifier])
    finally:
        log.tiles = whole
    assert verdict == Verdict(checkpoint.size, first_torn=torn)


def test_a_high_tree_is_right(high: tuple[Held, Checkpoint]) -> None:
    log, checkpoint = high
    assert verify(log, checkpoint, [SIGNER.verifier]) == Verdict(log.size)


@pytest.fixture(scope="module")
def high() -> tuple[Held, Checkpoint]:
    log = Held(HIGH * TILE_WIDTH)
    return log, Checkpoint(SIGNER.verifier.name, log.size, root_of(log.leaves))
