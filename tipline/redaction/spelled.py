"""Details in words: rosa at example dot com, flor underscore nueve."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tipline.redaction.document import HARD, Document
from tipline.redaction.lettered import DIGITS, letters_on
from tipline.redaction.lexicon import Role
from tipline.redaction.vocabulary import words

_TLDS: Final = words(
    "com net org edu gov us mx info io co me biz es mil ca uk tv app dev xyz online site"
    " email cm con coom example"
)
_PROVIDERS: Final = words(
    "gmail yahoo hotmail outlook icloud aol proton protonmail live msn comcast att"
    " sbcglobal ymail gmial gmai"
)
_AT: Final = words("at arroba aroba arrova arr0ba")
_SIGN: Final = words("sign symbol")  # at sign
_DOTS: Final = words("dot punto d0t doot pto")
_JOINERS: Final = _DOTS | words(
    "underscore guion bajo dash hyphen guionbajo underline period guionmedio"
)
_TIGHT: Final = re.compile(r"[._\-+]|\s?[._]\s?|\s?[(\[]\s?|\s?[)\]]\s?")
_BRACKETED: Final = re.compile(r"[(\[{<]a[)\]}>]")
_LABELLED: Final = re.compile(r"[:,;=()\[\]{}<>]")  # between what it is and the address
_TO: Final = words("to from via")
_LABEL_ENDS: Final = words("is es address direccion electronico me at to al a iz")
_NO_LOCAL_PART: Final = Role.ME | Role.EMAIL | Role.CONTACT | Role.HE | Role.CONTACT_ME


def spelled_mails(document: Document) -> Iterator[tuple[int, int]]:
    """Yield the words, from and behind, of rosa punto m arroba example punto com."""
    text = document.plain.folded
    if "@" not in text and _AT.isdisjoint(document.words) and not _BRACKETED.search(text):
        return
    reached = 0  # the word behind the last address
    for index in range(1, document.size):
        word = document.words[index]
        if word in _AT or (word == "a" and _bracketed(document, index)):
            left, right = index - 1, index + 1
            if document.word(right) in _SIGN:
                right += 1
                left -= document.words[left] == "the" and left > 0
        elif "@" in document.gap(index):
            left, right = index - 1, index
        else:
            continue
        behind = _domain(document, right)
        if not behind or left < reached or document.breaks[left + 1] == HARD:
            continue
        if document.role(left) & _NO_LOCAL_PART and document.word(left - 1) not in _JOINERS:
            continue
        yield _local_part(document, left, reached), behind
        reached = behind


def _bracketed(document: Document, index: int) -> bool:
    """Tell whether a letter stands between brackets: lena (a) example (dot) com."""
    start = document.starts[index]
    return start > 0 and bool(_BRACKETED.match(document.plain.folded, start - 1))


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
        behind = letters_on(document, behind, 1)
    while behind < document.size and document.words[behind] in DIGITS and not document.hard(behind):
        behind += 1
    behind = min(behind, document.size)
    yield letters_on(document, first, -1), behind
    yield first, behind  # if the letters before belong to something else


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


def _local_part(document: Document, last: int, least: int) -> int:
    """Return the first word of what stands before the at: joined words, or letters one by one.

    Args:
        document: the text.
        last: the word before the at.
        least: the first word that may belong to it.
    """
    first = last
    while first > least and last - first < 40:
        before = document.words[first - 1]
        if (
            (before in _JOINERS and document.breaks[first] != HARD)
            or (document.words[first] in _JOINERS and document.breaks[first] != HARD)
            or (" " not in document.gap(first) and _TIGHT.fullmatch(document.gap(first)))
            or (
                len(before) == 1
                and (len(document.words[first]) == 1 or before not in "yaeou")
                and not _LABELLED.search(document.gap(first))
            )
            or (before.isdigit() and document.words[first].isdigit())
        ):
            first -= 1
        else:
            break
    while document.words[first] in _JOINERS and first < last:
        first += 1
    return _since_label(document, first, least)


def _since_label(document: Document, first: int, least: int) -> int:
    """Take all words since "my email is": big red barn at example dot com."""
    for index in range(first - 1, max(least - 1, first - 8), -1):
        if document.breaks[index + 1] == HARD or document.taken[index]:
            break
        if document.roles[index] & Role.EMAIL:
            start = index + 1
            for behind in range(start + 1, first + 1):
                if _LABELLED.search(document.gap(behind)) or document.words[behind - 1] in _TO:
                    start = behind
            while start < first and document.words[start] in _LABEL_ENDS:
                start += 1
            return start
        if document.roles[index] & (Role.CONTACT | Role.ME):
            break
    return first
