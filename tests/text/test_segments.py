"""Segments as carriers count them: what a reply costs, and why."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT
from tipline.text.segments import Dear, advise, count_segments, plain_for

# 3GPP TS 23.038, section 6.2.1, row by row as printed there (0x00 to 0x7F), without ESC (0x1B).
GSM_TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
# Section 6.2.1.1: the extension table, two septets each.
EXTENSION = "\f^{}\\[~]|€"
EMOJI = "😀"


def test_the_table_of_this_test_is_whole() -> None:
    assert len(set(GSM_TABLE)) == 127
    assert len(set(EXTENSION)) == 10


@pytest.mark.parametrize("character", GSM_TABLE, ids=lambda c: f"U+{ord(c):04X}")
def test_every_character_of_the_alphabet_costs_one_septet(character: str) -> None:
    counted = count_segments(character * 160)
    assert (counted.segments, counted.encoding, counted.units) == (1, "GSM-7", 160)
    assert counted.outside_gsm == ()


@pytest.mark.parametrize("character", EXTENSION, ids=lambda c: f"U+{ord(c):04X}")
def test_every_character_of_the_extension_costs_two(character: str) -> None:
    counted = count_segments(character * 80)
    assert (counted.segments, counted.encoding, counted.units) == (1, "GSM-7", 160)
    assert count_segments(character * 80 + "a").segments == 2


@settings(max_examples=200)
@given(st.characters(exclude_characters=GSM_TABLE + EXTENSION, exclude_categories=["Cs"]))
def test_any_other_character_makes_the_whole_text_dear(character: str) -> None:
    counted = count_segments("a" * 10 + character + "a" * 10 + character)
    assert counted.encoding == "UCS-2"
    assert counted.outside_gsm == (character,)
    assert counted.units == 20 + 2 * len(character.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("septets", "segments"),
    [(0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4), (1600, 11)],
)
def test_boundaries_in_septets(septets: int, segments: int) -> None:
    counted = count_segments("a" * septets)
    assert (counted.segments, counted.units) == (segments, septets)


@pytest.mark.parametrize(
    ("units", "segments"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
)
def test_boundaries_in_utf_16_units(units: int, segments: int) -> None:
    counted = count_segments("я" * units)
    assert (counted.segments, counted.encoding, counted.units) == (segments, "UCS-2", units)


def test_an_extension_character_is_not_split_over_two_segments() -> None:
    # 152 septets, then two: they do not fit into the 153 of a joined segment.
    fitting = "a" * 151 + "€" + "a" * 153
    split = "a" * 152 + "€" + "a" * 152
    assert count_segments(fitting).units == count_segments(split).units == 306
    assert count_segments(fitting).segments == 2
    assert count_segments(split).segments == 3


def test_an_emoji_is_not_split_over_two_segments() -> None:
    fitting = "я" * 65 + EMOJI + "я" * 67
    split = "я" * 66 + EMOJI + "я" * 66
    assert count_segments(fitting).units == count_segments(split).units == 134
    assert count_segments(fitting).segments == 2
    assert count_segments(split).segments == 3


def test_an_emoji_counts_two_units() -> None:
    assert count_segments(EMOJI * 35).segments == 1
    assert count_segments(EMOJI * 35 + "a").segments == 2


def test_spanish_accents_outside_the_alphabet_are_named_once_in_their_order() -> None:
    counted = count_segments("La víctima está aquí: ¿dónde? Ésa sí, ñandú")
    assert counted.encoding == "UCS-2"
    assert counted.outside_gsm == ("í", "á", "ó", "ú")


def test_spanish_within_the_alphabet_stays_cheap() -> None:
    counted = count_segments("¡Señor! ¿Él? Café y pingüino, NIÑO")
    assert (counted.encoding, counted.outside_gsm) == ("GSM-7", ())


def test_an_accent_typed_as_two_characters_is_found() -> None:
    """macOS may hand over é as e and a combining accent: it looks alike and costs double."""
    apart = unicodedata.normalize("NFD", "café")
    assert count_segments("café").encoding == "GSM-7"
    assert count_segments(apart).outside_gsm == ("\u0301",)


def test_characters_that_word_processors_put_in_make_a_text_dear() -> None:
    assert count_segments("We’re – “here”…").outside_gsm == ("’", "–", "“", "”", "…")


@settings(max_examples=100)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400))
def test_no_text_needs_fewer_segments_than_its_units(text: str) -> None:
    counted = count_segments(text)
    alone, joined = (160, 153) if counted.encoding == "GSM-7" else (70, 67)
    if counted.units <= alone:
        assert counted.segments == 1
    else:
        # Never fewer than fit; and at most one unit of each segment is lost to what is not split.
        assert -(-counted.units // joined) <= counted.segments
        assert counted.segments <= -(-counted.units // (joined - 1))


def test_the_default_acknowledgement_fits_and_says_what_it_must() -> None:
    counted = count_segments(DEFAULT_ACKNOWLEDGEMENT)
    assert counted.encoding == "GSM-7"
    assert counted.segments <= 2
    for word in ("911", "STOP", "carrier", "provider", "in confidence", "staff here do not see it"):
        assert word in DEFAULT_ACKNOWLEDGEMENT


@pytest.mark.parametrize(
    ("character", "plain"),
    [
        ("Á", "A"), ("í", "i"), ("Õ", "O"), ("’", "'"), ("”", '"'), ("—", "-"), ("…", "..."),
        ("\u00a0", " "), ("\u0301", ""), ("я", None), ("😀", None), ("\u200b", None),
        ("你", None), ("ł", None),
    ],
    ids=lambda value: "nothing" if value is None else ascii(value),
)  # fmt: skip
def test_what_can_stand_for_a_dear_character(character: str, plain: str | None) -> None:
    assert plain_for(character) == plain


def test_advice_says_what_a_text_would_cost_without_its_dear_characters() -> None:
    text = "Á" + "a" * 140
    advice = advise(text)
    assert (advice.count.segments, advice.count.encoding) == (3, "UCS-2")
    assert advice.dear == (Dear("Á", "A"),)
    assert advice.cheaper_segments == 1
    assert advice.is_worth_saying is True
    # One that nothing can stand for keeps the whole text dear.
    assert advise(text + "😀").cheaper_segments == 3
    assert advise(text + "😀").is_worth_saying is True
    for cheap in ("cheap", "Á", "Á" * 70, "\u33c2" * 75):
        assert advise(cheap).is_worth_saying is False


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_what_advice_proposes_is_within_the_alphabet(text: str) -> None:
    advice = advise(text)
    if all(one.plain is not None for one in advice.dear):
        replaced = text
        for one in advice.dear:
            replaced = replaced.replace(one.character, one.plain or "")
        assert count_segments(replaced).encoding == "GSM-7"
