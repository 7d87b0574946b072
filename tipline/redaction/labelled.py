"""Numbers that a word before them names: social security, licence, account, card, plate."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.cues import OTHER, SENDER, UNKNOWN
from tipline.redaction.document import HARD, Document
from tipline.redaction.found import Findings
from tipline.redaction.lexicon import Role
from tipline.redaction.memberships import beside_sender, own_record
from tipline.redaction.numbers import Run
from tipline.redaction.owners import owner
from tipline.redaction.phones import things_number
from tipline.redaction.plates import find_spelled_plates, own_plate, vehicle_of_sender
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
    first = document.first_at(start)
    whose = owner(document, first, behind, role)
    if kind == "PLATE" and whose is not OTHER:
        whose = SENDER if own_plate(document, first, behind) else UNKNOWN
    if kind in ("CARD", "ACCOUNT") and whose is UNKNOWN and _own_money(document):
        whose = SENDER
    if whose is UNKNOWN and kind in ("ACCOUNT", "DL") and beside_sender(document, first, behind):
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
        if document.words[index] in ("reward", "recompensa"):
            return True
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
    if (
        named in ("ACCOUNT", "CARD", "DL", "PLATE")
        and count >= (3 if named == "ACCOUNT" else 4)
        and shape != (3, 3, 4)
    ):
        return named
    known = shape in ((4, 4, 4, 4), (4, 6, 5)) or (count in (15, 16) and _luhn(run.digits))
    if known and not things_number(document, first):
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


_RECORDS: Final = words(
    "serial model part vin imei flight room gate locker case report tip ticket caso"
    " reporte incident reference confirmation order"
)


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
                return _licence(document, index, role) or name
        if role & Role.PHONE and not role & (Role.THING | Role.LINK):
            return None
        strange += not role & _FILLERS
        if strange > 2:
            return None
    return None


def _licence(document: Document, index: int, role: int) -> str | None:
    """Tell a licence of a person from one of a car: driver's lic, amateur license."""
    if not (role & Role.PLATE and role & Role.DL):
        return None
    before = document.word(index - 1)
    if before in _TRADES:
        return "ACCOUNT"
    return "DL" if document.role(index - 1) & Role.DL and before != "license" else None


_TRADES: Final = words(
    "amateur nursing medical contractor contractors contractor's ham business estate pilot guard"
    " security gun professional teaching cosmetology ccw marriage fishing hunting radio"
)


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
    find_spelled_plates(findings)


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
    while behind < document.size and behind - index < 4 and len(text) < 30:
        word = document.words[behind]
        if not word.isascii() or document.taken[behind] or not _part(document, behind):
            break
        if behind > index and document.gap(behind) not in (" ", "-", "", "*"):
            break
        # "D1234567 exp": a word in lower case behind the digits goes on with the sentence.
        if word.isalpha() and not text.isalpha() and text and document.shown(behind).islower():
            break
        text += word
        behind += 1
    letters = any(map(str.isalpha, text))
    if 4 <= len(text) <= 34 and letters and any(map(str.isdigit, text)):
        return behind
    return 0


def _part(document: Document, index: int) -> bool:
    word = document.words[index]
    if any(map(str.isdigit, word)):
        return not re.fullmatch(
            r"\d{1,4}(?:am|pm|st|nd|rd|th|mm|k|lbs?|kg|oz|ft|hrs?|yrs?|s)", word
        )
    titled = document.capital(index) and len(word) > 1 and not document.shown(index).isupper()
    if titled or document.role(index + 1) & Role.STREET:
        return False  # 12 Oak Ave
    short = len(word) <= 4 and not document.roles[index] & ~Role.COMMON
    upper = document.shown(index).isupper() and not document.shouted
    return short and (upper or (len(word) <= 3 and not document.roles[index]))


_SIGNS: Final = frozenset("$@/#")  # a handle's, or a link's


def _decide_code(findings: Findings, first: int, behind: int) -> None:
    document = findings.document
    start = document.starts[first]
    if not findings.words_free(first, behind) or document.plain.folded[start - 1 : start] in _SIGNS:
        return
    named = label(document, first)
    if named is None:
        if own_record(document, first) or _my_number(document, first):
            findings.take_words(first, behind, "ACCOUNT")
        elif vehicle_of_sender(document, first, behind):
            findings.take_words(first, behind, "PLATE")
        return
    role = next(value for value, name in _KINDS if name == named)
    whose = owner(document, first, behind, role)
    if named == "PLATE" and whose is not OTHER:
        whose = SENDER if own_plate(document, first, behind) else UNKNOWN
    if whose is UNKNOWN and named != "PLATE" and beside_sender(document, first, behind):
        whose = SENDER
    if whose is SENDER:
        findings.take_words(first, behind, named)
