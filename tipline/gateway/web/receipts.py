"""A receipt as pages show it, and the number by which a resident notices a wrong word."""

from __future__ import annotations

from dataclasses import dataclass, field

from tipline.crypto.derivation import hkdf
from tipline.crypto.receipts import Receipt, UnreadableReceiptError

# Which words the short check asks for, from 1.
CHECKED_POSITIONS = (3, 6)
SMALLEST_NUMBER, NUMBERS = 100, 900


def check_number(receipt: Receipt) -> int:
    """Return the number (100 to 999) that belongs to some words, whether they lead anywhere or not.

    The pages cannot say that words are wrong: that would tell a guesser. Somebody who noted the
    number sees it themselves. It gives away under 10 of the 90 bits.
    """
    number = int.from_bytes(hkdf(receipt.text.encode(), "check number"))
    return SMALLEST_NUMBER + number % NUMBERS


@dataclass(frozen=True, slots=True, repr=False)
class WordCheck:
    """What was typed in for the short check: by position, and at which of them it is wrong."""

    typed: dict[int, str] = field(default_factory=dict)
    wrong: tuple[int, ...] = ()

    @property
    def is_right(self) -> bool:
        """Tell whether something was typed and all of it is right."""
        return bool(self.typed) and not self.wrong


def check_words(receipt: Receipt, typed: dict[int, str]) -> WordCheck:
    """Compare single words with a receipt's, as leniently as the whole receipt is read later."""
    wrong = tuple(place for place, word in typed.items() if not _is_word(receipt, place, word))
    return WordCheck(typed, wrong)


def _is_word(receipt: Receipt, position: int, word: str) -> bool:
    words = list(receipt.words)
    words[position - 1] = word or "?"
    try:
        return Receipt.parse(" ".join(words)) == receipt
    except UnreadableReceiptError:
        return False
