"""Fingerprints: what two people read to each other to be sure of a key."""

from __future__ import annotations

import base64
import hashlib

GROUPS = 5
GROUP_LENGTH = 4


def fingerprint(public: bytes) -> str:
    """Return 100 bits of a public key's SHA-256 as five groups of four characters (base32).

    Nobody finds a second key with the same hundred bits; reading out more is what people skip.
    """
    text = base64.b32encode(hashlib.sha256(public).digest()).decode()
    starts = range(0, GROUPS * GROUP_LENGTH, GROUP_LENGTH)
    return " ".join(text[start : start + GROUP_LENGTH] for start in starts)
