"""Names that a form, a go-between or a way of speaking presents as the sender's."""

from __future__ import annotations

from typing import Final

from tipline.redaction.announced import asked_elsewhere, speaks_here
from tipline.redaction.document import HARD, NONE, Document
from tipline.redaction.lexicon import Role
from tipline.redaction.vocabulary import words

_FOR: Final = words("for por")


def undersigned(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "the undersigned, X", "su servidora X", "el abajo firmante, X"."""
    return index + 1, False


def real(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "my real is X", as against a nickname."""
    own = document.role(index - 1) & Role.MY and document.word(index + 1) in ("is", "es")
    return (index + 2, True) if own else None


def your(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for the field of a form: "Your name: X", "First name X"."""
    if not document.hard(index):
        return None
    after = index + 1
    while document.word(after) in ("first", "last", "full", "name") and after < index + 4:
        after += 1
    return (after, True) if document.word(after - 1) == "name" else None


def reporter(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "REPORTA: X", "Reporter: X", "submitted by X" at the start of a line."""
    after = index + 1
    if document.word(after) in ("by", "por"):
        after += 1
    elif ":" not in document.gap(after):
        return None
    return (after, True) if document.hard(index) or document.word(after - 1) == "by" else None


def habla(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "le habla X", "les escribe X", "te saluda X"."""
    if document.word(index - 1) in ("le", "les", "te", "aqui", "quien"):
        return speaks_here(document, index)
    if document.word(index + 1) in ("la", "el") and index < 4:
        return index + 3, False
    return (index + 1, False) if document.breaks[index] != NONE else None


def ask_for(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "ask for X", "pregunten por X": not he asked for, she asks for."""
    if document.word(index + 1) not in _FOR:
        return None
    for before in range(index - 1, max(-1, index - 12), -1):
        if document.breaks[before + 1] == HARD:
            break
        if document.roles[before] & (Role.SAID | Role.ADVERT):
            return None
        if document.roles[before] & (Role.HE | Role.PERSON | Role.HIS) and index - before < 5:
            return None
        if document.words[before] in ("i", "to", "did"):
            return None
    after = index + 2 + (document.word(index + 2) in ("el", "la"))
    if asked_elsewhere(document, after):
        return None
    return after, after < document.size and document.capital(after)


def parte(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "de parte de X"."""
    return (index + 2, False) if document.word(index + 1) == "de" else None


def dicen(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "me dicen X", "me conocen como X"."""
    if document.word(index - 1) != "me":
        return None
    after = index + 1
    while document.word(after) in ("el", "la", "como"):
        after += 1
    return after, True
