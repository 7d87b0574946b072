"""What a network's numbers come to: which units are the sender's, and of what type each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from tipline.redaction.features import Sight
from tipline.redaction.identifiers import TYPES
from tipline.redaction.lexicon import WORDS
from tipline.redaction.network import Floats, Network

WEIGHTS: Final = WORDS / "network.npz"
# Towards leaking less: evidence that was taken out can be asked for again in the thread, what has
# leaked cannot be taken back. With it mistakes on tips to choose by are fewest (decision 21).
BIAS: Final = 0.65
# A unit this far on the side of no hardly becomes the sender's when what is the sender's is taken
# out of the text, so that nobody need look at it again (decision 21). Beside what was taken out
# more changes than afar.
_SURELY_NOT: Final = -5.0
_SURELY_NOT_AFAR: Final = -1.0
_BESIDE: Final = range(-6, 7)  # units
# Forms and shapes that can hardly be anything else.
_TYPE_OF: Final = {"MAIL": "EMAIL", "IP": "IP", "GEO": "GEO", "ssn": "SSN", "card": "CARD"}
# What has the form of a phone number may be another number, but none of these.
_NO_NUMBERS: Final = np.isin(TYPES, ("EMAIL", "NAME", "ADDRESS", "IP", "GEO"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is the sender's in a text.

    Attributes:
        own: the units that rather are, each with its likeliest type.
        in_doubt: whether anything else is so near the border that it may be the sender's too once
            there are placeholders for these (an estimate).
    """

    own: Sequence[tuple[int, str]]
    in_doubt: bool


_NOTHING: Final = Verdict((), in_doubt=False)


class Judge:
    """Decides what is the sender's.

    Attributes:
        network: what says how likely units are the sender's.
        bias: what is added for a unit being the sender's: more of it leaks less and destroys more.
    """

    def __init__(self, network: Network, bias: float = BIAS) -> None:
        self.network = network
        self.bias = bias

    def weigh(self, sight: Sight) -> tuple[Sequence[float], Floats]:
        """Return how likely chosen units are the sender's (above 0: rather so), and their types.

        Returns:
            of k chosen units, logits (k), and a score for each of `TYPES` (k x 13).
        """
        owned, types = self.network.judge(sight.meanings(), sight.places(), sight.chosen)
        owned += self.bias
        return owned.tolist(), types

    def verdict(self, sight: Sight) -> Verdict:
        """Return which of the chosen units are the sender's."""
        if not sight.chosen:
            return _NOTHING
        logits, types = self.weigh(sight)
        own: list[tuple[int, str]] = []
        near: list[tuple[int, float]] = []
        kinds, shapes = sight.units.kinds, sight.units.shapes
        for number, (unit, logit) in enumerate(zip(sight.chosen, logits, strict=True)):
            if logit > 0:
                if kinds[unit] == "PHONE":
                    types[number, _NO_NUMBERS] = -np.inf
                sure = _TYPE_OF.get(shapes[unit] or kinds[unit])
                own.append((unit, sure or TYPES[types[number].argmax()]))
            elif logit > _SURELY_NOT:
                near.append((unit, logit))
        beside = {unit + by for unit, _ in own for by in _BESIDE} if near else ()
        in_doubt = any(logit > _SURELY_NOT_AFAR or unit in beside for unit, logit in near)
        return Verdict(own, in_doubt and bool(own))


@cache
def shipped() -> Judge:
    """Return the judge with the network that the package ships."""
    with np.load(WEIGHTS) as stored:
        return Judge(Network(dict(stored)))
