"""Pictures that the pretend phone takes: small PNGs drawn here, no two messages' alike."""

from __future__ import annotations

import struct
import zlib

WIDTH_PIXELS = 96
HEIGHT_PIXELS = 72
PLANTED_METADATA = b"Comment\x00simulated camera, GPS 37.9577 N 121.2908 W"
"""Real phones leave such things in pictures; a sanitiser can be tested against this one."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def draw(seed: int) -> bytes:
    """A PNG whose colours follow from `seed`, with a metadata chunk that names a place."""
    header = struct.pack(">IIBBBBB", WIDTH_PIXELS, HEIGHT_PIXELS, 8, 2, 0, 0, 0)
    rows = b"".join(b"\x00" + _row(seed, y) for y in range(HEIGHT_PIXELS))
    return (
        _SIGNATURE
        + _chunk(b"IHDR", header)
        + _chunk(b"tEXt", PLANTED_METADATA)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _row(seed: int, y: int) -> bytes:
    red, green, blue = (60 + (seed * step) % 140 for step in (37, 71, 113))
    hill = 40 + (seed * 29) % 20
    pixels = bytearray()
    for x in range(WIDTH_PIXELS):
        ground = y > hill + ((x - 48) ** 2) // 160
        shade = y if ground else HEIGHT_PIXELS - y
        scale = (3 if ground else 5) * (60 + shade)
        pixels += bytes(min(255, part * scale // 500) for part in (red, green, blue))
    return bytes(pixels)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
