"""How far an address goes behind its street: the flat, the house of flats, the town."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.document import HARD, Document
from tipline.redaction.lexicon import Role
from tipline.redaction.vocabulary import words

NUMBERS: Final = words(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy"
    " eighty ninety hundred uno dos tres cuatro cinco seis siete ocho nueve oh diez once"
    " doce trece catorce quince veinte treinta cuarenta cincuenta sesenta setenta ochenta"
    " noventa cien ciento doscientos trescientos cuatrocientos quinientos seiscientos"
    " setecientos ochocientos novecientos"
)
_CITIES: Final = words(
    "modesto ceres turlock patterson oakdale riverbank manteca stockton tracy fresno"
    " merced lodi ripon salida hughson waterford empire keyes denair newman gustine"
    " livingston atwater lathrop escalon delhi hilmar madera visalia sacramento"
)


def with_ending(document: Document, index: int) -> int:
    """Return the index behind all that belongs to an address whose street ends at a word."""
    return _town(document, _complex(document, _unit(document, index)))


def _unit(document: Document, index: int) -> int:
    """Take along an apartment, a space, a unit: Apt B, #4, Int. 2, Space 18."""
    behind = index
    while behind < document.size and document.breaks[behind] != HARD:
        gap = document.gap(behind)
        if (
            re.fullmatch(r"\d{1,2}(?:st|nd|rd|th)", document.words[behind])
            and document.word(behind + 1) == "floor"
        ):
            behind += 2
        elif "#" in gap and len(document.words[behind]) <= 5:
            behind += 1
        elif document.roles[behind] & Role.UNIT and short(document, behind + 1):
            behind += 2
        else:
            break
    return behind


def short(document: Document, index: int) -> bool:
    """Tell whether a word may be the number of a flat: 4B, 12, b, four."""
    word = document.word(index)
    if (
        not word
        or len(word) > 5
        or (document.breaks[index] == HARD and "." not in document.gap(index))
    ):
        return False
    return any(map(str.isdigit, word)) or (len(word) == 1 and word not in "iyou") or word in NUMBERS


def _town(document: Document, index: int) -> int:
    """Take along the town, the state and the postal code."""
    if index >= document.size or (
        document.breaks[index] == HARD and "\n" not in document.gap(index)
    ):
        return index
    behind = index
    if document.word(behind) in _CITIES or (
        document.capital(behind) and document.word(behind + 1) in ("ca", "california")
    ):
        behind += 1
    elif document.word(behind) not in ("ca", "california"):
        return index
    if document.word(behind) in ("ca", "california") and not document.hard(behind):
        behind += 1
    if re.fullmatch(r"9\d{4}", document.word(behind)) and not document.hard(behind):
        behind += 1
    return behind


def _complex(document: Document, index: int) -> int:
    """Take along the name of a house of flats: unit 12, Oakmont Arms."""
    behind = index
    while behind < min(index + 3, document.size) and document.capital(behind):
        if document.breaks[behind] == HARD:
            break
        if document.words[behind] in _HOUSES and behind > index:
            return behind + 1
        behind += 1
    return index


_HOUSES: Final = words(
    "arms apartments apts manor village villas estates gardens towers tower suites complex lofts"
    " commons apartamentos departamentos residences"
)
