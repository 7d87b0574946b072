"""The plain form of a text, and the way back to its offsets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.redaction.normalising import plain_form


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("número", "numero"),
        ("nu\u0301mero", "numero"),
        ("𝙢𝙮 𝙣𝙖𝙢𝙚", "my name"),
        ("ｍｙ　２", "my 2"),
        ("2\ufe0f\u20e30\ufe0f\u20e3", "20"),
        ("2\u200b0\u200d9", "209"),
        ("аnа", "ana"),
        ("it’s “so” – 5", 'it\'s "so" - 5'),
        ("٢٠٩", "209"),
        ("②⓪", "20"),
        ("a\r\nb\tc", "a\n\nb c"),
    ],
)
def test_tricks_come_off(text: str, plain: str) -> None:
    assert plain_form(text).text == plain


@given(st.text())
def test_every_part_leads_back_into_the_text(text: str) -> None:
    plain = plain_form(text)
    assert len(plain.folded) == len(plain.text)
    last = 0
    for index in range(len(plain.text)):
        start, end = plain.span(index, index + 1)
        assert last <= start < end <= len(text)
        last = start


def test_what_is_invisible_behind_a_character_goes_with_it() -> None:
    text = "9\u200b 1"
    assert plain_form(text).span(0, 1) == (0, 2)
