"""Runs of digits, however they are written: 209-555-0142, 2 0 9, two oh nine, dos cero nueve."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tipline.redaction.document import Document
from tipline.redaction.vocabulary import words

_UNITS: Final = {
    **dict.fromkeys(["zero", "oh", "o", "cero", "sero", "zer0", "ziro", "zro", "nought"], "0"),
    **dict.fromkeys(["one", "uno", "wun", "won", "un", "0ne"], "1"),
    **dict.fromkeys(["two", "dos", "too", "twoo"], "2"),
    **dict.fromkeys(["three", "tres", "tree", "thre", "thr33"], "3"),
    **dict.fromkeys(["four", "cuatro", "quatro", "fower", "cuatr0", "fo"], "4"),
    **dict.fromkeys(["five", "cinco", "fife", "sinco", "fiv", "singko"], "5"),
    **dict.fromkeys(["six", "seis", "six"], "6"),
    **dict.fromkeys(["seven", "siete", "sevn"], "7"),
    **dict.fromkeys(["eight", "ocho", "ait", "ate"], "8"),
    **dict.fromkeys(["nine", "nueve", "niner", "nein"], "9"),
}
_AMBIGUOUS: Final = words("o oh won un too tree fo ate a")
_TEENS: Final = {
    word: str(value)
    for language in (
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        "diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve - veintiuno"
        " veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho"
        " veintinueve",
    )
    for value, word in enumerate(language.split(), 10)
}
_TENS: Final = {
    word: str(value)
    for language in (
        "twenty thirty forty fifty sixty seventy eighty ninety",
        "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
        "- - fourty - - - - ninty",
    )
    for value, word in enumerate(language.split(), 2)
}
_HUNDREDS: Final = {
    "cien": "1",
    "ciento": "1",
    "doscientos": "2",
    "trescientos": "3",
    "cuatrocientos": "4",
    "quinientos": "5",
    "seiscientos": "6",
    "setecientos": "7",
    "ochocientos": "8",
    "novecientos": "9",
}
_REPEATS: Final = {"double": 2, "doble": 2, "triple": 3, "tripple": 3, "dubble": 2}
_LETTERS: Final = str.maketrans("oil", "011")
# Letters for digits; but 7LIL500 is a plate.
_MIXED: Final = re.compile(r"(?!\d[oil]{3}\d{3}$)(?=[0-9oil]*\d)[0-9oil]+")
_PREFIXED: Final = re.compile(r"[a-z]{2,12}?(\d{10,11})")
_UNIT_WORDS: Final = "|".join(sorted((w for w in _UNITS if len(w) > 2), key=len, reverse=True))
_PART: Final = re.compile(rf"\d|{_UNIT_WORDS}")
_GLUED: Final = re.compile(rf"(?:\d|{_UNIT_WORDS}){{2,14}}")
SPELLED: Final = frozenset({*_UNITS, *_TEENS, *_TENS, *_HUNDREDS, *_REPEATS})
_GLUED_LETTERS: Final = 8  # fewer letters are no two digits in words without a digit between
# What may stand between two groups of one number.
_GAP: Final = re.compile(r"(?:[^\w$%@;!?\[\]\"]|_){0,6}")
_NOTHING_WIDER: Final = 6
_WHOLE: Final = (7, 10)  # digits of a phone number, with and without its area code


@dataclass(slots=True)
class Atom:
    """A group of digits: words `first` to `last` (inclusive), and where its digits start."""

    digits: str
    first: int
    last: int
    start: int
    spelled: bool
    doubtful: bool = False  # a word that is a digit only among others: oh, to, a


@dataclass(slots=True)
class Run:
    """Groups of digits with nothing between that parts them."""

    atoms: list[Atom]

    @property
    def digits(self) -> str:
        """All digits, without what stands between."""
        return "".join(atom.digits for atom in self.atoms)


def is_number(word: str) -> bool:
    """Tell whether a word stands for digits: 209, nine, 4one5."""
    return word.isdigit() or word in SPELLED or bool(_GLUED.fullmatch(word))


def runs(document: Document) -> list[Run]:
    """Return all runs of digits of a text, in order; linear in its length."""
    found: list[Run | None] = []
    current: list[Atom] = []
    behind = 0  # the word behind the last group
    likely = [
        index
        for index, word in enumerate(document.words)
        if not word.isalpha() or word in SPELLED or len(word) >= _GLUED_LETTERS
    ]
    for index in likely:
        if index < behind or (atom := _atom_at(document, index)) is None:
            continue
        if current and (index > behind or not _joined(document, index)):
            found.append(trimmed(current))
            current = []
        current.append(atom)
        behind = atom.last + 1
    found.append(trimmed(current))
    return [run for run in found if run]


def trimmed(atoms: list[Atom]) -> Run | None:
    """Return groups of digits as a run, without words at its ends that are digits only inside.

    None if nothing is left.
    """
    first, behind = 0, len(atoms)
    if _whole(atoms):
        return Run(atoms)
    while first < behind and atoms[first].doubtful:
        first += 1
    while first < behind and atoms[behind - 1].doubtful:
        behind -= 1
    return Run(atoms[first:behind]) if first < behind else None


def _whole(atoms: list[Atom]) -> bool:
    """Tell whether words that are doubtful make a number of a phone whole: zero one nine oh."""
    if sum(len(atom.digits) for atom in atoms) not in _WHOLE or len(atoms) < 2:
        return False
    return all(
        beside.spelled
        for end, beside in ((atoms[0], atoms[1]), (atoms[-1], atoms[-2]))
        if end.doubtful
    )


def _joined(document: Document, index: int) -> bool:
    gap = document.gap(index)
    return len(gap) <= _NOTHING_WIDER and bool(_GAP.fullmatch(gap)) and gap.count("\n") < 2


def _atom_at(document: Document, index: int) -> Atom | None:
    word = document.words[index]
    if word.isdigit():
        return Atom(word, index, index, document.starts[index], False)
    if not word.isalpha() and _MIXED.fullmatch(word):
        return Atom(word.translate(_LETTERS), index, index, document.starts[index], False)
    if word[-1].isdigit() and (match := _PREFIXED.fullmatch(word)):
        start = document.starts[index] + match.start(1)
        return Atom(match.group(1), index, index, start, False)
    spelled = _spelled(document, index, word)
    if spelled is None and len(word) > 3 and (match := _GLUED.fullmatch(word)):
        digits = "".join(_UNITS.get(part, part) for part in _PART.findall(match.group()))
        return Atom(digits, index, index, document.starts[index], False)
    return spelled


def _spelled(document: Document, index: int, word: str) -> Atom | None:
    if word in _UNITS and document.word(index + 1) == "hundred" and _UNITS[word] != "0":
        return _english_hundreds(document, index)
    if (unit := _UNITS.get(word)) is not None:
        start = document.starts[index]
        doubtful = word in _AMBIGUOUS and not _hyphenated(document, index)
        return Atom(unit, index, index, start, True, doubtful)
    if (teen := _TEENS.get(word)) is not None:
        return Atom(teen, index, index, document.starts[index], True)
    if (ten := _TENS.get(word)) is not None:
        return _tens(document, index, ten)
    if (hundred := _HUNDREDS.get(word)) is not None:
        return _hundreds(document, index, hundred)
    times, digit = _REPEATS.get(word), _digit(document.word(index + 1))
    if times is not None and digit is not None:
        return Atom(digit * times, index, index + 1, document.starts[index], True)
    return None


def _hyphenated(document: Document, index: int) -> bool:
    """Tell whether a word is tied to one that is a digit: oh-one-four, one-seven-oh."""
    return any(
        0 <= other < document.size
        and document.gap(max(index, other)) == "-"
        and document.words[other] in _UNITS
        for other in (index - 1, index + 1)
    )


def _digit(word: str) -> str | None:
    return word if len(word) == 1 and word.isdigit() else _UNITS.get(word)


def _tens(document: Document, index: int, ten: str) -> Atom:
    start = document.starts[index]
    step = 2 if document.word(index + 1) == "y" else 1
    unit = _UNITS.get(document.word(index + step))
    if unit and unit != "0" and (step == 2 or document.gap(index + 1) in (" ", "-")):
        return Atom(ten + unit, index, index + step, start, True)
    return Atom(ten + "0", index, index, start, True)


def _english_hundreds(document: Document, index: int) -> Atom:
    """Read two hundred nine, two hundred and nine, five hundred fifty five."""
    hundred, start = _UNITS[document.words[index]], document.starts[index]
    step = 3 if document.word(index + 2) == "and" else 2
    after = document.word(index + step)
    if after in _TENS and not document.hard(index + step):
        rest = _tens(document, index + step, _TENS[after])
        return Atom(hundred + rest.digits, index, rest.last, start, True)
    if after in _TEENS and not document.hard(index + step):
        return Atom(hundred + _TEENS[after], index, index + step, start, True)
    unit = _UNITS.get(after)
    if unit and unit != "0" and after not in _AMBIGUOUS and not document.hard(index + step):
        return Atom(hundred + "0" + unit, index, index + step, start, True)
    return Atom(hundred + "00", index, index + 1, start, True)


def _hundreds(document: Document, index: int, hundred: str) -> Atom:
    start = document.starts[index]
    after = document.word(index + 1)
    if after in _TENS:
        rest = _tens(document, index + 1, _TENS[after])
        return Atom(hundred + rest.digits, index, rest.last, start, True)
    if after in _TEENS:
        return Atom(hundred + _TEENS[after], index, index + 1, start, True)
    unit = _UNITS.get(after)
    if unit and unit != "0" and after not in _AMBIGUOUS:
        return Atom(hundred + "0" + unit, index, index + 1, start, True)
    return Atom(hundred + "00", index, index, start, True)
