"""Details in words: rosa at example dot com, seven x-ray yankee; and codes of several words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tipline.redaction.document import HARD, Document
from tipline.redaction.lexicon import Role
from tipline.redaction.vocabulary import words

_TLDS: Final = words(
    "com net org edu gov us mx info io co me biz es mil ca uk tv app dev xyz online site"
    " email cm con coom"
)
_PROVIDERS: Final = words(
    "gmail yahoo hotmail outlook icloud aol proton protonmail live msn comcast att"
    " sbcglobal ymail gmial gmai"
)
_AT: Final = words("at arroba aroba arrova")
_DOTS: Final = words("dot punto d0t doot pto")
_JOINERS: Final = _DOTS | words(
    "underscore guion bajo dash hyphen guionbajo underline period guionmedio"
)
_TIGHT: Final = re.compile(r"[._\-+]|\s?[._]\s?|\s?[(\[]\s?|\s?[)\]]\s?")
_LABEL_ENDS: Final = words("is es address direccion electronico me at to al a iz")
_NO_LOCAL_PART: Final = Role.ME | Role.EMAIL | Role.CONTACT | Role.HE | Role.CONTACT_ME


def spelled_mails(document: Document) -> Iterator[tuple[int, int]]:
    """Yield the words, from and behind, of rosa punto m arroba example punto com."""
    if "@" not in document.plain.folded and _AT.isdisjoint(document.words):
        return
    for index in range(1, document.size):
        word = document.words[index]
        if word in _AT:
            left, right = index - 1, index + 1
        elif "@" in document.gap(index):
            left, right = index - 1, index
        else:
            continue
        behind = _domain(document, right)
        if not behind or document.breaks[left + 1] == HARD:
            continue
        if document.role(left) & _NO_LOCAL_PART and document.word(left - 1) not in _JOINERS:
            continue
        yield _local_part(document, left), behind


def spelled_handles(document: Document) -> Iterator[tuple[int, int]]:
    """Yield the words, from and behind, of nightjar underscore nine, flor punto de punto sal."""
    if _JOINERS.isdisjoint(document.words):
        return
    for index in range(1, document.size):
        if document.words[index] in _JOINERS:
            yield from _spelled_handle(document, index)


def _spelled_handle(document: Document, joiner: int) -> Iterator[tuple[int, int]]:
    if joiner + 1 >= document.size or (document.words[joiner - 2] in _JOINERS and joiner > 1):
        return
    if document.words[joiner] in ("dash", "period", "bajo", "punto") and (
        joiner + 2 >= document.size or document.words[joiner + 2] not in _JOINERS
    ):
        return
    first, behind = joiner - 1, joiner
    while behind + 1 < document.size and document.words[behind] in _JOINERS:
        if HARD in document.breaks[behind : behind + 2]:
            return
        behind += 3 if document.words[behind : behind + 2] == ["guion", "bajo"] else 2
    while (
        behind < document.size and document.words[behind] in _DIGITS and not document.hard(behind)
    ):
        behind += 1
    yield first, min(behind, document.size)


_DIGITS: Final = words(
    "zero oh one two three four five six seven eight nine uno dos tres cuatro cinco seis siete"
    " ocho nueve cero"
)


def _domain(document: Document, index: int) -> int:
    """Return the index behind a spelled domain, or 0."""
    if index >= document.size:
        return 0
    behind = index + 1
    dots = 0
    while behind < document.size and dots < 4:
        gap = document.gap(behind).strip()
        if document.words[behind] in _JOINERS and behind + 1 < document.size:
            step = 2
        elif gap == "." and document.words[behind] in _TLDS:
            step = 1
        else:
            break
        behind += step
        dots += 1
    if document.words[behind - 1] in _TLDS and dots:
        return behind
    if document.words[index] in _PROVIDERS:
        return behind + (document.word(behind) in ("com", "net"))
    return 0


def _local_part(document: Document, last: int) -> int:
    """Return the first word of what stands before the at: joined words, or letters one by one."""
    first = last
    while first > 0 and last - first < 40:
        before = document.words[first - 1]
        if (
            (before in _JOINERS and document.breaks[first] != HARD)
            or (document.words[first] in _JOINERS and document.breaks[first] != HARD)
            or (" " not in document.gap(first) and _TIGHT.fullmatch(document.gap(first)))
            or (len(before) == 1 and (len(document.words[first]) == 1 or before not in "yaeou"))
            or (before.isdigit() and document.words[first].isdigit())
        ):
            first -= 1
        else:
            break
    while document.words[first] in _JOINERS and first < last:
        first += 1
    return _since_label(document, first)


def _since_label(document: Document, first: int) -> int:
    """Take all words since "my email is": big red barn at example dot com."""
    for index in range(first - 1, max(-1, first - 8), -1):
        if document.breaks[index + 1] == HARD:
            break
        if document.roles[index] & Role.EMAIL:
            start = index + 1
            while start < first and document.words[start] in _LABEL_ENDS:
                start += 1
            return start
        if document.roles[index] & (Role.CONTACT | Role.ME):
            break
    return first


_SPELLING: Final = words(
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo"
    " lima mike november oscar papa quebec romeo sierra tango uniform victor whiskey xray"
    " x ray yankee zulu adam boy charles david edward frank george henry ida john king"
    " lincoln mary nora ocean paul queen robert sam tom union william young zebra zero one"
    " two three four five six seven eight nine cero uno dos tres cuatro cinco seis siete"
    " ocho nueve oh as in of de ve be vaca burro jota eme ka ele ene equis zeta ese erre"
    " efe ge hache te doble u ce pe i"
)
_NO_LETTERS: Final = _DIGITS | words("is in as of de a i y o u")
_NO_START: Final = words("is in as of de a i es y o e oh u te")
_LONGEST_SPELLED: Final = 24
_FEWEST_LETTERS: Final = 3


def spelling(document: Document) -> list[int]:
    """Return the words that something spelled may start at; none where too few are letters."""
    letters = [word for word in document.words if len(word) == 1 or word in _SPELLING]
    if len(letters) < _FEWEST_LETTERS:
        return []
    return [
        index
        for index, word in enumerate(document.words)
        if _spells(word) and word not in _NO_START
    ]


def _spells(word: str) -> bool:
    return len(word) == 1 or word in _SPELLING or (word.isdigit() and len(word) < 5)


def spelled_end(document: Document, first: int) -> int:
    """Return the index behind letters that are spelled from here: 7 x-ray yankee, S t a n; or 0."""
    behind = first
    while behind < document.size and behind - first < _LONGEST_SPELLED:
        if behind > first and (document.breaks[behind] == HARD or "." in document.gap(behind)):
            break
        if not _spells(document.words[behind]):
            break
        behind += 1
    names = document.words[first:behind]
    while names and names[-1] in _NO_START:
        names.pop()
    letters = sum(word.isalpha() and word not in _NO_LETTERS for word in names)
    if len(names) >= 5 and letters >= 2:
        return first + len(names)
    singles = len(names) >= 3 and all(len(word) == 1 and word.isalpha() for word in names)
    return first + len(names) if singles and letters >= 2 else 0


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
