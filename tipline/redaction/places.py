"""What an address looks like, and how far it goes."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.document import HARD, NONE, SOFT, Document
from tipline.redaction.dwellings import ON_THE_WAY, corner, lives_right_before, unit_here
from tipline.redaction.endings import NUMBERS, short, with_ending
from tipline.redaction.lexicon import Role
from tipline.redaction.vocabulary import words

_HOUSE: Final = re.compile(r"\d{1,6}[a-d]?")
_DIRECTIONS: Final = words("n s e w ne nw se sw north south east west norte sur este oeste")
_OWN_WORDS: Final = Role.NEAR | Role.LINK | Role.MY | Role.HE | Role.HIS | Role.ME | Role.PERSON


def numbers_near(document: Document) -> list[bool]:
    """Tell for each word whether a number follows soon: nothing else starts an address."""
    near = [False] * document.size
    for index, word in enumerate(document.words):
        if not word.isalpha() or word in NUMBERS:
            start = max(0, index - _FARTHEST)
            near[start : index + 1] = [True] * (index + 1 - start)
    return near


_FARTHEST: Final = 8


def place_at(document: Document, index: int) -> int:
    """Return the index behind an address that starts at a word; 0 if none does.

    Streets without a number or an ending ("Durazno 517", "unit 11") count only where the sender
    says to live there.
    """
    if document.taken[index] or "$" in document.gap(index):
        return 0
    behind = (
        _post_box(document, index)
        or _spanish(document, index)
        or _house(document, index)
        or _lived_in(document, index)
        or _set_off_place(document, index)
        or unit_here(document, index)
    )
    if not behind:
        return 0
    return with_ending(document, behind)


def corners_near(document: Document) -> list[bool]:
    """Tell for each word whether "and" or "&" follows soon: nothing else makes a corner."""
    near = [False] * document.size
    for index, word in enumerate(document.words):
        if word in _AND or "&" in document.gap(index) or "/" in document.gap(index):
            start = max(0, index - 3)
            near[start:index] = [True] * (index - start)
    return near


def crossing_at(document: Document, index: int) -> int:
    """Return the index behind a corner that the sender lives at ("Bowen and 5th"), or 0."""
    named = document.capital(index) or document.words[index][0].isdigit()
    return corner(document, index) if named else 0


_AND: Final = words("and y n con with")


def _house(document: Document, index: int) -> int:
    """Return the index behind a number and a street, or 0."""
    word = document.words[index]
    behind = index + 1
    if word in NUMBERS:
        while document.word(behind) in NUMBERS and behind - index < 6:
            behind += 1
    elif not _HOUSE.fullmatch(word) or document.taken[index]:
        return 0
    if document.word(behind) == "1" and document.word(behind + 1) == "2":
        behind += 2
    return _street(document, behind) or _bare_street(document, index, behind)


def _street(document: Document, index: int) -> int:
    for behind in range(index, min(index + 5, document.size)):
        gap = document.breaks[behind]
        if gap == HARD or (gap == SOFT and "." not in document.gap(behind)):
            return 0
        role = document.roles[behind]
        named_behind = document.word(behind) in ("calle", "avenida", "av")
        if role & Role.STREET and behind > index and not (named_behind or _verb(document, behind)):
            return _numbered(document, behind + 1)
        if role & Role.STREET and named_behind:
            last = behind + 1
            while last < min(behind + 4, document.size) and document.breaks[last] == NONE:
                if not (document.capital(last) or not document.roles[last]):
                    break
                last += 1
            return _numbered(document, last) if last > behind + 1 else 0
        if not _street_word(document, behind):
            return 0
    return 0


def _verb(document: Document, index: int) -> bool:
    word = document.word(index)
    return word in (
        "run",
        "pass",
        "walk",
        "drive",
        "row",
        "way",
        "loop",
        "place",
        "court",
    ) and bool(
        document.role(index - 1) & (Role.HE | Role.I)
        or document.word(index - 1) in ("to", "the", "this", "a")
    )


def _numbered(document: Document, index: int) -> int:
    """Take along what numbers a road: County Road J14, Highway 99."""
    word = document.word(index)
    last = document.word(index - 1)
    if last in ("road", "rd", "highway", "hwy", "route") and re.fullmatch(r"[a-z]?\d{1,3}", word):
        return index + 1 if document.breaks[index] == NONE else index
    if word in _DIRECTIONS and document.breaks[index] == NONE and len(word) < 3:
        return index + 1
    return index


def _street_word(document: Document, index: int) -> bool:
    word, role = document.words[index], document.roles[index]
    if role & (Role.HE | Role.HIS | Role.MY | Role.I | Role.DEED | Role.MEASURE | Role.ME):
        return word in ("s", "e", "n", "w") or (document.capital(index) and not role & Role.I)
    return word not in ("and", "the", "is", "at", "to", "in", "a", "with", "for", "from", "y", "or")


def _bare_street(document: Document, index: int, behind: int) -> int:
    """Return the index behind a street without "street", where the sender says "I live at"."""
    if behind >= document.size or document.breaks[behind] != NONE:
        return 0
    if not lives_right_before(document, index):
        return 0
    while document.word(behind) in ("de", "la", "calle", "avenida") and behind < document.size - 1:
        behind += 1
    last = behind
    while last < min(behind + 3, document.size) and document.gap(last) in (" ", ". "):
        role, word = document.roles[last], document.words[last]
        named = document.capital(last) or not role or role & Role.FIRST or word in _DIRECTIONS
        if (last > behind and not named) or role & (Role.UNIT | Role.MEASURE | Role.HE | Role.HIS):
            break
        if word in _NO_STREET:
            break
        last += 1
    return last if last > behind else (behind if _ends(document, behind) else 0)


_NO_STREET: Final = words(
    "and y the with is he la el on in for from of to by at since desde por but pero so because cuz"
)


def _ends(document: Document, index: int) -> bool:
    return bool(document.role(index) & Role.UNIT)


def _post_box(document: Document, index: int) -> int:
    """Return the index behind "PO Box 12", or 0."""
    word = document.words[index]
    if word == "p" and document.word(index + 1) == "o":
        index += 1
    elif word == "rural" and document.word(index + 1) == "route":
        return _box(document, index + 3)
    elif word not in ("po", "pobox", "apartado", "casilla"):
        return 0
    index += 1
    while document.word(index) in ("box", "postal", "numero", "num", "no", "bx"):
        index += 1
    return index + 1 if any(map(str.isdigit, document.word(index))) else 0


def _box(document: Document, index: int) -> int:
    return index + 2 if document.word(index) == "box" and index + 1 < document.size else index


_STREETS_FIRST: Final = words(
    "calle av avenida ave camino bulevar blvd callejon privada cll calzada paseo carretera cerrada"
    " circuito andador"
)


def _spanish(document: Document, index: int) -> int:
    """Return the index behind "Av. Paradise 640", "calle Blue Gum 1418", or 0."""
    if document.words[index] not in _STREETS_FIRST:
        return 0
    for behind in range(index + 1, min(index + 7, document.size)):
        if document.breaks[behind] == HARD:
            return 0
        word = document.words[behind]
        if word.isdigit() and behind > index + 1 - (document.words[index + 1] == word):
            return behind + 1
        if document.breaks[behind] == SOFT and document.word(behind) not in ("numero", "num", "no"):
            return 0
        if document.roles[behind] & (Role.HE | Role.HIS | Role.DEED) and not document.capital(
            behind
        ):
            return 0
    return 0


def _lived_in(document: Document, index: int) -> int:
    """Return the index behind what the sender says to live in without naming a street, or 0.

    "vivo en Durazno 517", "I'm in unit 11", "we live in 3B": a place that is told by its number.
    """
    article = document.words[index] in ("la", "el", "los", "las")
    way = document.roles[index] & _OWN_WORDS or document.words[index] in ON_THE_WAY
    if (way or document.words[index] == "street") and not article:
        return 0
    if not lives_right_before(document, index) or workplace(document, index):
        return 0
    other = document.roles[index] & (Role.VEHICLE | Role.PLATFORM)
    return _numbered_place(document, index) if document.roles[index] & Role.UNIT or not other else 0


def _numbered_place(document: Document, index: int) -> int:
    """Return the index behind the number that a place is told by; 0 if none follows soon."""
    for behind in range(index, min(index + 6, document.size)):
        word = document.words[behind]
        if _ends_place(document, behind) or (behind > index and document.breaks[behind] == HARD):
            return 0
        if behind > index and (street := _house(document, behind)):
            return street
        if re.fullmatch(r"\d{1,2}(?:st|nd|rd|th)", word):
            return 0
        if any(map(str.isdigit, word)) or (word in NUMBERS and behind > index):
            return 0 if _counted(document, behind) else _spelled_number(document, behind)
    return 0


def _counted(document: Document, index: int) -> bool:
    """Tell whether a number is a time or a quantity: at 5:40, for 12 years."""
    if ":" in document.gap(index + 1):
        return True
    follows = index + 1 < document.size and document.breaks[index + 1] == NONE
    return follows and bool(document.roles[index + 1] & Role.MEASURE)


def _ends_place(document: Document, index: int) -> bool:
    """Tell whether a word goes on with something else than the place."""
    if document.words[index] in ("you", "so", "which", "know", "usted", "ustedes", "them", "that"):
        return True
    deed = Role.HE | Role.HIS | Role.DEED | Role.I | Role.MY | Role.ME
    if document.roles[index] & deed and not document.capital(index):
        return True
    return document.words[index] in _GOES_ON


_GOES_ON: Final = words("and y with con but pero since desde for about like")


def _set_off_place(document: Document, index: int) -> int:
    """Return the index behind "2020 Evergreen", "apt 214" that stands apart; 0 if none does.

    Only where the sentence speaks of the sender and of nobody else: it is no address by itself.
    """
    if not index or document.breaks[index] != SOFT:
        return 0
    behind = 0
    if document.roles[index] & Role.UNIT and short(document, index + 1):
        behind = index + 2
    elif _HOUSE.fullmatch(document.words[index]) and len(document.words[index]) > 2:
        behind = index + 1
        while behind < min(index + 4, document.size) and document.capital(behind):
            if document.breaks[behind] != NONE:
                break
            behind += 1
        behind = behind if behind > index + 1 else 0
    ends = behind and (behind >= document.size or document.breaks[behind] != NONE)
    return behind if ends and _about_sender(document, index) else 0


def _about_sender(document: Document, index: int) -> bool:
    """Tell whether the sentence so far says where the sender is: I'm, at my building, with us."""
    own = False
    for before in range(index - 1, max(-1, index - 8), -1):
        role = document.roles[before]
        if role & (Role.HE | Role.HIS | Role.PERSON) and not role & Role.ME:
            return own and document.words[before] == "her"
        place = document.roles[before + 1] & Role.ADDRESS or document.words[before + 1] == "own"
        own |= document.words[before] in ("i'm", "im", "us", "conmigo", "estoy") or bool(
            role & Role.MY and place
        )
        if document.breaks[before] == HARD:
            break
    return own


def _spelled_number(document: Document, index: int) -> int:
    last = index
    while document.word(last + 1) in NUMBERS and last - index < 6:
        last += 1
    return last + 1


def workplace(document: Document, first: int) -> bool:
    """Tell whether an address is where somebody works rather than lives."""
    return any(
        document.word(index) in ("work", "trabajo", "working") for index in range(first - 4, first)
    )
