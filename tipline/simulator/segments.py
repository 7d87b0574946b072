"""How many segments a text takes on the air, which is what the carrier bills.

Source: https://www.twilio.com/docs/glossary/what-is-gsm-7-character-encoding
"""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


def count_segments(body: str) -> int:
    """Segments for this body: GSM-7 160 alone or 153 joined, UCS-2 70 or 67 UTF-16 units."""
    if all(character in _BASIC or character in _EXTENDED for character in body):
        units = [2 if character in _EXTENDED else 1 for character in body]
        return _pack(units, alone=160, joined=153)
    units = [2 if ord(character) > 0xFFFF else 1 for character in body]
    return _pack(units, alone=70, joined=67)


def _pack(units: list[int], *, alone: int, joined: int) -> int:
    if sum(units) <= alone:
        return 1
    segments, used = 1, 0
    for size in units:
        # A two-unit character is never split, so a segment may end one unit short.
        if used + size > joined:
            segments, used = segments + 1, 0
        used += size
    return segments
