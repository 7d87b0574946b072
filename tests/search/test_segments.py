"""Segments: all that was put in comes out, for members alone, and their size tells no word."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.crypto.errors import CannotOpenError
from tipline.lines.bundles import LineBundle
from tipline.search.segments import CONTENTS, SearchKey, Segment, WordPage, write_page

BUNDLE = LineBundle.generate("a" * 32, 1)
KEY = SearchKey.of(BUNDLE)
SEGMENT = "5" * 32


def thread_id(number: int) -> str:
    return f"{number:032x}"


WORDS = st.text(st.sampled_from("abcdé警ก"), min_size=1, max_size=4)


@given(st.dictionaries(st.integers(0, 99).map(thread_id), st.sets(WORDS), max_size=60))
def test_a_segment_opens_to_what_was_put_in(words: dict[str, set[str]]) -> None:
    opened = Segment.opened(KEY, SEGMENT, Segment.of(words).sealed_pages(KEY, SEGMENT))
    found: dict[str, set[str]] = {thread: set() for thread in words}
    for word, places in opened.words.items():
        for place in places:
            found[opened.threads[place]].add(word)
    assert found == words


@given(
    st.dictionaries(WORDS, st.sets(st.integers(0, 299), min_size=1).map(sorted)),
    WORDS,
)
def test_a_page_tells_where_a_word_stands_and_where_none(
    words: dict[str, list[int]], other: str
) -> None:
    page = WordPage(write_page(words, 300))
    assert sorted(page.words()) == sorted(words)
    for word, places in words.items():
        assert page.places(word) == places
    assert page.places(other) == words.get(other, [])


@given(st.lists(st.dictionaries(st.integers(0, 9).map(thread_id), st.sets(WORDS)), max_size=4))
def test_merging_keeps_every_word_of_every_thread(parts: list[dict[str, set[str]]]) -> None:
    merged = Segment.merged([Segment.of(part) for part in parts])
    expected = {
        (thread, word) for part in parts for thread, words in part.items() for word in words
    }
    assert {
        (merged.threads[place], word) for word, places in merged.words.items() for place in places
    } == expected
    assert len(set(merged.threads)) == len(merged.threads)


def one_segment() -> dict[int, bytes]:
    words = {thread_id(n): {"gun", f"word{n}"} for n in range(100)}
    return Segment.of(words).sealed_pages(KEY, SEGMENT)


@pytest.mark.parametrize(
    "key",
    [
        SearchKey.of(LineBundle.generate(BUNDLE.line_id, 1)),
        SearchKey(BUNDLE.line_id, 2, KEY.key),
        SearchKey("b" * 32, 1, KEY.key),
    ],
    ids=["another key", "another generation", "another line"],
)
def test_pages_open_only_in_their_place(key: SearchKey) -> None:
    pages = one_segment()
    for page, sealed in pages.items():
        KEY.open(SEGMENT, page, sealed)
        for wrong in ((key, SEGMENT, page), (KEY, "6" * 32, page), (KEY, SEGMENT, page + 1)):
            with pytest.raises(CannotOpenError):
                wrong[0].open(wrong[1], wrong[2], sealed)


def test_a_segment_without_one_of_its_pages_is_not_merged() -> None:
    for page in (CONTENTS, 64, 127):
        pages = one_segment()
        del pages[page]
        with pytest.raises(CannotOpenError):
            Segment.opened(KEY, SEGMENT, pages)


def test_the_sizes_of_pages_do_not_tell_where_the_common_words_are() -> None:
    chance = random.Random(3)
    vocabulary = [f"w{n}" for n in range(2000)]
    weights = [1 / (n + 1) for n in range(2000)]
    words = {thread_id(n): set(chance.choices(vocabulary, weights, k=80)) for n in range(500)}
    pages = Segment.of(words).sealed_pages(KEY, SEGMENT)
    assert len(pages) == 65
    assert len({len(sealed) for page, sealed in pages.items() if page != CONTENTS}) == 1


def test_two_segments_of_the_same_words_have_nothing_in_common() -> None:
    words = {thread_id(1): {"gun"}}
    first, second = (Segment.of(words).sealed_pages(KEY, SEGMENT) for _ in range(2))
    pieces = Counter(
        page[at : at + 16]
        for pages in (first, second)
        for page in pages.values()
        for at in range(1, len(page) - 15)
    )
    assert max(pieces.values()) == 1


def test_words_stand_on_different_pages_in_each_line_and_generation() -> None:
    keys = [KEY, *(SearchKey.of(LineBundle.generate(BUNDLE.line_id, n)) for n in (1, 2))]
    words = [f"word{n}" for n in range(50)]
    assert len({tuple(key.page_of(word, 64) for word in words) for key in keys}) == 3
