"""Texts reduced to what a reader takes for the same words, whatever case, accents or width."""

from __future__ import annotations

import unicodedata

# Letters, numbers and marks (Unicode general categories) make up words; marks because vowels of
# many scripts are marks.
WORD_CATEGORIES = "LNM"
IGNORED = frozenset({"Cf"})  # zero-width joiners and the like, which nobody sees
# First and last letters of scripts that put no space between words: Thai, Lao, Myanmar, Khmer,
# kana, and Chinese characters.
UNSPACED = (
    ("\u0e01", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3041", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\U00020000", "\U000323af"),
)

# Of ASCII only letters and digits make up words; most texts hold nothing else, and each is folded
# several times on its way.
ASCII_WORDS = "".join(chr(one) if chr(one).isalnum() else " " for one in range(128)).lower()


def folded(text: str) -> str:
    """Return the words of a text, casefolded and without diacritics, with one space between them.

    Compatibility forms are taken together first (Unicode NFKC), so that full-width letters and
    ligatures count as what they look like. Marks that are vowels stay; accents go.
    """
    if text.isascii():
        return " ".join(text.translate(ASCII_WORDS).split())
    plain = unicodedata.normalize("NFKC", text).casefold()
    # Decomposed after folding case: some letters give marks only then (Turkish dotted capital I).
    kept = [
        _word_part(one)
        for one in unicodedata.normalize("NFKD", plain)
        if not unicodedata.combining(one) and unicodedata.category(one) not in IGNORED
    ]
    return " ".join("".join(kept).split())


def is_unspaced(word: str) -> bool:
    """Tell whether a word is of a script that puts no spaces between words."""
    return any(first <= one <= last for one in word for first, last in UNSPACED)


def _word_part(one: str) -> str:
    return one if unicodedata.category(one)[0] in WORD_CATEGORIES else " "
