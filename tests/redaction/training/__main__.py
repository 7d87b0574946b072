"""Learns the weights of the network that finds the sender's details, and judges how it does.

    python -m tests.redaction.training          # writes tipline/redaction/words/network.npz
    python -m tests.redaction.training judge    # leaves voices out, one part after another
    python -m tests.redaction.training choose   # what is shipped, on tips to choose by

The first has a teacher and networks learn from the tips, which then say whose is what in invented
texts; from tips and these texts the network learns that is shipped. It takes many hours on two
cores. In the second a network learns from the tips alone: that shows what tips and features are
worth. The third shows what each bias comes to on `development/`, from which nothing is learned.

Needs more than the tests do: `requirements.txt` beside this.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Collection, Iterable, Sequence
from functools import partial

import numpy as np

from tests.redaction.corpus import Tip, load
from tests.redaction.scoring import Figures, count, judge, score
from tests.redaction.training.augmenting import Augmenter, put_together
from tests.redaction.training.composing import Composer
from tests.redaction.training.counting import counted
from tests.redaction.training.learning import Lesson, Size, Turn, learned, lesson_of
from tests.redaction.training.wordings import wordings
from tipline.redaction.finder import find_identifiers
from tipline.redaction.judging import WEIGHTS, Judge, shipped
from tipline.redaction.lexicon import first_names
from tipline.redaction.network import Network

SEED = 20
SIZE = Size(width=64, seen=128, memory=64)
FIRST = Turn(passes=6, rate=2e-3)
TURNS = (
    FIRST,
    Turn(passes=3, rate=1e-3),
    Turn(passes=4, rate=1e-3),
    Turn(passes=4, rate=1e-3, dropped=0.02, untold=0.4, kept=0.5),
    Turn(passes=4, rate=1e-3, dropped=0.06, untold=0.75, kept=0.3),
    Turn(passes=3, rate=2e-3, dropped=0.06, kept=0.5),
    Turn(passes=1, rate=1e-3, dropped=0.04, untold=0.6, kept=0.6),
)
BEFORE = 4  # networks that learned from the tips, beside the teacher
VERSIONS = 12  # of each tip beside the one that was written
COMPOSED, COUNTED = 8000, 6000
INVENTED, INVENTED_AT_ONCE = 410_000, 5000
TEACHERS_PASSES = 2
PARTS = 5  # of the voices, when a network is judged
BIASES = (-1.0, -0.5, 0.0, 0.25, 0.5, 0.65, 0.75, 1.0)

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
        self.augmenter = augmenter
        self.told = retold(self.tips, augmenter, VERSIONS)
        known = list(wordings(frozenset(FIRST_NAMES)))
        self.always = [one for told in retold(known, augmenter, 1) for one in told]
        self.always += composed(augmenter, COMPOSED)
        self.always += [lesson_of(text, []) for text in counted(COUNTED, SEED)]

    def without(self, writers: Collection[str] = ()) -> list[Lesson]:
        """All lessons but those of some writers."""
        kept = [
            one
            for tip, told in zip(self.tips, self.told, strict=True)
            if writer(tip) not in writers
            for one in told
        ]
        return [one for one in kept + self.always if one is not None]

    def taught(self, before: Sequence[Network]) -> list[Lesson]:
        """What a teacher and networks that learned from the tips think of texts nobody wrote."""
        # Here, so that judging needs no language model.
        from tests.redaction.training.inventing import Inventor
        from tests.redaction.training.teaching import TRUST, Faculty, Reader, new_teacher

        reader, teacher = Reader(), new_teacher(SEED)
        written = [reader.reading(tip["text"], tip["strip"]) for tip in self.tips]
        passes = [
            [reader.reading(*self.augmenter.told_anew(tip)) for tip in self.tips]
            + (written if number % 2 == 0 else [])
            for number in range(TEACHERS_PASSES)
        ]
        teacher.learn([[one for one in readings if one] for readings in passes], SEED)
        faculty = Faculty(teacher, before)
        inventor = Inventor(self.tips, self.augmenter, SEED)
        lessons = []
        for _ in range(INVENTED // INVENTED_AT_ONCE):
            texts = [inventor.text() for _ in range(INVENTED_AT_ONCE)]
            read = [(reader.reading(text), TRUST[lang]) for text, lang in texts]
            lessons += faculty.taught((one, trust) for one, trust in read if one)
        return lessons


def quickly_learned(lessons: Sequence[Lesson], seed: int = SEED) -> Network:
    """Have a network of the size that is shipped learn in one turn, and return it."""
    return Network(learned(lessons, SIZE, [FIRST], seed))


def write() -> None:
    library = Library()
    lessons = library.without()
    # From other seeds than the pupil, which is to differ from its teachers too.
    before = [quickly_learned(lessons, SEED + number) for number in range(1, BEFORE + 1)]
    lessons += library.taught(before)
    np.savez_compressed(WEIGHTS, **learned(lessons, SIZE, TURNS, SEED))


def judge_voices(parts: Collection[int] = range(PARTS)) -> None:
    """Print the figures on writers who were left out, for some biases."""
    library = Library()
    writers = sorted({writer(tip) for tip in library.tips})
    random.Random(SEED).shuffle(writers)
    figures: dict[tuple[str, float], Figures] = {}
    for part in parts:
        out = frozenset(writers[part::PARTS])
        lessons = library.without(out)
        network = quickly_learned(lessons)
        for bias in BIASES:
            find = partial(find_identifiers, judge=Judge(network, bias))
            for tip in library.tips:
                if writer(tip) in out:
                    misses = judge(tip, find)
                    for group in ("all", tip["lang"], writer(tip)):
                        count(figures.setdefault((group, bias), Figures()), tip, misses)
        print(f"{part + 1} of {PARTS}", flush=True)
    for (group, bias), sums in sorted(figures.items()):
        print(f"{bias:5} {group:12} {sums}")


def choose() -> None:
    """Print the figures of the network that is shipped, for some biases."""
    tips, network = load("development"), shipped().network
    for bias in BIASES:
        scored = score(tips, partial(find_identifiers, judge=Judge(network, bias)))
        print(f"{bias:5} {scored.all}, {len(scored.misses)} mistakes")


if __name__ == "__main__":
    {"judge": judge_voices, "choose": choose, "write": write}[(sys.argv[1:] or ["write"])[0]]()
