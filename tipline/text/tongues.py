"""In which language a text message is written: English, Spanish, or not to be told.

Short messages, without accents, in the spelling of phones. Words that only one of the languages has
are counted; whoever asks decides what to do where neither clearly leads.
"""

from __future__ import annotations

import unicodedata

from tipline.text.folding import folded
from tipline.text.tongue_words import ENGLISH, ENGLISH_WEAK, SPANISH, SPANISH_WEAK

# A message says early in which language it is; and so what a message costs has an end.
LOOKED_AT_CHARACTERS = 2000
STRONG, WEAK = 2, 1
# What the leader needs, alone and compared with the other.
LEAST, TIMES = 2, 2
# So that "don't" is "dont", as phones have it as well, and not the Spanish "don".
APOSTROPHES = {ord(one): None for one in "'\u2019\u2018`\u00b4"}
ONLY_SPANISH = frozenset("ñ¿¡")
ACCENTED = frozenset("áéíóú")


def guess_language(text: str) -> str | None:
    """Return "en", "es", or None where neither language clearly leads.

    The time is linear in the length of the text, and bounded: its beginning alone is looked at.
    """
    start = text[:LOOKED_AT_CHARACTERS]
    words = folded(start.translate(APOSTROPHES)).split()
    english = _score(words, ENGLISH, ENGLISH_WEAK)
    spanish = _score(words, SPANISH, SPANISH_WEAK) + _marks(start)
    if _leads(english, spanish):
        return "en"
    if _leads(spanish, english):
        return "es"
    return None


def _score(words: list[str], strong: frozenset[str], weak: frozenset[str]) -> int:
    return sum(STRONG if word in strong else WEAK if word in weak else 0 for word in words)


def _marks(text: str) -> int:
    """Return what the letters and marks say: an accent alone may be a name's."""
    letters = set(unicodedata.normalize("NFC", text).casefold())
    found = STRONG if letters & ONLY_SPANISH else 0
    return found + (WEAK if letters & ACCENTED else 0)


def _leads(one: int, other: int) -> bool:
    return one >= LEAST and one >= TIMES * other
