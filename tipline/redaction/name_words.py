"""The word "name": my name is, name: X in a list or a form, and not his name."""

from __future__ import annotations

from typing import Final

from tipline.redaction.document import HARD, SOFT, Document
from tipline.redaction.lexicon import Role
from tipline.redaction.speech import reported
from tipline.redaction.vocabulary import words

_FILLERS: Final = words(
    "is es iz it = full legal real first last actual birth down which be iz wich completo"
    " entero verdadero and"
    " apellido pila de completa as was would be government"
)


def named(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "name": my name is, name: X at a line's start, and not his name."""
    word = document.words[index]
    if word == "llamo":
        return (index + 1, True) if document.word(index - 1) in ("me", "yo") else None
    if (told := _told_at_once(document, index)) is not None:
        return told, True
    position = _skip(document, index + 1)
    whose = _whose_name(document, index)
    if whose is not None:
        return (position, True) if whose else None
    if word in _ALIASES or _others(document, index + 1):
        return None
    if document.word(index - 1) == "a" and document.word(index + 1) == "de":
        return position, False
    starts = document.hard(index) or document.role(index - 1) & (Role.GREETING | Role.THANKS)
    start = index - (document.word(index - 1) in ("first", "last", "full"))
    listed = document.breaks[start] == SOFT and _sender_speaks(document, index)
    return (position, index == 0) if starts or listed else None


def _told_at_once(document: Document, index: int) -> int | None:
    """Return where the name starts behind "me apellido", "the name's", "The name is"."""
    word, before = document.words[index], document.word(index - 1)
    if word == "apellido" and before == "me":
        return index + 1
    if word == "name's" and before == "the" and index < 4:
        return index + 1
    opens = index == 1 and before == "the" and document.word(2) == "is"
    return 3 if opens else None


def _whose_name(document: Document, index: int) -> bool | None:
    """Tell whether a word for names is the sender's ("my name"), another's, or does not say."""
    for before in range(index - 1, max(-1, index - 5), -1):
        if document.breaks[before + 1] == HARD:
            break
        role = document.roles[before]
        if role & Role.FAMILY and not role & Role.MY:
            return False
        if role & (Role.MY | Role.MINE):
            return _my_name(document, before, index)
        if document.breaks[before + 1] == SOFT:
            break
        if role & (Role.HE | Role.HIS | Role.PERSON | Role.FIRST | Role.SAID | Role.THING):
            return False
        if role & Role.I or document.words[before] in ("sign", "signed"):
            return True
    return None


def _my_name(document: Document, my: int, index: int) -> bool | None:
    """Tell whether "my name" gives the name: not "with my name: X", "I won't give my name, X"."""
    if document.word(my - 1) in ("con", "with", "under"):
        return None
    denied = any(document.word(before) in _NOT for before in range(my - 4, my))
    if denied and document.breaks[index + 1 : index + 2] == [SOFT]:
        return None
    return not reported(document, my)


_ALIASES: Final = words("names nombres nickname alias moniker apodo sobrenombre")
_NOT: Final = words("not no dont don't wont won't without sin never nunca cant can't keep leave")


def _others(document: Document, index: int) -> bool:
    """Tell whether "name of the dealer" follows, or "nombre del vendedor"."""
    return document.word(index) in ("of", "de", "del") and any(
        document.role(after) & (Role.PERSON | Role.HIS | Role.HE) or document.word(after) == "el"
        for after in range(index, min(index + 4, document.size))
        if not document.hard(after)
    )


def _sender_speaks(document: Document, index: int) -> bool:
    """Tell whether the sentence so far is about the sender alone."""
    for before in range(index - 1, max(-1, index - 16), -1):
        if document.roles[before] & (Role.HE | Role.HIS):
            return False
        if document.roles[before] & (Role.I | Role.MY):
            return True
        if document.breaks[before] == HARD and before < index - 3:
            return False
    return False


def _skip(document: Document, index: int) -> int:
    while index < document.size and document.words[index] in _FILLERS:
        if document.breaks[index] == HARD:
            break
        index += 1
    return index
