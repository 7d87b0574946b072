"""Numbers that a word before them names: social security, licence, account, card, plate."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.document import HARD, SOFT, Document
from tipline.redaction.found import Findings
from tipline.redaction.lexicon import Role
from tipline.redaction.numbers import Run
from tipline.redaction.owners import OTHER, SENDER, UNKNOWN, owner
from tipline.redaction.phones import things_number
from tipline.redaction.vocabulary import words

# Which type a word before a number gives it, the more exact first.
_KINDS: Final = (
    (Role.SSN, "SSN"),
    (Role.PLATE, "PLATE"),
    (Role.DL, "DL"),
    (Role.CARD, "CARD"),
    (Role.ACCOUNT, "ACCOUNT"),
)
_ANY: Final = Role.SSN | Role.DL | Role.CARD | Role.ACCOUNT
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
_FILLERS: Final = Role.LINK | _ANY | Role.PHONE | Role.PLATE | Role.MY | Role.VEHICLE


def find_number(findings: Findings, run: Run) -> bool:
    """Decide about a run of digits that is no phone number; tells whether it was one of these."""
    document = findings.document
    first, behind = run.atoms[0].first, run.atoms[-1].last + 1
    kind = _kind(document, run, first, behind)
    if kind is None:
        return False
    start, end = document.starts[first], document.ends[behind - 1]
    start = _with_prefix(document, first, start)
    if not findings.free(start, end):
        return True
    role = dict((name, value) for value, name in _KINDS)[kind]
    whose = owner(document, first, behind, role)
    if kind in ("CARD", "ACCOUNT") and whose is UNKNOWN and _own_money(document):
        whose = SENDER
    if whose is SENDER or (
        kind == "SSN" and whose is UNKNOWN and not things_number(document, first)
    ):
        findings.take(start, end, kind)
    else:
        findings.leave(start, end, kind)
    return True


def _own_money(document: Document) -> bool:
    """Tell whether the message is about the sender's own card or account."""
    for index in range(document.size):
        if document.words[index] in _MONEY:
            near = range(max(0, index - 3), index)
            if any(document.roles[i] & Role.MY and not document.roles[i] & Role.ME for i in near):
                return True
            if any(document.words[i] in _TOOK_FROM_ME for i in near) and any(
                document.words[i] in ("me", "nos") for i in range(max(0, index - 5), index)
            ):
                return True
    return False


_MONEY: Final = words("card account tarjeta cuenta checking savings debit credit")
_TOOK_FROM_ME: Final = words(
    "llevaron robaron quitaron clonaron cobraron llevo robo quito clono cobro robbed"
)


def _with_prefix(document: Document, first: int, start: int) -> int:
    """Take letters along that are bound to the digits: CA-88120394."""
    before = document.word(first - 1)
    prefix = first and (len(before) == 1 or document.shown(first - 1).isupper())
    bound = document.gap(first) in ("-", "") or (prefix and document.gap(first) == " ")
    if (
        first
        and 0 < len(before) <= 4
        and bound
        and before.isalpha()
        and before not in ("a", "y", "o")
    ):
        return document.starts[first - 1]
    return start


def _kind(document: Document, run: Run, first: int, behind: int) -> str | None:
    shape = tuple(len(atom.digits) for atom in run.atoms)
    count = sum(shape)
    named = label(document, first) or _label_behind(document, behind)
    if named == "SSN" and (count in (4, 5, 8, 9, 10) or (count < 10 and _ends(document, behind))):
        return "SSN"
    if count == 9 and shape == (3, 2, 4):
        return "SSN"
    if named is None and 3 <= count <= 9 and _my_number(document, first):
        return "ACCOUNT"
    if named in ("ACCOUNT", "CARD", "DL", "PLATE") and count >= 4 and shape != (3, 3, 4):
        return named
    if shape in ((4, 4, 4, 4), (4, 6, 5)) or (count in (15, 16) and _luhn(run.digits)):
        return "CARD"
    return None


def _my_number(document: Document, first: int) -> bool:
    """Tell whether "my truck number is", "my bar no." stands right before: a number of mine."""
    index = first - 1
    if document.word(index) in ("is", "es"):
        index -= 1
    if document.word(index) not in ("number", "no", "num", "numero", "id"):
        return False
    named = document.word(index - 1)
    mine = document.role(index - 2) & Role.MY and not document.role(index - 2) & Role.ME
    return bool(mine) and named not in _RECORDS and not document.role(index - 1) & Role.PHONE


_RECORDS: Final = words("case report tip ticket caso reporte incident reference confirmation order")


def _ends(document: Document, behind: int) -> bool:
    return behind >= document.size


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def label(document: Document, first: int) -> str | None:
    """Return the type that a word shortly before names, in the same sentence."""
    strange = 0
    for index in range(first - 1, max(-1, first - 9), -1):
        if document.breaks[index + 1] == HARD:
            return None
        role = document.roles[index]
        for value, name in _KINDS:
            if role & value and not _else(document, index, role, first):
                return name
        if role & Role.PHONE and not role & (Role.THING | Role.LINK):
            return None
        strange += not role & _FILLERS
        if strange > 2:
            return None
    return None


def _else(document: Document, index: int, role: int, first: int) -> bool:
    """Tell whether a word that may name a number does not do so here: social worker, account."""
    if role & Role.SSN and document.word(index) in ("social", "ss", "seguridad", "seguro"):
        return document.word(index + 1) in ("media", "worker", "services", "club", "que")
    return False


def _label_behind(document: Document, behind: int) -> str | None:
    """Return the type that words bound from behind name: 987654321 is my social."""
    for index in range(behind, min(behind + 5, document.size)):
        if document.breaks[index] == HARD:
            return None
        if document.roles[index] & Role.SSN:
            return "SSN"
        if document.roles[index] & (Role.CARD | Role.ACCOUNT) and index > behind:
            return "ACCOUNT"
        if not document.roles[index] & (Role.LINK | Role.MY):
            return None
    return None


def find_codes(findings: Findings) -> None:
    """Find what mixes letters and digits behind a cue of the sender's: plates, policies."""
    document = findings.document
    reached = 0
    for mark, word in enumerate(document.words):
        if not word.isalpha():
            reached = _codes_near(findings, max(reached, mark - _BEFORE_DIGITS), mark)
    _spelled_plates(findings)


_BEFORE_DIGITS: Final = 3  # words of letters that may stand before a code's first digit


def _codes_near(findings: Findings, start: int, mark: int) -> int:
    """Look for codes that start between two words; return where to go on."""
    document = findings.document
    index = start
    while index <= mark:
        behind = _code_at(document, index)
        if behind:
            _decide_code(findings, index, behind)
        index = max(behind, index + 1)
    return index


def _code_at(document: Document, index: int) -> int:
    """Return the index behind a code of letters and digits that starts here, or 0."""
    behind = index
    text = ""
    while behind < document.size and behind - index < 4 and len(text) < 20:
        word = document.words[behind]
        if not word.isascii() or document.taken[behind] or not _part(document, behind):
            break
        if behind > index and document.gap(behind) not in (" ", "-", "", "*"):
            break
        text += word
        behind += 1
    letters = any(map(str.isalpha, text))
    if 4 <= len(text) <= 18 and letters and any(map(str.isdigit, text)):
        return behind
    return 0


def _part(document: Document, index: int) -> bool:
    word = document.words[index]
    if any(map(str.isdigit, word)):
        return not re.fullmatch(
            r"\d{1,4}(?:am|pm|st|nd|rd|th|mm|k|lbs?|kg|oz|ft|hrs?|yrs?|s)", word
        )
    short = len(word) <= 4 and not document.roles[index] & ~Role.COMMON
    upper = document.shown(index).isupper() and not document.shouted
    return short and (upper or (len(word) <= 3 and not document.roles[index]))


def _decide_code(findings: Findings, first: int, behind: int) -> None:
    document = findings.document
    if not findings.words_free(first, behind):
        return
    named = label(document, first)
    if named is None:
        if _vehicle_of_sender(document, first, behind):
            findings.take_words(first, behind, "PLATE")
        return
    role = next(value for value, name in _KINDS if name == named)
    whose = owner(document, first, behind, role)
    if named == "PLATE" and whose is not OTHER:
        whose = SENDER if _own_plate(document, first, behind) else UNKNOWN
    if whose is SENDER:
        findings.take_words(first, behind, named)


def _own_plate(document: Document, first: int, behind: int) -> bool:
    return _vehicle_of_sender(document, first, behind) or _own_list(document, first)


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


def _vehicle_of_sender(document: Document, first: int, behind: int) -> bool:
    """Tell whether a plate is that of the sender's own vehicle: "my" and nothing that parts it."""
    if owner(document, first, behind, Role.PLATE) is OTHER:
        return False
    return _behind_is_own(document, behind) or _my_vehicle(document, first)


def _my_vehicle(document: Document, first: int) -> bool:
    named = False
    for index in range(first - 1, max(-1, first - 16), -1):
        if document.breaks[index + 1] == HARD:
            return False
        role = document.roles[index]
        if role & (Role.MY | Role.MINE) and not role & Role.ME:
            clear = not document.role(index - 1) & Role.BLOCK
            return clear if role & Role.MINE else named
        if role & (Role.HE | Role.HIS | Role.PERSON) or _parts(document, index):
            return False
        if _drives(document, index):
            return named or index == first - 1
        named |= bool(role & (Role.VEHICLE | Role.PLATE | Role.DL))
    return False


def _parts(document: Document, index: int) -> bool:
    """Tell whether a word starts something else than the sender's own vehicle."""
    word = document.word(index)
    if word in ("a", "an", "un", "una"):
        return document.word(index - 1) not in (
            "is",
            "drive",
            "es",
            "im",
            "i'm",
            "in",
            "manejo",
            "have",
            "own",
            "driving",
            "traigo",
            "got",
            "tengo",
        )
    return bool(document.roles[index] & Role.BLOCK) and word not in ("with", "so", "who")


def _drives(document: Document, index: int) -> bool:
    word = document.word(index)
    if word in ("manejo", "traigo"):
        return True
    return word in ("drive", "driving", "own") and bool(document.role(index - 1) & Role.I)


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


def _spelled_plates(findings: Findings) -> None:
    """Find seven x-ray yankee zulu seven eight nine, where it is the sender's."""
    document = findings.document
    index = 0
    while index < document.size:
        behind = index
        while behind < document.size and behind - index < 24 and _spelled_part(document, behind):
            behind += 1
        first = index
        index = max(behind, index + 1)
        while first < behind and document.words[first] in (
            "is",
            "in",
            "as",
            "of",
            "de",
            "a",
            "i",
            "es",
        ):
            first += 1
        if behind - first < 5 or not _letters_spelled(document, first, behind):
            continue
        if findings.words_free(first, behind) and _vehicle_of_sender(document, first, behind):
            findings.take_words(first, behind, "PLATE")


def _letters_spelled(document: Document, first: int, behind: int) -> bool:
    words = document.words[first:behind]
    return sum(word.isalpha() and word not in _DIGIT_WORDS for word in words) >= 2


def _spelled_part(document: Document, index: int) -> bool:
    word = document.words[index]
    if document.breaks[index] == HARD:
        return False
    return word in _SPELLING or len(word) == 1 or word.isdigit()
