"""What holds for any text: offsets, order, redacting twice, time, other spellings."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipline.redaction import Thread, find_identifiers, open_end, replaced
from tipline.redaction.identifiers import TYPES

PIECES = st.sampled_from(
    [
        "my", "name", "is", "me llamo", "soy", "Ana", "ana ruiz", "Rex Dolan", "his", "number",
        "ana2095550142", "O'Brien", "NINE OH", "MY PLATE",
        "209-555-0142", "209", "555", "0142", "-", ".", ",", "\n", "(", ")", '"', "'", "@", ":",
        "call me", "at", "I live at", "402 Oak St", "apt 3", "vivo en", "calle Roble 12",
        "rosa@example.com", "rosa at example dot com", "dos cero nueve", "five five", "oh", "one",
        "my plate is", "8ABC123", "born", "6/2/59", "june 2", "my social is", "987-65-4321",
        "snap", "tay_01", "@chula", "37.6391, -120.9969", "203.0.113.7", "thanks", "- Maria",
        "[phone 1]", "[name]", "\u200b", "\u0301", "2\ufe0f\u20e3", "\U0001f4f1", "http://x.com/a",
        "double", "cincuenta y", "mine", "su", "de él", "he said", "PO Box", "#4", "$", "I, ",
    ]
)  # fmt: skip
TALK = st.lists(PIECES, max_size=14).map(" ".join) | st.lists(PIECES, max_size=14).map("".join)
TEXTS = st.text(max_size=200) | TALK
# Longer than any message: a slow pattern shows, and a loaded machine does not matter.
LONG = 16_000
MOST_SECONDS = 3.0


def check_offsets(text: str, thread: Thread | None = None) -> None:
    found = find_identifiers(text, thread) if thread else find_identifiers(text)
    last = 0
    for one in found:
        assert last <= one.start < one.end <= len(text)
        assert one.type in TYPES
        last = one.end


@settings(max_examples=600, deadline=None)
@given(TEXTS)
def test_offsets_are_inside_in_order_and_apart(text: str) -> None:
    check_offsets(text)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_a_thread_that_has_seen_everything_changes_nothing_of_that(before: str, text: str) -> None:
    thread = Thread("+1 209 555 0142", lambda kind, value: True, open_end(before))
    check_offsets(text, thread)


@settings(max_examples=600, deadline=None)
@given(TEXTS)
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = replaced(text, find_identifiers(text))
    assert replaced(once, find_identifiers(once)) == once


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from("\u200b\u200c\u200d\u2060\ufeff\u00ad"), min_size=30, max_size=30))
def test_invisible_characters_hide_no_number(invisible: list[str]) -> None:
    text = "my number is 209-555-0142"
    hidden = "".join(c + i for c, i in zip(text, invisible, strict=False))
    (one,) = find_identifiers(hidden)
    assert one.value == "2095550142"
    assert "2" not in hidden[: one.start]
    assert not any(character.isdigit() for character in hidden[one.end :])


@pytest.mark.parametrize(
    "digits",
    [
        "2095550142", "209 555 0142", "(209)555-0142", "2 0 9 5 5 5 0 1 4 2",
        "２０９５５５０１４２",
        "٢٠٩٥٥٥٠١٤٢", "२०९५५५०१४२", "𝟚𝟘𝟡-𝟝𝟝𝟝-𝟘𝟙𝟜𝟚", "②⓪⑨⑤⑤⑤⓪①④②", "2O9-555-Ol42",
        "two zero nine five five five zero one four two", "+1.209.555.0142",
        "dos cero nueve cinco cinco cinco cero uno cuatro dos",
    ],
)  # fmt: skip
@pytest.mark.parametrize("words", ["my number is {}", "MY NUMBER IS {}", "mi cel es {} gracias"])
def test_any_script_spacing_or_case_is_the_same_number(words: str, digits: str) -> None:
    text = words.format(digits)
    (one,) = find_identifiers(text)
    assert one.type == "PHONE"
    assert one.value == "2095550142"
    assert digits in text[one.start : one.end] or text[one.start : one.end] in digits


@pytest.mark.parametrize(
    "unit",
    [
        "my name is bob ", "a' 'a ", '" a b c "', "209-555-0142 ", '"', "'", ". ", "-", "@", "a.b",
        "1 ", "one ", "a at b dot com ", "call me ", "he ", "Ana Ruiz, ", "x", "my plate 8",
        "born ",
        "404 Oak ", "\u0301", "[phone 1] ", "http://", "1.", "::1 ", "vivo en ", "Thanks ",
        "snap ",
        "de la ", "M-", "_", "\U0001f4f1", "A. ", "it's me, ", "1,", "(", "soy el ", "a@", "calle ",
        "[", "june 2, 209-", "8 ABC ", "1.1.1.1, 2 ", "ana2095550142 ", "MY NAME IS ANA ",
    ],
)  # fmt: skip
def test_cost_grows_with_length_and_no_faster(unit: str) -> None:
    text = (unit * LONG)[:LONG]
    started = time.process_time()
    check_offsets(text)
    assert time.process_time() - started < MOST_SECONDS
