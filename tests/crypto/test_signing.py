"""A signature says who wrote which fields for which purpose, and nothing else passes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipline.crypto.encoding import Context, Field
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import HEADER_LENGTH, VerifyingKey, statement

KEY = SigningKey(bytes(range(32)))
OTHER_KEY = SigningKey(bytes(range(1, 33)))
FIELDS: tuple[Field, ...] = ("line", "thread", 3, b"sealed")
SIGNATURE = KEY.sign("message", *FIELDS)


def test_a_signature_is_accepted_from_the_key_that_made_it() -> None:
    VerifyingKey(KEY.public.raw).verify(SIGNATURE, "message", *FIELDS)
    assert len(SIGNATURE) == 73


@settings(max_examples=50)
@given(st.text(max_size=20), st.lists(st.binary(max_size=40) | st.integers() | st.text(max_size=9)))
def test_any_fields_can_be_signed(purpose: str, fields: list[Field]) -> None:
    KEY.public.verify(KEY.sign(purpose, *fields), purpose, *fields)


@pytest.mark.parametrize(
    ("purpose", "fields"),
    [
        ("contact", FIELDS),
        ("", ("message", *FIELDS)),
        ("message", ("line", "thread", 4, b"sealed")),
        ("message", ("linet", "hread", 3, b"sealed")),
        ("message", ("line", "thread", "3sealed")),
        ("message", ("line", "thread", 3, b"seale", b"d")),
        ("message", (*FIELDS, b"")),
        ("message", FIELDS[:-1]),
        ("message", FIELDS[::-1]),
        ("messageline", FIELDS[1:]),
    ],
)
def test_a_signature_vouches_for_nothing_else(purpose: str, fields: tuple[Field, ...]) -> None:
    with pytest.raises(NotAuthenticError):
        KEY.public.verify(SIGNATURE, purpose, *fields)


def test_what_is_signed_is_no_tag_and_no_place() -> None:
    """Nothing that was bound for another use can be taken for a signed statement."""
    assert statement("message", "line") == (
        b"\x00\x00\x00\x11tipline signed v1\x00\x00\x00\x07message\x00\x00\x00\x04line"
    )
    assert statement("message", "line", "", "") != Context("message", "line").info()


def test_another_key_is_not_believed_even_under_the_right_keys_id() -> None:
    with pytest.raises(NotAuthenticError):
        OTHER_KEY.public.verify(SIGNATURE, "message", *FIELDS)
    forged = SIGNATURE[:HEADER_LENGTH] + OTHER_KEY.sign("message", *FIELDS)[HEADER_LENGTH:]
    with pytest.raises(NotAuthenticError):
        KEY.public.verify(forged, "message", *FIELDS)


def test_no_byte_of_a_signature_can_be_changed() -> None:
    for position in range(len(SIGNATURE)):
        changed = bytearray(SIGNATURE)
        changed[position] ^= 0x01
        with pytest.raises(NotAuthenticError):
            KEY.public.verify(bytes(changed), "message", *FIELDS)


def test_a_truncated_or_longer_signature_is_refused() -> None:
    for value in (*(SIGNATURE[:length] for length in range(len(SIGNATURE))), SIGNATURE + b"\x00"):
        with pytest.raises(NotAuthenticError):
            KEY.public.verify(value, "message", *FIELDS)


@settings(max_examples=50)
@given(st.binary(max_size=80))
def test_made_up_signatures_are_refused(made_up: bytes) -> None:
    for value in (made_up, SIGNATURE[:HEADER_LENGTH] + made_up[:64].ljust(64, b"\x00")):
        with pytest.raises(NotAuthenticError):
            KEY.public.verify(value, "message", *FIELDS)


@settings(max_examples=50)
@given(st.binary(min_size=32, max_size=32).filter(any), st.binary(min_size=64, max_size=64))
def test_bytes_that_are_no_point_of_the_curve_believe_nothing(raw: bytes, body: bytes) -> None:
    """Whatever stands in a database column as a key: no other error than "not authentic".

    (Bytes all zero are a point of low order, for which anybody can sign; so no key may come from
    anywhere but a pin or a certificate.)
    """
    key = VerifyingKey(raw)
    with pytest.raises(NotAuthenticError):
        key.verify(b"\x01" + key.key_id + body, "message", *FIELDS)


def test_keys_of_another_length_are_refused() -> None:
    for length in (0, 31, 33):
        with pytest.raises(NotAuthenticError):
            VerifyingKey(bytes(length))
        with pytest.raises(CannotOpenError):
            SigningKey(bytes(length))


def test_new_keys_differ() -> None:
    assert SigningKey.generate().seed != SigningKey.generate().seed


def test_bare_signatures_are_those_of_rfc_8032() -> None:
    """Its section 7.1, test 2: what other tools make and check for formats of their own."""
    key = SigningKey(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert key.sign_raw(b"\x72") == signature
    key.public.verify_raw(signature, b"\x72")
    for wrong, message in ((signature, b"\x73"), (signature[:-1], b"\x72"), (b"", b"\x72")):
        with pytest.raises(NotAuthenticError):
            key.public.verify_raw(wrong, message)
    with pytest.raises(NotAuthenticError):
        OTHER_KEY.public.verify_raw(signature, b"\x72")
