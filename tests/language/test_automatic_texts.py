"""What the program itself sends: in every language, and in no more segments than planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from tipline.language import translating
from tipline.language.languages import DEFAULT_LANGUAGE, LANGUAGES
from tipline.language.translating import sentence
from tipline.lines import acknowledgements
from tipline.lines.acknowledgements import (
    AUTOMATIC_TEXTS,
    FIRST_ANSWER,
    AutomaticText,
    removed_details,
)
from tipline.text.segments import count_segments

each_text = pytest.mark.parametrize("text", AUTOMATIC_TEXTS, ids=lambda text: text.english[:20])
each_language = pytest.mark.parametrize("language", LANGUAGES)


@each_text
@each_language
def test_no_text_needs_more_segments_than_planned(text: AutomaticText, language: str) -> None:
    count = count_segments(text.in_language(language))
    assert count.segments <= text.segments, count


@each_language
@pytest.mark.parametrize("details", [1, 2, 99])
def test_what_was_removed_costs_the_first_answer_no_segment(language: str, details: int) -> None:
    said = f"{FIRST_ANSWER.in_language(language)} {removed_details(details, language)}"
    assert count_segments(said).segments <= FIRST_ANSWER.segments
    assert str(details) in removed_details(details, language)


def test_one_detail_is_said_in_the_singular() -> None:
    assert removed_details(1, "en") == "We removed 1 personal detail."
    assert removed_details(2, "en") == "We removed 2 personal details."
    assert removed_details(1, "es") == "Quitamos 1 dato personal."
    assert removed_details(2, "es") == "Quitamos 2 datos personales."


@each_text
def test_each_text_is_translated(text: AutomaticText) -> None:
    said = {text.in_language(language) for language in LANGUAGES}
    assert len(said) == len(LANGUAGES)
    assert text.in_language(DEFAULT_LANGUAGE) == text.english


@each_language
def test_the_first_answer_says_what_it_must(language: str) -> None:
    said = FIRST_ANSWER.in_language(language)
    assert "911" in said
    assert "STOP" in said
    assert ("ESPANOL" if language == "en" else "ENGLISH") in said, "and how to change the language"


def test_one_dear_character_is_noticed() -> None:
    """`ú` is not in the GSM alphabet: with it a text needs more than planned."""
    dear = FIRST_ANSWER.in_language("es").replace("teléfono", "número")
    assert count_segments(dear).segments > FIRST_ANSWER.segments


def test_every_automatic_text_is_counted() -> None:
    declared = [one for one in vars(acknowledgements).values() if isinstance(one, AutomaticText)]
    assert set(declared) == set(AUTOMATIC_TEXTS)


def test_a_sentence_is_said_with_its_figures_in_the_language() -> None:
    english = "A line has at most %(most)d ready-made replies. Delete one first."
    assert sentence("en", english, most=100).startswith("A line has at most 100 ")
    assert "100 respuestas preparadas" in sentence("es", english, most=100)
    assert sentence("es", "Nobody has translated this.") == "Nobody has translated this."


@pytest.mark.parametrize("language", ["", "fr", "xx", "../es", "es/../es", "ES"])
def test_what_is_no_language_is_said_in_english(language: str) -> None:
    assert sentence(language, "Save") == "Save"


def test_a_catalogue_that_is_missing_keeps_nobody_from_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    translating._catalogue.cache_clear()
    monkeypatch.setattr(translating, "CATALOGUES", tmp_path)
    assert sentence("es", "Save") == "Save"
    translating._catalogue.cache_clear()
