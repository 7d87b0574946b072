"""A network: which units of a text are the sender's, and of what type each is.

A small recurrent network in two layers. In each, units look at their neighbours, and two memories
run through the text, one forwards and one backwards, each of which keeps or forgets by what stands
at a unit (a quasi-recurrent network, https://arxiv.org/abs/1611.01576). The gates need no memory,
so all units are worked out at once and only the memories go step by step: a message costs a
fraction of a millisecond. What it is told of a unit says `features.py`. The weights are learned by
`python -m tests.redaction.training`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tipline.redaction.features import (
    MOST_KNOWN,
    PLACES,
    Meaning,
    bits,
    rows_of_order,
    rows_of_places,
)
from tipline.redaction.known_words import known_words

WIDTH: Final = 64  # numbers that stand for a unit
MEMORY: Final = 48  # numbers in each memory
LAYERS: Final = 2
_LEAST: Final = 1e-5  # as torch.nn.LayerNorm adds to a variance

Floats = NDArray[np.float32]
_HALF: Final = np.float32(0.5)
# Takes the mean off each row; done to weights once, it need not be done to what they are told.
_TO_MEAN: Final = (np.eye(WIDTH) - 1 / WIDTH).astype(np.float32)
_SHORT: Final = 64  # units of a text of which the order is worked out once


class Network:
    """Weights that were learned."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        """Take the weights by name, as `tests.redaction.training.learning` stores them."""
        table = stored["table"]
        w = {name: np.asarray(stored[name], np.float32) for name in stored if name != "table"}
        self._told = _Told(table, w)
        self._layers = [_Layer(w, str(number)) for number in range(LAYERS)]
        # What is told goes to the first layer, and what comes out of each layer to the next.
        scale, shift = w["even"], w["even_at"]
        self._into: Floats = scale[:, None] * _TO_MEAN
        self._into_at: Floats = shift @ _TO_MEAN
        # The last looks at what was told, and at that with what all layers added.
        late, early = np.split(w["hidden"], 2)
        backs = [w[f"back{number}"] for number in range(LAYERS)]
        added = sum(w[f"back{number}_at"] for number in range(LAYERS))
        both = late + early
        self._hidden: Floats = np.concatenate(
            [scale[:, None] * both, *(_halved(back @ late) for back in backs)]
        )
        self._hidden_at: Floats = shift @ both + added @ late + w["hidden_at"]
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
        told = self._told.of(meanings, places)
        _scale(told, told)
        state = told @ self._into
        state += self._into_at
        parts = [told]
        for number, layer in enumerate(self._layers):
            if number:
                state += self._layers[number - 1].added(parts[-1])
            parts.append(layer.memories(state))
        hidden: Floats = np.concatenate(parts, 1) @ self._hidden
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
        self._roles, self._vectors = w["roles"] @ _TO_MEAN, w["vectors"] @ _TO_MEAN
        self._words = known_words().vectors
        self._start: Floats = w["start"] @ _TO_MEAN
        self._places = self._summed(rows_of_places(np.arange(len(PLACES))))
        self._orders = [self._order(size) for size in range(_SHORT)]
        self._kept: Floats = np.empty((MOST_KNOWN, WIDTH), np.float32)
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
        size = len(meanings)
        told += self._orders[size] if size < _SHORT else self._order(size)
        return told

    def _order(self, size: int) -> Floats:
        return self._summed(rows_of_order(size)) + self._start

    def _summed(self, rows: Sequence[tuple[int, ...]] | NDArray[np.int64]) -> Floats:
        """Return the sums of some rows of the table (of n x m rows n sums, of mean 0)."""
        steps: Floats = self._steps.take(rows)[..., None]
        sums: Floats = np.add.reduce(self._table.take(rows, 0) * steps, 1)
        return sums @ _TO_MEAN

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


class _Layer:
    """One layer: what its gates say of each unit, and its two memories.

    The second memory runs backwards: it is told the units in that order, and runs like the first.
    Of a memory's gates a third is what is new, one how much of the old is kept, one how much is
    shown.
    """

    def __init__(self, w: Mapping[str, Floats], name: str) -> None:
        gates, at = w[f"gates{name}"].copy(), w[f"gates{name}_at"].copy()
        # A sigmoid is a tangent of half the value: so one call works out all.
        for part in (gates, at):
            part[..., 2 * MEMORY :] *= 0.5
        scale, shift = w[f"even{name}"], w[f"even{name}_at"]
        rows = []
        for place, part in enumerate(np.split(gates, 3)):
            of_one = shift @ part + (at if place == 1 else 0)
            rows.append(np.concatenate((scale[:, None] * part, of_one[None])))
        forwards, backwards = (
            np.concatenate(order).reshape(-1, 3, 2, MEMORY)[:, :, memory].reshape(-1, 3 * MEMORY)
            for memory, order in enumerate((rows, rows[::-1]))
        )
        self._gates: Floats = np.stack((forwards, backwards))
        # A memory is shown by half of what it would be: the other half is in these weights.
        self._back: Floats = _halved(w[f"back{name}"] @ _TO_MEAN)
        self._back_at: Floats = w[f"back{name}_at"] @ _TO_MEAN

    def memories(self, state: Floats) -> Floats:
        """Return twice what both memories show at each unit (n x 96).

        Args:
            state: what stands for each unit, of mean 0 (n x 64).
        """
        gates = _both_ways(state) @ self._gates
        np.tanh(gates, out=gates)
        # Not worked out in place: what comes next is faster with numbers that lie side by side.
        kept = gates[:, :, MEMORY : 2 * MEMORY] + 1
        kept *= _HALF
        new = gates[:, :, :MEMORY]
        held: Floats = new - new * kept
        _run_through(held, kept)
        held *= gates[:, :, 2 * MEMORY :] + 1
        return np.concatenate((held[0], held[1, ::-1]), 1)

    def added(self, memories: Floats) -> Floats:
        """Return what these memories add to what stands for each unit."""
        added: Floats = memories @ self._back
        added += self._back_at
        return added


def _halved(weights: Floats) -> Floats:
    return (weights / 2).astype(np.float32)


def _both_ways(state: Floats) -> Floats:
    """Return the units forwards and backwards, each between its neighbours (2 x n x 195).

    Of each stands there what it is, scaled, and a 1; outside of the text all is 0, the 1 as well.
    """
    rows = np.zeros((2, len(state) + 2, WIDTH + 1), np.float32)
    _scale(state, rows[0, 1:-1, :WIDTH])
    rows[0, 1:-1, WIDTH] = 1
    rows[1] = rows[0, ::-1]
    return np.concatenate((rows[:, :-2], rows[:, 1:-1], rows[:, 2:]), 2)


def _scale(values: Floats, out: Floats) -> None:
    """Bring rows of mean 0 to variance 1 (layer normalisation, but for its scale and shift)."""
    spread = np.vecdot(values, values)
    spread *= 1 / WIDTH
    spread += _LEAST
    np.sqrt(spread, out=spread)
    np.divide(values, spread[:, None], out=out)


def _run_through(new: Floats, kept: Floats) -> None:
    """Let memories run through: of each unit what is new, and of the one before what is kept.

    In steps of one, two, four units and so on, so that few calls do it. Works in place.
    """
    step, size = 1, new.shape[1]
    while step < size:
        new[:, step:] += kept[:, step:] * new[:, :-step]
        if 2 * step < size:
            kept[:, step:] *= kept[:, :-step].copy()
        step *= 2
