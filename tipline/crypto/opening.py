"""Opening what was sealed: the private side of HPKE. The gateway must not reach this module."""

from __future__ import annotations

import os

from tipline.crypto.encoding import Context
from tipline.crypto.hybrid import SEED_LENGTH, HybridPrivateKey
from tipline.crypto.sealing import SealingKey


class OpeningKey:
    """A private key, kept as one 32-byte seed from which both halves are derived."""

    __slots__ = ("_key", "public", "seed")

    public: SealingKey

    def __init__(self, seed: bytes) -> None:
        """Load the key from its seed."""
        self._key = HybridPrivateKey(seed)
        self.seed = seed
        self.public = self._key.public

    @classmethod
    def generate(cls) -> OpeningKey:
        """Return a new random key."""
        return cls(os.urandom(SEED_LENGTH))

    def open(self, sealed: bytes, context: Context) -> bytes:
        """Return the plaintext of a value sealed to this key for this place.

        Raises:
            CannotOpenError: another key, another place, or changed bytes; which one is not told.
        """
        return self._key.open(sealed, context)
