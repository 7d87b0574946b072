"""What the network is told of each unit of a text: small numbers, each the row of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tipline.redaction.choosing import choose
from tipline.redaction.classes import class_of, gaps, look_of
from tipline.redaction.document import HARD, Document
from tipline.redaction.known_words import known_words
from tipline.redaction.lexicon import Role
from tipline.redaction.normalising import plain_form
from tipline.redaction.units import KINDS, Units

NEAR_AN_END: Final = 5  # units from either end of a text that are told how far they are from it
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
    "from the start": NEAR_AN_END + 1,
    "from the end": NEAR_AN_END + 1,
}
ROWS: Final = sum(TOLD.values())
_FIRSTS: Final = dict(zip(TOLD, np.cumsum([0, *TOLD.values()]).tolist(), strict=False))
_CLASS, _KIND, _SHAPE, _LOOK, _BEFORE, _BEHIND, _BREAK = list(_FIRSTS.values())[:7]
_CLUSTER, _FAMILY, _ENDING, _WORD, _QUOTED, _FROM_START, _FROM_END = list(_FIRSTS.values())[7:]
_NO_WORD: Final = (_CLUSTER, _FAMILY, _ENDING, _WORD)
_KIND_ROW: Final = {kind: _KIND + number for number, kind in enumerate(KINDS)}
ROLES: Final = np.arange(48, dtype=np.int64)
_PLACE: Final = ("gap before", "gap behind", "break", "quoted")
PLACES: Final = np.indices([TOLD[name] for name in _PLACE]).reshape(len(_PLACE), -1).T
_AFTER_BEHIND, _AFTER_BREAK = TOLD["break"] * TOLD["quoted"], TOLD["quoted"]
_AFTER_BEFORE: Final = TOLD["gap behind"] * _AFTER_BEHIND
MOST_KNOWN: Final = 8_192  # meanings that are kept; of all others each is made anew


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What the network is told of a unit by itself, wherever it stands.

    Attributes:
        rows: of its table, by `TOLD`: class, kind, shape, look, cluster, family, ending and word.
        roles: of its word, as a sum of flags; 0 of other units.
        vector: the row of the vectors of words.
        known: whether it is kept for all texts: one object each. That of a name is not.
    """

    rows: tuple[int, ...]
    roles: int
    vector: int
    known: bool


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
        for unit, kind in enumerate(units.kinds[:-1]):
            if kind == "HOLE":
                self.breaks[unit + 1] = document.break_behind_placeholder(units.firsts[unit + 1])
        self.chosen = choose(units, self.roles, self.breaks)

    def meanings(self) -> list[Meaning]:
        """Return what each unit is by itself."""
        units, document = self.units, self.units.document
        text, shouted = document.plain.text, document.shouted
        found: list[Meaning] = []
        for unit, (kind, start, end, roles) in enumerate(
            zip(units.kinds, units.starts, units.ends, self.roles, strict=True)
        ):
            if kind:
                form = (kind, units.shapes[unit] or document.taken[units.firsts[unit]])
                meaning = _forms.get(form) or _meaning_of_form(*form)
            else:
                word = (text[start:end], roles, shouted)
                meaning = _words.get(word) or _meaning_of_word(
                    document.words[units.firsts[unit]], *word
                )
            found.append(meaning)
        return found

    def places(self) -> list[int]:
        """Return how each unit stands between its neighbours, as a row of `PLACES`."""
        firsts, document = self.units.firsts, self.units.document
        gap, quoted = document.gap, document.quoted
        between = [gaps[gap(first)] for first in firsts]
        between.append(gaps[gap(document.size)])
        return [
            before * _AFTER_BEFORE + behind * _AFTER_BEHIND + parted * _AFTER_BREAK + quoted[first]
            for before, behind, parted, first in zip(
                between[:-1], between[1:], self.breaks[:-1], firsts, strict=True
            )
        ]

    def told(self) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """Return all of it, as the network is told while it learns.

        Returns:
            of n units, rows of its table (n x 14), whether each role is the unit's (n x 48), and
            rows of the vectors of words (n).
        """
        meanings, places = self.meanings(), rows_of_places(self.places())
        alone = np.array([meaning.rows for meaning in meanings], np.int64)
        form, word = np.hsplit(alone, 2)
        gaps_and_break, quoted = np.hsplit(places, [3])
        rows = np.hstack((form, gaps_and_break, word, quoted, rows_of_order(len(meanings))))
        vectors = np.array([meaning.vector for meaning in meanings], np.int64)
        return rows, bits([meaning.roles for meaning in meanings]), vectors


def sight_of(text: str) -> Sight:
    """Return a text as the network sees it."""
    return Sight(Units(Document(plain_form(text))))


def rows_of_places(places: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of the network's table for some places (n x 4)."""
    rows: NDArray[np.int64] = PLACES[places] + (_BEFORE, _BEHIND, _BREAK, _QUOTED)
    return rows


def rows_of_order(size: int) -> NDArray[np.int64]:
    """Return the rows for how far each of so many units is from both ends (n x 2)."""
    units = np.arange(size)
    from_start, from_end = np.minimum(units, NEAR_AN_END), np.minimum(units[::-1], NEAR_AN_END)
    return np.stack((from_start + _FROM_START, from_end + _FROM_END), 1)


# The first that came: of frequent words that are no names, as they are written, what they may be,
# and whether the text shouts; and of forms.
_words: Final[dict[tuple[str, int, bool], Meaning]] = {}
_forms: Final[dict[tuple[str, str], Meaning]] = {}


def _meaning_of_word(word: str, shown: str, roles: int, shouted: bool) -> Meaning:
    vector, cluster, family = known_words().of(word)
    ending, place = _of(word[-3:], TOLD["ending"]), _of(word, TOLD["word"])
    rows = (
        *(_CLASS + class_of(roles), _KIND, _SHAPE, _LOOK + look_of(shown, shouted) + 1),
        *(_CLUSTER + cluster, _FAMILY + family, _ENDING + ending, _WORD + place),
    )
    known = bool(roles & Role.COMMON) and len(_words) + len(_forms) < MOST_KNOWN
    meaning = Meaning(rows, roles, vector, known)
    return _words.setdefault((shown, roles, shouted), meaning) if known else meaning


def _meaning_of_form(kind: str, shape: str) -> Meaning:
    rows = (_CLASS, _KIND_ROW[kind], _SHAPE + _of(kind + shape, TOLD["shape"]), _LOOK, *_NO_WORD)
    known = len(_words) + len(_forms) < MOST_KNOWN
    meaning = Meaning(rows, 0, 0, known)
    return _forms.setdefault((kind, shape), meaning) if known else meaning


def bits(roles: Sequence[int]) -> NDArray[np.float32]:
    """Return for some sums of flags whether each is there (n x 48)."""
    return (np.array(roles, np.int64)[:, None] >> ROLES & 1).astype(np.float32)


def _of(text: str, size: int) -> int:
    """Return a word's place among so many, the same in every process; the first is for none."""
    return crc32(text.encode("utf-8", "replace")) % (size - 1) + 1
