"""Learns the weights of the networks that find the sender's details, and judges how they do.

    python -m tests.redaction.training          # writes tipline/redaction/words/network-*.npz
    python -m tests.redaction.training judge    # leaves voices out, one part after another

Needs PyTorch besides what the tests need (`requirements.txt` beside this) and takes some minutes
a network.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Collection, Iterable
from functools import partial

import numpy as np

from tests.redaction.corpus import Tip, load
from tests.redaction.scoring import Figures, count, judge
from tests.redaction.training.augmenting import Augmenter, put_together
from tests.redaction.training.composing import Composer
from tests.redaction.training.learning import Lesson, learned, lesson_of
from tests.redaction.training.wordings import wordings
from tipline.redaction.committee import FILES, Committee
from tipline.redaction.finder import find_identifiers
from tipline.redaction.lexicon import first_names
from tipline.redaction.network import Network

SEED = 20
VERSIONS = 4  # of each tip beside the one that was written
COMPOSED = 8000
PASSES = 5
PARTS = 5  # of the voices, when the network is judged
BIASES = (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0)

FIRST_NAMES = sorted(first_names())
Told = list[Lesson | None]


def retold(tips: Iterable[Tip], augmenter: Augmenter, versions: int) -> list[Told]:
    """Of each tip, the lesson as it was written and those of its other versions."""
    return [
        [lesson_of(tip["text"], tip["strip"])]
        + [lesson_of(*augmenter.told_anew(tip)) for _ in range(versions)]
        for tip in tips
    ]


def composed(augmenter: Augmenter, many: int) -> Told:
    composer = Composer(augmenter.names, FIRST_NAMES, augmenter.places, SEED)
    lessons = []
    for _ in range(many):
        pieces, _ = composer.message()
        lessons.append(lesson_of(*put_together(augmenter.roughened(pieces))))
    return lessons


def voice(tip: Tip) -> str:
    return tip["tags"][0]


def writer(tip: Tip) -> str:
    """Whose voice it is: one writer's tips stand in several files with a number each."""
    return voice(tip).rstrip("0123456789").rstrip("-")


class Library:
    """Everything to learn from, made once."""

    def __init__(self) -> None:
        self.tips = load("tips")
        augmenter = Augmenter(self.tips, FIRST_NAMES, SEED)
        self.told = retold(self.tips, augmenter, VERSIONS)
        known = list(wordings(frozenset(FIRST_NAMES)))
        self.always = [one for told in retold(known, augmenter, 1) for one in told]
        self.always += composed(augmenter, COMPOSED)

    def without(self, writers: Collection[str] = ()) -> list[Lesson]:
        """All lessons but those of some writers."""
        kept = [
            one
            for tip, told in zip(self.tips, self.told, strict=True)
            if writer(tip) not in writers
            for one in told
        ]
        return [one for one in kept + self.always if one is not None]


def write() -> None:
    lessons = Library().without()
    for number, file in enumerate(FILES):
        np.savez_compressed(file, **learned(lessons, PASSES, SEED + number))
        print(f"{file.stat().st_size} bytes")


def judge_voices(parts: Collection[int] = range(PARTS)) -> None:
    """Print the figures on writers who were left out, for some biases."""
    library = Library()
    writers = sorted({writer(tip) for tip in library.tips})
    random.Random(SEED).shuffle(writers)
    figures: dict[tuple[str, float], Figures] = {}
    for part in parts:
        out = frozenset(writers[part::PARTS])
        lessons = library.without(out)
        seeds = range(SEED, SEED + len(FILES))
        networks = [Network(learned(lessons, PASSES, seed)) for seed in seeds]
        for bias in BIASES:
            find = partial(find_identifiers, committee=Committee(networks, bias))
            for tip in library.tips:
                if writer(tip) in out:
                    misses = judge(tip, find)
                    for group in ("all", tip["lang"], writer(tip)):
                        count(figures.setdefault((group, bias), Figures()), tip, misses)
        print(f"{part + 1} of {PARTS}", flush=True)
    for (group, bias), counted in sorted(figures.items()):
        print(f"{bias:5} {group:12} {counted}")


if __name__ == "__main__":
    judge_voices() if sys.argv[1:] == ["judge"] else write()
