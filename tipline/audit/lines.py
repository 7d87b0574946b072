"""What the text formats of C2SP are made of: lines, decimals, base64. One value has one spelling.

Other readers are laxer, here and there. Whatever is accepted here they accept too.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from typing import Final

# What Go's int64 holds: other tools read sizes and indexes with it.
MOST: Final = 2**63 - 1
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")
# ASCII's control characters (C2SP signed-note), and what UTF-8 cannot say.
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\ud800-\udfff]")


def is_line(text: str) -> bool:
    """Return whether a text can be a line: not empty, and without control characters."""
    return text != "" and not _FORBIDDEN.search(text)


def encoded(raw: bytes) -> str:
    """Return bytes in base64 (RFC 4648, section 4)."""
    return b64encode(raw).decode("ascii")


def decoded(text: str) -> bytes | None:
    """Return the bytes that are spelt so in base64 (RFC 4648, section 4); None if none are."""
    try:
        raw = b64decode(text, validate=True)
    except (Error, ValueError):
        return None
    return raw if encoded(raw) == text else None


def decimal(text: str) -> int | None:
    """Return the number from 0 to 2**63 - 1 that is spelt so; None if none is."""
    if not _DECIMAL.fullmatch(text) or int(text) > MOST:
        return None
    return int(text)
