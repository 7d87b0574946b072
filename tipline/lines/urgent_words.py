"""The words that make a tip urgent: what a line starts with, and how a message is matched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import ClassVar

from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.text.folding import folded, is_unspaced

MOST_ENTRIES = 300
MAX_ENTRY_CHARACTERS = 60
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

# Whole words, so forms are listed that people write. Too many urgent tips make none of them urgent:
# what only sounds grave ("fight", "drugs", "drogas") is left out.
ENGLISH = (
    "gun", "guns", "handgun", "rifle", "pistol", "firearm", "shoot", "shooting", "shooter", "shot",
    "shots fired", "ammo", "knife", "knives", "stab", "stabbed", "stabbing", "machete", "bomb",
    "bombs", "pipe bomb", "explosive", "explosives", "grenade", "arson", "kill", "kills", "killed",
    "killing", "murder", "murdered", "dead body", "massacre", "hostage", "kidnap", "kidnapped",
    "kidnapping", "abducted", "held captive", "trafficked", "being trafficked", "rape", "raped",
    "suicide", "suicidal", "kill myself", "end my life", "want to die", "overdose", "overdosed",
    "not breathing", "unconscious", "bleeding", "help me", "in danger", "right now", "911",
    "child abuse", "beating her", "beating him", "strangled", "choking", "active shooter",
    "shoot up the school", "school shooting",
)  # fmt: skip
SPANISH = (
    "arma", "armas", "pistola", "pistolas", "rifle", "escopeta", "disparo", "disparos", "disparar",
    "disparando", "balazo", "balazos", "balacera", "tiroteo", "cuchillo", "cuchillos", "navaja",
    "apuñalar", "apuñalado", "apuñalada", "machete", "bomba", "bombas", "explosivo", "explosivos",
    "granada", "matar", "matarme", "matarlo", "matarla", "mata", "mató", "matando", "asesinar",
    "asesinato", "asesinó", "muerto", "muerta", "cadáver", "masacre", "rehén", "rehenes",
    "secuestro", "secuestrar", "secuestrado", "secuestrada", "secuestraron", "trata de personas",
    "violación", "violada", "violado", "violaron", "suicidio", "suicidarme", "suicidarse",
    "quitarme la vida", "quiero morir", "sobredosis", "no respira", "inconsciente", "sangrando",
    "ayúdame", "ayúdenme", "auxilio", "peligro", "en peligro", "ahora mismo", "abuso infantil",
    "golpeando", "estrangular", "incendio",
)  # fmt: skip
DEFAULT_WORDS = tuple(dict.fromkeys(ENGLISH + SPANISH))


class WordsRefusedError(TiplineError):
    """A list of words cannot be kept; the sentence says why."""

    code = "words_refused"
    message = marked("This list cannot be kept.")


class NoWordsError(WordsRefusedError):
    """Nothing would be urgent any more."""

    message = marked("Keep at least one word: with none, no tip would be marked as urgent.")


class TooManyWordsError(WordsRefusedError):
    """There are more than are matched."""

    message = marked("Keep at most %(most)d words and phrases.")
    figures: ClassVar = {"most": MOST_ENTRIES}


class LongWordError(WordsRefusedError):
    """An entry is longer than a phrase that somebody types."""

    message = marked("A word or phrase has at most %(most)d characters.")
    figures: ClassVar = {"most": MAX_ENTRY_CHARACTERS}


class NoLettersError(WordsRefusedError):
    """An entry has nothing that a message could be matched with."""

    message = marked("Each line needs at least one letter or digit.")


class ControlCharacterError(WordsRefusedError):
    """An entry holds a character that nobody types. PostgreSQL could not store a zero byte."""

    message = marked("A word or phrase holds letters, digits and punctuation only.")


class WordMatcher:
    """Finds a list's words and phrases in messages, as whole words."""

    def __init__(self, entries: Iterable[str]) -> None:
        """Take the entries as members typed them."""
        words = {folded(entry) for entry in entries} - {""}
        self._inside = frozenset(word for word in words if is_unspaced(word))
        spaced = words - self._inside
        self._phrases = frozenset(f" {word} " for word in spaced if " " in word)
        self._words = frozenset(word for word in spaced if " " not in word)

    def matches(self, text: str) -> bool:
        """Tell whether a text has one of the words."""
        plain = folded(text)
        if not self._words.isdisjoint(plain.split()):
            return True
        between = f" {plain} "
        return any(phrase in between for phrase in self._phrases) or any(
            word in plain for word in self._inside
        )


@cache
def default_matcher() -> WordMatcher:
    """Return the matcher of the words that every line starts with."""
    return WordMatcher(DEFAULT_WORDS)


def checked_words(text: str) -> tuple[str, ...]:
    """Return the entries of a typed list, one a line, each once.

    Raises:
        WordsRefusedError: see its subclasses.
    """
    entries = tuple(dict.fromkeys(" ".join(line.split()) for line in text.splitlines()))
    entries = tuple(entry for entry in entries if entry)
    if not entries:
        raise NoWordsError
    if len(entries) > MOST_ENTRIES:
        raise TooManyWordsError
    if any(len(entry) > MAX_ENTRY_CHARACTERS for entry in entries):
        raise LongWordError
    if any(CONTROL.search(entry) for entry in entries):
        raise ControlCharacterError
    if not all(folded(entry) for entry in entries):
        raise NoLettersError
    return entries
