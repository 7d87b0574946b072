"""One spelling for many: a text without tricks, and the way back to the text as it was sent.

Phones, and people who hide, write the same letter in many ways: styled mathematical letters, full
width, keycaps, Cyrillic look-alikes, digits of other scripts, accents as characters of their own,
invisible characters in between. The finder looks at the plain form and answers in offsets of the
given text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# Letters of other scripts that look like Latin ones (of Unicode's confusables, those of phones).
_LOOK_ALIKES: Final = dict(
    zip(
        "АВЕКМНОРСТУХаеорсухіјѕԁһӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανρɡıΙІЈЅԛԝ",  # noqa: RUF001 - that is the point
        "ABEKMHOPCTYXaeopcyxijsdhlABEZHIKMNOPTYXoavpgiIIJSqw",
        strict=True,
    )
)
_PUNCTUATION: Final = {
    **dict.fromkeys("\u2018\u2019\u02bc\u00b4`\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043", "-"),
    **dict.fromkeys("\u2022\u00b7\u30fb", "."),
}
_NEGATIVE_LETTERS: Final = {chr(0x1F170 + i): chr(65 + i) for i in range(26)}
_REGIONAL: Final = {chr(0x1F1E6 + i): chr(65 + i) for i in range(26)}
# Squared and circled letters and digits that NFKC leaves alone.
_MORE_DIGITS: Final = {
    **{chr(0x2776 + i): str(i + 1) for i in range(9)},
    **{chr(0x2780 + i): str(i + 1) for i in range(9)},
    **{chr(0x278A + i): str(i + 1) for i in range(9)},
    "\u24ff": "0",
    "\u24ea": "0",
    "\U0001f51f": "10",
}
_SPECIAL: Final = {
    **_LOOK_ALIKES,
    **_PUNCTUATION,
    **_NEGATIVE_LETTERS,
    **_REGIONAL,
    **_MORE_DIGITS,
    "ß": "ss",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "đ": "d",
    "\u2028": "\n",
    "\u2029": "\n",
    "\u0085": "\n",
    "\r": "\n",
    "\v": "\n",
    "\f": "\n",
    "\t": " ",
}
# Not seen, or only a mark on the character before: format, surrogates, marks.
_UNSEEN: Final = frozenset({"Cf", "Mn", "Me", "Cs", "Co", "Cn"})
# Letters and spaces that show nothing, and count as letters or spaces all the same.
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u180e")


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in its plain form.

    Attributes:
        text: accents, styles and invisible characters taken off; upper and lower case kept.
        folded: the same in lower case, of the same length.
        origins: for each character of `text`, the offset of the character that it comes from;
            None where both texts are the same.
        length: of the given text, in characters.
    """

    text: str
    folded: str
    origins: list[int] | None
    length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the given text of a non-empty part of the plain text.

        What is invisible behind the last character belongs to it, so that no half of a character
        stays behind.
        """
        if self.origins is None:
            return start, end
        first = self.origins[start]
        if end >= len(self.origins):
            return first, self.length
        return first, max(self.origins[end], self.origins[end - 1] + 1)


def plain_form(text: str) -> Plain:
    """Return the plain form of any text; takes time linear in its length."""
    if text.isascii():
        simple = text.translate(_ASCII)
        return Plain(simple, simple.lower(), None, len(text))
    parts: list[str] = []
    origins: list[int] = []
    last = 0
    for match in _BEYOND_ASCII.finditer(text):
        offset = match.start()
        plain = _plain_character(match[0])
        parts += (text[last:offset].translate(_ASCII), plain)
        origins += range(last, offset)
        origins += [offset] * len(plain)
        last = offset + 1
    parts.append(text[last:].translate(_ASCII))
    origins += range(last, len(text))
    joined = "".join(parts)
    return Plain(joined, _folded(joined), origins, len(text))


_ASCII: Final = str.maketrans("\r\v\f\t`", "\n\n\n '")


_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")


def _folded(text: str) -> str:
    """Return a text in lower case, of the same length."""
    lower = text.lower()
    # A capital sigma becomes one letter or another by where it stands; others become two.
    if len(lower) == len(text) and "\u03a3" not in text:
        return lower
    return "".join(map(_lower, text))


def _lower(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character


@lru_cache(maxsize=8192)
def _plain_character(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if character in _BLANK_LETTERS:
        return ""
    if character.isascii():
        return character
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    if unicodedata.category(character) in _UNSEEN:
        return ""
    return "".join(_letter(part) for part in unicodedata.normalize("NFKD", character))


def _letter(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if unicodedata.category(character) in _UNSEEN:
        return ""
    return " " if character.isspace() and character != "\n" else character
