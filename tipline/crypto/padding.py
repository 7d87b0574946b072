"""Padding to fixed buckets, so that a size tells little about a text."""

from __future__ import annotations

from tipline.crypto.errors import CannotOpenError

BUCKETS = (256, 1024, 4096, 16384, 65536)
MESSAGE_BUCKET = 4096
MARK = b"\x80"


def pad(data: bytes, smallest: int = BUCKETS[0]) -> bytes:
    """Return the data padded (ISO/IEC 7816-4: a mark, then zeros) to a bucket, at least `smallest`.

    Above the largest bucket it is padded to a multiple of it.
    """
    needed = len(data) + 1
    fitting = [size for size in BUCKETS if size >= max(needed, smallest)]
    size = fitting[0] if fitting else -(-needed // BUCKETS[-1]) * BUCKETS[-1]
    return data + MARK + bytes(size - needed)


def unpad(padded: bytes) -> bytes:
    """Return the data without its padding.

    Raises:
        CannotOpenError: the padding is not ours.
    """
    data = padded.rstrip(b"\x00")
    if not data.endswith(MARK):
        raise CannotOpenError
    return data[:-1]
