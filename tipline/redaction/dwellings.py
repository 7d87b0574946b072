"""Whether the sender says to be at a place: I live at, I'm the one in, my shop is, yo en el."""

from __future__ import annotations

from typing import Final

from tipline.redaction.document import HARD, NONE, Document
from tipline.redaction.lexicon import Role
from tipline.redaction.vocabulary import words

_HERE_I_AM: Final = words("i'm im we i yo we're soy estoy")
_SPOTS: Final = words(
    "spot shop store negocio tienda taller salon window ventana porch balcony puesto oficina"
    " building edificio"
)
# What may stand between "I live", "I'm the one" and the place itself.
ON_THE_WAY: Final = words(
    "next door just over right across street corner here con with ella el ellos them him her my"
    " family the one tenant resident renter owner lady guy person of la las los al lado enfrente"
    " arriba abajo upstairs downstairs back front end too also actually in at en de del on esquina"
    " mi familia kids hijos mom mama wife husband esposa esposo hijo hija son daughter y and"
    " locked trapped stuck hiding encerrada encerrado escondida escondido inside"
    " neighbor vecino vecina his their su que who only acros"
)
_COME: Final = words("venir vengan venga pasar pasen pase")
_FARTHEST: Final = 9
_ORDINALS: Final = words(
    "first second third fourth fifth sixth seventh eighth ninth tenth primera segunda tercera"
    " cuarta quinta sexta septima octava novena decima main"
)
_AND: Final = words("and y n con with")


def lives_right_before(document: Document, index: int) -> bool:
    """Tell whether "I live at", "my address is", "I'm the one in" stands before a word."""
    for before in range(index - 1, max(-1, index - _FARTHEST), -1):
        if document.breaks[before + 1] == HARD or document.taken[before] == "ADDRESS":
            return False
        found = _says(document, before, index)
        if found is not None:
            return found
        passing = document.roles[before] & (Role.LINK | Role.UNIT | Role.ADDRESS | Role.VEHICLE)
        if not passing and document.words[before] not in ON_THE_WAY:
            return False
    return False


def _says(document: Document, before: int, index: int) -> bool | None:
    role, word = document.roles[before], document.words[before]
    lives = role & Role.LIVE and not role & Role.ADDRESS and not document.role(before - 1) & Role.MY
    if lives or role & Role.LIVE_I:
        looks = word == "estoy" and document.words[before + 1] not in ("en", "in", "at")
        return not looks and (index - before > 1 or "@" in document.gap(index))
    if word in ("address", "posted", "direccion"):
        return True
    if role & Role.ADDRESS or word in _SPOTS:
        own = document.role(before - 1) & Role.MY or document.word(before - 3) in _COME
        return True if own else None
    return _here(document, before, index) if word in _HERE_I_AM else None


def _here(document: Document, before: int, index: int) -> bool:
    """Tell whether "I'm" goes on with a place: I'm in 3B, im @ 1414 wlnt, we r at, yo en."""
    after = document.words[before + 1]
    if "@" in document.gap(before + 1):
        return True
    if document.words[before] == "yo":
        return after == "en"
    if after in _GOES_ON:
        return document.word(index - 1) in ("in", "at", "en", "del", "de", "on")
    return after in (("r", "are", "am") if document.words[before] in ("we", "i") else _AT)


_AT: Final = words("at on in")
_GOES_ON: Final = words(
    "the el la su your just right over two next upstairs downstairs arriba abajo hiding locked"
    " trapped stuck encerrada encerrado escondida escondido"
)


def corner(document: Document, index: int) -> int:
    """Return the index behind "Bowen and 5th", where the sender lives there; 0 if none is."""
    behind = _cross_street(document, index)
    if not behind or behind >= document.size or document.breaks[behind] == HARD:
        return 0
    if document.words[behind] in _AND:
        behind += 1
    elif "&" not in document.gap(behind) and "/" not in document.gap(behind):
        return 0
    second = _cross_street(document, behind)
    return second if second and lives_right_before(document, index) else 0


def _cross_street(document: Document, index: int) -> int:
    """Return the index behind the name of a street at a corner, or 0."""
    behind = index
    while behind < min(index + 3, document.size):
        if behind > index and document.breaks[behind] != NONE:
            break
        word = document.words[behind]
        street = behind > index and document.roles[behind] & Role.STREET
        named = document.capital(behind) or word in _ORDINALS or word[0].isdigit()
        if not street and (not named or ("&" in document.gap(behind) and behind > index)):
            break
        behind += 1
    return behind if behind > index else 0


def is_me(document: Document, index: int) -> bool:
    """Tell whether "is me", "is mine", "es el mio" stands here."""
    mine = document.role(index + 1) & (Role.MINE | Role.ME) or document.role(index + 2) & Role.MINE
    return document.word(index) in ("is", "es") and bool(mine)


def unit_here(document: Document, index: int) -> int:
    """Return the index behind "apt 4B" of "apt 4B here", where a sentence starts; or 0."""
    if not document.hard(index) or not document.roles[index] & Role.UNIT:
        return 0
    number = document.word(index + 1)
    here = document.word(index + 2) in ("here", "aqui") or is_me(document, index + 2)
    return index + 2 if here and len(number) < 6 and any(map(str.isdigit, number)) else 0
