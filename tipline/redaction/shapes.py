"""What a run of digits looks like: a phone number, a date, a price, a time."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.document import Document
from tipline.redaction.numbers import Atom, Run

_TEN: Final = frozenset(
    [(3, 3, 4), (10,), (3, 7), (6, 4), (3, 3, 2, 2), (3, 4, 3), (5, 5), (3, 3, 3, 1), (3, 3, 1, 3)]
)
_TOLL_FREE: Final = frozenset(["800", "888", "877", "866", "855", "844", "833"])
_EXTENSION: Final = re.compile(r"(?:x|ext)\d{1,6}")
_DATE: Final = re.compile(r"\d{1,2} ?[/.\-] ?\d{1,2} ?[/.\-] ?(?:\d{4}|\d{2})|\d{4}-\d\d-\d\d")

_TIME: Final = re.compile(r"\d{1,2}:\d\d")
_AMOUNT: Final = re.compile(r"\d{1,3}(?:,\d{3}){1,3}")


def phone_at(document: Document, atoms: list[Atom], index: int) -> int:
    """Return the index behind the well-formed phone number that starts at an atom, or 0."""
    start = atoms[index].start
    if document.plain.folded[max(0, start - 2) : start].strip() in ("+", "(+"):
        return _international(atoms, index)
    lengths: list[int] = []
    total = 0
    for behind in range(index, min(index + 12, len(atoms))):
        lengths.append(len(atoms[behind].digits))
        total += lengths[-1]
        if total > 11:
            return 0
        if total >= 10 and _ten(document, atoms, index, behind + 1, lengths):
            return behind + 1
    return 0


def _international(atoms: list[Atom], index: int) -> int:
    total = best = 0
    for behind in range(index, min(index + 8, len(atoms))):
        total += len(atoms[behind].digits)
        if 9 <= total <= 13:
            best = behind + 1
    return best


def _ten(
    document: Document, atoms: list[Atom], index: int, behind: int, lengths: list[int]
) -> bool:
    digits = "".join(atom.digits for atom in atoms[index:behind])
    shape = tuple(lengths)
    if len(digits) == 11:
        if digits[0] != "1":
            return False
        digits = digits[1:]
        shape = shape[1:] if shape[0] == 1 else (shape[0] - 1, *shape[1:])
    if _glued(document, atoms[index], atoms[behind - 1]):
        return False
    whole = index == 0 and behind == len(atoms)
    if digits[0] in "01" and not whole:
        return False
    single = len(shape) >= 6 or all(atom.spelled for atom in atoms[index:behind])
    return shape in _TEN or single or (whole and digits[0] in "23456789" and len(shape) > 2)


def _glued(document: Document, first: Atom, last: Atom) -> bool:
    """Tell whether a model or serial number goes on before or behind: 555-0100-22B."""
    text = document.plain.folded
    end = document.ends[last.last]
    before = text[first.start - 2 : first.start] if first.start >= 2 else ""
    behind = text[end : end + 2]
    goes_on = len(behind) == 2 and behind[0] in "-_/" and behind[1].isalnum()
    return goes_on or (len(before) == 2 and before[1] in "-_" and before[0].isalnum())


def extension_end(document: Document, index: int) -> int:
    """Return the index behind an extension (x9, ext. 12) that starts at a word, or this index."""
    word = document.word(index)
    if not word or "\n" in document.gap(index) or len(document.gap(index)) > 3:
        return index
    if _EXTENSION.fullmatch(word):
        return index + 1
    if word in ("x", "ext", "extension", "exten", "extn") and document.word(index + 1).isdigit():
        return index + 2
    return index


def number_shape(document: Document, run: Run) -> str:
    """Return a word for the look of a number: how many digits, and how they are written."""
    atoms, text = run.atoms, document.plain.folded
    start, end = atoms[0].start, document.ends[atoms[-1].last]
    lengths = [len(atom.digits) for atom in atoms]
    if text[max(0, start - 1) : start] in ("$", "\u20ac"):
        return "money"
    if text[end : end + 1] == "%":
        return "percent"
    if atoms[0].spelled and atoms[-1].spelled:
        return f"said{min(sum(lengths), 11)}"
    return _by_marks(text[start:end]) or _by_digits(run.digits, lengths)


def _by_marks(written: str) -> str:
    if _DATE.fullmatch(written):
        return "date"
    if _TIME.fullmatch(written):
        return "time"
    return "amount" if _AMOUNT.fullmatch(written) else ""


def _by_digits(digits: str, lengths: list[int]) -> str:
    if lengths == [3, 4]:
        return "local"
    if lengths == [3, 2, 4]:
        return "ssn"
    if len(digits) == 4 == lengths[0]:
        return "year" if digits[:2] in ("19", "20") else "four"
    if len(digits) in (10, 11) and digits.removeprefix("1")[:3] in _TOLL_FREE:
        return "tollfree"
    if len(digits) in (15, 16) and _luhn(digits):
        return "card"
    return f"{min(len(digits), 17)}{'' if len(lengths) == 1 else 'parts'}"


def _luhn(digits: str) -> bool:
    """Tell whether the check digit of a card number is right."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
