"""Telling English from Spanish, in the spelling of phones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.measured_tongues import figures, messages
from tipline.text.tongue_words import ENGLISH, ENGLISH_WEAK, SPANISH, SPANISH_WEAK
from tipline.text.tongues import guess_language


@pytest.mark.parametrize("kept_back", [False, True])
@pytest.mark.parametrize("language", ["en", "es"])
def test_hardly_any_message_is_told_wrongly_and_most_are_told(
    language: str, kept_back: bool
) -> None:
    """`python -m tests.text.measured_tongues` prints the figures."""
    texts = messages(language, kept_back=kept_back)
    found = figures(texts, language)
    assert len(texts) >= (50 if kept_back else 100)
    assert found.wrong <= 0.01
    assert found.right >= 0.92


def test_messages_that_say_nothing_are_rarely_taken_for_a_language() -> None:
    texts = messages("neither", kept_back=False) + messages("neither", kept_back=True)
    assert figures(texts, None).right >= 0.9


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hola", "es"),
        ("HELLO", "en"),
        ("tan vendiendo droga en la skina", "es"),
        ("He lives on Calle de la Cruz behind the San Jose market", "en"),
        ("La Senora Smith stole my car", "en"),
        ("¿?", "es"),
        ("¡911!", "es"),
        ("José", None),
        ("hola hello", None),
        ("Maria de los Angeles", "es"),
        ("", None),
        ("👍🏽", None),
    ],
)
def test_what_is_told_of_a_message(text: str, language: str | None) -> None:
    assert guess_language(text) == language


def test_accents_and_case_make_no_difference() -> None:
    assert guess_language("mañana") == guess_language("MANANA") == "es"
    assert guess_language("man\u0303ana") == "es", "written as n and a mark"


def test_what_both_languages_write_is_in_one_list_at_most() -> None:
    lists = (ENGLISH, SPANISH, ENGLISH_WEAK, SPANISH_WEAK)
    assert len(frozenset().union(*lists)) == sum(len(words) for words in lists)
    assert not frozenset().union(*lists) & {"no", "me", "a", "son", "red", "van", "has"}


@given(st.text(st.characters(exclude_categories=()), max_size=400))
def test_any_text_at_all_has_a_language_or_none(text: str) -> None:
    """Lone surrogates and marks upon marks as well."""
    assert guess_language(text) in {"en", "es", None}


@pytest.mark.parametrize(
    "unit", ["a", "the ", "que ", "\u0301", "\u0301\u0316", "ﷺ", "\ud800", "¿", " ", "ñ"]
)
def test_the_length_of_a_text_hardly_costs_anything(unit: str) -> None:
    """Nobody keeps intake from its work by a long message: a megabyte is soon looked at."""
    began = time.process_time()
    guess_language(unit * (1_000_000 // len(unit)))
    assert time.process_time() - began < 0.5
