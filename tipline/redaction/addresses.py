"""Where the sender lives, works or gets mail; where things happen stays."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.vocabulary import words
from tipline.redaction.document import HARD, NONE, SOFT, Document
from tipline.redaction.found import Findings
from tipline.redaction.lexicon import Role
from tipline.redaction.owners import OTHER, SENDER, UNKNOWN, Owner, reported, speaks_another

_NUMBERS: Final = words("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
    " hundred uno dos tres cuatro cinco seis siete ocho nueve oh diez once doce trece catorce quince"
    " veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento doscientos"
    " trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos")
_HOUSE: Final = re.compile(r"\d{1,6}[a-d]?")
_DIRECTIONS: Final = words("n s e w ne nw se sw north south east west norte sur este oeste")
_CITIES: Final = words("modesto ceres turlock patterson oakdale riverbank manteca stockton tracy fresno merced lodi"
    " ripon salida hughson waterford empire keyes denair newman gustine livingston atwater lathrop"
    " escalon delhi hilmar madera visalia sacramento")
_MAIL: Final = words("mail mailed send ship deliver manden mandenlo mandenla mandar envien envienlo envienla mande"
    " mandelo enviar mandenmela mandenmelo")
_COME: Final = words("venir vengan venga come visit ver visitar visitarme llegar")
_POSTED: Final = words("writing posted calling texting over out parked located hiding sitting")
_HOMES: Final = words("house home place address apartment apt crib casa domicilio pad trailer")
_REACH: Final = 16


def find_addresses(findings: Findings) -> None:
    """Find the sender's own addresses."""
    document = findings.document
    work: list[tuple[int, int]] = []
    home = False
    index = 0
    while index < len(document):
        behind = (
            _post_box(document, index)
            or _spanish(document, index)
            or _house(document, index)
            or _lived_in(document, index)
            or _set_off_place(document, index)
        )
        if not behind:
            index += 1
            continue
        behind = _town(document, _unit(document, behind))
        first, index = index, _sort(findings, index, behind, work)
        home |= document.taken[first] == "ADDRESS"
    for first, last in work:
        if home and not findings.document.taken[first]:
            findings.leave(document.starts[first], document.ends[last - 1], "ADDRESS")
        else:
            findings.take_words(first, last, "ADDRESS")


def _sort(findings: Findings, first: int, behind: int, work: list[tuple[int, int]]) -> int:
    document = findings.document
    first = _with_number_sign(document, first)
    if not findings.words_free(first, behind):
        return first + 1
    whose = owner_of_place(document, first, behind)
    if whose is SENDER and _workplace(document, first):
        work.append((first, behind))
    elif whose is SENDER:
        findings.take_words(first, behind, "ADDRESS")
    else:
        findings.leave(document.starts[first], document.ends[behind - 1], "ADDRESS")
    return behind


def _with_number_sign(document: Document, first: int) -> int:
    """Take "No." along that stands before a house number."""
    before = document.word(first - 1)
    if first and before in ("no", "num", "numero") and document.breaks[first] != HARD:
        return first - 1
    return first


def _workplace(document: Document, first: int) -> bool:
    return any(
        document.word(index) in ("work", "trabajo", "working") for index in range(first - 4, first)
    )


def _house(document: Document, index: int) -> int:
    """Return the index behind a number and a street, or 0."""
    word = document.words[index]
    behind = index + 1
    if word in _NUMBERS:
        while document.word(behind) in _NUMBERS and behind - index < 6:
            behind += 1
    elif not _HOUSE.fullmatch(word) or document.taken[index]:
        return 0
    if document.word(behind) == "1" and document.word(behind + 1) == "2":
        behind += 2
    return _street(document, behind) or _bare_street(document, index, behind)


def _street(document: Document, index: int) -> int:
    for behind in range(index, min(index + 5, len(document))):
        if document.breaks[behind] != NONE and "." not in document.gap(behind):
            return 0
        role = document.roles[behind]
        if role & Role.STREET and behind > index and not _verb(document, behind):
            return _numbered(document, behind + 1)
        if role & Role.STREET and document.word(behind) in ("calle", "avenida", "av"):
            last = behind + 1
            while last < min(behind + 4, len(document)) and document.breaks[last] == NONE:
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
        return word in ("s", "e", "n", "w") or document.capital(index) and not role & Role.I
    return word not in ("and", "the", "is", "at", "to", "in", "a", "with", "for", "from", "y", "or")


def _bare_street(document: Document, index: int, behind: int) -> int:
    """Return the index behind a street without "street", where the sender says "I live at"."""
    if behind >= len(document) or document.breaks[behind] != NONE:
        return 0
    if not _lives_right_before(document, index):
        return 0
    last = behind
    while last < min(behind + 3, len(document)) and document.gap(last) in (" ", ". "):
        role, word = document.roles[last], document.words[last]
        named = document.capital(last) or not role or role & Role.FIRST or word in _DIRECTIONS
        if last > behind and not named or role & (Role.UNIT | Role.MEASURE | Role.HE | Role.HIS):
            break
        if word in ("and", "y", "the", "with", "is", "he", "la", "el", "on", "in", "for"):
            break
        last += 1
    return last if last > behind else (behind if _ends(document, behind) else 0)


def _ends(document: Document, index: int) -> bool:
    return bool(document.role(index) & Role.UNIT)


def _lives_right_before(document: Document, index: int) -> bool:
    for before in range(index - 1, max(-1, index - 5), -1):
        if document.breaks[before + 1] == HARD:
            return False
        role = document.roles[before]
        if document.words[before] == "estoy" and document.words[before + 1] not in (
            "en",
            "in",
            "at",
        ):
            return False
        if role & Role.LIVE and not role & Role.ADDRESS or role & Role.LIVE_I:
            return index - before > 1 or "@" in document.gap(index)
        if document.words[before] in ("address", "posted", "direccion"):
            return True
        if document.words[before] in ("i'm", "im", "we", "r") and "@" in document.gap(before + 1):
            return True
        if document.words[before] == "yo" and document.words[before + 1] == "en":
            return True
        if role & Role.ADDRESS:
            return bool(document.role(before - 1) & Role.MY)
        if not role & (Role.LINK | Role.UNIT) and document.words[before] not in ("im", "i'm"):
            return False
        if (
            role & Role.I
            and role & Role.COMMON
            and document.words[before] in ("im", "i'm", "we're")
        ):
            return document.words[before + 1] in ("at", "on", "in")
    return False


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
    return index + 2 if document.word(index) == "box" and index + 1 < len(document) else index


def _spanish(document: Document, index: int) -> int:
    """Return the index behind "Av. Paradise 640", "calle Blue Gum 1418", or 0."""
    if document.word(index) not in (
        "calle",
        "av",
        "avenida",
        "ave",
        "camino",
        "bulevar",
        "blvd",
        "callejon",
        "privada",
        "cll",
        "calzada",
        "paseo",
        "carretera",
        "caye",
        "kalle",
        "cerrada",
        "circuito",
        "andador",
    ):
        return 0
    for behind in range(index + 1, min(index + 7, len(document))):
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
    if document.roles[index] & _OWN_WORDS and document.words[index] not in (
        "la",
        "el",
        "los",
        "las",
    ):
        return 0
    if not _lives_right_before(document, index) or _workplace(document, index):
        return 0
    for behind in range(index, min(index + 6, len(document))):
        if behind > index and document.breaks[behind] == HARD:
            return 0
        word, role = document.words[behind], document.roles[behind]
        if any(map(str.isdigit, word)) or (word in _NUMBERS and behind > index):
            follows = document.role(behind + 1) & Role.MEASURE and document.breaks[
                behind + 1 : behind + 2
            ] == [NONE]
            return (
                0
                if follows or ":" in document.gap(behind + 1)
                else _spelled_number(document, behind)
            )
        if role & (
            Role.HE | Role.HIS | Role.DEED | Role.I | Role.MY | Role.ME
        ) and not document.capital(behind):
            return 0
        if word in (
            "and",
            "y",
            "with",
            "con",
            "but",
            "pero",
            "since",
            "desde",
            "for",
            "about",
            "like",
        ):
            return 0
    return 0


def _set_off_place(document: Document, index: int) -> int:
    """Return the index behind "2020 Evergreen", "apt 214" that stands apart; 0 if none does.

    Only where the sentence speaks of the sender and of nobody else: it is no address by itself.
    """
    if not index or document.breaks[index] != SOFT:
        return 0
    behind = 0
    if document.roles[index] & Role.UNIT and _short(document, index + 1):
        behind = index + 2
    elif _HOUSE.fullmatch(document.words[index]) and len(document.words[index]) > 2:
        behind = index + 1
        while behind < min(index + 4, len(document)) and document.capital(behind):
            if document.breaks[behind] != NONE:
                break
            behind += 1
        behind = behind if behind > index + 1 else 0
    ends = behind and (behind >= len(document) or document.breaks[behind] != NONE)
    return behind if ends and _about_sender(document, index) else 0


def _about_sender(document: Document, index: int) -> bool:
    """Tell whether the sentence so far says where the sender is: I'm ..., at my building, with us."""
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


_OWN_WORDS: Final = Role.NEAR | Role.LINK | Role.MY | Role.HE | Role.HIS | Role.ME | Role.PERSON


def _spelled_number(document: Document, index: int) -> int:
    last = index
    while document.word(last + 1) in _NUMBERS and last - index < 6:
        last += 1
    return last + 1


def _unit(document: Document, index: int) -> int:
    """Take along an apartment, a space, a unit: Apt B, #4, Int. 2, Space 18."""
    behind = index
    while behind < len(document) and document.breaks[behind] != HARD:
        gap = document.gap(behind)
        if (
            re.fullmatch(r"\d{1,2}(?:st|nd|rd|th)", document.words[behind])
            and document.word(behind + 1) == "floor"
        ):
            behind += 2
        elif "#" in gap and len(document.words[behind]) <= 5:
            behind += 1
        elif document.roles[behind] & Role.UNIT and _short(document, behind + 1):
            behind += 2
        else:
            break
    return behind


def _short(document: Document, index: int) -> bool:
    word = document.word(index)
    if (
        not word
        or len(word) > 5
        or (document.breaks[index] == HARD and "." not in document.gap(index))
    ):
        return False
    return (
        any(map(str.isdigit, word)) or (len(word) == 1 and word not in "iyou") or word in _NUMBERS
    )


def _town(document: Document, index: int) -> int:
    """Take along the town, the state and the postal code."""
    if index >= len(document) or document.breaks[index] == HARD and "\n" not in document.gap(index):
        return index
    behind = index
    if document.word(behind) in _CITIES or (
        document.capital(behind) and document.word(behind + 1) in ("ca", "california")
    ):
        behind += 1
    elif document.word(behind) not in ("ca", "california"):
        return index
    if document.word(behind) in ("ca", "california") and not document.hard(behind):
        behind += 1
    if re.fullmatch(r"9\d{4}", document.word(behind)) and not document.hard(behind):
        behind += 1
    return behind


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
    for step in range(index, min(index + 5, len(document))):
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
    for index in range(first - 1, max(-1, first - _REACH), -1):
        if document.breaks[index + 1] == HARD:
            if index + 1 == first or (index + 2 == first and document.word(first - 1) in _ITS):
                return _explained(document, first, index)
            return UNKNOWN
        if document.taken[index] and loose == 0 and document.breaks[index + 1] == SOFT:
            return SENDER
        found = _cue(document, index, loose, first)
        if found is not UNKNOWN:
            return found
        loose += not document.roles[index] & (Role.LINK | Role.UNIT | Role.ADDRESS)
    return UNKNOWN


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


_ITS: Final = words("its it's es is")


def _cue(document: Document, index: int, loose: int, first: int) -> Owner:
    role, word = document.roles[index], document.words[index]
    if role & Role.NEAR and loose == 0 and word not in ("in", "neighbor"):
        return OTHER
    if role & Role.LIVE_I:
        if reported(document, index):
            return OTHER
        return SENDER if loose <= (1 if word == "estoy" else 3) else OTHER
    if role & Role.LIVE_HE:
        return SENDER if document.role(index - 1) & Role.I else OTHER
    if word in _MAIL or role & Role.CONTACT_ME or (word in _COME and loose <= 2):
        return OTHER if _told(document, index) else SENDER
    home = word == "home" and any(document.role(i) & Role.I for i in range(max(0, index - 3), index))
    if home and (loose <= 3 or (loose <= 6 and _set_off(document, first))):
        return SENDER
    if word in ("address", "direccion", "domicilio") and loose > 0 and _set_off(document, first):
        return OTHER if _told(document, index) or document.role(index - 1) & Role.HIS else SENDER
    if role & Role.LIVE and not role & Role.ADDRESS:
        return _dweller(document, index, loose)
    return _person(document, index, loose, first)


def _told(document: Document, index: int) -> bool:
    return any(
        document.role(before) & (Role.HE | Role.PERSON | Role.HIS | Role.SAID)
        for before in range(max(0, index - 5), index)
        if document.breaks[before + 1] != HARD
    )


def _dweller(document: Document, index: int, loose: int) -> Owner:
    """Decide by who lives there."""
    if loose > 3 or reported(document, index):
        return OTHER
    for before in range(index - 1, max(-1, index - 12), -1):
        if document.breaks[before + 1] == HARD:
            return SENDER if before + 1 == index else UNKNOWN
        role = document.roles[before]
        if role & Role.I:
            return SENDER
        if document.taken[before] == "NAME":
            return SENDER
        if role & (Role.HE | Role.PERSON | Role.FIRST | Role.HIS | Role.FAMILY):
            return OTHER
    return SENDER if index < 4 else UNKNOWN


def _person(document: Document, index: int, loose: int, first: int) -> Owner:
    role, word = document.roles[index], document.words[index]
    if role & Role.MINE:
        return SENDER if loose <= 1 else UNKNOWN
    if role & Role.MY and not role & Role.ME:
        return _mine(document, index, first, loose)
    if role & (Role.HIS | Role.HE | Role.PERSON):
        return UNKNOWN if _beside(document, index) else OTHER
    if role & Role.ME:
        if (
            document.breaks[first] == SOFT
            and loose == 0
            and document.word(index - 1) in ("with", "con")
        ):
            return SENDER
        if word == "conmigo" and loose == 0:
            return SENDER
        return _reached(document, index, loose)
    if word == "home" and document.word(index + 1) == "address":
        return UNKNOWN if _told(document, index) else SENDER
    if word in ("us", "conmigo") and loose == 0:
        return SENDER
    if role & Role.MY and document.word(index + 1) == "own":
        return SENDER
    if role & Role.I:
        if word in ("i'm", "im", "estoy") and document.role(first) & Role.UNIT and loose <= 4:
            return SENDER
        posted = document.word(index + 1) in _POSTED
        return SENDER if loose == 0 or (loose == 1 and posted) else OTHER
    return UNKNOWN if word != "saw" else OTHER


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
    for after in range(index + 1, min(index + 4, first)):
        if document.roles[after] & Role.PERSON:
            return OTHER
        family = document.roles[after] & Role.FAMILY and document.word(after).endswith("s")
        if family and loose <= 1:
            return SENDER
        if document.roles[after] & Role.ADDRESS or document.words[after] in (
            "building",
            "edificio",
        ):
            if loose > 3 and (loose > 9 or not _set_off(document, first)):
                return OTHER
            return OTHER if reported(document, index) else SENDER
    return OTHER


def _set_off(document: Document, first: int) -> bool:
    """Tell whether an address stands apart, as what is explained: my house ..., 310 Quail Run."""
    return document.breaks[first] == SOFT or ":" in document.gap(first)


def _reached(document: Document, index: int, loose: int) -> Owner:
    contact = any(
        document.role(before) & Role.CONTACT or document.word(before) in ("visit", "see", "meet")
        for before in range(max(0, index - 3), index)
    )
    return SENDER if contact and loose == 0 else UNKNOWN
