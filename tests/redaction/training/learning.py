"""Learning the weights of the model: gradient steps on the likelihood of who owns what."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from tests.redaction.corpus import Span
from tipline.redaction.document import Document
from tipline.redaction.features import Sight
from tipline.redaction.identifiers import TYPES
from tipline.redaction.model import SCALE, SIZE, pair_places, places, type_places
from tipline.redaction.normalising import plain_form
from tipline.redaction.units import Units

ENOUGH = 0.01  # a gradient below this teaches nothing
KINDS = {**{kind: number for number, kind in enumerate(TYPES)}, "ID": TYPES.index("ACCOUNT")}


@dataclass(slots=True)
class Link:
    """A unit of a chain.

    Attributes:
        features: where the weights of what is known of it stand.
        pair: those of it together with the unit before; None at the start of a chain.
        own: whether it is the sender's.
        kind: the number of its type, or -1.
        form: what may tell its type.
    """

    features: Sequence[int]
    pair: Sequence[int] | None
    own: bool
    kind: int
    form: tuple[int, ...]


def chain_of(text: str, own: Sequence[Span]) -> list[Link]:
    """What the model is asked about a message, with the answers."""
    plain = plain_form(text)
    sight = Sight(Units(Document(plain)))
    units = sight.units
    chain: list[Link] = []
    last = -2
    for unit in sight.chosen:
        start, end = plain.span(units.starts[unit], units.ends[unit])
        mine = [span for span in own if span["start"] < end and start < span["end"]]
        pair = array("i", pair_places(sight, unit)) if last == unit - 1 else None
        kind = KINDS.get(mine[0]["type"], -1) if mine else -1
        form = sight.describe_type(unit) if kind >= 0 else ()
        chain.append(Link(array("i", places(sight, unit)), pair, bool(mine), kind, form))
        last = unit
    return chain


class Learner:
    """Learns step by step (AdaGrad), with some features left out each time so that none is all.

    Attributes:
        weights: the table, one weight a place.
    """

    def __init__(self, rate: float, decay: float, drop: float, seed: int) -> None:
        self.weights = array("f", bytes(4 * SIZE))
        self._squares = array("f", [1e-2]) * SIZE
        self._random = random.Random(seed)
        self.rate, self.decay, self.drop = rate, decay, drop

    def learn(self, chain: Sequence[Link]) -> None:
        """Take one step for a message."""
        weights, chance, drop = self.weights, self._random.random, self.drop
        seen = [[f for f in link.features if chance() > drop] for link in chain]
        scores = [sum([weights[place] for place in features]) for features in seen]
        first = 0
        for behind in range(1, len(chain) + 1):
            if behind == len(chain) or chain[behind].pair is None:
                self._learn_part(chain[first:behind], seen[first:behind], scores[first:behind])
                first = behind
        for link in chain:
            if link.kind >= 0:
                self._learn_type(link)

    def _learn_part(
        self, chain: Sequence[Link], seen: Sequence[list[int]], scores: Sequence[float]
    ) -> None:
        weights = self.weights
        bonds = [sum([weights[place] for place in link.pair or ()]) for link in chain]
        forward = [(0.0, scores[0])]
        for score, bond in zip(scores[1:], bonds[1:], strict=True):
            no, yes = forward[-1]
            forward.append((log_sum(no, yes), score + log_sum(no, yes + bond)))
        total = log_sum(*forward[-1])
        no = yes = 0.0
        for index in range(len(chain) - 1, -1, -1):
            link = chain[index]
            likely = math.exp(min(0.0, forward[index][1] + yes - total))
            self._step(seen[index], likely - link.own)
            if index:
                taken = scores[index] + yes
                both = math.exp(min(0.0, forward[index - 1][1] + bonds[index] + taken - total))
                self._step(link.pair or (), both - (link.own and chain[index - 1].own))
                no, yes = log_sum(no, taken), log_sum(no, bonds[index] + taken)

    def _learn_type(self, link: Link) -> None:
        options = [type_places(link.form, kind) for kind in range(len(TYPES))]
        scores = [sum([self.weights[place] for place in option]) for option in options]
        most = max(scores)
        total = sum(math.exp(score - most) for score in scores)
        for kind, option in enumerate(options):
            self._step(option, math.exp(scores[kind] - most) / total - (kind == link.kind))

    def _step(self, features: Sequence[int], gradient: float) -> None:
        if abs(gradient) < ENOUGH:
            return
        weights, squares, rate, decay = self.weights, self._squares, self.rate, self.decay
        for place in features:
            weight = weights[place]
            slope = gradient + decay * weight
            squares[place] += slope * slope
            weights[place] = weight - rate * slope / math.sqrt(squares[place])


def log_sum(one: float, other: float) -> float:
    if one < other:
        one, other = other, one
    return one + math.log1p(math.exp(other - one)) if other - one > -30 else one


def stored(weights: Sequence[float]) -> bytes:
    """The table as it is shipped: a byte a weight, in units of 1 / SCALE."""
    return array("b", [max(-127, min(127, round(weight * SCALE))) for weight in weights]).tobytes()
