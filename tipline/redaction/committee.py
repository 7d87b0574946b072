"""Who decides: some networks that learned the same, of which all are asked where one is in doubt.

Networks that learned the same tips in other orders err on other tips, so their mean errs less than
each alone (https://arxiv.org/abs/1612.01474). It makes a difference mostly where the first is in
doubt of a unit, and for such a text all are asked: most texts cost what one network costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np

from tipline.redaction.features import Sight
from tipline.redaction.identifiers import TYPES
from tipline.redaction.lexicon import WORDS
from tipline.redaction.network import Floats, Network

NETWORKS: Final = 3
FILES: Final = tuple(WORDS / f"network-{number}.npz" for number in range(1, NETWORKS + 1))
# With this the mistakes on writers who were left out of the learning are fewest: what leaks and
# what evidence is lost, counted together.
BIAS: Final = 0.5
# How near to the border between yes and no (at 0, with the bias) the first is in doubt.
_DOUBT: Final = 1.0
# Forms and shapes that can hardly be anything else.
_TYPE_OF: Final = {"MAIL": "EMAIL", "IP": "IP", "GEO": "GEO", "ssn": "SSN", "card": "CARD"}


class Committee:
    """Networks that decide together.

    Attributes:
        networks: the first is asked always, the others where it is in doubt.
        bias: what is added for a unit being the sender's: more of it leaks less and destroys more.
    """

    def __init__(self, networks: Sequence[Network], bias: float = BIAS) -> None:
        self.networks = tuple(networks)
        self.bias = bias

    def judge(self, sight: Sight) -> tuple[Floats, Floats]:
        """Return for each unit how likely it is the sender's (above 0: rather so), and its types.

        Returns:
            of n units, logits (n), and a score for each of `TYPES` (n x 13).
        """
        meanings, places = sight.meanings(), sight.places()
        owned, types = self.networks[0].judge(meanings, places)
        if np.abs(owned[sight.chosen] + self.bias).min(initial=_DOUBT) < _DOUBT:
            for network in self.networks[1:]:
                more_owned, more_types = network.judge(meanings, places)
                owned += more_owned
                types += more_types
            owned /= len(self.networks)
            types /= len(self.networks)
        owned += self.bias
        return owned, types

    def own_units(self, sight: Sight) -> list[tuple[int, str]]:
        """Return the units that are rather the sender's than not, each with its likeliest type."""
        if not sight.chosen:
            return []
        owned, types = self.judge(sight)
        own = [unit for unit in sight.chosen if owned[unit] > 0]
        if not own:
            return []
        kinds, shapes = sight.units.kinds, sight.units.shapes
        return [
            (unit, _TYPE_OF.get(shapes[unit] or kinds[unit]) or TYPES[likeliest])
            for unit, likeliest in zip(own, types[own].argmax(1).tolist(), strict=True)
        ]


@cache
def shipped() -> Committee:
    """Return the committee that the package ships."""
    networks = []
    for file in FILES:
        with np.load(file) as stored:
            networks.append(Network(dict(stored)))
    return Committee(networks)
