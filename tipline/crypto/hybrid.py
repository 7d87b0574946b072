"""The private side of HPKE itself. Only `opening` and `mailboxes` may import this module."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from tipline.crypto.derivation import hkdf
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.padding import unpad
from tipline.crypto.sealing import HEADER_LENGTH, SUITE, SealingKey, sealed_key_id

SEED_LENGTH = 32


class HybridPrivateKey:
    """A private key of the suite, both halves derived from one 32-byte seed."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        """Derive the key from its seed.

        Raises:
            CannotOpenError: the seed has another length.
        """
        if len(seed) != SEED_LENGTH:
            raise CannotOpenError("A private key has the wrong length.")
        halves = hkdf(seed, "opening key", length=96)
        kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(halves[:64])
        curve = x25519.X25519PrivateKey.from_private_bytes(halves[64:])
        self._key = MLKEM768X25519PrivateKey(kem, curve)
        self.public = SealingKey(
            kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
        )

    def open(self, sealed: bytes, context: Context) -> bytes:
        """Return the plaintext of a value sealed to this key for this place.

        Raises:
            CannotOpenError: another key, another place, or changed bytes; which one is not told.
        """
        if sealed_key_id(sealed) != self.public.key_id:
            raise CannotOpenError
        return self.decrypt(sealed, context)

    def decrypt(self, sealed: bytes, context: Context) -> bytes:
        """Return the plaintext, whichever key the value names. Raises as `open` does."""
        try:
            padded = SUITE.decrypt(sealed[HEADER_LENGTH:], self._key, info=context.info())
        except InvalidTag:
            raise CannotOpenError from None
        return unpad(padded)
