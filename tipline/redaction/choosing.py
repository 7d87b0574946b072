"""Which units may be a detail: forms, strange words, names, and parts of addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tipline.redaction.document import HARD
from tipline.redaction.lexicon import Role
from tipline.redaction.units import Units
from tipline.redaction.vocabulary import words

_NAMED: Final = Role.FIRST | Role.MAYBE
_PLACE: Final = Role.STREET | Role.UNIT
_TELLING: Final = _NAMED | _PLACE | Role.TITLE | Role.MONTH
# What stands between the parts of a name: Maria de la Luz.
_PARTICLES: Final = words("de la las los del y van von da dos")
# Numbers that everybody may call: the N11 codes of North America, 988, and 112.
_EVERYBODYS: Final = words("911 988 211 311 411 511 611 711 811 112")
_IN_ADDRESS: Final = 4  # units behind a number that may belong to an address


def choose(units: Units, roles: Sequence[int], breaks: Sequence[int]) -> list[int]:
    """Return the units that may be a detail, in order.

    Args:
        units: of the text.
        roles: of their words.
        breaks: what parts each from the unit before.
    """
    document = units.document
    text = document.plain.text
    capitals = not document.shouted and text != document.plain.folded
    marks = bytearray(units.size)
    until = -1  # the last unit of what may be an address
    for unit, kind in enumerate(units.kinds):
        if kind:
            until = _choose_form(units, roles, marks, unit) or until
        else:
            if breaks[unit] == HARD:
                until = -1
            role = roles[unit]
            if (
                unit <= until
                or (capitals and text[units.starts[unit]].isupper())
                or len(document.words[units.firsts[unit]]) == 1
            ):
                marks[unit] = 1
            if not role or role & _TELLING:
                until = _choose_telling(role, marks, unit, until)
    _bridge(units, breaks, marks)
    _spare_other_scripts(units, marks)
    return [unit for unit, mark in enumerate(marks) if mark and units.kinds[unit] != "HOLE"]


def _spare_other_scripts(units: Units, marks: bytearray) -> None:
    """Choose no words of a text that is mostly in another script than the Latin one.

    The network cannot read it: to it a whole sentence is one strange word, as names are.
    """
    if units.document.plain.folded.isascii():
        return
    words = [
        (unit, units.document.words[first].isascii())
        for unit, (kind, first) in enumerate(zip(units.kinds, units.firsts, strict=True))
        if not kind
    ]
    others = [unit for unit, latin in words if not latin]
    if 2 * len(others) >= len(words):
        for unit in others:
            marks[unit] = 0


def _choose_form(units: Units, roles: Sequence[int], marks: bytearray, unit: int) -> int:
    """Choose what is no word; return the last unit of an address that may start there, or 0."""
    kind = units.kinds[unit]
    at_place = unit > 0 and bool(roles[unit - 1] & _PLACE)
    if kind == "HOLE":
        return 0
    if kind == "NUM" and not at_place and _written(units, unit) in _EVERYBODYS:
        return 0
    marks[unit] = 1
    if kind not in ("NUM", "CODE", "SPELT"):
        return 0
    if at_place:
        marks[unit - 1] = 1
    return unit + _IN_ADDRESS


def _written(units: Units, unit: int) -> str:
    return units.document.plain.folded[units.starts[unit] : units.ends[unit]]


def _choose_telling(role: int, marks: bytearray, unit: int, until: int) -> int:
    """Choose a strange word, a name or a part of an address; return where that address ends."""
    if not role or role & (_NAMED | Role.TITLE | Role.MONTH):
        marks[unit] = 1
        if role & Role.MONTH:  # the fifth of May of 1960
            marks[max(unit - 2, 0) : unit] = b"\1" * min(unit, 2)
            return unit + _IN_ADDRESS
        return max(until, unit + 1) if role & Role.TITLE else until
    if role & _PLACE and not role & Role.LINK:
        marks[unit] = 1
        return max(until, unit + 3)
    return until


def _bridge(units: Units, breaks: Sequence[int], marks: bytearray) -> None:
    """Choose "de la" between two words that are chosen."""
    document = units.document
    for unit in range(1, units.size - 1):
        if marks[unit] or not marks[unit - 1] or breaks[unit]:
            continue
        if document.words[units.firsts[unit]] in _PARTICLES:
            more = document.words[units.firsts[unit + 1]] in _PARTICLES
            if unit + more + 1 < units.size and marks[unit + more + 1]:
                marks[unit : unit + more + 1] = b"\1" * (more + 1)
