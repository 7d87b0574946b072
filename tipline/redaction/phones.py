"""Phone numbers, and fragments of them at the seams of split messages."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.cues import OTHER, SENDER
from tipline.redaction.document import HARD, NONE, Document
from tipline.redaction.found import Findings
from tipline.redaction.lexicon import Role
from tipline.redaction.numbers import Atom, Run
from tipline.redaction.owners import owner
from tipline.redaction.vocabulary import words

_TEN: Final = frozenset(
    [(3, 3, 4), (10,), (3, 7), (6, 4), (3, 3, 2, 2), (3, 4, 3), (5, 5), (3, 3, 3, 1), (3, 3, 1, 3)]
)
_SEVEN: Final = frozenset([(3, 4), (7,)])
_GENERIC: Final = words("number numbers num no nbr numero numeros nro # numbr line contact direct")


def find_phones(findings: Findings, run: Run) -> None:
    """Find the phone numbers of one run of digits, and decide whose each is."""
    document = findings.document
    atoms = run.atoms
    index = 0
    found = False
    while index < len(atoms):
        behind = _number_at(document, atoms, index)
        if behind:
            found = True
            _decide(findings, atoms[index:behind])
            index = behind
        else:
            index += 1
    if not found:
        _unusual(findings, run)


def _number_at(document: Document, atoms: list[Atom], index: int) -> int:
    """Return the index behind a well-formed number that starts here, or 0."""
    if _plus(document, atoms[index]):
        return _international(atoms, index)
    lengths: list[int] = []
    total = 0
    for behind in range(index, min(index + 12, len(atoms))):
        lengths.append(len(atoms[behind].digits))
        total += lengths[-1]
        if total >= 10 and (total > 11 or _ten(document, atoms, index, behind + 1, lengths, total)):
            return behind + 1 if total <= 11 else 0
    return 0


def _plus(document: Document, atom: Atom) -> bool:
    return document.plain.folded[max(0, atom.start - 2) : atom.start].strip() in ("+", "(+")


def _international(atoms: list[Atom], index: int) -> int:
    total = 0
    best = 0
    for behind in range(index, min(index + 8, len(atoms))):
        total += len(atoms[behind].digits)
        if 9 <= total <= 13:
            best = behind + 1
    return best


def _ten(
    document: Document, atoms: list[Atom], index: int, behind: int, lengths: list[int], total: int
) -> bool:
    digits = "".join(atom.digits for atom in atoms[index:behind])
    shape = tuple(lengths)
    if total == 11:
        if digits[0] != "1":
            return False
        digits = digits[1:]
        shape = shape[1:] if shape[0] == 1 else (shape[0] - 1, *shape[1:])
    if _glued(document, atoms[index], atoms[behind - 1]):
        return False
    whole = index == 0 and behind == len(atoms)
    single = len(shape) >= 6 or all(atom.spelled for atom in atoms[index:behind])
    if digits[0] in "01" and not whole:
        return False
    return shape in _TEN or single or (whole and digits[0] in "23456789" and len(shape) > 2)


def _glued(document: Document, first: Atom, last: Atom) -> bool:
    """Tell whether a model or serial number goes on before or behind: 555-0100-22B."""
    text = document.plain.folded
    end = document.ends[last.last]
    before = text[first.start - 2 : first.start] if first.start >= 2 else ""
    behind = text[end : end + 2]
    if len(behind) == 2 and behind[0] in "-_/" and behind[1].isalnum():
        return not _extension(document, last.last + 1)
    return len(before) == 2 and before[1] in "-_" and before[0].isalnum()


def _decide(findings: Findings, atoms: list[Atom]) -> None:
    document = findings.document
    first, behind = atoms[0].first, atoms[-1].last + 1
    behind = _extension(document, behind) or behind
    start, end = atoms[0].start, document.ends[behind - 1]
    if not findings.free(start, end) or document.plain.folded[max(0, start - 1) : start] == "$":
        return
    whose = owner(document, first, behind, Role.PHONE)
    doubtful = _toll_free(atoms) or things_number(document, first)
    doubtful |= _joined_to_other(findings, start)
    if whose is OTHER or (whose is not SENDER and doubtful):
        findings.leave(start, end, "PHONE")
    else:
        findings.take(start, end, "PHONE")


def _joined_to_other(findings: Findings, start: int) -> bool:
    """Tell whether "or", "and" joins a number to one that was left as another's."""
    if not findings.possible or findings.possible[-1].type != "PHONE":
        return False
    between = findings.document.plain.folded[findings.possible[-1].end : start]
    return len(between) < 8 and between.strip(" ,(&/") in ("", "or", "and", "y", "o", "u")


def _toll_free(atoms: list[Atom]) -> bool:
    """Tell whether a number is a firm's: 800, 888, 877. Nobody has one at home."""
    digits = "".join(atom.digits for atom in atoms)
    return digits.removeprefix("1")[:3] in _TOLL_FREE and len(digits) >= 10


_TOLL_FREE: Final = words("800 888 877 866 855 844 833")


def things_number(document: Document, first: int) -> bool:
    """Tell whether the word right before names a thing: case number, model, ticket."""
    index = first - 1
    while (
        index > first - 4 and index >= 0 and document.words[index] in _GENERIC | {"is", "the", "es"}
    ):
        index -= 1
    if index < 0 or document.breaks[index + 1] == HARD:
        return False
    if document.words[index] == "code" and document.word(index - 1) == "area":
        return False
    role = document.role(index)
    return bool(role & Role.THING) and not role & Role.PHONE


def _extension(document: Document, index: int) -> int:
    """Return the index behind an extension (x9, ext. 12), or 0."""
    word = document.word(index)
    if not word or "\n" in document.gap(index) or len(document.gap(index)) > 3:
        return 0
    if word[0] == "x" and word[1:].isdigit() and len(word) < 8:
        return index + 1
    if word in ("x", "ext", "extension", "exten", "extn") and document.word(index + 1).isdigit():
        return index + 2
    if re.fullmatch(r"ext\d{1,6}", word):
        return index + 1
    return 0


def _unusual(findings: Findings, run: Run) -> None:
    """Decide about local numbers, wrongly typed numbers and the halves of split ones."""
    document, atoms = findings.document, run.atoms
    first, behind = atoms[0].first, atoms[-1].last + 1
    count = len(run.digits)
    if count < 3 or count > 14 or run.digits in _SERVICES or not _possible(document, run):
        return
    start, end = atoms[0].start, document.ends[behind - 1]
    whose = owner(document, first, behind, Role.PHONE)
    if _extension(document, behind):
        behind = _extension(document, behind)
        end = document.ends[behind - 1]
    if whose is OTHER or not findings.free(start, end):
        return
    if (
        _strong(document, run, whose is SENDER)
        or _seam(document, run, whose is SENDER)
        or (tuple(len(atom.digits) for atom in atoms) in _SEVEN and _local(document, run))
    ):
        findings.take(start, end, "PHONE")


_SERVICES: Final = words("911 211 311 411 511 611 711 811 988 1800 066")


def _possible(document: Document, run: Run) -> bool:
    first, behind = run.atoms[0].first, run.atoms[-1].last + 1
    text = document.plain.folded
    if text[max(0, run.atoms[0].start - 2) : run.atoms[0].start].strip() == "$":
        return False
    if _glued(document, run.atoms[0], run.atoms[-1]):
        return False
    end = document.ends[behind - 1]
    if text[end : end + 1] in ("%", ":") or re.match(r"[.,:]\d", text[end : end + 2]):
        return False
    goes_on = behind < document.size and document.breaks[behind] == NONE
    counted = goes_on and document.roles[behind] & Role.MEASURE
    if counted or (goes_on and document.capital(behind) and len(run.digits) < 7):
        return first == 0
    return not things_number(document, first)


_BESIDE_NAME: Final = (
    Role.LINK | Role.MY | Role.MINE | Role.ME | Role.CONTACT | Role.CONTACT_ME | Role.ADDRESS
)


def _named(document: Document, first: int) -> bool:
    """Tell whether a word that means a phone and nothing else stands shortly before."""
    for index in range(first - 1, max(-1, first - 7), -1):
        if document.breaks[index + 1] == HARD:
            return False
        role = document.roles[index]
        if (role & Role.PHONE and not role & Role.THING) or document.words[index] == "area":
            return True
        if not role & _BESIDE_NAME and document.words[index] not in ("area", "code"):
            return False
    return False


def _strong(document: Document, run: Run, sender: bool) -> bool:
    """Tell whether "my number is" stands before digits of an odd count."""
    first = run.atoms[0].first
    if sender and len(run.digits) >= 8 and not things_number(document, first):
        return True
    if not _named(document, first):
        return False
    ends = document.hard(run.atoms[-1].last + 1)
    return len(run.digits) >= 7 or (len(run.digits) >= 4 and sender) or (sender and ends)


def _seam(document: Document, run: Run, sender: bool) -> bool:
    """Tell whether a number starts at the end of a message, or ends at the start of one."""
    first, behind = run.atoms[0].first, run.atoms[-1].last + 1
    if behind == document.size and first > 0 and sender:
        return _reaches(document, first)
    if first and len(run.digits) == 7 and all(word in _REST for word in document.words[:first]):
        return True
    if first:
        return False
    before = document.plain.folded[: run.atoms[0].start].strip()
    return before == "-" or (len(run.digits) == 7 and not before)


_REST: Final = words("rest the is last then and seven digits part of it my number other half")


def _reaches(document: Document, first: int) -> bool:
    for index in range(first - 1, max(-1, first - 12), -1):
        if document.breaks[index + 1] == HARD:
            return False
        if document.roles[index] & (Role.CONTACT_ME | Role.CONTACT | Role.PHONE):
            return True
    return False


def _local(document: Document, run: Run) -> bool:
    """Tell whether seven digits without a cue are a phone number: 555-0146."""
    if len(run.atoms) == 1 or run.atoms[0].digits[0] in "01":
        return False
    gap = document.gap(run.atoms[1].first)
    return gap in ("-", ".", " - ", "\u00b7")
