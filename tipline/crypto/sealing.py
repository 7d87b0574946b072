"""Sealing: the public side of HPKE (RFC 9180).

Suite: ML-KEM-768 + X25519 (the hybrid KEM, still a draft: hence a version and a key id on every
value), HKDF-SHA256, AES-256-GCM. Tips must stay closed against somebody who records today and
decrypts in fifteen years.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite

from tipline.crypto.encoding import KEY_ID_LENGTH, Context, key_id_of
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.padding import BUCKETS, pad

VERSION = b"\x01"
SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
MLKEM_PUBLIC_LENGTH = 1184
PUBLIC_LENGTH = MLKEM_PUBLIC_LENGTH + 32
HEADER_LENGTH = len(VERSION) + KEY_ID_LENGTH


class SealingKey:
    """A public key to which values are sealed. Bytes: ML-KEM-768 (1,184), then X25519 (32)."""

    __slots__ = ("_key", "key_id", "raw")

    def __init__(self, raw: bytes) -> None:
        """Load the key from its 1,216 bytes.

        Raises:
            CannotOpenError: these bytes are no such key.
        """
        if len(raw) != PUBLIC_LENGTH:
            raise CannotOpenError("A public key has the wrong length.")
        try:
            self._key = MLKEM768X25519PublicKey(
                mlkem.MLKEM768PublicKey.from_public_bytes(raw[:MLKEM_PUBLIC_LENGTH]),
                x25519.X25519PublicKey.from_public_bytes(raw[MLKEM_PUBLIC_LENGTH:]),
            )
        except ValueError:
            raise CannotOpenError("A public key is malformed.") from None
        self.raw = raw
        self.key_id = key_id_of(raw)

    def seal(self, plaintext: bytes, context: Context, smallest: int = BUCKETS[0]) -> bytes:
        """Return version, key id and ciphertext of the padded plaintext, bound to its place."""
        sealed = SUITE.encrypt(pad(plaintext, smallest), self._key, info=context.info())
        return VERSION + self.key_id + sealed


def sealed_key_id(sealed: bytes) -> bytes:
    """Return the id of the key that a sealed value names.

    Raises:
        CannotOpenError: not a sealed value of a version that this program knows.
    """
    if len(sealed) <= HEADER_LENGTH or sealed[:1] != VERSION:
        raise CannotOpenError("A sealed value has an unknown version.")
    return sealed[1:HEADER_LENGTH]
