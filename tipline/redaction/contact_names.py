"""A name right before a number: that of the sender who gives it, or of somebody in a story."""

from __future__ import annotations

from typing import Final

from tipline.redaction.document import NONE, SOFT, Document
from tipline.redaction.lexicon import Role
from tipline.redaction.speech import subject_is_other
from tipline.redaction.vocabulary import words

_OWN_WORDS: Final = Role.LINK | Role.CONTACT | Role.I | Role.MY | Role.EMAIL | Role.ADDRESS
_NAMED: Final = words("llama llaman named called")


def name_alone(document: Document, index: int, first: int, *, named: bool) -> bool:
    """Tell whether a name opens the sentence, or follows "contact", right before the detail.

    Args:
        document: the text.
        index: of the last word of the name.
        first: index of the first word of the detail.
        named: whether a word for such a detail stands between.
    """
    start = index
    while start > 0 and index - start < 3 and document.breaks[start] == NONE:
        if ":" in document.gap(start):
            break
        before, word = document.role(start - 1), document.words[start - 1]
        if before & Role.CONTACT and word not in _NAMED:
            return not subject_is_other(document, start - 1)
        if before & Role.COMMON and len(word) > 1 and not before & Role.MAYBE:
            return False
        start -= 1
    if document.breaks[start] == SOFT or ":" in document.gap(start):
        before = document.role(start - 1)
        return not before & (Role.PERSON | Role.HE) and not subject_is_other(document, start)
    behind = _behind_digits(document, first)
    theirs = document.words[index].endswith("s") and named
    if theirs or _told_of(document, behind):
        return False
    return document.hard(start) and (document.hard(behind) or document.breaks[behind] == SOFT)


def _told_of(document: Document, behind: int) -> bool:
    """Tell whether a story goes on behind a bracket: Len Ruiz (209...) pays cash."""
    if document.hard(behind) or ")" not in document.gap(behind):
        return False
    return not document.roles[behind] & _OWN_WORDS


def _behind_digits(document: Document, first: int) -> int:
    behind = first
    while behind < document.size and any(map(str.isdigit, document.words[behind])):
        behind += 1
    return behind
