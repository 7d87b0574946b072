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
_LEAST: Final = 1e-5  # as torch.nn.LayerNorm adds to a variance

Floats = NDArray[np.float32]


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
        self.bias = bias

    def judge(self, sight: Sight) -> tuple[Floats, Floats]:
        """Return for each unit how likely it is the sender's (above 0: rather so), and its types.

        Returns:
            of n units, logits (n), and a score for each of `TYPES` (n x 13).
        """
        w = self._weights
        rows, roles, vectors = sight.told()
        told = self._table.take(rows, 0).sum(1)
        told += roles @ w["roles"]
        told += known_words().vectors.take(vectors, 0) @ w["vectors"]
        told += w["start"]
        told = _even(told, w["even"], w["even_at"])
        state = told
        for layer in range(LAYERS):
            state = state + self._layer(state, layer)
        hidden = np.concatenate((state, told), 1) @ w["hidden"] + w["hidden_at"]
        np.maximum(hidden, 0, out=hidden)
        owned = hidden @ w["own"] + w["own_at"]
        return owned[:, 0] + self.bias, hidden @ w["types"] + w["types_at"]

    def _layer(self, state: Floats, layer: int) -> Floats:
        w, size = self._weights, len(state)
        even = np.zeros((size + 2, WIDTH), np.float32)
        even[1:-1] = _even(state, w[f"even{layer}"], w[f"even{layer}_at"])
        around = np.concatenate((even[:-2], even[1:-1], even[2:]), 1)
        gates = around @ w[f"gates{layer}"] + w[f"gates{layer}_at"]
        # Of both memories: what is new, how much of the old is kept, how much is shown.
        new = np.tanh(gates[:, : 2 * MEMORY])
        kept, shown = _sigmoid(gates[:, 2 * MEMORY : 4 * MEMORY]), _sigmoid(gates[:, 4 * MEMORY :])
        new *= 1 - kept
        for part in (new, kept):
            part[:, MEMORY:] = part[::-1, MEMORY:].copy()
        for unit in range(1, size):
            new[unit] += kept[unit] * new[unit - 1]
        new[:, MEMORY:] = new[::-1, MEMORY:].copy()
        new *= shown
        return new @ w[f"back{layer}"] + w[f"back{layer}_at"]


def _sigmoid(values: Floats) -> Floats:
    return 0.5 * np.tanh(0.5 * values) + np.float32(0.5)


def _even(values: Floats, scale: Floats, shift: Floats) -> Floats:
    """Bring each row to the same mean and spread (layer normalisation)."""
    values = values - values.mean(1, keepdims=True)
    spread = np.einsum("ij,ij->i", values, values)[:, None] / WIDTH
    return values / np.sqrt(spread + _LEAST) * scale + shift


@cache
def shipped() -> Network:
    """Return the network that the package ships."""
    with np.load(FILE) as stored:
        return Network(dict(stored))


def own_units(sight: Sight, network: Network) -> list[tuple[int, str]]:
    """Return the units that are likelier the sender's than not, each with its likeliest type."""
    if not sight.chosen:
        return []
    owned, kinds = network.judge(sight)
    return [
        (unit, TYPES[int(kinds[unit].argmax())]) for unit in sight.chosen if owned[unit] > 0
    ]
