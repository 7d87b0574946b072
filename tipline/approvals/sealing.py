"""Reasons and references under a key of the console.

Staff type them freely, and may name what must not lie about: a case, a colleague, in spite of the
hint a resident. Those who decide hold no key in common to which it could be sealed, and come and
go. So a copy of the database shows nothing of it, and whoever holds the console's secret does.
"""

from __future__ import annotations

import json

from tipline.approvals.requests import Words
from tipline.crypto.aead import decrypt, encrypt
from tipline.crypto.derivation import hkdf
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.padding import pad, unpad

# Of `tipline.crypto.padding.BUCKETS`: what most reasons fit into.
SMALLEST_BYTES = 1024


class WordSeal:
    """Encrypts what was typed, bound to its request: AES-256-GCM, padded to fixed sizes."""

    def __init__(self, pepper: bytes) -> None:
        """Take the console's secret; the key is derived from it (RFC 5869)."""
        self._pepper = pepper

    def seal(self, request_id: str, words: Words) -> bytes:
        """Return what is kept."""
        content = json.dumps([words.reason, words.reference], ensure_ascii=False).encode()
        return encrypt(self._key(), pad(content, SMALLEST_BYTES), _context(request_id))

    def open(self, request_id: str, sealed: bytes) -> Words:
        """Return what was typed.

        Raises:
            CannotOpenError: it was not sealed for this request, or was changed.
        """
        content = unpad(decrypt(self._key(), sealed, _context(request_id)))
        try:
            reason, reference = json.loads(content)
        except ValueError:
            raise CannotOpenError from None
        return Words(reason, reference)

    def _key(self) -> bytes:
        return hkdf(self._pepper, "approvals")


def _context(request_id: str) -> Context:
    return Context("approval", thread=request_id)
