"""Folding: two spellings that a reader takes for one word are one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.text.folding import folded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("GUN", "gun", id="case"),
        pytest.param("Mató", "mato", id="accent"),
        pytest.param("mato\u0301", "mato", id="combining accent"),
        pytest.param("ｋｎｉｆｅ", "knife", id="full width"),
        pytest.param("g\u200bun", "gun", id="zero width space"),
        pytest.param("g\u00adun", "gun", id="soft hyphen"),
        pytest.param("STRASSE straße", "strasse strasse", id="sharp s"),
        pytest.param("İstanbul", "istanbul", id="dotted capital i"),
        pytest.param("knife-fight,now!", "knife fight now", id="punctuation"),
        pytest.param("a_gun", "a gun", id="underscore"),
        pytest.param("\U0001f52b 🔪", "", id="pictures"),
        pytest.param("", "", id="nothing"),
        pytest.param("हत्या", "हतया", id="vowel marks stay"),
    ],
)
def test_words_of_a_text(text: str, words: str) -> None:
    assert folded(text) == words


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text())
def test_words_hold_no_space_but_one_between_them(text: str) -> None:
    assert folded(text) == " ".join(folded(text).split())


@given(st.text(st.characters(codec="ascii")))
def test_words_do_not_depend_on_what_other_script_stands_beside_them(text: str) -> None:
    assert folded(f"{text} ж") == f"{folded(text)} ж".strip()
