"""Whose an address is: where the sender lives, works or gets mail; where things happen stays."""

from __future__ import annotations

from tipline.redaction.cues import SENDER
from tipline.redaction.document import HARD, Document
from tipline.redaction.found import Findings
from tipline.redaction.homes import owner_of_place
from tipline.redaction.places import corners_near, crossing_at, numbers_near, place_at, workplace


def find_addresses(findings: Findings) -> None:
    """Find the sender's own addresses."""
    document = findings.document
    work: list[tuple[int, int]] = []
    home = "ADDRESS" in document.taken
    index = 0
    near, corners = numbers_near(document), corners_near(document)
    while index < document.size:
        behind = place_at(document, index) if near[index] else 0
        if not behind and corners[index]:
            behind = crossing_at(document, index)
        if not behind:
            index += 1
            continue
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
    if whose is SENDER and workplace(document, first):
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
