"""Whose an address is, by the words around it."""

from __future__ import annotations

from typing import Final

from tipline.redaction.cues import OTHER, SENDER, UNKNOWN, Owner
from tipline.redaction.document import HARD, SOFT, Document
from tipline.redaction.dwellings import ON_THE_WAY, is_me
from tipline.redaction.lexicon import Role
from tipline.redaction.speech import reported, speaks_another
from tipline.redaction.vocabulary import words

_HOUSE_SIGNS: Final = frozenset("\U0001f3e0\U0001f3e1")
_MAIL: Final = words(
    "mail mailed send ship deliver manden mandenlo mandenla mandar envien envienlo"
    " envienla mande mandelo enviar mandenmela mandenmelo"
)
_COME: Final = words(
    "pase pasen encontrar encuentran buscar buscarme encontrarme find venir vengan venga"
    " come visit ver visitar visitarme llegar"
)
_POSTED: Final = words(
    "just only writing posted calling texting over out parked located hiding sitting"
)
_HOMES: Final = words(
    "hogar apartamento departamento depa traila residence house home place address"
    " apartment apt crib casa domicilio pad trailer"
)
_REACH: Final = 16
_PRIZES: Final = words("reward recompensa")
_MOVED: Final = words("moved mudamos mude")
_LOOKOUTS: Final = words(
    "window windows porch balcony backyard yard driveway ventana balcon patio porche negocio taller"
    " tienda local puesto trabajo spot shop store salon restaurant restaurante business bakery"
    " panaderia oficina office church iglesia gate fence roof rooftop kitchen garage rancho ranch"
    " farm finca qth lawn building edificio land lote property bodega corner esquina studio"
)


_ITS: Final = words("its it's es is")


def owner_of_place(document: Document, first: int, behind: int) -> Owner:
    """Return whose address the words from `first` to before `behind` are."""
    if speaks_another(document, first):
        return OTHER
    return (
        _behind(document, behind)
        if _behind(document, behind) is SENDER
        else _before(document, first)
    )


def _behind(document: Document, index: int) -> Owner:
    """Decide by "is my house", "(my place)", "where I live"."""
    here = document.word(index) in ("here", "aqui") or is_me(document, index)
    if here and document.hard(index - 2):
        return SENDER
    for step in range(index, min(index + 5, document.size)):
        if document.breaks[step] == HARD:
            break
        if document.roles[step] & Role.MY and document.word(step + 1) in _HOMES:
            return (
                SENDER if step - index < 3 and not document.role(step + 2) & Role.PLATE else UNKNOWN
            )
        if document.word(step) in ("where", "donde") and _lives(document, step + 1):
            return SENDER
        if not document.roles[step] & Role.LINK and document.word(step) not in ("where", "which"):
            break
    return UNKNOWN


def _lives(document: Document, index: int) -> bool:
    if document.role(index) & Role.LIVE_I:
        return True
    return bool(document.role(index) & Role.I and document.role(index + 1) & Role.LIVE)


def _before(document: Document, first: int) -> Owner:
    loose = 0
    of = document.word(first - 1) in ("of", "de", "at", "from", "en")
    if of and first > 1 and document.taken[first - 2] == "NAME":
        return SENDER
    for index in range(first - 1, max(-1, first - _REACH), -1):
        if document.breaks[index + 1] == HARD:
            if index + 1 == first or (index + 2 == first and document.word(first - 1) in _ITS):
                return _explained(document, first, index)
            return _field(document, index + 1, first)
        if document.taken[index] and loose == 0 and document.breaks[index + 1] == SOFT:
            return SENDER
        found = _cue(document, index, loose, first)
        if found is not UNKNOWN:
            return found
        loose += not document.roles[index] & (Role.LINK | Role.UNIT | Role.ADDRESS)
    return _field(document, 0, first)


def _field(document: Document, start: int, first: int) -> Owner:
    """Decide for the field of a form: "Address: 12 Oak St", where nobody else was spoken of."""
    if first - start > 2 or document.word(first - 1) not in ("address", "direccion", "domicilio"):
        return UNKNOWN
    for before in range(start - 1, max(-1, start - 12), -1):
        if document.taken[before]:
            return SENDER
        if document.roles[before] & (Role.HE | Role.HIS | Role.PERSON | Role.FIRST):
            return UNKNOWN
    return SENDER


def _explained(document: Document, first: int, last: int) -> Owner:
    """Decide for a line or a sentence of its own, by the end of the one before.

    That is the sender's name or number on the line before, or "my address": "... It's 12 Oak St".
    """
    if document.taken[last] and "\n" in document.gap(first):
        return SENDER
    for index in range(last, max(-1, last - 10), -1):
        if document.role(index) & Role.MY and document.role(index + 1) & Role.ADDRESS:
            return SENDER if not document.role(index) & Role.ME else UNKNOWN
        if document.breaks[index] == HARD or document.role(index) & (Role.HE | Role.HIS):
            break
    return UNKNOWN


def _cue(document: Document, index: int, loose: int, first: int) -> Owner:
    """Decide by one word before the address; UNKNOWN where it tells nothing."""
    if _i_am_the(document, index):
        return UNKNOWN
    for rule in (_pointing, _living, _sent_there):
        found = rule(document, index, loose, first)
        if found is not None:
            return found
    named = _named(document, index, loose, first)
    return named if named is not UNKNOWN else _person(document, index, loose, first)


def _i_am_the(document: Document, index: int) -> bool:
    """Tell whether a person is the sender: I'm the tenant in, I'm his neighbor at."""
    role, word = document.roles[index], document.words[index]
    if role & Role.PERSON and document.word(index - 2) in _I_AM and word in ON_THE_WAY:
        return True
    his = role & Role.HIS and document.word(index - 1) in _I_AM
    return bool(his and document.role(index + 1) & Role.NEAR)


def _pointing(document: Document, index: int, loose: int, first: int) -> Owner | None:
    """Decide by what points at another place: not, behind, two doors from."""
    word = document.words[index]
    if word == "not" and index == first - 1:
        return OTHER
    if document.roles[index] & Role.NEAR and loose == 0 and word not in _NO_POINTER:
        return UNKNOWN if _from_where(document, index, first) else OTHER
    return OTHER if word in _DOORS and _points_away(document, index, first) else None


def _living(document: Document, index: int, loose: int, first: int) -> Owner | None:
    """Decide by a verb of living: I live, he lives, vivo."""
    role = document.roles[index]
    if role & Role.LIVE_I:
        if reported(document, index):
            return OTHER
        return SENDER if loose <= (1 if document.words[index] == "estoy" else 3) else OTHER
    if role & Role.LIVE_HE:
        own = document.role(index - 1) & Role.I or document.word(index - 1) in ("family", "familia")
        return SENDER if own else OTHER
    return None


def _sent_there(document: Document, index: int, loose: int, first: int) -> Owner | None:
    """Decide by what is to come there: mail it to, come by, the reward can go to."""
    role, word = document.roles[index], document.words[index]
    if word == "by" and document.word(index - 1) in ("stop", "swing", "come", "drop", "pass"):
        return OTHER if _told(document, index) else SENDER
    if word in _MAIL or role & Role.CONTACT_ME or (word in _COME and loose <= 2):
        told = document.role(index - 1) & Role.I or _told(document, index)
        return OTHER if told else SENDER
    if role & Role.LIVE and not role & Role.ADDRESS:
        return _dweller(document, index, loose)
    if loose <= 3 and (word in _PRIZES or word in _MOVED):
        return OTHER if _told(document, index) else SENDER
    return None


_NO_POINTER: Final = words("in neighbor esquina")


def _from_where(document: Document, index: int, first: int) -> bool:
    """Tell whether "across", "next door" says where the place is, and not what it is beside.

    "I live just across at 12 Oak" against "I live across from 12 Oak".
    """
    if document.breaks[first] == SOFT and document.word(index) in _HOW_FAR:
        return True
    last = document.word(first - 1)
    if document.word(index) not in _HOW_FAR or document.word(index + 1) in ("from", "de", "del"):
        return False
    return index < first - 1 and last in ("at", "en", "in", "on", "el", "la", "es", "is", "number")


_HOW_FAR: Final = words("across down front enfrente frente lado opposite")


def _points_away(document: Document, index: int, first: int) -> bool:
    """Tell whether "next door to", "two doors from" stands right before an address."""
    return document.word(first - 1) in ("to", "from", "of", "de", "del", "a") and first - index <= 3


_DOORS: Final = words("door doors houses house casas puertas cuadras blocks")


def _named(document: Document, index: int, loose: int, first: int) -> Owner:
    """Decide by a word for a home: I am at home ..., 12 Oak; home address; the address, 12 Oak."""
    word = document.words[index]
    if word in _HOUSE_SIGNS and loose == 0:
        return UNKNOWN if _told(document, index) else SENDER
    if word == "home":
        if document.word(index + 1) == "address":
            return UNKNOWN if _told(document, index) else SENDER
        own = any(document.role(i) & Role.I for i in range(max(0, index - 3), index))
        near = loose <= 3 or (loose <= 6 and _set_off(document, first))
        return SENDER if own and near else UNKNOWN
    if word in ("address", "direccion", "domicilio") and loose > 0 and _set_off(document, first):
        return OTHER if _told(document, index) or document.role(index - 1) & Role.HIS else SENDER
    return UNKNOWN


def _told(document: Document, index: int) -> bool:
    for before in range(index - 1, max(-1, index - 6), -1):
        if document.breaks[before + 1] == HARD:
            return False
        if document.role(before) & (Role.HE | Role.PERSON | Role.HIS | Role.SAID):
            return True
    return False


def _dweller(document: Document, index: int, loose: int) -> Owner:
    """Decide by who lives there."""
    if loose > 3 or reported(document, index):
        return OTHER
    if document.word(index - 1) == "to" and document.word(index - 2) == "used":
        return OTHER
    for before in range(index - 1, max(-1, index - 12), -1):
        if document.breaks[before + 1] == HARD:
            return SENDER if before + 1 == index else UNKNOWN
        role = document.roles[before]
        if role & Role.I or document.taken[before] == "NAME":
            return SENDER
        if role & (Role.HE | Role.PERSON | Role.FIRST | Role.HIS | Role.FAMILY):
            return OTHER
    return SENDER if index < 4 else UNKNOWN


def _person(document: Document, index: int, loose: int, first: int) -> Owner:
    role, word = document.roles[index], document.words[index]
    if role & Role.MINE:
        beside = document.word(index - 1) in ("to", "from", "de", "del", "a", "behind")
        mine = SENDER if loose <= 1 else UNKNOWN
        return OTHER if beside else mine
    if role & Role.MY and not role & Role.ME:
        return _mine(document, index, first, loose)
    if word in ("owner", "dueno", "duena", "landlord") and document.role(index - 2) & Role.I:
        return SENDER
    if role & (Role.HIS | Role.HE | Role.PERSON):
        return UNKNOWN if _beside(document, index) else OTHER
    if role & Role.ME:
        return _with_me(document, index, loose, first)
    if role & Role.I:
        return _where_i_am(document, index, loose, first)
    return UNKNOWN if word != "saw" else OTHER


def _with_me(document: Document, index: int, loose: int, first: int) -> Owner:
    """Decide for "they live with us at", "my neighbor at 12 and me at 14", "see me at"."""
    before = document.word(index - 1)
    opens = before in ("and", "y") or index == 0
    if loose <= 1 and opens and document.word(first - 1) == "at":
        return SENDER
    with_us = document.words[index] == "conmigo" or before in ("with", "con")
    return SENDER if with_us and loose == 0 else _reached(document, index, loose)


def _where_i_am(document: Document, index: int, loose: int, first: int) -> Owner:
    """Decide for "I'm at ...", "I'm writing from ...", "I'm two doors down, apt 214"."""
    here = document.words[index] in ("i'm", "im", "estoy")
    if here and document.role(first) & Role.UNIT and loose <= 4:
        return SENDER
    between = document.words[index + 1 : first]
    if document.words[index] in _I_AM and len(between) < 8 and ON_THE_WAY.issuperset(between):
        return SENDER
    if document.word(first - 1) in ("by", "near", "outside", "behind"):
        return OTHER
    posted = here and document.word(index + 1) in _POSTED
    return SENDER if loose == 0 or (loose == 1 and posted) else OTHER


_I_AM: Final = words("i'm im soy estoy we're")


def _beside(document: Document, index: int) -> bool:
    """Tell whether the sender lives beside that person: I live next to him at ..."""
    near = any(
        document.role(before) & Role.NEAR or document.word(before) in ("con", "with")
        for before in range(max(0, index - 3), index)
    )
    return near and any(
        document.role(before) & (Role.LIVE | Role.LIVE_I) and document.breaks[before + 1] != HARD
        for before in range(max(0, index - 7), index)
    )


def _mine(document: Document, index: int, first: int, loose: int) -> Owner:
    if document.word(index + 1) == "own":
        return SENDER
    if any(document.role(i) & Role.NEAR for i in (index - 1, index - 2)):
        return OTHER
    if _live_with(document, index):
        return UNKNOWN
    for after in range(index + 1, min(index + 4, first)):
        if document.roles[after] & Role.PERSON:
            return OTHER
        family = document.roles[after] & Role.FAMILY and document.word(after).endswith("s")
        if family and loose <= 1:
            return SENDER
        if document.roles[after] & Role.ADDRESS or document.words[after] in _LOOKOUTS:
            far = loose > 3 and (loose > 9 or not _set_off(document, first))
            return OTHER if far or reported(document, index) else SENDER
    return OTHER


def _live_with(document: Document, index: int) -> bool:
    """Tell whether "my" is of "I live with my mom"."""
    lives = Role.LIVE | Role.LIVE_I
    with_family = document.role(index + 1) & Role.FAMILY
    return bool(with_family) and any(
        document.role(before) & lives for before in range(max(0, index - 4), index)
    )


def _set_off(document: Document, first: int) -> bool:
    """Tell whether an address stands apart, as what is explained: my house ..., 310 Quail Run."""
    return document.breaks[first] == SOFT or ":" in document.gap(first)


def _reached(document: Document, index: int, loose: int) -> Owner:
    contact = any(
        document.role(before) & Role.CONTACT or document.word(before) in ("visit", "see", "meet")
        for before in range(max(0, index - 3), index)
    )
    picked = document.word(index - 1) in ("pick", "get") and document.word(index + 1) == "up"
    return SENDER if (contact and loose == 0) or picked else UNKNOWN
