"""Which units may be a detail, and which of them stand together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tipline.redaction.classes import OUTSIDE
from tipline.redaction.document import HARD
from tipline.redaction.lexicon import Role
from tipline.redaction.units import Units
from tipline.redaction.vocabulary import words

if TYPE_CHECKING:
    from tipline.redaction.features import Sight

_NAMED: Final = Role.FIRST | Role.MAYBE
_PLACE: Final = Role.STREET | Role.UNIT
# What stands between the parts of a name: Maria de la Luz.
_PARTICLES: Final = words("de la las los del y van von da dos")
_IN_ADDRESS: Final = 4  # units behind a number that may belong to an address
_PARTED: Final = frozenset({2, 5})  # gaps with a colon or a bracket


def choose(
    units: Units, roles: Sequence[int], breaks: Sequence[int]
) -> tuple[list[int], bytearray]:
    """Return the units that may be a detail: forms, strange words, names, parts of addresses.

    Args:
        units: of the text.
        roles: of their words.
        breaks: what parts each from the unit before.
    """
    marks = bytearray(units.size)
    until = -1  # the last unit of what may be an address
    for unit, kind in enumerate(units.kinds):
        if kind:
            until = _choose_form(units, roles, marks, unit) or until
        else:
            if breaks[unit] == HARD:
                until = -1
            until = _choose_word(units, roles, marks, unit, until)
    _bridge(units, breaks, marks)
    return [unit for unit, mark in enumerate(marks) if mark], marks


def _choose_form(units: Units, roles: Sequence[int], marks: bytearray, unit: int) -> int:
    """Choose what is no word; return the last unit of an address that may start there, or 0."""
    kind = units.kinds[unit]
    if kind == "HOLE":
        return 0
    marks[unit] = 1
    if kind not in ("NUM", "CODE", "SPELT"):
        return 0
    if unit and roles[unit - 1] & _PLACE:
        marks[unit - 1] = 1
    return unit + _IN_ADDRESS


def _choose_word(
    units: Units, roles: Sequence[int], marks: bytearray, unit: int, until: int
) -> int:
    document, role, first = units.document, roles[unit], units.firsts[unit]
    if not role or role & (_NAMED | Role.TITLE | Role.MONTH):
        marks[unit] = 1
        if role & Role.MONTH:  # the fifth of May of 1960
            marks[max(unit - 2, 0) : unit] = b"\1" * min(unit, 2)
            return unit + _IN_ADDRESS
        return max(until, unit + 1) if role & Role.TITLE else until
    if role & _PLACE and not role & Role.LINK:
        marks[unit] = 1
        return max(until, unit + 3)
    if unit <= until or len(document.words[first]) == 1 or document.capital(first):
        marks[unit] = 1
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


@dataclass(slots=True)
class Chunk:
    """Chosen units with nothing between that parts them.

    Attributes:
        first: the first of them.
        end: the unit behind the last.
        kind: what they look like together: an address, a name, a number.
        around: the two words before, the nearest first, and the two behind.
        rank: which of its kind it is in the text, and how many there are.
    """

    first: int
    end: int
    kind: int
    around: tuple[int, int, int, int]
    rank: int = 0


def chunks(sight: Sight, marks: bytearray) -> dict[int, Chunk]:
    """Return for each chosen unit the chunk that it belongs to."""
    found: dict[int, Chunk] = {}
    kinds, breaks, gaps, words = sight.units.kinds, sight.breaks, sight.gaps, sight.words
    size = len(marks)
    padded = [OUTSIDE, OUTSIDE, *words, OUTSIDE, OUTSIDE]
    counts: dict[int, int] = {}
    every: list[Chunk] = []
    unit = 0
    while unit < size:
        if not marks[unit]:
            unit += 1
            continue
        end = unit + 1
        if kinds[unit] in ("", "NUM", "CODE", "SPELT"):
            while (
                end < size
                and marks[end]
                and not breaks[end]
                and kinds[end] in ("", "NUM", "CODE")
                and gaps[end] not in _PARTED
            ):
                end += 1
        kind = _kind(sight, unit, end)
        around = (padded[unit + 1], padded[unit], padded[end + 2], padded[end + 3])
        chunk = Chunk(unit, end, kind, around)
        chunk.rank = counts[kind] = counts.get(kind, 0) + 1
        every.append(chunk)
        for member in range(unit, end):
            found[member] = chunk
        unit = end
    for chunk in every:
        chunk.rank = min(chunk.rank, 3) * 4 + min(counts[chunk.kind], 3)
    return found


def _kind(sight: Sight, first: int, end: int) -> int:
    """Return a small number for what a chunk looks like; of one form it is the form's."""
    kinds, roles = sight.units.kinds, sight.roles
    if kinds[first] not in ("", "NUM"):
        return sight.classes[first]
    members = range(first, end)
    street = any(roles[unit] & _PLACE for unit in members)
    if any(kinds[unit] for unit in members):
        return 11 if street else 12 if end - first > 1 else 13
    if street:
        return 14
    document, firsts = sight.units.document, sight.units.firsts
    named = any(roles[unit] & Role.FIRST for unit in members)
    strange = not all(roles[unit] for unit in members)
    if any(document.capital(firsts[unit]) for unit in members):
        return 15 if named or strange else 16
    return 17 if named else 18 if strange else 19
