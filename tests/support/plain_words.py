"""Numbers said in plain words, for texts that must come through as they were written.

Intake takes out what may identify a resident, and a bare number might; these words never can be.
"""

from __future__ import annotations

_WORDS = [
    *("able", "after", "almost", "along", "already", "also", "among", "become", "before", "began"),
    *("better", "both", "bring", "certain", "change", "clear", "close", "cold", "common"),
    *("complete", "could", "course", "different", "during", "early", "easy", "either", "enough"),
    *("every", "fact", "far", "feel", "few", "fine", "form", "free", "general", "great", "half"),
    *("hard", "high", "idea", "important", "keep", "kind", "large", "late", "long", "many"),
]


def in_words(number: int) -> str:
    """The digits of a number that is not negative, to the base of how many words there are."""
    words = [_WORDS[number % len(_WORDS)]]
    while number := number // len(_WORDS):
        words.append(_WORDS[number % len(_WORDS)])
    return " ".join(reversed(words))
