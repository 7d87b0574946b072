"""Making pages equally long: whoever counts the bytes of an encrypted answer learns less.

A page without replies, one with a few, and the help page in either language have one length. Random
bytes, so that a compressing proxy does not undo it.
"""

from __future__ import annotations

import os
from base64 import b64encode

BUCKETS = tuple(size * 1024 for size in (16, 32, 64, 128, 256, 512, 1024))
OPENING, CLOSING = b"\n<!-- ", b" -->\n"


def padded(page: bytes) -> bytes:
    """Return a page with a comment behind it that fills the next of a few sizes.

    A page that is larger than the largest is filled up to the next multiple of that.
    """
    least = len(page) + len(OPENING) + len(CLOSING)
    largest = BUCKETS[-1]
    bucket = next((size for size in BUCKETS if size >= least), -(-least // largest) * largest)
    # Base64 has no "-", so nothing in it ends the comment.
    missing = bucket - least
    filling = b64encode(os.urandom(-(-missing // 4) * 3))[:missing]
    return page + OPENING + filling + CLOSING
