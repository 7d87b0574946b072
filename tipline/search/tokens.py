"""Words of a text: how a text is cut into them, and how a word is written for comparison.

Folded: case, compatibility forms (NFKC), Latin, Greek and Cyrillic accents, Arabic and Hebrew
points, digits of other scripts, apostrophes. Vowel signs of Indic scripts are kept: without them
other words would be the same. Scripts that put no spaces between words (Chinese, Japanese, Thai,
Lao, Khmer, Burmese) are cut into *runs*, which are indexed by single characters and by pairs.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

LONGEST_WORD = 64
JOINERS = "\u00ad\u200c\u200d\u2060\ufeff"
APOSTROPHES = "'\u2019\u02bc\uff07"
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
# Accents and points that people leave out when they type: they are left out of words, too.
POINTS = re.compile(
    f"[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670{JOINERS}{APOSTROPHES}]"
)
PARTS_OF_WORDS = frozenset("LMN")


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A word of a text, where it stands in it, and whether it is a run of an unspaced script."""

    word: str
    start: int
    end: int
    is_run: bool = False

    def indexed_as(self) -> list[str]:
        """Return the words under which it is indexed."""
        if not self.is_run:
            return [self.word]
        return [*self.word, *pairs(self.word)]


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of a text in order."""
    for found in _pattern().finditer(text):
        is_run = found.lastgroup == "run"
        word = folded(found[0])
        if word:
            yield Token(word if is_run else word[:LONGEST_WORD], found.start(), found.end(), is_run)


def keys_of(text: str) -> set[str]:
    """Return all words under which a text is indexed."""
    return {key for token in tokens(text) for key in token.indexed_as()}


def pairs(run: str) -> list[str]:
    """Return the pairs of neighbouring characters of a run."""
    return [run[at : at + 2] for at in range(len(run) - 1)]


def folded(word: str) -> str:
    """Return a word as it is compared. A word of no letters or digits becomes empty."""
    if word.isascii():
        return word.lower().replace("'", "")
    plain = unicodedata.normalize("NFKD", word).casefold()
    plain = POINTS.sub("", unicodedata.normalize("NFKD", plain))
    kept = (_digit(c) for c in plain if unicodedata.category(c)[0] in PARTS_OF_WORDS)
    return unicodedata.normalize("NFC", "".join(kept))


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


@cache
def _pattern() -> re.Pattern[str]:
    """Return what finds words. The `re` module has no class for marks, so it is made here."""
    letter = rf"(?:(?![{UNSPACED}])(?:[^\W_]|[{_marks()}{JOINERS}]))"
    return re.compile(rf"(?P<run>[{UNSPACED}]+)|(?P<word>{letter}+(?:[{APOSTROPHES}]{letter}+)*)")


def _marks() -> str:
    """Return the marks of all scripts as ranges of a character class; all are below U+20000."""
    marks = [
        code
        for code in range(0x300, min(0x20000, sys.maxunicode))
        if unicodedata.category(chr(code))[0] == "M"
    ]
    ranges: list[tuple[int, int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
