"""Signing: Ed25519 (RFC 8032), the private side. The gateway must not reach this module."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tipline.crypto.encoding import Field
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.verifying import VERSION, VerifyingKey, statement

SEED_LENGTH = 32


class SigningKey:
    """A private signing key, kept as its 32-byte seed."""

    __slots__ = ("_key", "public", "seed")

    def __init__(self, seed: bytes) -> None:
        """Load the key from its seed."""
        if len(seed) != SEED_LENGTH:
            raise CannotOpenError("A signing key has the wrong length.")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.seed = seed
        self.public = VerifyingKey(self._key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> SigningKey:
        """Return a new random key."""
        return cls(os.urandom(SEED_LENGTH))

    def sign(self, purpose: str, *fields: Field) -> bytes:
        """Return version, key id and signature (73 bytes) of the fields for one purpose."""
        return VERSION + self.public.key_id + self._key.sign(statement(purpose, *fields))

    def sign_raw(self, message: bytes) -> bytes:
        """Return the bare signature (64 bytes, RFC 8032) of a message.

        For formats that others define, and only with a key that signs nothing else: no purpose is
        bound, so what is signed for one format could be shown as signed for another.
        """
        return self._key.sign(message)
