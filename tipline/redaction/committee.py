"""Who decides: networks that learned the same, of which all are asked where the first is in doubt.

Networks that learned the same tips in other orders err on other tips, so their mean errs less than
each alone (https://arxiv.org/abs/1612.01474), and a large one errs less than a small one. Both make
a difference mostly where the first is in doubt of a unit. So the first is a small one, and only for
such texts all are asked: most texts cost what the small one costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from string import whitespace
from typing import Final

import numpy as np

from tipline.redaction.document import shouts
from tipline.redaction.features import Sight
from tipline.redaction.identifiers import TYPES
from tipline.redaction.lexicon import WORDS, Role
from tipline.redaction.network import Floats, Network
from tipline.redaction.spellings import in_haste
from tipline.redaction.units import Units

NETWORKS: Final = 2
FILES: Final = tuple(WORDS / f"network-{number}.npz" for number in range(1, NETWORKS + 1))
# Towards leaking less: evidence that was taken out can be asked for again in the thread, what has
# leaked cannot be taken back. Without it mistakes on tips to choose by are fewest (decision 21).
BIAS: Final = 0.75
# How near to the border between yes and no (at 0, with the bias) the first is in doubt.
_DOUBT: Final = 1.5
# A unit this far on the side of no hardly becomes the sender's when what is the sender's is taken
# out of the text, so that nobody need look at it again (decision 21). Beside what was taken out
# more changes than afar.
_SURELY_NOT: Final = -3.0
_SURELY_NOT_AFAR: Final = -1.0
_BESIDE: Final = range(-6, 7)  # units
# What parts a unit from the words before and behind it.
_BEFORE: Final = f'{whitespace}("'
_BEHIND: Final = f'{whitespace},.;:?!)"'
# Forms and shapes that can hardly be anything else.
_TYPE_OF: Final = {"MAIL": "EMAIL", "IP": "IP", "GEO": "GEO", "ssn": "SSN", "card": "CARD"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is the sender's in a text.

    Attributes:
        own: the units that rather are, each with its likeliest type.
        settled: whether another look, with placeholders for these, can be left out. It can where
            nothing is the sender's; else that is an estimate: nothing that was asked about is near
            the border, and nothing is at hand that would be read in another way then.
    """

    own: Sequence[tuple[int, str]]
    settled: bool


_NOTHING: Final = Verdict((), settled=True)


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
        first = owned.tolist()
        if any(-_DOUBT < first[unit] + self.bias < _DOUBT for unit in sight.chosen):
            for network in self.networks[1:]:
                more_owned, more_types = network.judge(meanings, places)
                owned += more_owned
                types += more_types
            owned /= len(self.networks)
            types /= len(self.networks)
        owned += self.bias
        return owned, types

    def verdict(self, sight: Sight) -> Verdict:
        """Return which of the chosen units are the sender's."""
        if not sight.chosen:
            return _NOTHING
        owned, types = self.judge(sight)
        logits = owned.tolist()
        own = [unit for unit in sight.chosen if logits[unit] > 0]
        if not own:
            return _NOTHING
        kinds, shapes = sight.units.kinds, sight.units.shapes
        typed = [
            (unit, _TYPE_OF.get(shapes[unit] or kinds[unit]) or TYPES[likeliest])
            for unit, likeliest in zip(own, types[own].argmax(1).tolist(), strict=True)
        ]
        near = [unit for unit in sight.chosen if _SURELY_NOT < logits[unit] <= 0]
        beside = {unit + by for unit in own for by in _BESIDE} if near else ()
        in_doubt = any(logits[unit] > _SURELY_NOT_AFAR or unit in beside for unit in near)
        return Verdict(typed, settled=not in_doubt and _stand_apart(sight.units, own))


def _stand_apart(units: Units, own: Sequence[int]) -> bool:
    """Tell whether the rest of a text is read as before when these units are taken out.

    It may not be where one is joined to a word, or is a part of one; where a number, a month or
    another form stands beside one and may become longer; and where the text without them would
    shout, or not any more, or would seem to be written in haste.
    """
    document = units.document
    text = document.plain.text
    for unit in own:
        start, end = units.starts[unit], units.ends[unit]
        if text[start - 1 : start].strip(_BEFORE) or text[end : end + 1].strip(_BEHIND):
            return False
    neighbours = {unit + side for unit in own for side in (-1, 1)}.difference(own)
    for unit in neighbours:
        if not 0 <= unit < units.size:
            continue
        if units.kinds[unit] or document.roles[units.firsts[unit]] & Role.MONTH:
            return False
    left = document.size - sum(units.behinds[unit] - units.firsts[unit] for unit in own)
    if in_haste(document.vowelless, left):
        return False
    borders = [0, *(border for unit in own for border in (units.starts[unit], units.ends[unit]))]
    parts = zip(borders[::2], [*borders[1::2], len(text)], strict=True)
    return shouts("".join(text[start:end] for start, end in parts)) == document.shouted


@cache
def shipped() -> Committee:
    """Return the committee that the package ships."""
    networks = []
    for file in FILES:
        with np.load(file) as stored:
            networks.append(Network(dict(stored)))
    return Committee(networks)
