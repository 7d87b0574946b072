"""What somebody searches for: words of which all must occur, and phrases in quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tipline.search.tokens import Token, pairs, tokens

MOST_TERMS = 12
QUOTED = re.compile(r'["“”„«»]([^"“”„«»]+)["“”„«»]')
VOWELS = frozenset("aeiou")
SHORTEST_PLURAL = 4


@dataclass(frozen=True, slots=True, repr=False)
class Term:
    """Words that must follow each other in one message.

    A single word outside quotes is also found in its plural, or a plural in its singular: the
    English and Spanish -s and -es. More stemming found more that was not meant than what was.
    """

    tokens: tuple[Token, ...]
    is_exact: bool

    def groups(self) -> list[frozenset[str]]:
        """Return sets of indexed words: a thread can only match with one of each set."""
        if not self.is_exact and not self.tokens[0].is_run:
            return [_forms(self.tokens[0].word)]
        return [frozenset([key]) for token in self.tokens for key in _keys(token)]

    def spans(self, text: Sequence[Token]) -> list[tuple[int, int]]:
        """Return where it occurs in a text, as positions of characters."""
        return [
            span
            for at in range(len(text) - len(self.tokens) + 1)
            if (span := self._span_at(text[at : at + len(self.tokens)]))
        ]

    def _span_at(self, part: Sequence[Token]) -> tuple[int, int] | None:
        last = len(part) - 1
        for index, (wanted, given) in enumerate(zip(self.tokens, part, strict=True)):
            if not self._is_same(wanted, given, is_first=index == 0, is_last=index == last):
                return None
        return part[0].start, part[-1].end

    def _is_same(self, wanted: Token, given: Token, *, is_first: bool, is_last: bool) -> bool:
        if wanted.is_run != given.is_run:
            return False
        if wanted.is_run:
            if is_first and is_last:
                return wanted.word in given.word
            if is_first:
                return given.word.endswith(wanted.word)
            return given.word.startswith(wanted.word) if is_last else given.word == wanted.word
        if self.is_exact:
            return given.word == wanted.word
        return given.word in _forms(wanted.word)


def terms_of(text: str) -> list[Term]:
    """Return what was typed as terms: phrases in quotes, and each other word by itself."""
    found: list[Term] = []
    rest = []
    end = 0
    for quoted in QUOTED.finditer(text):
        rest.append(text[end : quoted.start()])
        end = quoted.end()
        phrase = tuple(tokens(quoted[1]))
        if phrase:
            found.append(Term(phrase, is_exact=True))
    rest.append(text[end:])
    words = [Term((token,), is_exact=False) for token in tokens(" ".join(rest))]
    return found + words


def _keys(token: Token) -> list[str]:
    if not token.is_run:
        return [token.word]
    return pairs(token.word) or [token.word]


def _forms(word: str) -> frozenset[str]:
    """Return a word with its likely plural and singular in English and Spanish."""
    if not word.isalpha() or not word.isascii() or len(word) < SHORTEST_PLURAL - 1:
        return frozenset([word])
    forms = {word, f"{word}s"}
    if word[-1] not in VOWELS:
        forms.add(f"{word}es")
    if len(word) >= SHORTEST_PLURAL and word.endswith("s") and not word.endswith("ss"):
        forms.add(word[:-1])
        if word.endswith("es"):
            forms.add(word[:-2])
    return frozenset(forms)
