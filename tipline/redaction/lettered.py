"""Details letter by letter: S t a n, C-h-a-y-o, seven x-ray yankee, R as in rabbit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tipline.redaction.document import HARD, NONE, Document
from tipline.redaction.vocabulary import words

DIGITS: Final = words(
    "zero oh one two three four five six seven eight nine uno dos tres cuatro cinco seis siete"
    " ocho nueve cero"
)
_NAMES_OF_LETTERS: Final = words(
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo"
    " lima mike november oscar papa quebec romeo sierra tango uniform victor whiskey xray"
    " x ray yankee zulu adam boy charles david edward frank george henry ida john king"
    " lincoln mary nora ocean paul queen robert sam tom union william young zebra zero one"
    " two three four five six seven eight nine cero uno dos tres cuatro cinco seis siete"
    " ocho nueve oh as in of de ve be vaca burro jota eme ka ele ene equis zeta ese erre"
    " efe ge hache te doble u ce pe i bee cee dee eff gee aitch kay ell pee cue ess tee vee"
    " zee ex"
)
_NO_LETTERS: Final = DIGITS | words("is in as of de a i y o u")
_NO_START: Final = words("is in as of de a i es y o e oh u te")
_LONGEST: Final = 24  # words
_FEWEST: Final = 3
_ENDS: Final = re.compile(r"[.:&]| /|/ |  ")
_BETWEEN: Final = (" ", ".", "-")
# The same between all letters: C-h-a-y-o, w.a.l.t.e.r, (s)(k)(y)(e). Two or three letters with dots
# (J.R., U.S.A.) are an abbreviation.
_TIED: Final = re.compile(
    r"(?<![^\W_])[a-z0-9](?:([-*/~|+_,]| [-*/~|+_.] )[a-z0-9])(?:\1[a-z0-9]){1,40}(?![^\W_])"
    r"|(?<![^\W_])[a-z0-9](?:\.[a-z0-9]){3,40}(?![^\W_])"
    r"|\([a-z0-9]\)(?:\([a-z0-9]\)){2,40}"
)


def tied_letters(document: Document) -> Iterator[tuple[int, int]]:
    """Yield offsets in the plain text of letters with the same between all of them."""
    if len([word for word in document.words if len(word) == 1]) < _FEWEST:
        return
    text = document.plain.folded
    for match in _TIED.finditer(text):
        start, end = match.span()
        brackets = text[start] == "("
        tie = match[1] or "."
        # eight-x-t-y-zero is more than three letters
        before = (
            text.startswith(tie, max(0, start - len(tie)), start)
            and text[start - len(tie) - 1 : start - len(tie)]
        )
        behind = text.startswith(tie, end) and text[end + len(tie) : end + len(tie) + 1]
        if (before and before.isalnum()) or (behind and behind.isalnum()):
            continue
        if len(set(filter(str.isalpha, match[0]))) >= _FEWEST:
            yield start + brackets, end - brackets


def letters_on(document: Document, index: int, step: int) -> int:
    """Return how far letters go on one by one.

    Args:
        document: the text.
        index: of a word: the first one of something, or the one behind it.
        step: -1 to go back from the first word, 1 to go on behind.
    """
    at = index if step < 0 else index - 1
    for _ in range(_LONGEST):
        beside = at + step
        if len(document.word(at)) != 1 or len(document.word(beside)) != 1:
            break
        if document.gap(max(at, beside)) not in _BETWEEN:
            break
        at = beside
    return at if step < 0 else at + 1


def spelling(document: Document) -> list[int]:
    """Return the words that something spelled may start at; none where too few are letters."""
    letters = [word for word in document.words if len(word) == 1 or word in _NAMES_OF_LETTERS]
    if len(letters) < _FEWEST:
        return []
    return [
        index
        for index, word in enumerate(document.words)
        if _spells(word) and (word not in _NO_START or _starts(document, index))
    ]


def spelled_end(document: Document, first: int) -> int:
    """Return the index behind letters that are spelled from here: 7 x-ray yankee, S t a n; or 0."""
    behind = _run_end(document, first)
    names = document.words[first:behind]
    if _ends_in_letters(document, names, behind):
        return behind
    while names and names[-1] in _NO_START:
        names.pop()
    letters = sum(word.isalpha() and word not in _NO_LETTERS for word in names)
    enough = len(names) >= 5 or (len(names) >= _FEWEST and all(map(_is_letter, names)))
    return first + len(names) if enough and letters >= 2 else 0


def _spells(word: str) -> bool:
    return len(word) == 1 or word in _NAMES_OF_LETTERS or (word.isdigit() and len(word) < 5)


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha()


def _starts(document: Document, index: int) -> bool:
    """Tell whether a word that may be one by itself (a, e, y) starts letters one by one: A n a."""
    letters = document.words[index : index + _FEWEST + 1]
    return (
        len(letters) > _FEWEST
        and all(map(_is_letter, letters))
        and len(document.word(index - 1)) != 1
        and {document.gap(at) for at in range(index + 1, index + len(letters))} == {" "}
    )


def _run_end(document: Document, first: int) -> int:
    """Return the index behind all that may be letters or digits from here."""
    behind = first
    only_letters = True
    while behind < document.size and behind - first < _LONGEST:
        word = document.words[behind]
        if behind > first and _parted(document, behind):
            break
        if only_letters and behind - first >= _FEWEST and len(word) > 1 and word not in DIGITS:
            break  # b r i n e queen
        if not _spells(word):
            break
        only_letters &= _is_letter(word)
        # R as in rabbit
        told = len(word) == 1 and document.words[behind + 1 : behind + 3] == ["as", "in"]
        behind += 4 if told else 1
    return min(behind, document.size)


def _parted(document: Document, index: int) -> bool:
    return document.breaks[index] == HARD or bool(_ENDS.search(document.gap(index)))


def _ends_in_letters(document: Document, names: list[str], behind: int) -> bool:
    """Tell whether all letters at the end are spelled, though the last may be a word: T i n a."""
    letters = names[-_FEWEST - 1 :]
    if not all(map(_is_letter, letters)):
        return False
    if len(letters) > _FEWEST:
        return True
    ends = behind == document.size or document.breaks[behind] != NONE
    return ends and len(names) == _FEWEST
