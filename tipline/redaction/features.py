"""What the network is told of each unit of a text: small numbers, each the row of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tipline.redaction.choosing import choose
from tipline.redaction.classes import class_of, gaps, look_of
from tipline.redaction.document import HARD
from tipline.redaction.known_words import known_words
from tipline.redaction.units import KINDS, Units

# What is told, and how many different things it may be; of words and shapes, how many places
# there are for them: two that share one by chance are alike to the network.
TOLD: Final = {
    "class": 48,
    "kind": len(KINDS),
    "shape": 256,
    "look": 8,
    "gap before": 8,
    "gap behind": 8,
    "break": 3,
    "cluster": 4096,
    "family of clusters": 256,
    "ending": 1024,
    "word": 16384,
    "quoted": 2,
    "from the start": 6,
    "from the end": 6,
}
ROWS: Final = sum(TOLD.values())
_FIRSTS: Final = dict(zip(TOLD, np.cumsum([0, *TOLD.values()]).tolist(), strict=False))
_ENDS: Final = 5
_CLASS, _KIND, _SHAPE, _LOOK, _BEFORE, _BEHIND, _BREAK = list(_FIRSTS.values())[:7]
_CLUSTER, _FAMILY, _ENDING, _WORD, _QUOTED, _FROM_START, _FROM_END = list(_FIRSTS.values())[7:]
_NO_WORD: Final = (_CLUSTER, _FAMILY, _ENDING, _WORD)
_KIND_ROW: Final = {kind: _KIND + number for number, kind in enumerate(KINDS)}
ROLES: Final = np.arange(48, dtype=np.int64)


class Sight:
    """The units of a text, and which of them may be a detail.

    Attributes:
        units: what the text is made of.
        chosen: those that the network is asked about; no others can be a detail.
        roles: of each unit's word; 0 of other units.
        breaks: how strongly each is parted from the unit before; one more for the end.
    """

    __slots__ = ("breaks", "chosen", "roles", "units")

    def __init__(self, units: Units) -> None:
        self.units = units
        document = units.document
        self.roles = [
            0 if kind else document.roles[first]
            for first, kind in zip(units.firsts, units.kinds, strict=True)
        ]
        self.breaks = [*(document.breaks[first] for first in units.firsts), HARD]
        self.chosen = choose(units, self.roles, self.breaks)

    def told(self) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """Return what the network is told.

        Returns:
            of n units, rows of its table (n x 14), whether each role is the unit's (n x 48), and
            rows of the vectors of words (n).
        """
        units, document, size = self.units, self.units.document, self.units.size
        between = [gaps[document.gap(first)] for first in units.firsts]
        between.append(gaps[document.gap(document.size)])
        rows: list[int] = []
        vectors: list[int] = []
        last = size - 1
        for unit, (kind, first) in enumerate(zip(units.kinds, units.firsts, strict=True)):
            vector = 0
            if kind:
                shape = kind + (units.shapes[unit] or document.taken[first])
                rows += (_CLASS, _KIND_ROW[kind], _SHAPE + _of(shape, TOLD["shape"]), _LOOK)
                meant = _NO_WORD
            else:
                word = document.words[first]
                look = look_of(document.shown(first), document.shouted)
                rows += (_CLASS + class_of(self.roles[unit]), _KIND, _SHAPE, _LOOK + look + 1)
                vector, meant = _meanings.get(word) or _meaning(word)
            rows += (
                _BEFORE + between[unit],
                _BEHIND + between[unit + 1],
                _BREAK + self.breaks[unit],
                *meant,
                _QUOTED + document.quoted[first],
                _FROM_START + (unit if unit < _ENDS else _ENDS),
                _FROM_END + (last - unit if last - unit < _ENDS else _ENDS),
            )
            vectors.append(vector)
        table = np.array(rows, np.int64).reshape(size, len(TOLD))
        return table, _bits(self.roles), np.array(vectors, np.int64)


# Of words that are known, and of no others: those may be somebody's name.
_meanings: Final[dict[str, tuple[int, tuple[int, int, int, int]]]] = {}


def _meaning(word: str) -> tuple[int, tuple[int, int, int, int]]:
    """Return a word's row of the vectors, and its rows of the table."""
    vector, cluster, family = known_words().of(word)
    ending, place = _of(word[-3:], TOLD["ending"]), _of(word, TOLD["word"])
    meant = (_CLUSTER + cluster, _FAMILY + family, _ENDING + ending, _WORD + place)
    if vector:
        _meanings[word] = (vector, meant)
    return vector, meant


def _bits(roles: Sequence[int]) -> NDArray[np.float32]:
    return (np.array(roles, np.int64)[:, None] >> ROLES & 1).astype(np.float32)


def _of(text: str, size: int) -> int:
    """Return a word's place among so many, the same in every process; the first is for none."""
    return crc32(text.encode("utf-8", "replace")) % (size - 1) + 1
