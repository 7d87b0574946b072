"""Who decides: networks that learned the same, of which all are asked where the first is in doubt.

Networks that learned the same tips in other orders err on other tips, so their mean errs less than
each alone (https://arxiv.org/abs/1612.01474). That makes a difference mostly where the first is in
doubt of a unit. So the first is a small one, and only for such texts all are asked: most texts cost
what the small one costs.
"""

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

NETWORKS: Final = 2
FILES: Final = tuple(WORDS / f"network-{number}.npz" for number in range(1, NETWORKS + 1))
# Towards leaking less: evidence that was taken out can be asked for again in the thread, what has
# leaked cannot be taken back. Without it mistakes on tips to choose by are fewest (decision 21).
BIAS: Final = 0.75
# How near to the border between yes and no (at 0, with the bias) the first is in doubt.
_DOUBT: Final = 1.5
# A unit this far on the side of no hardly becomes the sender's
# when what is the sender's is taken out of the text, so that nobody need look at it again (decision
# 21). Beside what was taken out more changes than afar.
_SURELY_NOT: Final = -4.0
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
        networks: the first is asked always, the others where it is in doubt.
        bias: what is added for a unit being the sender's: more of it leaks less and destroys more.
    """

    def __init__(self, networks: Sequence[Network], bias: float = BIAS) -> None:
        self.networks = tuple(networks)
        self.bias = bias

    def weigh(self, sight: Sight) -> tuple[Sequence[float], Floats]:
        """Return how likely chosen units are the sender's (above 0: rather so), and their types.

        Returns:
            of k chosen units, logits (k), and a score for each of `TYPES` (k x 13).
        """
        asked = (sight.meanings(), sight.places(), sight.chosen)
        owned, types = self.networks[0].judge(*asked)
        owned += self.bias
        logits: list[float] = owned.tolist()
        if not any(-_DOUBT < logit < _DOUBT for logit in logits):
            return logits, types
        answers = [network.judge(*asked) for network in self.networks[1:]]
        owned += sum(more + self.bias for more, _ in answers)
        types += sum(more for _, more in answers)
        owned /= len(self.networks)
        types /= len(self.networks)
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
    """Return the judge with the networks that the package ships."""
    networks = []
    for file in FILES:
        with np.load(file) as stored:
            networks.append(Network(dict(stored)))
    return Judge(networks)
