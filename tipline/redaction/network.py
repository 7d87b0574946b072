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
    """Weights that were learned, of any size."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        """Take the weights by name, as `tests.redaction.training.learning` stores them."""
        table = stored["table"]
        w = {name: np.asarray(stored[name], np.float32) for name in stored if name != "table"}
        self._told = _Told(table, w)
        self._near, self._memories = _Near(w), _Memories(w)
        self._width = len(w["even"])
        self._stretch: Floats = w["even"] * np.float32(np.sqrt(self._width))
        self._shift = w["even_at"]
        # The last looks at what was made of a unit and at what was told of it.
        self._hidden, self._hidden_at = w["hidden"], w["hidden_at"]
        self._last: Floats = np.concatenate((w["own"], w["types"]), 1)
        self._last_at: Floats = np.append(w["own_at"], w["types_at"])

    def judge(self, meanings: Sequence[Meaning], places: Sequence[int]) -> tuple[Floats, Floats]:
        """Return for each unit how likely it is the sender's (above 0: rather so), and its types.

        Args:
            meanings: what each unit is (`Sight.meanings`).
            places: how it stands (`Sight.places`).

        Returns:
            of n units, logits (n), and a score for each of `TYPES` (n x 13).
        """
        both: Floats = np.empty((len(meanings), 2 * self._width), np.float32)
        state, told = both[:, : self._width], both[:, self._width :]
        _to_length_one(self._told.of(meanings, places), told)
        told *= self._stretch
        told += self._shift
        np.add(told, self._near.seen(told), out=state)
        state += self._memories.shown(state)
        hidden: Floats = both @ self._hidden
        hidden += self._hidden_at
        np.maximum(hidden, 0, out=hidden)
        last: Floats = hidden @ self._last
        last += self._last_at
        return last[:, 0], last[:, 1:]


class _Told:
    """What is told of units, as sums of rows of the table; those of known meanings are kept.

    The table stays as it is stored, a byte a number with a step for each row.
    """

    def __init__(self, table: NDArray[np.int8], w: Mapping[str, Floats]) -> None:
        self._table, self._steps = table, w["steps"]
        self._to_mean = _to_mean(len(w["start"]))
        self._roles, self._vectors = w["roles"] @ self._to_mean, w["vectors"] @ self._to_mean
        self._words = known_words().vectors
        self._start: Floats = w["start"] @ self._to_mean
        self._places = self._summed(rows_of_places(np.arange(len(PLACES))))
        # Only the units near either end are told where they stand.
        self._orders = [
            self._summed(rows_of_order(size)) + self._start for size in range(2 * NEAR_AN_END + 2)
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
        told += self._order(len(meanings))
        return told

    def _order(self, size: int) -> Floats:
        between = size - 2 * NEAR_AN_END
        if between < 1:
            return self._orders[size]
        return np.repeat(self._orders[-1], [1] * NEAR_AN_END + [between] + [1] * NEAR_AN_END, 0)

    def _summed(self, rows: Sequence[tuple[int, ...]] | NDArray[np.int64]) -> Floats:
        """Return the sums of some rows of the table (of n x m rows n sums, of mean 0)."""
        wanted = np.asarray(rows)  # once: of many numbers in lists it takes longer than the sums
        steps: Floats = self._steps.take(wanted)[..., None]
        sums: Floats = np.add.reduce(self._table.take(wanted, 0) * steps, 1)
        return sums @ self._to_mean

    def _worked_out(self, meanings: Sequence[Meaning]) -> Floats:
        found = self._summed([meaning.rows for meaning in meanings])
        # A strange word has mostly no role and no vector.
        if any(roles := [meaning.roles for meaning in meanings]):
            found += bits(roles) @ self._roles
        if any(vectors := [meaning.vector for meaning in meanings]):
            found += self._words.take(vectors, 0) @ self._vectors
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


class _Near:
    """What each unit sees of itself and its neighbours."""

    def __init__(self, w: Mapping[str, Floats]) -> None:
        self._weights: Floats = np.concatenate((w["near"], w["near_at"][None]))
        self._back = w["near_back"]

    def seen(self, state: Floats) -> Floats:
        """Return what its neighbours add to what stands for each unit (n x width)."""
        size, width = state.shape
        # Of each unit those that it sees, 0 outside of the text, and a 1.
        rows = np.zeros((size, (2 * NEIGHBOURS + 1) * width + 1), np.float32)
        rows[:, -1] = 1
        for place in range(2 * NEIGHBOURS + 1):
            part = rows[:, place * width : (place + 1) * width]
            before, behind = NEIGHBOURS - place, place - NEIGHBOURS
            if before > 0:
                part[before:] = state[:-before]
            elif behind > 0:
                part[:-behind] = state[behind:]
            else:
                part[:] = state
        found: Floats = rows @ self._weights
        np.maximum(found, 0, out=found)
        return found @ self._back


class _Memories:
    """Two memories, of which the second runs backwards: it is told the units in that order.

    Of a memory's gates a third is what is new, one how much of the old is kept, one how much is
    shown.
    """

    def __init__(self, w: Mapping[str, Floats]) -> None:
        gates: Floats = np.concatenate((w["gates"], w["gates_at"][None]))
        memory = self._memory = gates.shape[1] // 6
        # A sigmoid is a tangent of half the value: so one call works out all.
        gates[:, 2 * memory :] *= _HALF
        by_memory = gates.reshape(-1, 3, 2, memory).transpose(2, 0, 1, 3)
        self._gates: Floats = by_memory.reshape(2, -1, 3 * memory)
        # A memory is shown by half of what it would be: the other half is in these weights.
        self._back: Floats = w["back"] * _HALF
        self._back_at = w["back_at"]

    def shown(self, state: Floats) -> Floats:
        """Return what both memories add to what stands for each unit (n x width)."""
        (size, width), memory = state.shape, self._memory
        rows = np.empty((2, size, width + 1), np.float32)
        rows[0, :, :width] = state
        rows[0, :, width] = 1
        rows[1] = rows[0, ::-1]
        gates: Floats = rows @ self._gates
        np.tanh(gates, out=gates)
        new, keeping, showing = (
            gates[:, :, part * memory : (part + 1) * memory] for part in range(3)
        )
        held_and_kept = np.empty((2, 2, size, memory), np.float32)
        held, kept = held_and_kept
        np.add(keeping, 1, out=kept)
        kept *= _HALF
        np.multiply(new, kept, out=held)
        np.subtract(new, held, out=held)
        _run_through(held_and_kept)
        showing += 1
        shown = np.empty((size, 2 * memory), np.float32)
        np.multiply(held[0], showing[0], out=shown[:, :memory])
        np.multiply(held[1, ::-1], showing[1, ::-1], out=shown[:, memory:])
        added: Floats = shown @ self._back
        added += self._back_at
        return added


def _to_mean(width: int) -> Floats:
    """What takes the mean off rows; done to weights once, it need not be done to what is told."""
    return (np.eye(width) - 1 / width).astype(np.float32)


def _to_length_one(values: Floats, out: Floats) -> None:
    """Bring rows of mean 0 to length 1 (layer normalisation, but for its scale and shift)."""
    squared = np.vecdot(values, values)
    squared += values.shape[1] * _LEAST
    length = np.sqrt(squared, out=squared)
    np.divide(values, length[:, None], out=out)


def _run_through(held_and_kept: Floats) -> None:
    """Let memories run through: of each unit what is new, and of the one before what is kept.

    In steps of one, two, four units and so on, so that few calls do it. Works in place: what is new
    (in the first half) becomes what is held; how much is kept stands in the second.
    """
    held, kept = held_and_kept
    step, size = 1, held.shape[1]
    while step < size:
        if 2 * step < size:
            of_before = kept[:, step:] * held_and_kept[:, :, :-step]
            held[:, step:] += of_before[0]
            kept[:, step:] = of_before[1]
        else:
            held[:, step:] += kept[:, step:] * held[:, :-step]
        step *= 2
