"""The model: which units of a text are the sender's, and of what type each is.

For a unit it adds the weights of what is known of it (`features.py`); two neighbours that are both
the sender's have a weight of their own, so that a name is taken whole. Weights stand in one table;
a feature's place is a number made of what it says, so there is no list of words and nothing to
look up. They are learned by `python -m tests.redaction.training` and shipped beside this module.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from tipline.redaction.classes import number_of
from tipline.redaction.features import Sight
from tipline.redaction.identifiers import TYPES

SIZE: Final = 1 << 20
SCALE: Final = 24.0  # a weight of one is stored as this
BIAS: Final = 0.0
WEIGHTS: Final = Path(__file__).parent / "words" / "weights.bin"
_MASK: Final = SIZE - 1
_MOST: Final = 96  # what is known of a unit


def _places_for(name: str, many: int) -> list[int]:
    return [number_of(f"{name} {number}") for number in range(many)]


_PLAIN: Final = _places_for("plain", _MOST)
_PAIRED: Final = _places_for("pair", 8)
_TYPED: Final = [_places_for(kind, 16) for kind in TYPES]


@cache
def _crossed(coarse: int) -> list[int]:
    """Return where what is known of a unit starts, for units of one coarse kind."""
    return _places_for(f"kind {coarse}", _MOST)


class Model:
    """Weights that were learned.

    Attributes:
        table: a weight a place, in units of 1 / SCALE.
        bias: what is added for a unit being the sender's: more of it leaks less and destroys more.
    """

    def __init__(self, table: bytes, bias: float = BIAS) -> None:
        self.table: Final = array("b", table)
        self.bias: Final = bias * SCALE


@cache
def shipped() -> Model:
    """Return the model that the package ships."""
    return Model(zlib.decompress(WEIGHTS.read_bytes()))


def places(sight: Sight, unit: int) -> list[int]:
    """Return where in the table the weights stand for a unit being the sender's."""
    atoms, coarse = sight.describe(unit)
    found = [atom + place & _MASK for atom, place in zip(atoms, _PLAIN, strict=False)]
    found += [atom + place & _MASK for atom, place in zip(atoms, _crossed(coarse), strict=False)]
    return found


def pair_places(sight: Sight, unit: int) -> list[int]:
    """Return where they stand for a unit and the one before both being the sender's."""
    atoms = sight.describe_pair(unit)
    return [atom + place & _MASK for atom, place in zip(atoms, _PAIRED, strict=False)]


def type_places(atoms: Sequence[int], kind: int) -> list[int]:
    """Return where they stand for a unit of the sender's being of a type of `TYPES`."""
    return [atom + place & _MASK for atom, place in zip(atoms, _TYPED[kind], strict=False)]


def own_units(sight: Sight, model: Model) -> list[int]:
    """Return the units that are likeliest the sender's, all together (Viterbi)."""
    table = model.table
    own: list[int] = []
    trail: list[tuple[int, bool, bool]] = []
    no = yes = 0.0
    last = -2
    for unit in sight.chosen:
        atoms, coarse = sight.describe(unit)
        score = model.bias + sum(
            [table[atom + at & _MASK] for atom, at in zip(atoms, _PLAIN, strict=False)]
        )
        score += sum(
            [table[atom + at & _MASK] for atom, at in zip(atoms, _crossed(coarse), strict=False)]
        )
        if unit == last + 1:
            both = yes + sum([table[place] for place in pair_places(sight, unit)])
            trail.append((unit, yes > no, both > no))
            no, yes = max(no, yes), score + max(no, both)
        else:
            _walk_back(own, trail, yes > no)
            trail = [(unit, False, False)]
            no, yes = 0.0, score
        last = unit
    _walk_back(own, trail, yes > no)
    return own


def _walk_back(own: list[int], trail: list[tuple[int, bool, bool]], state: bool) -> None:
    found = []
    for unit, if_no, if_yes in reversed(trail):
        if state:
            found.append(unit)
        state = if_yes if state else if_no
    own.extend(reversed(found))


def type_of(sight: Sight, unit: int, model: Model) -> str:
    """Return the likeliest type of a unit that is the sender's."""
    atoms, table = sight.describe_type(unit), model.table
    scores = [
        sum([table[place] for place in type_places(atoms, kind)]) for kind in range(len(TYPES))
    ]
    return TYPES[scores.index(max(scores))]
