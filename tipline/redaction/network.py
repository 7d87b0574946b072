"""The network: which units of a text are the sender's, and of what type each is.

A small recurrent network in two layers. In each, units look at their neighbours, and two memories
run through the text, one forwards and one backwards, each of which keeps or forgets by what stands
at a unit (a quasi-recurrent network, https://arxiv.org/abs/1611.01576). The gates need no memory,
so all units are worked out at once and only the memories go step by step: a message costs a
fraction of a millisecond. What it is told of a unit says `features.py`. The weights are learned by
`python -m tests.redaction.training` and shipped beside this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tipline.redaction.features import Sight
from tipline.redaction.identifiers import TYPES
from tipline.redaction.known_words import known_words
from tipline.redaction.lexicon import WORDS

BIAS: Final = 0.0
WIDTH: Final = 64  # numbers that stand for a unit
MEMORY: Final = 48  # numbers in each memory
LAYERS: Final = 2
FILE: Final = WORDS / "network.npz"
# Forms and shapes that can hardly be anything else.
_TYPE_OF: Final = {"MAIL": "EMAIL", "IP": "IP", "GEO": "GEO", "ssn": "SSN", "card": "CARD"}
_LEAST: Final = 1e-5  # as torch.nn.LayerNorm adds to a variance

Floats = NDArray[np.float32]
_NEW: Final = 2 * MEMORY
_ALL: Final = 3 * _NEW
_HALF: Final = np.float32(0.5)
_TO_MEAN: Final = (np.eye(WIDTH) - 1 / WIDTH).astype(np.float32)
_ONES: Final = np.full((WIDTH, 1), 1 / WIDTH, np.float32)


class Network:
    """Weights that were learned.

    Attributes:
        bias: what is added for a unit being the sender's: more of it leaks less and destroys more.
    """

    def __init__(self, stored: Mapping[str, Any], bias: float = BIAS) -> None:
        """Take the weights by name, as `tests.redaction.training.learning` stores them."""
        weights = {name: np.asarray(stored[name], np.float32) for name in stored}
        self._table = weights.pop("table") * weights.pop("steps")[:, None]
        self._weights = weights
        self._words = known_words().vectors
        self._layers = [_Layer(weights, str(number)) for number in range(LAYERS)]
        self._last: Floats = np.concatenate((weights["own"], weights["types"]), 1)
        self._last_at: Floats = np.append(weights["own_at"] + np.float32(bias), weights["types_at"])
        self.bias = bias

    def judge(self, sight: Sight) -> tuple[Floats, Floats]:
        """Return for each unit how likely it is the sender's (above 0: rather so), and its types.

        Returns:
            of n units, logits (n), and a score for each of `TYPES` (n x 13).
        """
        w = self._weights
        rows, roles, vectors = sight.told()
        told: Floats = np.add.reduce(self._table.take(rows, 0), 1)
        told += roles @ w["roles"]
        told += self._words.take(vectors, 0) @ w["vectors"]
        told += w["start"]
        told = _even(told)
        told *= w["even"]
        told += w["even_at"]
        state = told
        for layer in self._layers:
            state = state + layer.run(state)
        hidden: Floats = np.concatenate((state, told), 1) @ w["hidden"]
        hidden += w["hidden_at"]
        np.maximum(hidden, 0, out=hidden)
        last: Floats = hidden @ self._last
        last += self._last_at
        return last[:, 0], last[:, 1:]


class _Layer:
    """One layer: what its gates say of each unit, and its two memories.

    Of the gates' numbers a third is what is new, one how much of the old is kept, one how much is
    shown; of each the first half belongs to the memory that runs forwards.
    """

    def __init__(self, weights: Mapping[str, Floats], name: str) -> None:
        gates, at = weights[f"gates{name}"].copy(), weights[f"gates{name}_at"].copy()
        # A sigmoid is a tangent of half the value: so one call works out all.
        for part in (gates, at):
            part[..., _NEW:] *= 0.5
        before, here, behind = np.split(gates, 3)
        gates = np.concatenate((before, here, behind), 1)
        self._gates = gates * weights[f"even{name}"][:, None]
        self._shift = weights[f"even{name}_at"] @ gates
        self._gates_at = at
        self._back, self._back_at = weights[f"back{name}"], weights[f"back{name}_at"]

    def run(self, state: Floats) -> Floats:
        """Return what is added to what stands for each unit."""
        near = _even(state) @ self._gates
        near += self._shift
        gates = near[:, _ALL : 2 * _ALL] + self._gates_at
        gates[1:] += near[:-1, :_ALL]
        gates[:-1] += near[1:, 2 * _ALL :]
        np.tanh(gates, out=gates)
        new, kept, shown = gates[:, :_NEW], gates[:, _NEW : 2 * _NEW], gates[:, 2 * _NEW :]
        kept *= _HALF
        kept += _HALF
        shown *= _HALF
        shown += _HALF
        new *= 1 - kept
        # The second memory runs backwards, so it is turned round, and turned back.
        for part in (new, kept):
            part[:, MEMORY:] = part[::-1, MEMORY:].copy()
        _run_through(new, kept)
        new[:, MEMORY:] = new[::-1, MEMORY:].copy()
        new *= shown
        added: Floats = new @ self._back
        added += self._back_at
        return added


def _run_through(new: Floats, kept: Floats) -> None:
    """Let a memory run through: each unit's is what is new, and of the one before what is kept.

    In steps of one, two, four units and so on, so that few calls do it. Works in place.
    """
    step, size = 1, len(new)
    while step < size:
        new[step:] += kept[step:] * new[:-step]
        if 2 * step < size:
            kept[step:] *= kept[:-step].copy()
        step *= 2


def _even(values: Floats) -> Floats:
    """Bring each row to mean 0 and variance 1 (layer normalisation, but for scale and shift)."""
    values = values @ _TO_MEAN
    spread = (values * values) @ _ONES
    spread += _LEAST
    values /= np.sqrt(spread, out=spread)
    return values


@cache
def shipped() -> Network:
    """Return the network that the package ships."""
    with np.load(FILE) as stored:
        return Network(dict(stored))


def own_units(sight: Sight, network: Network) -> list[tuple[int, str]]:
    """Return the units that are likelier the sender's than not, each with its likeliest type."""
    if not sight.chosen:
        return []
    owned, types = network.judge(sight)
    forms = [
        shape or kind for kind, shape in zip(sight.units.kinds, sight.units.shapes, strict=True)
    ]
    return [
        (unit, _TYPE_OF.get(forms[unit]) or TYPES[int(types[unit].argmax())])
        for unit in sight.chosen
        if owned[unit] > 0
    ]
