"""Unambiguous encodings: what is bound, signed or tagged is length-prefixed field by field."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

Field = bytes | str | int
KEY_ID_LENGTH = 8


def bind(*fields: Field) -> bytes:
    """Return the fields as bytes, each behind its length (4 bytes, big-endian).

    Two different lists of fields never give the same bytes; a number is the text of its digits.
    """
    parts = []
    for field in fields:
        raw = field if isinstance(field, bytes) else str(field).encode()
        parts.append(len(raw).to_bytes(4, "big") + raw)
    return b"".join(parts)


def key_id_of(public: bytes) -> bytes:
    """Return the 8-byte identifier of a public key."""
    return hashlib.sha256(bind("tipline key id", public)).digest()[:KEY_ID_LENGTH]


@dataclass(frozen=True, slots=True)
class Context:
    """Where a sealed value belongs. A value moved to another place does not open there."""

    purpose: str
    line: str = ""
    thread: str = ""
    sequence: int | str = ""

    def info(self) -> bytes:
        """Return the bytes that go into HPKE's `info` (RFC 9180, section 5.1) or GCM's AAD."""
        return bind("tipline v1", self.purpose, self.line, self.thread, self.sequence)
