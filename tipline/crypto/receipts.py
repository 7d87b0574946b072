"""Receipts: seven words with which somebody without a number comes back to their tip.

Seven of 7,772 words are 90 bits, all random, so they need no slow derivation. They are shown once
and stored nowhere: only a tag is, which is derived from them with a salt of the perishable store.
The word list is the EFF's (see `words/LICENSE.md`), without its four words that hold a hyphen.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from tipline.crypto.derivation import hkdf
from tipline.crypto.encoding import Field
from tipline.errors import TiplineError

WORDS_IN_A_RECEIPT = 7
LONGEST_TEXT = 300
# A word may be cut short to this many letters, where that leaves only one.
SHORTEST_PREFIX = 4
TOKEN_LENGTH = 16
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LIST = Path(__file__).parent / "words" / "eff_large.txt"


class UnreadableReceiptError(TiplineError):
    """What was typed is no receipt. `position` is the first word in doubt, from 1; 0: the count."""

    code = "unreadable_receipt"
    message = "This is no receipt: it has seven words. Check each word and type them again."

    def __init__(self, position: int) -> None:
        """Say which word is in doubt."""
        super().__init__()
        self.position = position


@dataclass(frozen=True, slots=True, repr=False)
class Receipt:
    """Seven words."""

    words: tuple[str, ...]

    @classmethod
    def generate(cls) -> Self:
        """Return a new random receipt."""
        return cls(tuple(secrets.choice(word_list()) for _ in range(WORDS_IN_A_RECEIPT)))

    @classmethod
    def of_token(cls, token: bytes, *fields: Field) -> Self:
        """Return the receipt of a form's one-time token (16 random bytes).

        Whoever posts a form twice gets the same words.

        Raises:
            UnreadableReceiptError: the token has another length.
        """
        if len(token) != TOKEN_LENGTH:
            raise UnreadableReceiptError(0)
        # 32 bytes for 90 bits: the remainder's bias is below 2**-160.
        number = int.from_bytes(hkdf(token, "receipt words", *fields))
        words = []
        for _ in range(WORDS_IN_A_RECEIPT):
            number, index = divmod(number, len(word_list()))
            words.append(word_list()[index])
        return cls(tuple(words))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the receipt that somebody typed: any case, and anything between the words.

        A word with one wrong, missing, added or swapped letter, or cut short, is understood where
        only one word of the list is meant.

        Raises:
            UnreadableReceiptError: there are not seven words, or one is in doubt.
        """
        plain = unicodedata.normalize("NFKC", text[: LONGEST_TEXT + 1]).casefold()
        typed = re.findall(r"[^\W\d_]+", plain)
        if len(plain) > LONGEST_TEXT or len(typed) != WORDS_IN_A_RECEIPT:
            raise UnreadableReceiptError(0)
        words = []
        for position, word in enumerate(typed, 1):
            meant = _meant(word)
            if meant is None:
                raise UnreadableReceiptError(position)
            words.append(meant)
        return cls(tuple(words))

    @property
    def text(self) -> str:
        """Return the words as they are read out."""
        return " ".join(self.words)

    def mailbox_tag(self, salt: bytes) -> bytes:
        """Return the tag (32 bytes) under which the receipt's mailbox is found."""
        return hkdf(self.text.encode(), "mailbox tag", salt=salt)

    def mailbox_seed(self, salt: bytes) -> bytes:
        """Return the seed (32 bytes) of the key pair to which answers are sealed."""
        return hkdf(self.text.encode(), "mailbox key", salt=salt)


@cache
def word_list() -> tuple[str, ...]:
    """Return the words, in the list's order."""
    return tuple(word for word in LIST.read_text("ascii").split() if word.isalpha())


@cache
def _known() -> frozenset[str]:
    return frozenset(word_list())


def _meant(word: str) -> str | None:
    """Return the one word of the list that is meant, or None."""
    if word in _known():
        return word
    near = _neighbours(word) & _known()
    if not near and len(word) >= SHORTEST_PREFIX:
        near = {known for known in word_list() if known.startswith(word)}
    return near.pop() if len(near) == 1 else None


def _neighbours(word: str) -> set[str]:
    """Return all that one wrong, missing, added or swapped letter makes of a word."""
    parts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    missing = {left + right[1:] for left, right in parts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in parts if len(right) > 1}
    wrong = {left + one + right[1:] for left, right in parts if right for one in LETTERS}
    added = {left + one + right for left, right in parts for one in LETTERS}
    return missing | swapped | wrong | added
