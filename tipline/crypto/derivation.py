"""Deriving keys: HKDF-SHA256 (RFC 5869) and Argon2id (RFC 9106)."""

from __future__ import annotations

from threading import Lock

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tipline.crypto.encoding import Field, bind

KEY_LENGTH = 32
# RFC 9106, section 4: the second recommended option (t=3, 64 MiB, 4 lanes).
ARGON2_ITERATIONS = 3
ARGON2_MEMORY_KIB = 65536
ARGON2_LANES = 4
SALT_LENGTH = 16


def hkdf(
    key: bytes, purpose: str, *fields: Field, salt: bytes | None = None, length: int = KEY_LENGTH
) -> bytes:
    """Return `length` bytes derived from a random key for one purpose."""
    info = bind("tipline v1", purpose, *fields)
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(key)


# OpenSSL's Argon2id with several lanes never returns when two threads run it at once. One at a time
# also bounds what simultaneous sign-ins cost in memory.
_one_at_a_time = Lock()


def stretch(password: str, salt: bytes) -> bytes:
    """Return 32 bytes from a password or a typed secret. Costs 64 MiB and about 0.2 s."""
    with _one_at_a_time:
        return Argon2id(
            salt=salt,
            length=KEY_LENGTH,
            iterations=ARGON2_ITERATIONS,
            lanes=ARGON2_LANES,
            memory_cost=ARGON2_MEMORY_KIB,
        ).derive(password.encode("utf-8", "surrogatepass"))
