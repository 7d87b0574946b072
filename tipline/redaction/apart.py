"""Whether the rest of a text is read as before when details are taken out of it."""

from __future__ import annotations

from collections.abc import Sequence
from string import whitespace
from typing import Final

from tipline.redaction.document import STARTERS, shouts
from tipline.redaction.lexicon import Role
from tipline.redaction.spellings import in_haste
from tipline.redaction.units import Units

# What parts a unit from the words before and behind it.
_BEFORE: Final = f'{whitespace}("'
_BEHIND: Final = f'{whitespace},.;:?!)"'
_QUOTES: Final = "\"'"


def stand_apart(units: Units, own: Sequence[int]) -> bool:
    """Tell whether the rest of a text is read as before with placeholders for some units too.

    It may not be where one is joined to a word, or is a part of one; where a number, a month or
    another form stands beside one and may become longer; where one is quoted, or has quotes in it;
    where a sentence may start with one, or not; and where the text without them would shout, or not
    any more, or would seem to be written in haste.
    """
    if any(_bound(units, unit) for unit in own):
        return False
    document = units.document
    neighbours = {unit + side for unit in own for side in (-1, 1)}.difference(own)
    for unit in neighbours:
        if not 0 <= unit < units.size:
            continue
        if units.kinds[unit] or document.roles[units.firsts[unit]] & Role.MONTH:
            return False
    out = sorted([*own, *(unit for unit, kind in enumerate(units.kinds) if kind == "HOLE")])
    left = document.size - sum(units.behinds[unit] - units.firsts[unit] for unit in out)
    if in_haste(document.vowelless, left):
        return False
    text = document.plain.text
    borders = [0, *(border for unit in out for border in (units.starts[unit], units.ends[unit]))]
    parts = zip(borders[::2], [*borders[1::2], len(text)], strict=True)
    return shouts("".join(text[start:end] for start, end in parts)) == document.shouted


def _bound(units: Units, unit: int) -> bool:
    """Tell whether what stands before or behind a unit, or around it, is read by the unit too."""
    document = units.document
    text = document.plain.text
    start, end, first = units.starts[unit], units.ends[unit], units.firsts[unit]
    if text[start - 1 : start].strip(_BEFORE) or text[end : end + 1].strip(_BEHIND):
        return True
    if document.quoted[first] or any(quote in text[start:end] for quote in _QUOTES):
        return True
    return bool(document.roles[first] & STARTERS) and "." in document.gap(first)
