"""Symmetric encryption, and keys in two halves."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tipline.crypto.aead import decrypt, encrypt, join_halves, random_key, split_key
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
PLACE = Context("contact", "line", "thread")
ENCRYPTED = encrypt(KEY, b"+12095550141", PLACE)


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_what_is_encrypted_decrypts(plaintext: bytes) -> None:
    assert decrypt(KEY, encrypt(KEY, plaintext, PLACE), PLACE) == plaintext


def test_a_nonce_is_never_used_twice() -> None:
    nonces = {encrypt(KEY, b"", PLACE)[1:13] for _ in range(1000)}
    assert len(nonces) == 1000


def test_every_byte_counts() -> None:
    for position in range(len(ENCRYPTED)):
        changed = bytearray(ENCRYPTED)
        changed[position] ^= 0x01
        with pytest.raises(CannotOpenError):
            decrypt(KEY, bytes(changed), PLACE)


@settings(max_examples=50)
@given(st.binary(max_size=60))
@example(b"")
@example(ENCRYPTED[:1])
@example(ENCRYPTED[:13])
@example(ENCRYPTED[:14])
@example(ENCRYPTED[:-1])
@example(ENCRYPTED + b"\x00")
def test_what_nobody_encrypted_does_not_decrypt(value: bytes) -> None:
    with pytest.raises(CannotOpenError):
        decrypt(KEY, value, PLACE)


def test_another_key_or_place_does_not_decrypt() -> None:
    for key, place in (
        (OTHER_KEY, PLACE),
        (KEY, Context("contact half", "line", "thread")),
        (KEY, Context("contact", "other", "thread")),
        (KEY, Context("contact", "line", "other")),
        (KEY, Context("contact", "line", "thread", 1)),
        (KEY, Context("contact", "linethread")),
    ):
        with pytest.raises(CannotOpenError):
            decrypt(key, ENCRYPTED, place)


def test_both_halves_give_the_key_and_neither_alone_does() -> None:
    key, first, second = split_key()
    sealed = encrypt(key, b"text", PLACE)
    assert decrypt(join_halves(first, second), sealed, PLACE) == b"text"
    assert decrypt(join_halves(second, first), sealed, PLACE) == b"text"
    _key, _first, others = split_key()
    for wrong in (first, second, join_halves(first, others), join_halves(first, first)):
        with pytest.raises(CannotOpenError):
            decrypt(wrong, sealed, PLACE)


def test_a_half_says_nothing_about_the_key() -> None:
    """Each half is drawn at random, and the key is the XOR of both: a one-time pad."""
    split = [split_key() for _ in range(50)]
    for key, first, second in split:
        assert join_halves(key, first) == second
        assert join_halves(key, second) == first
    drawn = [part for parts in split for part in parts]
    assert len(set(drawn)) == len(drawn)
    assert bytes(32) not in drawn


@pytest.mark.parametrize("half", [b"", bytes(31), bytes(33)])
def test_a_half_of_another_length_is_refused(half: bytes) -> None:
    for pair in ((half, bytes(32)), (bytes(32), half), (half, half)):
        with pytest.raises(CannotOpenError):
            join_halves(*pair)


def test_new_keys_differ_and_have_256_bits() -> None:
    keys = {random_key() for _ in range(50)}
    assert len(keys) == 50
    assert {len(key) for key in keys} == {32}
