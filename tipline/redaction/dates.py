"""Dates of birth: a date beside "born", "DOB", "naci"."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.document import HARD, Document
from tipline.redaction.found import Findings
from tipline.redaction.lexicon import Role
from tipline.redaction.owners import OTHER, owner

_MONTH: Final = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|ene|abr|ago|dic|january|february|march"
    r"|april|june|july|august|september|october|november|december|enero|febrero|marzo|abril|mayo"
    r"|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre)"
)
_DATE: Final = re.compile(
    r"\d{1,4} ?[/.\-] ?\d{1,2} ?[/.\-] ?\d{2,4}(?!\d)"
    rf"|{_MONTH}\b\.?,? ?(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?:,? ?(?:of |de |del )?\d{{2,4}}(?!\d))?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?,? ?(?:of |de )?{_MONTH}\b\.?(?:,? ?(?:of |de |del )?'?\d{{2,4}}(?!\d))?"
    r"|\d{1,2} ?[/\-] ?\d{1,2}(?![\d/\-])|\d{8}(?!\d)|\d{6}(?!\d)|\d{2} \d{2} \d{2,4}(?!\d)"
    r"|(?:19[2-9]\d|20[01]\d)(?!\d)"
)
_AHEAD: Final = 7
_BACK: Final = 7


def find_births(findings: Findings) -> None:
    """Find the sender's own date of birth."""
    document = findings.document
    for index in range(len(document)):
        if document.roles[index] & Role.DOB:
            _near(findings, index)


def _near(findings: Findings, cue: int) -> None:
    document = findings.document
    for index in range(cue + 1, min(cue + _AHEAD, len(document))):
        if document.breaks[index] == HARD and "\n" in document.gap(index):
            break
        if _taken_at(findings, index, cue):
            return
    for index in range(max(0, cue - _BACK), cue):
        match = _DATE.match(document.plain.folded, document.starts[index])
        if match and _bound(document, document.first_at(match.end() - 1) + 1, cue):
            _taken_at(findings, index, cue)
            return


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
