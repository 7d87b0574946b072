"""What somebody does to a log who can write to its store, or to the files of an export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.audit.histories import Content, Copy, Row, another, exported, live, row_of
from tipline.audit.merkle import HASH_LENGTH
from tipline.audit.tiles import TILE_WIDTH

Rows = list[Row]
Tampering = Callable[[Rows, int], Rows]


def renumbered(rows: Rows) -> Rows:
    return [row | {"sequence": number} for number, row in enumerate(rows)]


def changed(rows: Rows, at: int) -> Rows:
    """The same salt and another body; where both had been destroyed, both are made up."""
    salt, body = another(at)
    return [*rows[:at], row_of(at, rows[at]["salt"] or salt, body), *rows[at + 1 :]]


def salted(rows: Rows, at: int) -> Rows:
    salt, body = another(at)
    return [*rows[:at], row_of(at, salt, rows[at]["body"] or body), *rows[at + 1 :]]


def garbled(rows: Rows, at: int) -> Rows:
    salt, body = another(at)
    garbage = bytes([body[0] ^ 1]) + (rows[at]["body"] or body)[1:]
    return [*rows[:at], row_of(at, rows[at]["salt"] or salt, garbage), *rows[at + 1 :]]


def dropped(rows: Rows, at: int) -> Rows:
    return rows[:at] + rows[at + 1 :]


def closed_up(rows: Rows, at: int) -> Rows:
    return renumbered(dropped(rows, at))


def swapped(rows: Rows, at: int) -> Rows:
    return renumbered([*rows[:at], *rows[at : at + 2][::-1], *rows[at + 2 :]])


def inserted(rows: Rows, at: int) -> Rows:
    return renumbered([*rows[:at], row_of(at, *another(at)), *rows[at:]])


def doubled(rows: Rows, at: int) -> Rows:
    return renumbered([*rows[: at + 1], *rows[at:]])


def cut_off(rows: Rows, at: int) -> Rows:
    return rows[:at]


def lines_swapped(rows: Rows, at: int) -> Rows:
    return [*rows[:at], *rows[at : at + 2][::-1], *rows[at + 2 :]]


def line_doubled(rows: Rows, at: int) -> Rows:
    return [*rows[: at + 1], *rows[at:]]


def line_inserted(rows: Rows, at: int) -> Rows:
    return [*rows[:at], row_of(at, *another(at)), *rows[at:]]


ANYWHERE = (changed, salted, garbled, dropped, closed_up, swapped, inserted, doubled, cut_off)
# Two rows of a store cannot have one number, and no row is before another.
TAMPERINGS: dict[Callable[..., object], tuple[Tampering, ...]] = {
    live: ANYWHERE,
    exported: (*ANYWHERE, lines_swapped, line_doubled, line_inserted),
}


def first_that_differs(rows: Rows, contents: Sequence[Content], size: int) -> int | None:
    """The first place where what was logged is not; of what was destroyed nothing is known."""
    seen = [row for row in rows if row["sequence"] < size]
    for at in range(size):
        if at >= len(seen) or seen[at]["sequence"] != at:
            return at
        content = (seen[at]["salt"], seen[at]["body"])
        if content not in ((None, None), contents[at]):
            return at
    return None


def with_tile(copy: Copy, place: tuple[int, int], content: bytes | None) -> Copy:
    rest = {key: hashes for key, hashes in copy.tiles.items() if key != place}
    return replace(copy, tiles=rest if content is None else {**rest, place: content})


def with_hash(copy: Copy, level: int, at: int, item: bytes | None = None) -> Copy:
    """Another hash in the place of one, or that one with a bit of it changed."""
    number, place = divmod(at, TILE_WIDTH)
    content, begin = bytearray(copy.tiles[level, number]), place * HASH_LENGTH
    content[begin + at % HASH_LENGTH] ^= 1
    if item is not None:
        content[begin : begin + HASH_LENGTH] = item
    return with_tile(copy, (level, number), bytes(content))


def torn_off(copy: Copy, at: int) -> Copy:
    number, place = divmod(at, TILE_WIDTH)
    left = copy.tiles[0, number][: place * HASH_LENGTH + at % HASH_LENGTH]
    return with_tile(copy, (0, number), left)
