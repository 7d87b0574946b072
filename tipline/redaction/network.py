"""A network: which units of a text are the sender's, and of what type each is.

A small network in three steps. First each unit looks at its neighbours; then two memories run
through the text, one forwards and one backwards, each of which keeps or forgets by what stands at a
unit (a quasi-recurrent network, https://arxiv.org/abs/1611.01576); at last all of that is weighed.
The gates of the memories need no memory, so all units are worked out at once, and the memories run
through in few steps: a message costs a fraction of a millisecond. What the network is told of a
unit says `features.py`. The weights are learned by `python -m tests.redaction.training`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tipline.redaction.features import (
    MOST_KNOWN,
    NEAR_AN_END,
    PLACES,
    Meaning,
    bits,
    rows_of_order,
    rows_of_places,
)
from tipline.redaction.known_words import known_words

NEIGHBOURS: Final = 2  # units on each side that a unit looks at
_LEAST: Final = 1e-5  # as torch.nn.LayerNorm adds to a variance

Floats = NDArray[np.float32]
_HALF: Final = np.float32(0.5)


class Network:
    """Weights that were learned, of any size.

    What is linear in a row is worked out once, when the weights are taken. Weights lie row by row:
    products of few units with weights that lie column by column take three times as long. And they
    are asked for as `dot`: the operator takes up to a microsecond more to come to the same.
    """

    def __init__(self, stored: Mapping[str, Any]) -> None:
        """Take the weights by name, as `tests.redaction.training.learning` stores them."""
        table = stored["table"]
        w: dict[str, Floats] = {
            name: np.ascontiguousarray(stored[name], np.float32)
            for name in stored
            if name != "table"
        }
        self._told, self._near, self._memories = _Told(table, w), _Near(w), _Memories(w)
        width = self._width = len(w["even"])
        self._stretch: Floats = w["even"] * np.float32(np.sqrt(width))
        self._shift = w["even_at"]
        # The last looks at what was made of a unit, with what the memories add, and at what was
        # told of it.
        made, told = w["hidden"][:width], w["hidden"][width:]
        at = w["hidden_at"] + w["back_at"] @ made
        self._hidden: Floats = np.concatenate((made, at[None], told, w["back"] * _HALF @ made))
        self._last: Floats = np.concatenate((w["own"], w["types"]), 1)
        self._last_at: Floats = np.append(w["own_at"], w["types_at"])

    def judge(
        self, meanings: Sequence[Meaning], places: Sequence[int], asked: Sequence[int]
    ) -> tuple[Floats, Floats]:
        """Return how likely units are the sender's (above 0: rather so), and their types.

        Args:
            meanings: what each unit of the text is (`Sight.meanings`).
            places: how it stands (`Sight.places`).
            asked: the units that are asked about.

        Returns:
            of k units that are asked about, logits (k), and a score for each of `TYPES` (k x 13).
        """
        size, width = len(meanings), self._width
        # Of each unit what is made of it, a 1, what was told of it, and what the memories show.
        seen: Floats = np.empty((size, 2 * width + 1 + 2 * self._memories.size), np.float32)
        made, told = seen[:, :width], seen[:, width + 1 : 2 * width + 1]
        seen[:, width] = 1
        _to_length_one(self._told.of(meanings, places), told)
        told *= self._stretch
        told += self._shift
        np.add(told, self._near.seen(told), out=made)
        self._memories.show(seen[:, : width + 1], seen[:, 2 * width + 1 :])
        hidden: Floats = seen.take(asked, 0).dot(self._hidden)
        np.maximum(hidden, 0, out=hidden)
        last: Floats = hidden.dot(self._last)
        last += self._last_at
        return last[:, 0], last[:, 1:]


class _Told:
    """What is told of units, as sums of rows of the table; those of known meanings are kept.

    The table stays as it is stored, a byte a number with a step for each row.
    """

    def __init__(self, table: NDArray[np.int8], w: Mapping[str, Floats]) -> None:
        self._table, self._steps = table, w["steps"]
        to_mean = self._to_mean = _to_mean(len(w["start"]))
        self._roles = _Roles(w["roles"] @ to_mean)
        self._vectors = w["vectors"] @ to_mean
        self._words = known_words().vectors
        # What is told of all units, wherever they stand, is told with their places.
        ends = self._summed(rows_of_order(2 * NEAR_AN_END + 1))
        between = ends[NEAR_AN_END]
        self._places = self._summed(rows_of_places(np.arange(len(PLACES)))) + between
        self._places += w["start"] @ to_mean
        self._first, self._last = ends[:NEAR_AN_END] - between, ends[-NEAR_AN_END:] - between
        self._short = [
            self._summed(rows_of_order(size)) - between for size in range(2 * NEAR_AN_END)
        ]
        self._kept: Floats = np.empty((MOST_KNOWN, len(w["start"])), np.float32)
        self._numbers: dict[Meaning, int] = {}
        self._keeping = Lock()

    def of(self, meanings: Sequence[Meaning], places: Sequence[int]) -> Floats:
        """Return the sums for the units of a text, each of mean 0."""
        numbers = [self._numbers.get(meaning, -1) for meaning in meanings]
        strange = [unit for unit, number in enumerate(numbers) if number < 0]
        told: Floats = self._kept.take(numbers, 0, mode="wrap")
        if strange:
            told[strange] = self._worked_out([meanings[unit] for unit in strange])
        told += self._places.take(places, 0)
        if len(told) < len(self._short):
            told += self._short[len(told)]
        else:  # only those near either end are told where they stand
            np.add(told[:NEAR_AN_END], self._first, out=told[:NEAR_AN_END])
            np.add(told[-NEAR_AN_END:], self._last, out=told[-NEAR_AN_END:])
        return told

    def _summed(self, rows: Sequence[tuple[int, ...]] | NDArray[np.int64]) -> Floats:
        """Return the sums of some rows of the table (of n x m rows n sums, of mean 0)."""
        wanted = np.asarray(rows)  # once: of many numbers in lists it takes longer than the sums
        steps: Floats = self._steps.take(wanted)[..., None]
        sums: Floats = np.add.reduce(self._table.take(wanted, 0) * steps, 1)
        even: Floats = sums.dot(self._to_mean)
        return even

    def _worked_out(self, meanings: Sequence[Meaning]) -> Floats:
        found = self._summed([meaning.rows for meaning in meanings])
        # A strange word has mostly no role and no vector.
        for strange, meaning in enumerate(meanings):
            if meaning.roles:
                found[strange] += self._roles[meaning.roles]
        if any(vectors := [meaning.vector for meaning in meanings]):
            found += self._words.take(vectors, 0).dot(self._vectors)
        for meaning, sums in zip(meanings, found, strict=True):
            if meaning.known:
                self._keep(meaning, sums)
        return found

    def _keep(self, meaning: Meaning, sums: Floats) -> None:
        with self._keeping:
            number = self._numbers.get(meaning, len(self._numbers))
            if number < MOST_KNOWN:
                self._kept[number] = sums
                self._numbers[meaning] = number


class _Roles(dict[int, Floats]):
    """The sums for the roles of words that were met; there are some hundred of them."""

    def __init__(self, weights: Floats) -> None:
        self._weights = weights

    def __missing__(self, roles: int) -> Floats:
        sums: Floats = bits([roles])[0] @ self._weights
        self[roles] = sums
        return sums


class _Near:
    """What each unit sees of itself and its neighbours."""

    def __init__(self, w: Mapping[str, Floats]) -> None:
        self._weights, self._at, self._back = w["near"], w["near_at"], w["near_back"]

    def seen(self, told: Floats) -> Floats:
        """Return what its neighbours add to what stands for each unit (n x width)."""
        size, width = told.shape
        padded = np.zeros((size + 2 * NEIGHBOURS, width), np.float32)  # 0 outside of the text
        padded[NEIGHBOURS:-NEIGHBOURS] = told
        # Of each unit those that it sees, one behind the other: they lie so already, overlapping,
        # and `dot` lays them out where it must.
        row, number = padded.strides
        wide = (size, (2 * NEIGHBOURS + 1) * width)
        around: Floats = np.ndarray(wide, np.float32, padded, strides=(row, number))
        found: Floats = around.dot(self._weights)
        found += self._at
        np.maximum(found, 0, out=found)
        added: Floats = found.dot(self._back)
        return added


class _Memories:
    """Two memories, of which the second runs backwards: it is told the units in that order.

    Of a memory's gates a third is what is new, one how much of the old is kept, one how much is
    shown.

    Attributes:
        size: numbers in each memory.
    """

    def __init__(self, w: Mapping[str, Floats]) -> None:
        gates: Floats = np.concatenate((w["gates"], w["gates_at"][None]))
        size = self.size = gates.shape[1] // 6
        # A sigmoid is a tangent of half the value: so one call works out all.
        gates[:, 2 * size :] *= _HALF
        self._gates = gates

    def show(self, made: Floats, shown: Floats) -> None:
        """Work out what both memories show at each unit.

        Args:
            made: what stands for each unit, and a 1 (n x (width + 1)).
            shown: is filled with the double of what they show: n x twice the size.
        """
        many, size = len(made), self.size
        both = (made @ self._gates).reshape(many, 3, 2 * size)
        # Gate by gate, each of both memories in the order in which they run: what lies in one piece
        # is worked with at a third of the time.
        gates = np.empty((3, many, 2 * size), np.float32)
        by_unit = gates.swapaxes(0, 1)
        np.tanh(both[:, :, :size], out=by_unit[:, :, :size])
        np.tanh(both[::-1, :, size:], out=by_unit[:, :, size:])
        gates[1:] += 1
        new, kept, showing = gates
        kept *= _HALF
        held: Floats = new * kept
        np.subtract(new, held, out=held)
        _run_through(held, kept)
        held *= showing
        shown[:, :size] = held[:, :size]
        shown[:, size:] = held[::-1, size:]


def _to_mean(width: int) -> Floats:
    """What takes the mean off rows; done to weights once, it need not be done to what is told."""
    return (np.eye(width) - 1 / width).astype(np.float32)


def _to_length_one(values: Floats, out: Floats) -> None:
    """Bring rows of mean 0 to length 1 (layer normalisation, but for its scale and shift)."""
    squared = np.vecdot(values, values)
    squared += values.shape[1] * _LEAST
    length = np.sqrt(squared, out=squared)
    np.divide(values, length[:, None], out=out)


def _run_through(held: Floats, kept: Floats) -> None:
    """Let memories run through: of each unit what is new, and of the one before what is kept.

    In steps of one, two, four units and so on, so that few calls do it.

    Args:
        held: what is new at each unit (n x any size); becomes what is held there.
        kept: how much is kept there of what was held before.
    """
    step, size = 1, len(held)
    # From the unit `step` on: how much is kept of what was held so many units before.
    kept = kept[1:]
    while step < size:
        held[step:] += kept * held[:-step]
        kept = kept[step:] * kept[:-step]
        step *= 2
