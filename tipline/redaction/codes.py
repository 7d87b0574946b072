"""Codes of letters and digits, of one word or several: 8ABC123, 8 ABC 123, CA-88120394."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.document import Document
from tipline.redaction.lexicon import Role

_MEASURED: Final = re.compile(
    r"\d{1,4}(?:am|pm|st|nd|rd|th|mm|k|lbs?|kg|oz|ft|hrs?|yrs?|s|x|mph|mins?|min|th)"
)


def code_start(document: Document, index: int, least: int) -> int:
    """Return the first word, from `least` on, at which a code may start that has digits here."""
    first = index
    while first > max(least, index - _BEFORE_DIGITS) and _in_code(document, first - 1):
        first -= 1
    return first


def code_end(document: Document, first: int) -> int:
    """Return the index behind a code of letters and digits that starts at a word, or 0."""
    behind, text = first, ""
    while behind < document.size and behind - first < 4 and len(text) < 30:
        if not _in_code(document, behind):
            break
        word = document.words[behind]
        if behind > first and document.gap(behind) not in (" ", "-", "", "*"):
            break
        # "D1234567 exp": a word in lower case behind the digits goes on with the sentence.
        lower = word.isalpha() and document.shown(behind).islower()
        if lower and text and not text.isalpha() and document.gap(behind) == " ":
            break
        text += word
        behind += 1
    while behind > first + 1 and _ends_as_word(document, behind - 1):
        behind -= 1
        text = text[: -len(document.words[behind])]
    letters = any(map(str.isalpha, text))
    if 2 <= len(text) <= 34 and letters and any(map(str.isdigit, text)):
        return behind
    return 0


def _in_code(document: Document, index: int) -> bool:
    word = document.words[index]
    return word.isascii() and not document.taken[index] and _part(document, index)


def _ends_as_word(document: Document, index: int) -> bool:
    return (
        document.words[index].isalpha()
        and document.gap(index) == " "
        and (len(document.words[index]) > 3 or document.roles[index] != 0)
    )


_LONGEST_PART: Final = 4  # letters of a code that stand together
_BEFORE_DIGITS: Final = 2  # words of letters that may stand before a code's first digit


def _part(document: Document, index: int) -> bool:
    word = document.words[index]
    if word.isdigit():
        return True
    if not word.isalpha() and any(map(str.isdigit, word)):
        return not _MEASURED.fullmatch(word)
    if len(word) > _LONGEST_PART:
        return False
    shown = document.shown(index)
    if document.role(index + 1) & Role.STREET or (len(word) > 1 and shown.istitle()):
        return False  # 12 Oak Ave
    short = not document.roles[index] & ~Role.COMMON
    bound = document.gap(index + 1) in ("-", "")
    return short and (
        bound or (shown.isupper() and not document.shouted and not document.roles[index])
    )
