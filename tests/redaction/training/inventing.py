"""Texts that nobody wrote, for the teacher to say whose each detail is: so its pupils learn more
from it than the tips alone would tell them.

They are put together from parts of two tips, and in many some words change sides: my for his, I for
she, vivo for vive. What then is the sender's no label says, only the teacher.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

from tests.redaction.corpus import Tip
from tests.redaction.training.augmenting import Augmenter

LONGEST = 900  # characters
MIXED, FLIPPED = 0.55, 0.6  # how many are of two tips, and in how many some words change sides
ENGLISH = (
    "my his her their our the some", "mine his hers theirs ours", "me him her them us",
    "i he she they we somebody", "i'm he's she's they're", "am is was", "myself himself herself",
    "live lives lived", "call called calls", "text texted texts", "this that", "reach reached",
    "here there", "named called",
)  # fmt: skip
SPANISH = (
    "mi su el la tu nuestro", "soy es era", "vivo vive viven vivimos", "mio suyo", "mía suya",
    "me le lo la nos", "yo él ella ellos", "llamo llama llaman", "tengo tiene",
)  # fmt: skip
SIDES = {"en": ENGLISH, "es": SPANISH, "mix": ENGLISH + SPANISH}
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
CUT = re.compile(r"(?<=[.!?;])\s+|\n+|(?<=,)\s+")
JOINERS = (". ", " ", ", ", "\n", " - ", " and ", "; ")


def other_sides(lang: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for side in map(str.split, SIDES[lang]):
        for word in side:
            found.setdefault(word, []).extend(other for other in side if other != word)
    return found


class Inventor:
    """Invents texts from tips."""

    def __init__(self, tips: Sequence[Tip], augmenter: Augmenter, seed: int) -> None:
        self.tips, self.augmenter = tips, augmenter
        self.random = random.Random(seed)
        self.sides = {lang: other_sides(lang) for lang in SIDES}

    def text(self) -> tuple[str, str]:
        """Return a text, and the language of most of it."""
        tip = self.random.choice(self.tips)
        text, _ = self.augmenter.told_anew(tip)
        if self.random.random() < MIXED:
            text = self._mixed(text, self._another(tip))
        if self.random.random() < FLIPPED:
            text = self._flipped(text, self.sides[tip["lang"]])
        return text[:LONGEST], tip["lang"]

    def _another(self, tip: Tip) -> str:
        while True:
            other = self.random.choice(self.tips)
            if tip["lang"] == "mix" or other["lang"] in (tip["lang"], "mix"):
                return self.augmenter.told_anew(other)[0]

    def _mixed(self, one: str, other: str) -> str:
        parts, more = _parts(one), self._some(_parts(other), 4)
        if len(parts) > 1 and self.random.random() < 0.6:
            parts = self._some(parts, len(parts))
        if self.random.random() < 0.5:
            parts, more = more, parts
        if len(parts) > 1 and self.random.random() < 0.3:
            parts, more = parts[:1], more + parts[1:]
        text = ""
        for part in parts + more:
            joiner = " " if text[-1:] in set(".!?,;:") else self.random.choice(JOINERS)
            text = f"{text}{joiner}{part}" if text else part
        return text

    def _some(self, parts: list[str], most: int) -> list[str]:
        many = self.random.randint(1, max(1, min(len(parts), most)))
        first = self.random.randint(0, max(0, len(parts) - many))
        return parts[first : first + many]

    def _flipped(self, text: str, sides: Mapping[str, Sequence[str]]) -> str:
        chance = self.random.choice([0.1, 0.25, 0.5])

        def flipped(match: re.Match[str]) -> str:
            word = match[0]
            others = sides.get(word.lower())
            if not others or self.random.random() > chance:
                return word
            other = self.random.choice(others)
            return other[:1].upper() + other[1:] if word[0].isupper() and len(word) > 1 else other

        return WORD.sub(flipped, text)


def _parts(text: str) -> list[str]:
    return [part for part in CUT.split(text) if part.strip()]
