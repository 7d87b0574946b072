"""Labelled short messages, and how well their language is told.

`messages/`: one message a line, made up: English, Spanish, both at once, and neither. Every third
line is kept back: the lists of words were made by looking at the others alone.

    python -m tests.text.measured_tongues [EXAMPLES.jsonl]     prints the figures
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tipline.text.tongues import guess_language

MESSAGES = Path(__file__).parent / "messages"
KEPT_BACK = 2


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of messages: told rightly, not told, told wrongly."""

    right: float
    undecided: float
    wrong: float


def messages(label: str, *, kept_back: bool) -> list[str]:
    lines = (MESSAGES / f"{label}.txt").read_text("utf-8").splitlines()
    return [line for i, line in enumerate(lines) if (i % 3 == KEPT_BACK) is kept_back]


def figures(texts: list[str], language: str | None) -> Figures:
    found = Counter(guess_language(text) for text in texts)
    total = len(texts)
    undecided = found[None] / total if language else 0.0
    right = found[language] / total
    return Figures(right, undecided, 1 - right - undecided)


def main() -> None:
    for part in (False, True):
        print("kept back" if part else "looked at")
        for label, language in (("en", "en"), ("es", "es"), ("neither", None)):
            texts = messages(label, kept_back=part)
            found = figures(texts, language)
            print(f"  {label:8} {len(texts):4}  right {found.right:.1%}", end="")
            print(f"  undecided {found.undecided:.1%}  wrong {found.wrong:.1%}")
        print("  mixed   ", Counter(map(guess_language, messages("mixed", kept_back=part))))
    for name in sys.argv[1:]:
        by_label: dict[str, Counter[str | None]] = {}
        for line in Path(name).read_text("utf-8").splitlines():
            one = json.loads(line)
            by_label.setdefault(one["lang"], Counter())[guess_language(one["text"])] += 1
        print(name, by_label)


if __name__ == "__main__":
    main()
