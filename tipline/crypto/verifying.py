"""Verifying signatures: Ed25519 (RFC 8032), the public side."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tipline.crypto.encoding import KEY_ID_LENGTH, Field, bind, key_id_of
from tipline.crypto.errors import NotAuthenticError

VERSION = b"\x01"
PUBLIC_LENGTH = 32
SIGNATURE_LENGTH = 64
HEADER_LENGTH = len(VERSION) + KEY_ID_LENGTH


def statement(purpose: str, *fields: Field) -> bytes:
    """Return the bytes that are signed: the purpose keeps one kind of statement from another."""
    return bind("tipline signed v1", purpose, *fields)


class VerifyingKey:
    """A public key that is pinned in a process's key folder or certified by one that is."""

    __slots__ = ("_key", "key_id", "raw")

    def __init__(self, raw: bytes) -> None:
        """Load the key from its 32 bytes."""
        if len(raw) != PUBLIC_LENGTH:
            raise NotAuthenticError("A verifying key has the wrong length.")
        self._key = Ed25519PublicKey.from_public_bytes(raw)
        self.raw = raw
        self.key_id = key_id_of(raw)

    def verify(self, signature: bytes, purpose: str, *fields: Field) -> None:
        """Check that this key signed these fields for this purpose.

        Raises:
            NotAuthenticError: it did not.
        """
        expected = HEADER_LENGTH + SIGNATURE_LENGTH
        if len(signature) != expected or signature[:HEADER_LENGTH] != VERSION + self.key_id:
            raise NotAuthenticError
        self.verify_raw(signature[HEADER_LENGTH:], statement(purpose, *fields))

    def verify_raw(self, signature: bytes, message: bytes) -> None:
        """Check a bare signature (64 bytes, RFC 8032) of a message.

        For formats that others define, which bind no purpose as `verify` does: only for keys that
        sign nothing else.

        Raises:
            NotAuthenticError: this key did not sign this message.
        """
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            raise NotAuthenticError from None
