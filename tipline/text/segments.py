"""How many SMS segments a text needs, and which characters make it dear.

Source: 3GPP TS 23.038 (GSM 7-bit default alphabet and its extension table); segment sizes as in
Twilio's "What the Heck is a Segment?": 160 septets alone and 153 joined, or 70 and 67 UTF-16 units.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
MAX_BODY_CHARACTERS = 1600
# What word processors and phones put in by themselves, and what says the same cheaply.
PLAIN = {
    "\u2018": "'", "\u2019": "'", "\u201a": ",", "\u201c": '"', "\u201d": '"', "\u201e": '"',
    "\u00ab": '"', "\u00bb": '"', "\u2039": "'", "\u203a": "'", "\u00b4": "'", "`": "'",
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\u2022": "-", "\u2026": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """Segments of a text, its encoding ("GSM-7" or "UCS-2"), and units used (septets or UTF-16)."""

    segments: int
    encoding: str
    units: int
    outside_gsm: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dear:
    """A character outside the GSM alphabet, and what could stand for it; None: nothing can."""

    character: str
    plain: str | None


@dataclass(frozen=True, slots=True)
class SegmentAdvice:
    """What a text costs, which characters make it dear, and what it would cost without them."""

    count: SegmentCount
    dear: tuple[Dear, ...]
    cheaper_segments: int

    @property
    def is_worth_saying(self) -> bool:
        """Tell whether a dear character costs anything, and can be written cheaper if at all."""
        can_be_plain = all(one.plain is not None for one in self.dear)
        is_cheaper = self.cheaper_segments < self.count.segments
        return bool(self.dear) and self.count.segments > 1 and (is_cheaper or not can_be_plain)


def advise(text: str) -> SegmentAdvice:
    """Return what makes a text dear and what to write instead.

    Without a plain word for every dear character nothing is saved: one is enough to cost double.
    """
    count = count_segments(text)
    dear = tuple(Dear(character, plain_for(character)) for character in count.outside_gsm)
    table = {ord(one.character): one.plain for one in dear if one.plain is not None}
    return SegmentAdvice(count, dear, count_segments(text.translate(table)).segments)


def plain_for(character: str) -> str | None:
    """Return what can stand for a character in GSM 7-bit: `Á` as `A`; None if nothing can.

    Accents are taken off by decomposition (Unicode Standard Annex 15, NFKD); an accent that stands
    alone, as some keyboards type it, is left out. Letters of other alphabets are never guessed.
    """
    if character in PLAIN:
        return PLAIN[character]
    parts = unicodedata.normalize("NFKD", character)
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    is_cheap = all(part in GSM_BASIC for part in plain)
    return plain if is_cheap and plain != character else None


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
