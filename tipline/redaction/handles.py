"""Names on platforms: @someone, snap someone, someone is my insta."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.document import HARD, Document
from tipline.redaction.found import Findings
from tipline.redaction.lexicon import Role
from tipline.redaction.owners import SENDER, owner

_AT: Final = re.compile(r"(?<![\w.@])@ ?([a-z0-9_](?:[a-z0-9_.\-]{0,38}[a-z0-9_])?)")
_VALUE: Final = re.compile(r"[@$]?[a-z0-9_](?:[a-z0-9_.\-]{0,38}[a-z0-9_])?(?:#\d{2,6})?")
_TELLING: Final = re.compile(r"[_.#$@]|[a-z]\d|\d[a-z]|-")
_LABELS: Final = Role.PLATFORM | Role.HANDLE


def find_handles(findings: Findings) -> None:
    """Find the sender's own names on platforms."""
    document = findings.document
    text = document.plain.folded
    for match in _AT.finditer(text):
        _decide(findings, match.start(1), match.end(1))
    for index in range(document.size):
        if document.roles[index] & _LABELS:
            _behind_label(findings, index)
            _before_label(findings, index)


def _decide(findings: Findings, start: int, end: int) -> None:
    document = findings.document
    if not findings.free(start, end):
        return
    first, behind = document.first_at(start), document.first_at(end - 1) + 1
    if owner(document, first, behind, _LABELS) is SENDER:
        findings.take(start, end, "HANDLE")
    else:
        findings.leave(start, end, "HANDLE")


def _behind_label(findings: Findings, label: int) -> None:
    """Decide about what follows a platform's name: my snap is tay.tay0142."""
    document = findings.document
    index = label + 1
    bound = ":" in document.gap(index)
    while index < min(label + 5, document.size) and document.breaks[index] != HARD:
        if not document.roles[index] & (Role.LINK | _LABELS | Role.NAME | Role.ME) or _joined(
            document, index
        ):
            break
        bound |= document.words[index] in ("is", "es")
        index += 1
    if index >= min(label + 5, document.size) or document.breaks[index] == HARD:
        return
    value = _VALUE.match(document.plain.folded, document.starts[index])
    if value and _is_handle(document, index, value.group(), bound):
        _decide(findings, document.starts[index], value.end())


def _joined(document: Document, index: int) -> bool:
    """Tell whether a word goes on without a space: is_it_me."""
    end = document.ends[index]
    return document.plain.folded[end : end + 1] in ("_", ".") and (
        document.plain.folded[end + 1 : end + 2].isalnum()
    )


def _is_handle(document: Document, index: int, value: str, bound: bool) -> bool:
    if _TELLING.search(value):
        return not value.replace("-", "").replace(".", "").isdigit()
    role = document.roles[index]
    if document.taken[index] or value.isdigit() or len(value) < 3:
        return False
    if not role:
        return True
    return bound and (bool(role & Role.FIRST) or ":" in document.gap(index))


def _before_label(findings: Findings, label: int) -> None:
    """Decide about what stands before: tay_0142 is my snap, im tay_0142 on snap."""
    document = findings.document
    index = label - 1
    while index > label - 4 and index >= 0 and document.roles[index] & (Role.LINK | Role.MY):
        if document.breaks[index + 1] == HARD:
            return
        index -= 1
    if index < 0 or index == label - 1 or document.breaks[index + 1] == HARD:
        return
    end = document.ends[index]
    start = end
    while start > 0 and end - start < 40 and _letter(document.plain.folded[start - 1]):
        start -= 1
    value = document.plain.folded[start:end]
    if _TELLING.search(value) and not value.replace("-", "").isdigit() and value[0] not in ".-":
        _decide(findings, start, end)


def _letter(character: str) -> bool:
    return character.isalnum() or character in "_.-"
