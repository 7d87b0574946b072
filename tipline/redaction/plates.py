"""Whose a plate is: that of the vehicle that the sender owns, drives or sits in."""

from __future__ import annotations

from typing import Final

from tipline.redaction.cues import OTHER
from tipline.redaction.document import HARD, SOFT, Document
from tipline.redaction.found import Findings
from tipline.redaction.lexicon import Role
from tipline.redaction.owners import owner
from tipline.redaction.vocabulary import words

_SPELLING: Final = words(
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo"
    " lima mike november oscar papa quebec romeo sierra tango uniform victor whiskey xray"
    " x ray yankee zulu adam boy charles david edward frank george henry ida john king"
    " lincoln mary nora ocean paul queen robert sam tom union william young zebra zero one"
    " two three four five six seven eight nine cero uno dos tres cuatro cinco seis siete"
    " ocho nueve oh as in of de ve be vaca burro jota eme ka ele ene equis zeta ese erre"
    " efe ge hache te doble"
)
_DIGIT_WORDS: Final = words(
    "zero one two three four five six seven eight nine oh cero uno dos tres cuatro cinco"
    " seis siete ocho nueve is in as of de a i"
)
_DRIVES: Final = words("drive driving drove own haul pilot")
_DRIVE_I: Final = words(
    "manejo traigo traia manejaba ando andaba iba venia voy vengo conduzco conducia llevaba"
)
_SEATED: Final = words(
    "in en inside the el la los las un una a an one guy lady girl driver with con de del sitting"
    " parked waiting sentado sentada parado parada estacionado estacionada was were am are estaba"
    " riding sat still right now outside here aqui mismo misma that que"
)
_TAKEN_FROM_ME: Final = words(
    "robaron robo chocaron choco rayaron rayo poncharon pegaron pego quebraron llevaron quemaron"
    " bajaron golpearon"
)
_MY_REACH: Final = 18  # words between "my car" and its plate


def own_plate(document: Document, first: int, behind: int) -> bool:
    """Tell whether what a word names as a plate is the sender's own."""
    return vehicle_of_sender(document, first, behind) or _own_list(document, first)


def _own_list(document: Document, first: int) -> bool:
    """Tell whether the sender lists what is theirs: I'm a trucker, truck plate X, name Y."""
    start = first
    while start > 0 and document.breaks[start] == 0:
        start -= 1
    if start == 0 or document.breaks[start] != SOFT or first - start > 3:
        return False
    sentence = start
    while sentence > 0 and document.breaks[sentence] != HARD and start - sentence < 12:
        sentence -= 1
    return document.words[sentence] in ("i'm", "im", "i", "soy", "yo") and not any(
        document.roles[i] & (Role.HE | Role.HIS | Role.BLOCK) for i in range(sentence, first)
    )


def vehicle_of_sender(document: Document, first: int, behind: int) -> bool:
    """Tell whether a plate is that of the sender's own vehicle: "my" and nothing that parts it."""
    before = document.role(first - 1)
    if before & Role.THING and not before & (Role.PLATE | Role.VEHICLE):
        return False  # a serial number
    if _family_car(document, first):
        return True
    if owner(document, first, behind, Role.PLATE) is OTHER:
        return False
    return (
        _behind_is_own(document, behind)
        or _in_bracket(document, behind)
        or _Back(document, first).own()
    )


def _family_car(document: Document, first: int) -> bool:
    """Tell whether "my wife's car" stands right before: a vehicle of the sender's household."""
    for index in range(first - 1, max(-1, first - 7), -1):
        if document.breaks[index + 1] == HARD:
            return False
        role = document.roles[index]
        if role & Role.FAMILY and not role & Role.VEHICLE:
            if document.word(index - 2) == "de" and document.role(index - 3) & Role.VEHICLE:
                return bool(document.role(index - 1) & Role.MY)
            named = any(document.roles[i] & Role.VEHICLE for i in range(index + 1, first))
            return named and bool(document.role(index - 1) & Role.MY)
        if not role & (Role.VEHICLE | Role.PLATE | Role.LINK | Role.DL):
            return False
    return False


class _Back:
    """The words before a plate, from it outwards."""

    def __init__(self, document: Document, first: int) -> None:
        self.document = document
        self.first = first
        self.named = False  # a word passed that names a vehicle or its plate
        self.seated = True  # only words passed that tell where somebody sits

    def own(self) -> bool:
        document = self.document
        for index in range(self.first - 1, max(-1, self.first - _MY_REACH), -1):
            if document.breaks[index + 1] == HARD:
                return False
            found = self._cue(index, document.roles[index])
            if found is not None:
                return found
        return False

    def _cue(self, index: int, role: int) -> bool | None:
        document = self.document
        if role & (Role.MY | Role.MINE) and not role & Role.ME:
            return self._mine(index, role)
        if self._drives(index):
            return self.named or index == self.first - 1
        if self.seated and role & Role.I and (self.named or index == self.first - 1):
            return document.word(index + 1) not in ("saw", "followed", "got", "have", "had")
        if role & Role.ME and document.word(index + 1) in _TAKEN_FROM_ME:
            return self._taken(index + 2)
        if role & (Role.HE | Role.HIS | Role.PERSON) or self._parts(index):
            return False
        self.named |= bool(role & (Role.VEHICLE | Role.PLATE | Role.DL))
        passing = role & (Role.VEHICLE | Role.PLATE | Role.LINK)
        self.seated &= bool(passing) or document.words[index] in _SEATED
        return None

    def _mine(self, index: int, role: int) -> bool:
        document = self.document
        if not role & Role.MINE:
            return self.named
        if document.role(index - 1) & Role.BLOCK:
            return False
        return not any(
            document.words[i] in ("one", "otro", "other") for i in range(index + 1, self.first)
        )

    def _taken(self, index: int) -> bool:
        """Tell whether "el carro" follows "me robaron": not "me choco un carro"."""
        article = self.document.word(index)
        return article in ("el", "la", "mi", "los") and self.named

    def _drives(self, index: int) -> bool:
        word = self.document.word(index)
        if word in _DRIVE_I:
            return True
        return word in _DRIVES and any(
            self.document.role(i) & Role.I for i in (index - 1, index - 2)
        )

    def _parts(self, index: int) -> bool:
        """Tell whether a word starts something else than the sender's own vehicle."""
        document, word = self.document, self.document.word(index)
        if word in ("a", "an", "un", "una"):
            return self._another(index)
        if word == "by" or (word == "one" and document.word(index - 1) in ("the", "other")):
            return not self._i_am_the_one(index)
        return bool(document.roles[index] & Role.BLOCK) and word not in (
            "with",
            "so",
            "who",
            "donde",
            "one",
        )

    def _i_am_the_one(self, index: int) -> bool:
        return bool(self.document.role(index - 2) & Role.I)

    def _another(self, index: int) -> bool:
        """Tell whether "a" starts another vehicle: hit by a van, against "my car, a van"."""
        document = self.document
        before = document.word(index - 1)
        if before in ("in", "en", "inside"):
            return not self._i_sit(index - 1)
        beside = document.breaks[index] == SOFT and document.role(index - 1) & Role.VEHICLE
        return not beside and before not in _BEFORE_OWN

    def _i_sit(self, index: int) -> bool:
        """Tell whether the sender is it who sits "in a ...": I'm sitting in, ando en."""
        document = self.document
        for before in range(index - 1, max(-1, index - 5), -1):
            if document.roles[before] & Role.I or document.words[before] in _DRIVE_I:
                return True
            if document.words[before] not in _SEATED:
                return False
        return False


_BEFORE_OWN: Final = words(
    "is drive es im i'm manejo have own driving traigo got tengo drove manejaba traia haul pilot"
)


def _in_bracket(document: Document, behind: int) -> bool:
    """Tell whether "(mine)" or ", mine," follows; the owner decides about the rest."""
    return bool(
        behind < document.size
        and document.role(behind) & Role.MINE
        and not document.hard(behind)
        and (document.hard(behind + 1) or document.breaks[behind + 1] == SOFT)
    )


def _behind_is_own(document: Document, behind: int) -> bool:
    """Tell whether "is my plate" or "es mi placa" follows."""
    word = document.word(behind)
    if word not in ("is", "es", "thats", "that's") or document.hard(behind):
        return False
    role = document.role(behind + 1)
    if role & Role.MINE:
        return True
    return bool(role & Role.MY) and any(
        document.role(i) & (Role.PLATE | Role.VEHICLE) for i in (behind + 2, behind + 3)
    )


_NAMES_CAR: Final = Role.PLATE | Role.VEHICLE


def find_spelled_plates(findings: Findings) -> None:
    """Find seven x-ray yankee zulu seven eight nine, where it is the sender's."""
    document = findings.document
    if not any(role & _NAMES_CAR for role in document.roles):
        return
    index = 0
    while index < document.size:
        behind = index
        while behind < document.size and behind - index < 24 and _spelled_part(document, behind):
            behind += 1
        first = index
        index = max(behind, index + 1)
        while first < behind and document.words[first] in _NO_START:
            first += 1
        if behind - first < 5 or not _letters_spelled(document, first, behind):
            continue
        if findings.words_free(first, behind) and vehicle_of_sender(document, first, behind):
            findings.take_words(first, behind, "PLATE")


_NO_START: Final = words("is in as of de a i es")


def _letters_spelled(document: Document, first: int, behind: int) -> bool:
    names = document.words[first:behind]
    return sum(word.isalpha() and word not in _DIGIT_WORDS for word in names) >= 2


def _spelled_part(document: Document, index: int) -> bool:
    word = document.words[index]
    if document.breaks[index] == HARD:
        return False
    return word in _SPELLING or len(word) == 1 or word.isdigit()
