"""Short messages composed from wordings: choices between synonyms, with made-up values."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

from tests.redaction.training.augmenting import Piece
from tests.redaction.training.values import Values

HERE = Path(__file__).parent
CHOICE = re.compile(r"\(([^()]*)\)( ?\?)?")
SLOT = re.compile(r"<(?P<own>[A-Z]+)>|\{(?P<other>[A-Z]+)\}")
JOINERS = [". ", ". ", ". ", ", ", ", ", " ", " ", "\n", "; ", " - ", "! ", " and ", "... ", "\n\n"]
SPANISH_JOINERS = [". ", ". ", ". ", ", ", ", ", " ", " ", "\n", "; ", " - ", "! ", " y ", "... "]
EVIDENCE = {
    "NAME": "SUSPECT_NAME", "PHONE": "SUSPECT_PHONE", "ADDRESS": "LOCATION", "UNIT": "LOCATION",
    "HANDLE": "SUSPECT_HANDLE", "EMAIL": "SUSPECT_EMAIL",
}  # fmt: skip


def sections(language: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in (HERE / f"{language}.txt").read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            current = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            current.append(line)
    return found


def as_sentence(wording: str) -> str:
    return re.sub(r"\bi\b(?=[ ',’])", "I", wording[:1].upper() + wording[1:])


class Composer:
    """Composes messages; the names and streets are those of the tips."""

    def __init__(self, names: list[str], firsts: list[str], places: list[str], seed: int) -> None:
        self.random = random.Random(seed)
        self.values = Values(names, firsts, places, self.random)
        self.wordings = {
            "en": sections("english"),
            "es": sections("spanish"),
            "mix": sections("mixed"),
        }
        for lang in ("es", "mix"):
            self.wordings[lang]["bare"] = self.wordings["en"]["bare"]

    def message(self) -> tuple[list[Piece], str]:
        pick, chance = self.random.choice, self.random.random
        lang = pick(["en", "en", "en", "es", "es"])
        own = pick([0, 0, 1, 1, 1, 1, 2])
        other = pick([0, 1, 1, 1, 2]) if own else pick([1, 1, 2, 3])
        story = pick([0, 0, 0, 1, 1, 2])
        parts = [("own", lang)] * own + [("other", lang)] * other + [("story", lang)] * story
        if chance() < 0.12:
            parts.append(("bare", lang))
        mixed = chance() < 0.2
        self.random.shuffle(parts)
        said = []
        for section, spoken in parts:
            tongue = pick(["en", "es", "mix", "mix"]) if mixed else spoken
            said.append(self.expanded(pick(self.wordings[tongue][section])))
        said.sort(key=lambda wording: wording.startswith("\\n"))
        joiners = JOINERS if lang == "en" else SPANISH_JOINERS
        style = pick(["lower", "lower", "sentence", "sentence", "sentence", "asis"])
        pieces: list[Piece] = []
        for index, escaped in enumerate(said):
            wording = escaped.replace("\\n", "\n")
            if index:
                pieces.append(Piece("" if wording.startswith("\n") else pick(joiners)))
            if style == "sentence":
                wording = as_sentence(wording)
            pieces += self.filled(wording, lang, lower=style == "lower")
        if chance() < 0.06 and (cut := self.cut(pieces)):
            return cut, lang
        if chance() < 0.4:
            pieces.append(Piece(pick([".", ".", "!", " ok", " thx", "...", "?"])))
        return pieces, lang

    def cut(self, pieces: list[Piece]) -> list[Piece]:
        """One of two messages, the number of the sender in the middle of which they part."""
        for index, piece in enumerate(pieces):
            if piece.own and piece.type == "PHONE" and "-" in piece.text[1:-1]:
                at = self.random.choice([m.start() for m in re.finditer("-", piece.text)])
                at += self.random.random() < 0.6
                if self.random.random() < 0.5:
                    return [*pieces[:index], replace(piece, text=piece.text[:at])]
                return [replace(piece, text=piece.text[at:]), *pieces[index + 1 :]]
        return []

    def expanded(self, wording: str) -> str:
        wording = wording.replace("[\"']", self.random.choice('""\''))
        while match := CHOICE.search(wording):
            choice = self.random.choice(match[1].split("|"))
            behind = wording[match.end() :]
            if match[2]:  # a blank that goes if nothing stands before it
                choice += " " if choice and match[2].startswith(" ") else ""
            wording = wording[: match.start()] + choice + behind
        wording = re.sub(r",\?", lambda _: self.random.choice([",", ""]), wording)
        wording = re.sub(r" {2,}", " ", wording)
        return re.sub(r" (?=[,.:'])", "", wording).strip(" ")

    def filled(self, wording: str, lang: str, *, lower: bool) -> list[Piece]:
        pieces, last = [], 0
        for slot in SLOT.finditer(wording):
            pieces.append(Piece(wording[last : slot.start()]))
            kind = slot["own"] or slot["other"]
            value = self.values.of(kind, lang)
            if lower and kind in ("NAME", "ADDRESS", "UNIT", "PLATE"):
                value = value.lower()
            tag = kind if slot["own"] else EVIDENCE.get(kind, kind)
            pieces.append(
                Piece(
                    value, {"LASTFOUR": "PHONE", "UNIT": "ADDRESS"}.get(tag, tag), bool(slot["own"])
                )
            )
            last = slot.end()
        return [*pieces, Piece(wording[last:])]
