"""A text as words with breaks between them: what all rules look at."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import Final

from tipline.redaction.lexicon import Role, roles_of_all
from tipline.redaction.normalising import Plain
from tipline.redaction.spellings import MEANT, mend_haste, vowelless_words
from tipline.redaction.vocabulary import words
from tipline.text.placeholders import PLACEHOLDER

# How strongly what stands before a word parts it from the word before.
NONE: Final = 0  # a space, a hyphen, a colon
SOFT: Final = 1  # a comma, a dash, a bracket: the same sentence
HARD: Final = 2  # a full stop, a line break: another sentence

_WORD: Final = re.compile(
    "(" + PLACEHOLDER + r"|[^\W_]+(?:'[^\W_]+)*"
    r"|[\U0001F4DE\U0001F4F1\u260E\U0001F4F2\U0001F4E7\u2709\U0001F4E9\U0001F3E0\U0001F3E1"
    r"\U0001F697\U0001F699\U0001F698\U0001F690\U0001F6FB\U0001F4CD\U0001F4CC\U0001F194"
    r"\U0001F382\U0001F464\U0001F4AC\U0001F4B3\U0001F47B])"
)
_EMOJI: Final = {
    **dict.fromkeys("\U0001f4de\U0001f4f1\u260e\U0001f4f2", Role.PHONE | Role.COMMON),
    **dict.fromkeys("\U0001f4e7\u2709\U0001f4e9", Role.EMAIL | Role.COMMON),
    **dict.fromkeys("\U0001f3e0\U0001f3e1", Role.ADDRESS | Role.COMMON),
    **dict.fromkeys(
        "\U0001f697\U0001f699\U0001f698\U0001f690\U0001f6fb", Role.VEHICLE | Role.COMMON
    ),
    **dict.fromkeys("\U0001f4cd\U0001f4cc", Role.GEO | Role.COMMON),
    "\U0001f194": Role.DL | Role.SSN | Role.COMMON,
    "\U0001f382": Role.DOB | Role.COMMON,
    "\U0001f464": Role.NAME | Role.COMMON,
    "\U0001f4ac": Role.COMMON,
    "\U0001f47b": Role.PLATFORM | Role.COMMON,  # the ghost of Snapchat
    "\U0001f4b3": Role.CARD | Role.COMMON,
}
_HARD_MARKS: Final = re.compile(r"[\n!?;\u00bf\u00a1\u3002]|\.\s|\.{2,}|\|")
_SOFT_MARKS: Final = re.compile(r"[,()\[\]{}\"]|\s-|-\s|--|~|\*|[^\x00-\x7f]|/\s|\s/")
_ABBREVIATIONS: Final = words(
    "mr mrs ms dr rev sgt st av ave apt ext no num rd blvd jr sr sra srta tel cel col int"
    " depto ing lic prof hwy ste spc nro tels ph dept capt ln ct pl pkwy bldg phn fco ma"
)
_QUOTE: Final = re.compile(r'"[^"\n]{4,600}"')
_SINGLE_QUOTE: Final = re.compile(
    r"(?:(?<=\s)|(?<=[:,]))'[^'\n]{3,200}(?:'[a-z]{1,2}\b[^'\n]{0,200}){0,4}'(?![^\W_])"
)


class Document:
    """The words of a plain text, what each may be, and what parts it from the word before.

    Attributes:
        plain: the plain text.
        words: folded words; a placeholder such as `[phone 1]` is one word.
        starts: offsets of the words in the plain text.
        ends: offsets behind them.
        size: how many words there are.
        roles: what each word may be (`lexicon.Role`).
        breaks: what parts each word from the word before: NONE, SOFT or HARD.
        quoted: whether each word stands in quoted speech.
        taken: the type of the sender's identifier that a word belongs to, or "".
        few_capitals: whether it has so few capitals that no part of it shouts.
        shouted: whether nearly all letters are capitals.
        vowelless: how many words have no vowel.
    """

    __slots__ = (
        "_gaps",
        "breaks",
        "ends",
        "few_capitals",
        "plain",
        "quoted",
        "roles",
        "shouted",
        "size",
        "starts",
        "taken",
        "vowelless",
        "words",
    )

    def __init__(self, plain: Plain) -> None:
        self.plain = plain
        text = plain.folded
        pieces = _WORD.split(text)  # a gap, a word, a gap, a word, and so on
        borders = list(accumulate(map(len, pieces)))
        self._gaps, self.starts, self.ends = pieces[::2], borders[:-1:2], borders[1::2]
        written = pieces[1::2]
        self.words = list(map(MEANT.get, written, written))
        self.size = len(self.words)
        self.roles = roles_of_all(self.words)
        if not text.isascii():
            self.roles = [
                role or _EMOJI.get(word, 0)
                for word, role in zip(self.words, self.roles, strict=True)
            ]
        self.vowelless = vowelless_words(text)
        mend_haste(self.words, self.roles, self.vowelless)
        self.taken = [""] * self.size
        if "[" in text:
            self.taken = [_placeholder(word) if word[0] == "[" else "" for word in self.words]
        self.breaks = [
            self._break(index) if not index or gap != " " else NONE
            for index, gap in enumerate(self._gaps[:-1])
        ]
        self.quoted = self._find_quotes()
        self.few_capitals = _capitals(plain.text) <= _FEW_CAPITALS
        self.shouted = not self.few_capitals and shouts(plain.text)

    def __len__(self) -> int:
        return len(self.words)

    def gap(self, index: int) -> str:
        """Return what stands between a word and the word before (or the text's start, or end)."""
        return self._gaps[index]

    def hard(self, index: int) -> bool:
        """Tell whether a sentence or line starts at this word, or the text ends before it."""
        return index <= 0 or index >= self.size or self.breaks[index] == HARD

    def role(self, index: int) -> int:
        """Return what a word may be; 0 outside the text."""
        return self.roles[index] if 0 <= index < len(self.words) else 0

    def word(self, index: int) -> str:
        """Return a folded word; "" outside the text."""
        return self.words[index] if 0 <= index < len(self.words) else ""

    def shown(self, index: int) -> str:
        """Return a word as it is written, with upper and lower case."""
        return self.plain.text[self.starts[index] : self.ends[index]]

    def first_at(self, offset: int) -> int:
        """Return the index of the first word that ends behind an offset of the plain text."""
        return bisect_right(self.ends, offset)

    def break_behind_placeholder(self, index: int) -> int:
        """Return what would part a word from the word before if that were a placeholder."""
        return _strength(self.gap(index))

    def _break(self, index: int) -> int:
        if not index:
            return HARD
        gap = self.gap(index)
        if gap == ".":
            before, after = self.words[index - 1], self.words[index]
            return SOFT if len(before) > 2 and before.isalpha() and after.isalpha() else NONE
        strength = _strength_of_short(gap) if len(gap) < _SHORT_GAP else _strength(gap)
        return NONE if strength == HARD and self._abbreviated(index, gap) else strength

    def _abbreviated(self, index: int, gap: str) -> bool:
        if gap.strip(" ") != ".":
            return False
        before = self.words[index - 1]
        if len(before) == 1 and not before.isdigit():
            return True
        if before not in _ABBREVIATIONS:
            return False
        # "Oak St. He sells": the sentence ends with the abbreviation.
        return not (self.roles[index - 1] & Role.STREET and self.roles[index] & STARTERS)

    def _find_quotes(self) -> list[bool]:
        quoted = [False] * len(self.words)
        text = self.plain.folded
        patterns = [_QUOTE] if '"' in text else []
        if "'" in text:
            patterns.append(_SINGLE_QUOTE)
        for pattern in patterns:
            for match in pattern.finditer(text):
                first, last = self.first_at(match.start()), self.first_at(match.end())
                if last - first > 2:
                    quoted[first:last] = [True] * (last - first)
        return quoted


_SHORT_GAP: Final = 4  # characters
# What a sentence starts with rather than goes on with.
STARTERS: Final = Role.HE | Role.I | Role.HIS | Role.MY | Role.PERSON


def _strength(gap: str) -> int:
    """Return how strongly the characters between two words part them, abbreviations aside."""
    if _HARD_MARKS.search(gap):
        return HARD
    return SOFT if _SOFT_MARKS.search(gap) else NONE


_strength_of_short: Final = lru_cache(maxsize=1024)(_strength)
_FEW_CAPITALS: Final = 5
_CAPITALS: Final = re.compile("[A-Z]")
_PLACEHOLDERS: Final = re.compile(PLACEHOLDER, re.IGNORECASE)


def shouts(text: str) -> bool:
    """Tell whether nearly all letters outside of placeholders are capitals."""
    if "[" in text:
        text = _PLACEHOLDERS.sub("", text)
    capitals = _capitals(text)
    if capitals <= _FEW_CAPITALS:
        return False
    letters = sum(map(str.isalpha, text))
    return letters > 8 and capitals > 0.7 * letters


def _capitals(text: str) -> int:
    return len(_CAPITALS.findall(text)) if text.isascii() else sum(map(str.isupper, text))


def _placeholder(word: str) -> str:
    return word.strip("[]").partition(" ")[0].upper()
