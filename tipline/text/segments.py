"""How many SMS segments a text needs, and which characters make it dear.

Source: 3GPP TS 23.038 (GSM 7-bit default alphabet and its extension table); segment sizes as in
Twilio's "What the Heck is a Segment?": 160 septets alone and 153 joined, or 70 and 67 UTF-16 units.
"""

from __future__ import annotations

from dataclasses import dataclass

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
MAX_BODY_CHARACTERS = 1600


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """Segments of a text, its encoding ("GSM-7" or "UCS-2"), and units used (septets or UTF-16)."""

    segments: int
    encoding: str
    units: int
    outside_gsm: tuple[str, ...]


def count_segments(text: str) -> SegmentCount:
    """Return how a text is split. An empty text is one segment."""
    outside = tuple(dict.fromkeys(c for c in text if c not in GSM_BASIC and c not in GSM_EXTENDED))
    if outside:
        return _ucs2(text, outside)
    units = sum(2 if c in GSM_EXTENDED else 1 for c in text)
    if units <= 160:
        return SegmentCount(1, "GSM-7", units, ())
    return SegmentCount(
        _packed([2 if c in GSM_EXTENDED else 1 for c in text], 153), "GSM-7", units, ()
    )


def _ucs2(text: str, outside: tuple[str, ...]) -> SegmentCount:
    widths = [2 if ord(c) > 0xFFFF else 1 for c in text]
    units = sum(widths)
    segments = 1 if units <= 70 else _packed(widths, 67)
    return SegmentCount(segments, "UCS-2", units, outside)


def _packed(widths: list[int], size: int) -> int:
    """Count segments, never splitting a two-unit character over two of them."""
    segments, used = 1, 0
    for width in widths:
        if used + width > size:
            segments, used = segments + 1, 0
        used += width
    return segments
