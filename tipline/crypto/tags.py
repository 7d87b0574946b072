"""Keyed tags: HMAC-SHA256 (RFC 2104) over length-prefixed fields.

A tag finds or proves a value without telling it to whoever lacks the key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from tipline.crypto.encoding import Field, bind
from tipline.crypto.errors import NotAuthenticError

LANES = 64


def keyed_tag(key: bytes, purpose: str, *fields: Field) -> bytes:
    """Return a 32-byte tag of the fields for one purpose."""
    return hmac.digest(key, bind("tipline v1", purpose, *fields), hashlib.sha256)


def check_tag(key: bytes, tag: bytes, purpose: str, *fields: Field) -> None:
    """Compare in constant time.

    Raises:
        NotAuthenticError: the tag was not made with this key over these fields.
    """
    if not hmac.compare_digest(tag, keyed_tag(key, purpose, *fields)):
        raise NotAuthenticError


def check_tag_of_any(keys: Sequence[bytes], tag: bytes, purpose: str, *fields: Field) -> None:
    """Check that a tag was made with one of a key's generations.

    Raises:
        NotAuthenticError: with none of them.
    """
    # All are tried, so that the time says nothing of which it was.
    if not sum(hmac.compare_digest(tag, keyed_tag(key, purpose, *fields)) for key in keys):
        raise NotAuthenticError


def lane_of(key: bytes, line: str, sender: str) -> int:
    """Return a sender's lane on a line, 0 to 63: so one sender's messages stay in order.

    Six bits, so that about one in 64 senders shares it and it identifies nobody.
    """
    return keyed_tag(key, "lane", line, sender)[0] % LANES
