"""Dates of birth: a date beside "born", "DOB", "naci"."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.cues import OTHER
from tipline.redaction.document import HARD, Document
from tipline.redaction.found import Findings
from tipline.redaction.lexicon import Role
from tipline.redaction.owners import owner
from tipline.redaction.vocabulary import words

_MONTH: Final = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|ene|abr|ago|dic|january|february|march"
    r"|april|june|july|august|september|october|november|december|enero|febrero|marzo|abril|mayo"
    r"|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre)"
)
_ORDINAL: Final = r"(?:st|nd|rd|th)?"
_YEAR: Final = r"(?:,? ?(?:of |de |del )?'?\d{2,4}(?!\d))?"
_DATE: Final = re.compile(
    r"\d{1,4} ?[/.\-] ?\d{1,2} ?[/.\-] ?\d{2,4}(?!\d)"
    rf"|{_MONTH}\b\.?,? ?(?:the )?\d{{1,2}}{_ORDINAL}{_YEAR}"
    rf"|\d{{1,2}}{_ORDINAL},? ?(?:of |de )?{_MONTH}\b\.?{_YEAR}"
    r"|\d{1,2} ?[/\-] ?\d{1,2}(?![\d/\-])|\d{8}(?!\d)|\d{6}(?!\d)|\d{2} \d{2} \d{2,4}(?!\d)"
    r"|(?:19[2-9]\d|20[01]\d)(?!\d)"
)
_AHEAD: Final = 7
_BACK: Final = 7


def find_births(findings: Findings) -> None:
    """Find the sender's own date of birth."""
    document = findings.document
    for index in range(document.size):
        if document.roles[index] & Role.DOB:
            _near(findings, index)


def _near(findings: Findings, cue: int) -> None:
    document = findings.document
    for index in range(cue + 1, min(cue + _AHEAD, document.size)):
        if document.breaks[index] == HARD and "\n" in document.gap(index):
            break
        if _spoken_at(findings, index) or _taken_at(findings, index, cue):
            return
    for index in range(max(0, cue - _BACK), cue):
        match = _DATE.match(document.plain.folded, document.starts[index])
        if match and _bound(document, document.first_at(match.end() - 1) + 1, cue):
            _taken_at(findings, index, cue)
            return


def _spoken_at(findings: Findings, index: int) -> bool:
    """Take a date in words: tres de mayo del sesenta y dos, zero four / one seven / ninety."""
    document = findings.document
    behind = index
    numbers = 0
    while behind < document.size and behind - index < 12:
        word = document.words[behind]
        month = document.roles[behind] & Role.MONTH
        if word.isdigit() or word in _SPOKEN or month:
            numbers += 1 + bool(month)
        elif word not in _BETWEEN or behind == index:
            break
        if behind > index and document.breaks[behind] == HARD:
            break
        behind += 1
    while behind > index and document.words[behind - 1] in _BETWEEN:
        behind -= 1
    if numbers < 3 or not findings.words_free(index, behind):
        return False
    if owner(document, index, behind, Role.DOB) is not OTHER:
        findings.take_words(index, behind, "DOB")
    return True


_BETWEEN: Final = words("de del of the y and")
_SPOKEN: Final = words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
    " thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
    " twentieth thirtieth one two three four five six seven eight nine ten eleven twelve"
    " thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty"
    " fifty sixty seventy eighty ninety hundred thousand zero oh primero uno dos tres"
    " cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis"
    " diecisiete dieciocho diecinueve veinte treinta cuarenta cincuenta sesenta setenta"
    " ochenta noventa mil novecientos veintiuno veintidos veintitres veinticuatro"
    " veinticinco veintiseis veintisiete veintiocho veintinueve cero"
)


def _bound(document: Document, behind: int, cue: int) -> bool:
    """Tell whether only "is my", "es mi" and the like stand between a date and its name."""
    words = document.roles[behind:cue]
    return bool(words) and all(role & (Role.LINK | Role.MY | Role.HIS) for role in words)


def _taken_at(findings: Findings, index: int, cue: int) -> bool:
    document = findings.document
    start = document.starts[index]
    match = _DATE.match(document.plain.folded, start)
    if not match or not findings.free(start, match.end()):
        return False
    behind = document.first_at(match.end() - 1) + 1
    if owner(document, index, behind, Role.DOB) is not OTHER:
        findings.take(start, match.end(), "DOB")
    else:
        findings.leave(start, match.end(), "DOB")
    return True
