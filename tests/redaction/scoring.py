"""How well a finder does on labelled tips: what leaks, what evidence is lost.

Only letters and digits count, so brackets, blanks and zero-width characters at an edge do not
matter. A detail of the sender leaks unless all of it is covered; a piece of evidence is kept if
none of it is; a hard negative is intact if all its evidence is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tests.redaction.corpus import Span, Tip

HARD_NEGATIVE = "hardneg"
EVERYTHING = "all"


class Found(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


Finder = Callable[[str], Iterable[Found]]


@dataclass
class Figures:
    """Counts of one group of tips: a language, a type, a tag or all of them."""

    own: int = 0
    leaked: int = 0
    evidence: int = 0
    lost: int = 0
    hard_negatives: int = 0
    hurt: int = 0
    tips: int = 0
    clean: int = 0

    @property
    def leak(self) -> float:
        return self.leaked / self.own if self.own else 0.0

    @property
    def kept(self) -> float:
        return 1 - self.lost / self.evidence if self.evidence else 1.0

    @property
    def intact(self) -> float:
        return 1 - self.hurt / self.hard_negatives if self.hard_negatives else 1.0

    def __str__(self) -> str:
        return (
            f"leak {100 * self.leak:5.1f} % of {self.own:4}  "
            f"kept {100 * self.kept:5.1f} % of {self.evidence:4}  "
            f"hard negatives intact {100 * self.intact:5.1f} % of {self.hard_negatives:3}"
        )


@dataclass(frozen=True)
class Miss:
    tip: Tip
    span: Span
    leaked: bool  # otherwise it is evidence that was lost

    def __str__(self) -> str:
        what = "leaks" if self.leaked else "lost"
        return f"{self.tip['id']}: {what} {self.span['type']} {self.span['text']!r}"


@dataclass
class Score:
    groups: dict[str, Figures] = field(default_factory=dict)
    own_types: dict[str, Figures] = field(default_factory=dict)
    evidence_types: dict[str, Figures] = field(default_factory=dict)
    misses: list[Miss] = field(default_factory=list)

    @property
    def all(self) -> Figures:
        return self.groups.setdefault(EVERYTHING, Figures())

    def language(self, lang: str) -> Figures:
        return self.groups.setdefault(lang, Figures())


def joined(tips: Sequence[Tip]) -> list[Tip]:
    """The same tips with split messages put together, a line break between them."""
    whole: dict[str, Tip] = {}
    for tip in sorted(tips, key=lambda tip: tip.get("part", 0)):
        name = tip.get("thread", tip["id"])
        whole[name] = appended(whole[name], tip) if name in whole else tip
    return list(whole.values())


def appended(first: Tip, second: Tip) -> Tip:
    text = first["text"] + "\n"
    return Tip(
        id=first["id"],
        lang=first["lang"],
        tags=first["tags"],
        text=text + second["text"],
        strip=first["strip"] + [moved(span, len(text)) for span in second["strip"]],
        keep=first["keep"] + [moved(span, len(text)) for span in second["keep"]],
    )


def moved(span: Span, by: int) -> Span:
    return Span(
        start=span["start"] + by, end=span["end"] + by, type=span["type"], text=span["text"]
    )


def covered(text: str, finder: Finder) -> set[int]:
    """Positions of the letters and digits that the finder would remove."""
    positions: set[int] = set()
    for found in finder(text):
        if not 0 <= found.start <= found.end <= len(text):
            raise ValueError(f"{found.start}:{found.end} lies outside {text!r}")
        positions.update(range(found.start, found.end))
    return {position for position in positions if text[position].isalnum()}


def letters(text: str, span: Span) -> set[int]:
    return {position for position in range(span["start"], span["end"]) if text[position].isalnum()}


def judge(tip: Tip, finder: Finder) -> list[Miss]:
    removed = covered(tip["text"], finder)
    leaks = [span for span in tip["strip"] if letters(tip["text"], span) - removed]
    losses = [span for span in tip["keep"] if letters(tip["text"], span) & removed]
    return [Miss(tip, span, True) for span in leaks] + [Miss(tip, span, False) for span in losses]


def score(tips: Iterable[Tip], finder: Finder) -> Score:
    result = Score()
    for tip in tips:
        misses = judge(tip, finder)
        result.misses += misses
        for group in dict.fromkeys((EVERYTHING, tip["lang"], *tip["tags"])):
            count(result.groups.setdefault(group, Figures()), tip, misses)
        by_type(result, tip, misses)
    return result


def count(figures: Figures, tip: Tip, misses: list[Miss]) -> None:
    lost = sum(not miss.leaked for miss in misses)
    hard_negative = HARD_NEGATIVE in tip["tags"]
    figures.own += len(tip["strip"])
    figures.leaked += len(misses) - lost
    figures.evidence += len(tip["keep"])
    figures.lost += lost
    figures.hard_negatives += hard_negative
    figures.hurt += hard_negative and lost > 0
    figures.tips += 1
    figures.clean += not misses


def by_type(result: Score, tip: Tip, misses: list[Miss]) -> None:
    for kind, many in Counter(span["type"] for span in tip["strip"]).items():
        result.own_types.setdefault(kind, Figures()).own += many
    for kind, many in Counter(span["type"] for span in tip["keep"]).items():
        result.evidence_types.setdefault(kind, Figures()).evidence += many
    for miss in misses:
        if miss.leaked:
            result.own_types[miss.span["type"]].leaked += 1
        else:
            result.evidence_types[miss.span["type"]].lost += 1
