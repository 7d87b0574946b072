"""Whether the rest of a text is read as before when details are taken out of it."""

from __future__ import annotations

from collections.abc import Sequence
from string import whitespace
from typing import Final

from tipline.redaction.document import STARTERS, shouts
from tipline.redaction.lexicon import Role
from tipline.redaction.numbers import SPELLED
from tipline.redaction.spellings import in_haste
from tipline.redaction.units import Units

# What parts a unit from the words before and behind it.
_BEFORE: Final = f'{whitespace}("'
_BEHIND: Final = f'{whitespace},.;:?!)"'
_STOPS: Final = frozenset(",.;:?!")  # which join it to a word that follows at once
_QUOTES: Final = "\"'"


def stand_apart(units: Units, own: Sequence[int]) -> bool:
    """Tell whether the rest of a text is read as before with placeholders for some units too.

    It may not be where one is joined to a word, or is a part of one; where a form, a month, a word
    with or for digits, or single letters stand beside one; where one is quoted, or has quotes in
    it; where a sentence may start with one, or not; and where the text without them would shout, or
    not any more, or would seem to be written in haste.
    """
    if any(_bound(units, unit) for unit in own):
        return False
    document = units.document
    beside = {unit + side: side for unit in own for side in (-1, 1)}
    if any(_may_grow(units, unit, beside[unit]) for unit in beside.keys() - set(own)):
        return False
    out = sorted([*own, *(unit for unit, kind in enumerate(units.kinds) if kind == "HOLE")])
    left = document.size - sum(units.behinds[unit] - units.firsts[unit] for unit in out)
    if in_haste(document.vowelless, left):
        return False
    if document.few_capitals:
        return True
    text = document.plain.text
    borders = [0, *(border for unit in out for border in (units.starts[unit], units.ends[unit]))]
    parts = zip(borders[::2], [*borders[1::2], len(text)], strict=True)
    return shouts("".join(text[start:end] for start, end in parts)) == document.shouted


def _may_grow(units: Units, unit: int, side: int) -> bool:
    """Tell whether a unit beside a detail is a form, or may become one without that detail."""
    if not 0 <= unit < units.size:
        return False
    document, first = units.document, units.firsts[unit]
    if units.kinds[unit] or document.roles[first] & Role.MONTH:
        return True
    word = document.words[first]
    if len(word) > 1:
        return word in SPELLED or any(map(str.isdigit, word))
    beyond = unit + side  # letters one by one may spell a word
    return 0 <= beyond < units.size and len(document.words[units.firsts[beyond]]) == 1


def _bound(units: Units, unit: int) -> bool:
    """Tell whether it depends on a unit how the text around it is read."""
    document = units.document
    text = document.plain.text
    start, end, first = units.starts[unit], units.ends[unit], units.firsts[unit]
    if text[start - 1 : start].strip(_BEFORE) or text[end : end + 1].strip(_BEHIND):
        return True
    if text[end : end + 1] in _STOPS and text[end + 1 : end + 2].isalnum():
        return True
    if document.quoted[first] or any(quote in text[start:end] for quote in _QUOTES):
        return True
    return bool(document.roles[first] & STARTERS) and "." in document.gap(first)
