"""What a reply costs, and which characters make it dear.

The page says it of the text that stands in the box when it loads, and its script (reply.js) says it
while somebody types: both with these sentences.
"""

from __future__ import annotations

import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext, ngettext

from tipline.text.segments import SegmentAdvice, SegmentCount

CENT_PART = Decimal("0.001")
MOST_NAMED = 10  # in the script as well


def sent_as(count: SegmentCount, price: Decimal | None) -> str:
    """Say as how many segments a text is sent, and what they cost if their price is known.

    In dollars to a tenth of a cent.
    """
    dollars = None
    if price is not None:
        dollars = (price * count.segments).quantize(CENT_PART, ROUND_HALF_UP)
    return _sent(count.segments, count.segments, count.encoding, dollars)


def advice_words(advice: SegmentAdvice) -> str:
    """Say which characters make a text dear, and what to write instead; nothing when none does."""
    if not advice.is_worth_saying:
        return ""
    some = advice.dear[:MOST_NAMED]
    named = ", ".join(_named(one.character) for one in some)
    words = _makes(len(advice.dear), named, advice.count.segments)
    if any(one.plain is None for one in advice.dear):
        return words
    instead = ", ".join(_instead(one.character, one.plain or "") for one in some)
    cheaper = _cheaper(advice.cheaper_segments, instead, advice.cheaper_segments)
    return f"{words} {cheaper}"


def script_words(*, is_priced: bool) -> dict[str, Any]:
    """Return the sentences for the script, with places in braces that it fills in.

    Where there are two, the first is for one (segment or character), the other for more.
    """
    dollars = "{dollars}" if is_priced else None
    return {
        "sent": [_sent(number, "{segments}", "{encoding}", dollars) for number in (1, 2)],
        "makes": [_makes(number, "{named}", "{segments}") for number in (1, 2)],
        "cheaper": [_cheaper(number, "{instead}", "{segments}") for number in (1, 2)],
        "instead": _written_for("{plain}", "{dear}"),
        "nothing": _nothing_for("{dear}"),
        "space": _space(),
    }


def _sent(number: int, segments: int | str, encoding: str, dollars: Decimal | str | None) -> str:
    if dollars is None:
        return ngettext(
            "1 segment (%(encoding)s)",
            "%(segments)s segments (%(encoding)s)",
            number,
            segments=segments,
            encoding=encoding,
        )
    return ngettext(
        "1 segment (%(encoding)s), about $%(dollars)s",
        "%(segments)s segments (%(encoding)s), about $%(dollars)s",
        number,
        segments=segments,
        encoding=encoding,
        dollars=dollars,
    )


def _makes(characters: int, named: str, segments: int | str) -> str:
    return ngettext(
        "%(named)s makes this %(segments)s segments (UCS-2).",
        "%(named)s make this %(segments)s segments (UCS-2).",
        characters,
        named=named,
        segments=segments,
    )


def _cheaper(number: int, instead: str, segments: int | str) -> str:
    return ngettext(
        "Write %(instead)s: then it is 1 segment.",
        "Write %(instead)s: then it is %(segments)s segments.",
        number,
        instead=instead,
        segments=segments,
    )


def _instead(character: str, plain: str) -> str:
    dear = _named(character)
    return _written_for(_named(plain), dear) if plain else _nothing_for(dear)


def _written_for(plain: str, dear: str) -> str:
    return gettext("%(plain)s for %(dear)s", plain=plain, dear=dear)


def _nothing_for(dear: str) -> str:
    return gettext("nothing for %(dear)s", dear=dear)


def _space() -> str:
    return gettext("a space")


def _named(text: str) -> str:
    """Return a character as it can be read: one that shows nothing by itself as its number."""
    if len(text) == 1 and (not text.isprintable() or text.isspace() or _is_mark(text)):
        return _space() if text == " " else f"U+{ord(text):04X}"
    return text


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")
