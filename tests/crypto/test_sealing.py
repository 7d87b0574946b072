"""What is sealed opens with one key in one place, whole, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tipline.crypto.encoding import Context, key_id_of
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.padding import BUCKETS, MESSAGE_BUCKET, pad, unpad
from tipline.crypto.sealing import HEADER_LENGTH, PUBLIC_LENGTH, SealingKey, sealed_key_id

KEY = OpeningKey(bytes(range(32)))
OTHER_KEY = OpeningKey(bytes(range(1, 33)))
PLACE = Context("message", "line-1", "thread-1", 7)
TEXT = "A text from a resident: ¿quién?".encode()
SEALED = KEY.public.seal(TEXT, PLACE)
MLKEM_CIPHERTEXT_LENGTH = 1088
X25519_AT = HEADER_LENGTH + MLKEM_CIPHERTEXT_LENGTH

words = st.text(max_size=12)
places = st.builds(Context, words, words, words, st.integers(0, 2**31) | words)


@settings(max_examples=60)
@given(st.binary(max_size=5000), places)
@example(b"", Context(""))
@example(b"\x80", PLACE)
@example(b"\x80\x00\x00", PLACE)
@example(bytes(300), PLACE)
def test_what_is_sealed_opens_again(plaintext: bytes, place: Context) -> None:
    assert KEY.open(KEY.public.seal(plaintext, place), place) == plaintext


def test_a_key_loaded_from_its_bytes_seals_for_the_same_opener() -> None:
    assert KEY.open(SealingKey(KEY.public.raw).seal(TEXT, PLACE), PLACE) == TEXT
    assert OpeningKey(KEY.seed).open(SEALED, PLACE) == TEXT


def test_the_text_is_nowhere_in_what_is_sealed_and_no_two_are_alike() -> None:
    assert TEXT not in SEALED
    assert KEY.public.seal(TEXT, PLACE) != SEALED


@pytest.mark.parametrize(
    "place",
    [
        replace(PLACE, purpose="contact"),
        replace(PLACE, line="line-2"),
        replace(PLACE, thread="thread-2"),
        replace(PLACE, sequence=8),
        # The same characters in a row, cut differently.
        replace(PLACE, line="line-1t", thread="hread-1"),
        replace(PLACE, thread="thread-17", sequence=""),
    ],
    ids=["purpose", "line", "thread", "sequence", "line and thread", "thread and sequence"],
)
def test_a_value_that_was_moved_does_not_open(place: Context) -> None:
    with pytest.raises(CannotOpenError):
        KEY.open(SEALED, place)


@settings(max_examples=40)
@given(places)
def test_a_value_opens_in_its_own_place_only(place: Context) -> None:
    if place != PLACE:
        with pytest.raises(CannotOpenError):
            KEY.open(SEALED, place)


@pytest.mark.parametrize(
    "part",
    [range(HEADER_LENGTH), range(HEADER_LENGTH, len(SEALED), 23), range(X25519_AT, len(SEALED))],
    ids=["header", "all over", "X25519 share and body"],
)
def test_a_changed_byte_does_not_open(part: range) -> None:
    for position in part:
        for mask in (0x01, 0x80):
            changed = bytearray(SEALED)
            changed[position] ^= mask
            with pytest.raises(CannotOpenError):
                KEY.open(bytes(changed), PLACE)


@settings(max_examples=60)
@given(st.integers(0, len(SEALED) - 1))
@example(0)
@example(HEADER_LENGTH)
@example(HEADER_LENGTH + 1)
@example(X25519_AT + 32)
def test_a_truncated_value_does_not_open(length: int) -> None:
    with pytest.raises(CannotOpenError):
        KEY.open(SEALED[:length], PLACE)
    if length <= HEADER_LENGTH:
        with pytest.raises(CannotOpenError):
            sealed_key_id(SEALED[:length])


@settings(max_examples=60)
@given(st.binary(max_size=1600))
def test_bytes_that_nobody_sealed_do_not_open(body: bytes) -> None:
    for value in (body, SEALED[:HEADER_LENGTH] + body, SEALED + body + b"\x00"):
        with pytest.raises(CannotOpenError):
            KEY.open(value, PLACE)


@pytest.mark.parametrize("share", [bytes(32), b"\x01" + bytes(31)], ids=["zero", "one"])
def test_a_worthless_share_is_refused_like_any_other(share: bytes) -> None:
    """X25519 points of low order: OpenSSL has an error of its own for them."""
    forged = SEALED[:X25519_AT] + share + SEALED[X25519_AT + 32 :]
    with pytest.raises(CannotOpenError):
        KEY.open(forged, PLACE)


def test_another_key_does_not_open_even_if_its_id_is_written_on_the_value() -> None:
    with pytest.raises(CannotOpenError):
        OTHER_KEY.open(SEALED, PLACE)
    relabelled = SEALED[:1] + OTHER_KEY.public.key_id + SEALED[HEADER_LENGTH:]
    with pytest.raises(CannotOpenError):
        OTHER_KEY.open(relabelled, PLACE)


@pytest.mark.parametrize("version", [0, 2, 255])
def test_an_unknown_version_does_not_open(version: int) -> None:
    unknown = bytes([version]) + SEALED[1:]
    with pytest.raises(CannotOpenError, match="unknown version"):
        KEY.open(unknown, PLACE)
    with pytest.raises(CannotOpenError, match="unknown version"):
        sealed_key_id(unknown)


def test_a_value_names_the_key_that_opens_it() -> None:
    assert sealed_key_id(SEALED) == KEY.public.key_id == key_id_of(KEY.public.raw)
    assert len(KEY.public.key_id) == 8
    assert KEY.public.key_id != OTHER_KEY.public.key_id


@settings(max_examples=30)
@given(st.binary(max_size=64) | st.binary(min_size=PUBLIC_LENGTH - 1, max_size=PUBLIC_LENGTH + 1))
@example(b"")
@example(b"\xff" * PUBLIC_LENGTH)
@example(KEY.public.raw[:-1])
@example(KEY.public.raw + b"\x00")
def test_bytes_that_are_no_public_key_are_refused(raw: bytes) -> None:
    """Random bytes of the right length can be a key: what matters is that no other error comes."""
    try:
        assert len(SealingKey(raw).raw) == PUBLIC_LENGTH
    except CannotOpenError:
        assert len(raw) != PUBLIC_LENGTH or raw != KEY.public.raw


def test_a_seed_of_another_length_is_refused() -> None:
    for length in (0, 31, 33, 64):
        with pytest.raises(CannotOpenError):
            OpeningKey(bytes(length))


def test_new_keys_differ() -> None:
    assert OpeningKey.generate().seed != OpeningKey.generate().seed


OVERHEAD = len(KEY.public.seal(b"", PLACE)) - BUCKETS[0]


@pytest.mark.parametrize(
    ("shortest", "longest", "bucket"),
    [
        (0, 255, 256),
        (256, 1023, 1024),
        (1024, 4095, 4096),
        (4096, 16383, 16384),
        (16384, 65535, 65536),
        (65536, 131071, 131072),
        (131072, 196607, 196608),
    ],
)
def test_a_length_tells_only_the_bucket(shortest: int, longest: int, bucket: int) -> None:
    lengths = {shortest, (shortest + longest) // 2, longest}
    sealed = {len(KEY.public.seal(b"x" * length, PLACE)) for length in lengths}
    assert sealed == {bucket + OVERHEAD}


def test_every_short_message_has_one_length() -> None:
    sealed = {
        len(KEY.public.seal(b"x" * length, PLACE, MESSAGE_BUCKET)) for length in (0, 1, 300, 4095)
    }
    assert sealed == {MESSAGE_BUCKET + OVERHEAD}
    assert len(KEY.public.seal(b"x" * 4096, PLACE, MESSAGE_BUCKET)) == 16384 + OVERHEAD


@settings(max_examples=60)
@given(st.binary(max_size=300), st.sampled_from(BUCKETS))
def test_padding_is_taken_off_exactly(data: bytes, smallest: int) -> None:
    assert unpad(pad(data, smallest)) == data


@pytest.mark.parametrize("padded", [b"", bytes(256), b"text" + bytes(252)])
def test_what_is_not_padded_by_us_is_refused(padded: bytes) -> None:
    with pytest.raises(CannotOpenError):
        unpad(padded)
