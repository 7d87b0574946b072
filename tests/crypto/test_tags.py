"""What is bound, signed or tagged: no two lists of fields look alike, and a tag needs the key."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tipline.crypto.encoding import Context, Field, bind
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.tags import LANES, check_tag, keyed_tag, lane_of

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))

fields = st.lists(st.binary(max_size=6), max_size=5)
# Cuts of one and the same row of characters, which is where ambiguities would be.
cuts = st.lists(st.sampled_from(["", "a", "aa", "aaa", "\x00", "\x00\x00\x00\x01a"]), max_size=5)
words = st.sampled_from(["", "a", "b", "ab", "ba", "1", "a1"])
contexts = st.builds(Context, words, words, words, words | st.integers(0, 12))


def in_words(context: Context) -> tuple[str, ...]:
    return (context.purpose, context.line, context.thread, str(context.sequence))


@settings(max_examples=200)
@given(fields, fields)
@example([b"ab"], [b"a", b"b"])
@example([], [b""])
@example([b""], [b"", b""])
@example([b"\x00\x00\x00\x01a"], [b"", b"a"])
def test_different_lists_of_fields_never_give_the_same_bytes(
    first: list[bytes], second: list[bytes]
) -> None:
    assert (bind(*first) == bind(*second)) == (first == second)


@settings(max_examples=200)
@given(cuts, cuts)
def test_texts_that_join_to_the_same_are_told_apart(first: list[str], second: list[str]) -> None:
    assert (bind(*first) == bind(*second)) == (first == second)


@settings(max_examples=200)
@given(contexts, contexts)
@example(Context("p", "a", "b"), Context("p", "ab"))
@example(Context("p", "a"), Context("p", "", "a"))
@example(Context("p", "", "a"), Context("p", "", "", "a"))
@example(Context("p", "a"), Context("pa"))
def test_different_places_are_bound_differently(first: Context, second: Context) -> None:
    assert (first.info() == second.info()) == (in_words(first) == in_words(second))


def test_a_place_is_no_statement_and_no_tag() -> None:
    """A tag over fields is not what the same fields give without the key and the purpose."""
    assert keyed_tag(KEY, "lane", "x") != keyed_tag(KEY, "dedupe", "x")
    assert keyed_tag(KEY, "lane", "x") != keyed_tag(OTHER_KEY, "lane", "x")
    assert keyed_tag(KEY, "", "lane", "x") != keyed_tag(KEY, "lane", "x")
    # A list of all telephone numbers, hashed without the key, finds nobody.
    assert keyed_tag(KEY, "lane", "x") != hashlib.sha256(bind("tipline v1", "lane", "x")).digest()


def test_a_tag_is_hmac_sha256_as_published() -> None:
    message = b"\x00\x00\x00\x0atipline v1\x00\x00\x00\x04lane\x00\x00\x00\x01x"
    assert keyed_tag(KEY, "lane", "x") == hmac.new(KEY, message, hashlib.sha256).digest()


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=20) | st.text(max_size=9) | st.integers(), max_size=4))
def test_a_tag_passes_with_its_key_alone(tagged: list[Field]) -> None:
    tag = keyed_tag(KEY, "envelope", *tagged)
    check_tag(KEY, tag, "envelope", *tagged)
    for key, purpose in ((OTHER_KEY, "envelope"), (KEY, "status report")):
        with pytest.raises(NotAuthenticError):
            check_tag(key, tag, purpose, *tagged)
    with pytest.raises(NotAuthenticError):
        check_tag(KEY, tag, "envelope", *tagged, b"")


@settings(max_examples=50)
@given(st.binary(max_size=40))
@example(b"")
def test_made_up_tags_are_refused(tag: bytes) -> None:
    assume(tag != keyed_tag(KEY, "envelope", b"row"))
    with pytest.raises(NotAuthenticError):
        check_tag(KEY, tag, "envelope", b"row")


def test_a_truncated_or_changed_tag_is_refused() -> None:
    tag = keyed_tag(KEY, "envelope", b"row")
    changed = [tag[:31], tag + b"\x00", bytes([tag[0] ^ 1]) + tag[1:], tag[:31] + b"\x00"]
    for value in changed:
        with pytest.raises(NotAuthenticError):
            check_tag(KEY, value, "envelope", b"row")


def test_a_sender_keeps_its_lane_and_all_lanes_are_used() -> None:
    senders = [f"+1209555{number:04}" for number in range(2000)]
    lanes = [lane_of(KEY, "line", sender) for sender in senders]
    assert lanes == [lane_of(KEY, "line", sender) for sender in senders]
    assert set(lanes) == set(range(LANES))
    # Without the key, or on another line, the lane of a sender cannot be worked out.
    assert lanes != [lane_of(OTHER_KEY, "line", sender) for sender in senders]
    assert lanes != [lane_of(KEY, "other", sender) for sender in senders]
