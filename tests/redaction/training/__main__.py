"""Learns the weights of the model that finds the sender's details, and judges how it generalises.

    python -m tests.redaction.training          # writes tipline/redaction/words/weights.bin
    python -m tests.redaction.training judge    # leaves voices out, one part after another

Both take minutes and only the standard library; the same tips and seed give the same file.
"""

from __future__ import annotations

import random
import sys
import zlib
from collections.abc import Collection, Iterable, Sequence
from functools import partial

from tests.redaction.corpus import Tip, load
from tests.redaction.scoring import Figures, count, judge
from tests.redaction.training.augmenting import Augmenter, put_together
from tests.redaction.training.composing import Composer
from tests.redaction.training.learning import Learner, Link, chain_of, stored
from tests.redaction.training.wordings import wordings
from tipline.redaction.finder import find_identifiers
from tipline.redaction.lexicon import first_names
from tipline.redaction.model import WEIGHTS, Model

SEED = 20
VERSIONS = 4  # of each tip beside the one that was written
COMPOSED = 8000
PASSES = 3
RATE, LAST_RATE = 0.06, 0.02
DECAY = 1e-2
DROP = 0.3
PARTS = 5  # of the voices, when the model is judged
BIASES = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0)

FIRST_NAMES = sorted(first_names())
Told = list[Link]


def retold(tips: Iterable[Tip], augmenter: Augmenter, versions: int) -> list[list[Told]]:
    """Of each tip, the chain as it was written and those of its other versions."""
    return [
        [chain_of(tip["text"], tip["strip"])]
        + [chain_of(*augmenter.told_anew(tip)) for _ in range(versions)]
        for tip in tips
    ]


def composed(augmenter: Augmenter, many: int) -> list[Told]:
    composer = Composer(augmenter.names, FIRST_NAMES, augmenter.places, SEED)
    chains = []
    for _ in range(many):
        pieces, _ = composer.message()
        chains.append(chain_of(*put_together(augmenter.roughened(pieces))))
    return chains


def learned(chains: Sequence[Told], seed: int) -> bytes:
    learner = Learner(RATE, DECAY, DROP, seed)
    order = [chain for chain in chains if chain]
    mixing = random.Random(seed)
    for number in range(PASSES):
        mixing.shuffle(order)
        learner.rate = LAST_RATE if number == PASSES - 1 else RATE
        for chain in order:
            learner.learn(chain)
    return stored(learner.weights)


def voice(tip: Tip) -> str:
    return tip["tags"][0]


class Lessons:
    """Everything to learn from, made once."""

    def __init__(self) -> None:
        self.tips = load("tips")
        augmenter = Augmenter(self.tips, FIRST_NAMES, SEED)
        self.told = retold(self.tips, augmenter, VERSIONS)
        known = list(wordings(frozenset(FIRST_NAMES)))
        self.always = [chain for told in retold(known, augmenter, VERSIONS) for chain in told]
        self.always += composed(augmenter, COMPOSED)

    def without(self, voices: Collection[str] = ()) -> list[Told]:
        kept = [
            chain
            for tip, told in zip(self.tips, self.told, strict=True)
            if voice(tip) not in voices
            for chain in told
        ]
        return kept + self.always


def write() -> None:
    table = learned(Lessons().without(), SEED)
    WEIGHTS.write_bytes(zlib.compress(table, 9))
    print(f"{sum(byte != 0 for byte in table)} weights, {WEIGHTS.stat().st_size} bytes")


def judge_voices() -> None:
    """Print the figures on voices that were left out, for some biases."""
    lessons = Lessons()
    voices = sorted({voice(tip) for tip in lessons.tips})
    random.Random(SEED).shuffle(voices)
    figures: dict[tuple[float, str], Figures] = {}
    for part in range(PARTS):
        out = frozenset(voices[part::PARTS])
        table = learned(lessons.without(out), SEED)
        for bias in BIASES:
            find = partial(find_identifiers, model=Model(table, bias))
            for tip in lessons.tips:
                if voice(tip) in out:
                    misses = judge(tip, find)
                    for group in ("all", tip["lang"]):
                        count(figures.setdefault((bias, group), Figures()), tip, misses)
        print(f"{part + 1} of {PARTS}", flush=True)
    for (bias, group), counted in sorted(figures.items()):
        print(f"{bias:5} {group:4} {counted}")


if __name__ == "__main__":
    judge_voices() if sys.argv[1:] == ["judge"] else write()
