"""Symmetric encryption: AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D)."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError

VERSION = b"\x01"
NONCE_LENGTH = 12
KEY_LENGTH = 32


def random_key() -> bytes:
    """Return 32 random bytes."""
    return os.urandom(KEY_LENGTH)


def encrypt(key: bytes, plaintext: bytes, context: Context) -> bytes:
    """Return version, nonce and ciphertext, bound to its place."""
    nonce = os.urandom(NONCE_LENGTH)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, context.info())


def decrypt(key: bytes, ciphertext: bytes, context: Context) -> bytes:
    """Return the plaintext.

    Raises:
        CannotOpenError: another key, another place, or changed bytes.
    """
    if len(ciphertext) <= NONCE_LENGTH or ciphertext[:1] != VERSION:
        raise CannotOpenError
    nonce, body = ciphertext[1 : 1 + NONCE_LENGTH], ciphertext[1 + NONCE_LENGTH :]
    try:
        return AESGCM(key).decrypt(nonce, body, context.info())
    except InvalidTag:
        raise CannotOpenError from None


def split_key() -> tuple[bytes, bytes, bytes]:
    """Return a key and two halves whose XOR it is; one half alone says nothing about it."""
    first, second = random_key(), random_key()
    return join_halves(first, second), first, second


def join_halves(first: bytes, second: bytes) -> bytes:
    """Return the key of which these are the halves."""
    if len(first) != KEY_LENGTH or len(second) != KEY_LENGTH:
        raise CannotOpenError
    return bytes(a ^ b for a, b in zip(first, second, strict=True))
