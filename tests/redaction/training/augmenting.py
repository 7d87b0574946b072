"""Tips told anew: other names, numbers, spellings and breaks, so that contexts are learned."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tests.redaction.corpus import Span, Tip

NAMES = frozenset(["NAME", "SUSPECT_NAME", "VICTIM_NAME", "OTHER_NAME"])
PHONES = frozenset(["PHONE", "SUSPECT_PHONE", "OTHER_PHONE"])
PLACES = frozenset(["ADDRESS", "LOCATION"])
FORMS = {
    "HANDLE": "HANDLE", "SUSPECT_HANDLE": "HANDLE", "PLATE": "PLATE", "EMAIL": "EMAIL",
    "SUSPECT_EMAIL": "EMAIL", "DOB": "DOB", "SUSPECT_DOB": "DOB",
}  # fmt: skip
DIGITS = {
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "es": ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
}
NAME_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
PARTICLES = frozenset(
    [
        "de",
        "la",
        "del",
        "los",
        "las",
        "y",
        "el",
        "van",
        "don",
        "dona",
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "sr",
        "sra",
        "the",
        "from",
    ]
)
TITLES = re.compile(
    r"(?i)(?:mr|mrs|ms|dr|sr|sra|srta|don|doña|rev|lic|prof|el|la|los|las|big|lil|mi)\b"
)


@dataclass(frozen=True)
class Piece:
    """A part of a tip: plain text, the sender's own or evidence."""

    text: str
    type: str = ""
    own: bool = False


def pieces(tip: Tip) -> list[Piece]:
    found, last = [], 0
    own = {span["start"] for span in tip["strip"]}
    for span in sorted(tip["strip"] + tip["keep"], key=lambda span: span["start"]):
        found.append(Piece(tip["text"][last : span["start"]]))
        found.append(Piece(span["text"], span["type"], span["start"] in own))
        last = span["end"]
    return [*found, Piece(tip["text"][last:])]


def put_together(parts: Iterable[Piece]) -> tuple[str, list[Span]]:
    """The text, and what of it is the sender's."""
    text, own = "", []
    for part in parts:
        if part.own:
            end = len(text) + len(part.text)
            own.append(Span(start=len(text), end=end, type=part.type, text=part.text))
        text += part.text
    return text, own


class Augmenter:
    """Tells tips anew with values from other tips.

    Of a number's digits the model sees only how many there are, so they need no change.
    """

    def __init__(self, tips: Sequence[Tip], first_names: Sequence[str], seed: int) -> None:
        self.random = random.Random(seed)
        self.first_names = list(first_names)
        self.names: list[str] = []
        self.places: list[str] = []
        self.values: dict[str, list[str]] = defaultdict(list)
        for tip in tips:
            for span in tip["strip"] + tip["keep"]:
                self._collect(span["type"], span["text"])

    def _collect(self, kind: str, text: str) -> None:
        if kind in NAMES:
            self.names += [w for w in NAME_WORD.findall(text) if w.lower() not in PARTICLES]
        elif kind in PLACES:
            self.places += [w for w in NAME_WORD.findall(text) if w.istitle() and len(w) > 3]
        elif kind in FORMS and "\u200b" not in text:
            self.values[FORMS[kind]].append(text)

    def told_anew(self, tip: Tip) -> tuple[str, list[Span]]:
        parts = [self._value(part, tip["lang"]) if part.type else part for part in pieces(tip)]
        return put_together(self.roughened(parts))

    def roughened(self, parts: list[Piece]) -> list[Piece]:
        """The same with misspellings, without marks or capitals, and redacted in part."""
        chance = self.random.random
        if chance() < 0.15:
            parts = [
                part if part.type else replace(part, text=self._misspelt(part.text))
                for part in parts
            ]
        if chance() < 0.12:
            parts = [
                part
                if part.type
                else replace(part, text=re.sub(r"[.,!?;]+(?=\s|$)", "", part.text))
                for part in parts
            ]
        if chance() < 0.1:
            parts = [
                part
                if part.type
                else replace(part, text=part.text.replace("'", "").replace("\u2019", ""))
                for part in parts
            ]
        if chance() < 0.25:
            parts = [replace(part, text=part.text.lower()) for part in parts]
        elif chance() < 0.04:
            parts = [replace(part, text=part.text.upper()) for part in parts]
        if chance() < 0.2:
            parts = [
                part
                if part.type
                else replace(
                    part, text=part.text.replace("\n", self.random.choice([" ", ". ", ", "]))
                )
                for part in parts
            ]
        if chance() < 0.25:
            parts = self._redacted(parts)
        return parts

    def _redacted(self, parts: list[Piece]) -> list[Piece]:
        """Some details as placeholders, as the finder's second look at a text sees them."""
        chance = self.random.choice([0.3, 0.6, 1.0])
        return [
            Piece(f"[{placeholder(part.type)}]")
            if part.own and self.random.random() < chance
            else part
            for part in parts
        ]

    def _value(self, part: Piece, lang: str) -> Piece:
        if part.type in NAMES and self.random.random() < 0.6:
            return replace(part, text=NAME_WORD.sub(self._name, part.text))
        if part.type in PHONES and self.random.random() < 0.4:
            return replace(part, text=self._phone(part.text, lang))
        if part.type in PLACES and self.random.random() < 0.4:
            return replace(part, text=NAME_WORD.sub(self._place, part.text))
        if part.type in FORMS and self.random.random() < 0.4:
            return replace(part, text=self.random.choice(self.values[FORMS[part.type]]))
        return part

    def _name(self, match: re.Match[str]) -> str:
        word = match[0]
        if word.lower() in PARTICLES or len(word) == 1 or TITLES.fullmatch(word):
            return word
        if not word[0].isupper() and word.lower() not in self._known:
            return word
        pool = self.first_names if self.random.random() < 0.5 else self.names
        new = self.random.choice(pool)
        if word.islower():
            return new.lower()
        return new.upper() if word.isupper() else new[:1].upper() + new[1:]

    @property
    def _known(self) -> frozenset[str]:
        known = getattr(self, "_known_names", None)
        if known is None:
            known = self._known_names = frozenset(self.first_names)
        return known

    def _place(self, match: re.Match[str]) -> str:
        word = match[0]
        if not word.istitle() or len(word) < 4 or word.lower() in STREETS:
            return word
        return self.random.choice(self.places)

    def _phone(self, text: str, lang: str) -> str:
        digits = re.sub(r"[\s().+-]", "", text)
        if not (digits.isascii() and digits.isdigit()) or len(digits) != 10:
            return text
        area, middle, line = digits[:3], digits[3:6], digits[6:]
        words = DIGITS[
            "es" if lang == "es" or (lang == "mix" and self.random.random() < 0.5) else "en"
        ]
        return self.random.choice(
            [
                f"{area}-{middle}-{line}", digits, f"({area}) {middle}-{line}",
                f"{area}.{middle}.{line}", f"{area} {middle} {line}", f"{middle}-{line}",
                f"+1 {area} {middle} {line}", " ".join(digits),
                f"{area} {middle} {line[:2]} {line[2:]}",
                f"1-{area}-{middle}-{line}", " ".join(words[int(digit)] for digit in digits),
            ]
        )  # fmt: skip

    def _misspelt(self, text: str) -> str:
        return re.sub(r"[^\W\d_]{4,}", self._misspelt_word, text)

    def _misspelt_word(self, match: re.Match[str]) -> str:
        word = match[0]
        if self.random.random() > 0.12:
            return word
        at = self.random.randrange(1, len(word) - 1)
        return self.random.choice(
            [
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
            ]
        )


STREETS = frozenset(
    [
        "street",
        "avenue",
        "road",
        "drive",
        "lane",
        "court",
        "place",
        "boulevard",
        "space",
        "unit",
        "trailer",
        "calle",
        "avenida",
        "camino",
        "behind",
        "near",
        "corner",
        "house",
        "apartment",
        "apartments",
        "privada",
        "park",
        "parque",
        "casa",
    ]
)


def placeholder(kind: str) -> str:
    return {"id": "account", "": "phone"}.get(kind.lower(), kind.lower())
