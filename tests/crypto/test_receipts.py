"""Receipts that are read out over the phone and typed in again by tired people."""

from __future__ import annotations

import hashlib
import math
import secrets

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tipline.crypto.receipts import LETTERS, LIST, Receipt, UnreadableReceiptError, word_list

SALT = bytes(range(32))
words = st.sampled_from(word_list())
receipts = st.lists(words, min_size=7, max_size=7).map(lambda found: Receipt(tuple(found)))


def test_the_list_is_the_published_one() -> None:
    digest = hashlib.sha256(LIST.read_bytes()).hexdigest()
    assert digest == "6d557f0693958fb5e650b68b5bee585eb82cf4da32965505c789e924743bc522"
    assert len(set(word_list())) == len(word_list()) == 7772
    assert 7 * math.log2(len(word_list())) > 90


def test_new_ones_have_seven_words_and_are_never_the_same() -> None:
    made = [Receipt.generate() for _ in range(200)]
    assert len({receipt.text for receipt in made}) == 200
    assert all(len(receipt.words) == 7 for receipt in made)


@settings(max_examples=100)
@given(receipts, st.sampled_from([" ", "-", ", ", "\n", " - ", ". ", "  "]))
def test_what_is_typed_with_whatever_between_is_read(receipt: Receipt, between: str) -> None:
    for typed in (between.join(receipt.words), between.join(receipt.words).upper()):
        assert Receipt.parse(f"  {typed} ").words == receipt.words


@settings(max_examples=200)
@given(receipts, st.integers(0, 6), st.data())
def test_a_slip_is_understood_or_asked_about_but_never_taken_for_another(
    receipt: Receipt, place: int, data: st.DataObject
) -> None:
    """Another word of the list, one letter away, is a word of its own: no list could tell."""
    word = receipt.words[place]
    at = data.draw(st.integers(0, len(word) - 1))
    slip = word[:at] + data.draw(st.sampled_from(LETTERS)) + word[at + 1 :]
    assume(slip not in word_list())
    typed = [*receipt.words[:place], slip, *receipt.words[place + 1 :]]
    try:
        read = Receipt.parse(" ".join(typed))
    except UnreadableReceiptError as error:
        position = error.position
    else:
        assert read.words == receipt.words
        return
    assert position == place + 1


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        ("abacuss", "abacus"),
        ("abcaus", "abacus"),
        ("abacu", "abacus"),
        ("aabcus", "abacus"),
        ("abdomn", "abdomen"),
        ("abdomi", "abdominal"),
        ("abdome", "abdomen"),
    ],
)
def test_slips_that_are_understood(slip: str, word: str) -> None:
    rest = " ".join(["abacus"] * 6)
    assert Receipt.parse(f"{slip} {rest}").words[0] == word


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("abacus", 0),
        (" ".join(["abacus"] * 6), 0),
        (" ".join(["abacus"] * 8), 0),
        ("1 2 3 4 5 6 7", 0),
        ("abacus " * 200, 0),
        (" ".join(["abacus"] * 6 + ["qqqqq"]), 7),
        (" ".join(["ab", *["abacus"] * 6]), 1),
    ],
    ids=["empty", "one", "six", "eight", "digits", "long", "unknown", "short"],
)
def test_what_is_no_receipt_says_where(text: str, position: int) -> None:
    with pytest.raises(UnreadableReceiptError) as caught:
        Receipt.parse(text)
    assert caught.value.position == position
    assert "abacus" not in str(caught.value)


@settings(max_examples=200)
@given(st.text(max_size=80))
@example("ß " * 7)
@example("ﬁ " * 7)
def test_whatever_is_typed_it_is_a_receipt_or_none(text: str) -> None:
    try:
        receipt = Receipt.parse(text)
    except UnreadableReceiptError:
        return
    assert set(receipt.words) <= set(word_list())


def test_a_token_always_gives_the_same_words_and_another_place_gives_others() -> None:
    token = secrets.token_bytes(16)
    first = Receipt.of_token(token, "line")
    assert Receipt.of_token(token, "line").words == first.words
    assert Receipt.of_token(token, "other").words != first.words
    assert Receipt.of_token(secrets.token_bytes(16), "line").words != first.words
    assert Receipt.parse(first.text).words == first.words
    with pytest.raises(UnreadableReceiptError):
        Receipt.of_token(token[:-1], "line")


def test_the_tokens_words_come_from_the_whole_list() -> None:
    found = {word for number in range(2000) for word in Receipt.of_token(number.to_bytes(16)).words}
    assert len(found) > 6000


def test_tag_and_key_hang_on_words_and_salt_and_tell_nothing_of_each_other() -> None:
    receipt, other = Receipt.generate(), Receipt.generate()
    derived = {
        receipt.mailbox_tag(SALT),
        receipt.mailbox_seed(SALT),
        receipt.mailbox_tag(bytes(32)),
        other.mailbox_tag(SALT),
        other.mailbox_seed(SALT),
    }
    assert len(derived) == 5
    assert Receipt.parse(receipt.text).mailbox_tag(SALT) == receipt.mailbox_tag(SALT)
    assert receipt.words[0] not in repr(receipt)
