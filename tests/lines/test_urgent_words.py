"""Urgent words: what is found in a message, and which lists can be kept."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.support.house import LINE, OTHER_LINE, House
from tipline.crypto.errors import NotAuthenticError
from tipline.lines.directory import LineDirectory
from tipline.lines.models import WordList
from tipline.lines.urgent_words import (
    DEFAULT_WORDS,
    LongWordError,
    NoLettersError,
    NoWordsError,
    TooManyWordsError,
    WordMatcher,
    checked_words,
    default_matcher,
)
from tipline.lines.word_lists import DEFAULTS, ListChangedError, UrgentWordLists
from tipline.text.folding import folded


@pytest.mark.parametrize(
    "text",
    [
        "He has a GUN at school",
        "Tiene un arma",
        "lo va a MATAR",
        "kidnapped!!",
        "secuestraron a mi hermana",
        "a knife-fight",
        "there is a dead\nbody",
        "ｂｏｍｂ",
        "AYÚDENME",
        "ayudenme por favor",
    ],
)
def test_what_is_urgent_by_default(text: str) -> None:
    assert default_matcher().matches(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Graffiti on Linden Street",
        "gunmetal paint",
        "armario",
        "a body in dead water",
        "the armada",
    ],
)
def test_what_is_not(text: str) -> None:
    assert not default_matcher().matches(text)


def test_scripts_without_spaces_are_searched_inside() -> None:
    matcher = WordMatcher(["炸弹", "ฆ่า"])
    assert matcher.matches("学校里有炸弹快来")
    assert matcher.matches("เขาจะฆ่าฉัน")
    assert not matcher.matches("学校里有人")


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5), st.text(), st.text())
def test_a_listed_word_is_found_wherever_it_stands(
    entries: list[str], before: str, after: str
) -> None:
    matcher = WordMatcher(entries)
    for entry in entries:
        if folded(entry):
            assert matcher.matches(f"{before} {entry} {after}")


@given(st.text())
def test_any_text_can_be_matched(text: str) -> None:
    assert default_matcher().matches(text) in (True, False)


def test_a_typed_list_is_kept_line_by_line() -> None:
    assert checked_words("  Gun \r\n\r\nwant  to die\r\nGun") == ("Gun", "want to die")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(" \n ", NoWordsError, id="nothing"),
        pytest.param("!!!", NoLettersError, id="punctuation"),
        pytest.param("x" * 61, LongWordError, id="long"),
        pytest.param("\n".join(f"w{n}" for n in range(301)), TooManyWordsError, id="many"),
    ],
)
def test_lists_that_cannot_be_kept(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        checked_words(text)


def test_the_default_words_could_be_typed() -> None:
    assert checked_words("\n".join(DEFAULT_WORDS)) == DEFAULT_WORDS


@pytest.fixture
def lists(house: House) -> UrgentWordLists:
    lines = LineDirectory(house.stores.main, house.console_keys.signing.public, house.clock)
    return UrgentWordLists(house.stores.main, lines)


def test_a_list_is_kept_version_by_version(house: House, lists: UrgentWordLists) -> None:
    bundle, other = house.bundles[LINE], house.bundles[OTHER_LINE]
    assert lists.of(bundle.line_id) == DEFAULTS
    lists.keep(bundle, ("fire", "fuego"), seen=0)
    lists.keep(bundle, ("smoke",), seen=1)
    assert (lists.of(bundle.line_id).version, lists.of(bundle.line_id).entries) == (2, ("smoke",))
    assert lists.of(other.line_id) == DEFAULTS


@pytest.mark.parametrize("seen", [0, 2])
def test_a_lost_update_is_refused(house: House, lists: UrgentWordLists, seen: int) -> None:
    bundle = house.bundles[LINE]
    lists.keep(bundle, ("fire",), seen=0)
    with pytest.raises(ListChangedError):
        lists.keep(bundle, ("mine",), seen=seen)
    assert lists.of(bundle.line_id).entries == ("fire",)


@pytest.mark.parametrize("change", [{"content": "nothing"}, {"version": 9}, {"signature": b"x"}])
def test_a_changed_row_is_not_authentic(
    house: House, lists: UrgentWordLists, change: dict[str, object]
) -> None:
    bundle = house.bundles[LINE]
    lists.keep(bundle, ("fire",), seen=0)
    with house.stores.main.begin() as connection:
        connection.execute(update(WordList).values(**change))
    with pytest.raises(NotAuthenticError):
        lists.of(bundle.line_id)
    lists.replace_forged(bundle, ("water",))
    assert lists.of(bundle.line_id).entries == ("water",)


def test_another_lines_key_signs_no_list(house: House, lists: UrgentWordLists) -> None:
    bundle, other = house.bundles[LINE], house.bundles[OTHER_LINE]
    lists.keep(dataclasses.replace(bundle, signing=other.signing), ("nothing",), seen=0)
    with pytest.raises(NotAuthenticError):
        lists.of(bundle.line_id)
