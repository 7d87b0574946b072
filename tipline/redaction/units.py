"""A text as units: words, and what belongs together by its form - a number, an address of mail."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from tipline.redaction.codes import code_end, code_start
from tipline.redaction.document import Document
from tipline.redaction.identifiers import Span
from tipline.redaction.lettered import spelled_end, spelling
from tipline.redaction.numbers import Atom, Run, runs, trimmed
from tipline.redaction.shapes import extension_end, number_shape, phone_at
from tipline.redaction.written import written_forms

_DIGITS: Final = re.compile(r"\d+")
_PATTERN: Final = re.compile(r"\d+|\D+")
# Words of plain numbers, which may still become parts of codes, and those of all other units.
_OPEN: Final = 1
_FIXED: Final = 2

KINDS: Final = (
    "", "PHONE", "NUM", "CODE", "MAIL", "LINK", "IP", "GEO", "HANDLE", "DATE", "SPELT", "HOLE",
)  # fmt: skip


class Units:
    """The units of a document, in order.

    Attributes:
        document: the words that they are made of.
        size: how many units there are.
        firsts: the index of the first word of each.
        behinds: the index behind its last word.
        starts: offsets of the units in the plain text.
        ends: offsets behind them.
        kinds: one of `KINDS`: "" for a word, else its form; HOLE is a placeholder.
        shapes: of a number how many digits and how written, of a code its pattern; the type of a
            placeholder that is not in the text.
    """

    __slots__ = (
        "_claimed",
        "_claims",
        "behinds",
        "document",
        "ends",
        "firsts",
        "kinds",
        "shapes",
        "size",
        "starts",
    )  # fmt: skip

    def __init__(self, document: Document) -> None:
        self.document = document
        self._claims: dict[int, tuple[int, int, int, str, str]] = {}
        self._claimed = bytearray(document.size)
        for start, end, kind in written_forms(document):
            self._claim_span(start, end, kind)
        for run in runs(document):
            for part in self._unclaimed(run):
                self._split(part)
        self._find_codes()
        self._lay_out()

    def without(self, details: Sequence[Span]) -> Units:
        """Return the units of the text that has placeholders for some details, without reading it.

        They are what reading it would come to where the details stand apart (`apart.stand_apart`).

        Args:
            details: made of units; they do not overlap.
        """
        holes = {bisect_left(self.starts, one.start): one for one in details}
        lasts = {first: bisect_left(self.ends, one.end) for first, one in holes.items()}
        gone = {unit for first, last in lasts.items() for unit in range(first + 1, last + 1)}
        kept = [unit for unit in range(self.size) if unit not in gone]
        left = Units.__new__(Units)
        left.document, left.size = self.document, len(kept)
        left.firsts = [self.firsts[unit] for unit in kept]
        left.behinds = [self.behinds[lasts.get(unit, unit)] for unit in kept]
        left.starts = [self.starts[unit] for unit in kept]
        left.ends = [self.ends[lasts.get(unit, unit)] for unit in kept]
        left.kinds = ["HOLE" if unit in holes else self.kinds[unit] for unit in kept]
        left.shapes = [holes[u].type if u in holes else self.shapes[u] for u in kept]
        return left

    def _claim(self, first: int, behind: int, kind: str, shape: str = "", start: int = -1) -> bool:
        """Make words one unit, unless some of them belong to one."""
        if first >= behind or any(self._claimed[first:behind]):
            return False
        mark = _OPEN if kind == "NUM" else _FIXED
        self._claimed[first:behind] = bytes([mark]) * (behind - first)
        document = self.document
        begin = document.starts[first] if start < 0 else start
        self._claims[first] = (behind, begin, document.ends[behind - 1], kind, shape)
        return True

    def _claim_span(self, start: int, end: int, kind: str) -> None:
        document = self.document
        end = start + len(document.plain.folded[start:end].rstrip("_.-@"))
        first, behind = document.first_at(start), min(document.first_at(end - 1) + 1, document.size)
        if not any(document.taken[first:behind]):  # a placeholder is no part of anything
            self._claim(first, behind, kind)

    def _unclaimed(self, run: Run) -> list[Run]:
        """Return the parts of a run between the words that belong to a unit."""
        if not any(self._claimed[run.atoms[0].first : run.atoms[-1].last + 1]):
            return [run]
        parts: list[list[Atom]] = [[]]
        for atom in run.atoms:
            if any(self._claimed[atom.first : atom.last + 1]):
                parts.append([])
            else:
                parts[-1].append(atom)
        return [part for atoms in parts if (part := trimmed(atoms))]

    def _split(self, run: Run) -> None:
        """Make the numbers of one run of digits units: phone numbers, and what is left."""
        atoms = run.atoms
        index = left = 0
        while index < len(atoms):
            behind = phone_at(self.document, atoms, index)
            if behind:
                self._rest(Run(atoms[left:index]))
                self._number(Run(atoms[index:behind]), "PHONE")
                index = left = behind
            else:
                index += 1
        self._rest(Run(atoms[left:]))

    def _rest(self, run: Run) -> None:
        """Part a list of numbers at its commas."""
        atoms, first = run.atoms, 0
        for index in range(1, len(atoms) + 1):
            if index == len(atoms) or self._parted(run, index):
                if first < index:
                    self._number(Run(atoms[first:index]), "NUM")
                first = index

    def _parted(self, run: Run, index: int) -> bool:
        atom, before = run.atoms[index], run.atoms[index - 1]
        gap = self.document.gap(atom.first)
        if "\n" in gap or (len(atom.digits) > 2 and len(before.digits) > 2 and gap == ", "):
            return True
        return ", " in gap and not (atom.spelled or before.spelled)

    def _number(self, run: Run, kind: str) -> None:
        if not run.atoms:
            return
        first, last = run.atoms[0], run.atoms[-1]
        if kind == "NUM" and len(run.atoms) == 1 and first.spelled and len(first.digits) < 2:
            return  # "one" is a word
        shape = number_shape(self.document, run)
        behind = last.last + 1
        if kind == "PHONE" or shape in ("local", "7"):
            extended = extension_end(self.document, behind)
            if extended > behind and self._claim(first.first, extended, kind, shape, first.start):
                return
        self._claim(first.first, behind, kind, shape, first.start)

    def _find_codes(self) -> None:
        """Find what is spelled letter by letter, and codes of letters and digits."""
        document = self.document
        reached = 0
        for index in spelling(document):
            if index < reached or (self._claimed[index] and document.words[index].isalpha()):
                continue
            behind = spelled_end(document, index)
            if behind and self._claim_over(index, behind, "SPELT"):
                reached = behind
        reached, last = 0, -1
        for match in _DIGITS.finditer(document.plain.folded):
            index = document.first_at(match.start())
            if index == last or self._claimed[index] == _FIXED:
                continue
            last = index
            for first in range(code_start(document, index, reached), index + 1):
                behind = code_end(document, first)
                if behind > index and self._claim_over(first, behind, "CODE"):
                    reached = behind
                    break

    def _claim_over(self, first: int, behind: int, kind: str) -> bool:
        """Claim words of which some may be plain numbers so far."""
        if _FIXED in self._claimed[first:behind]:
            return False
        for index in range(first, behind):
            held = self._claims.get(index)
            if held is not None and held[0] > behind:
                return False
        if self._claimed[first] and first not in self._claims:
            return False
        for index in range(first, behind):
            if held := self._claims.pop(index, None):
                self._claimed[index : held[0]] = bytes(held[0] - index)
        text = "".join(self.document.words[first:behind])
        shape = f"{_PATTERN.sub(_letter_or_digit, text)[:5]}{min(len(text), 9)}"
        return self._claim(first, behind, kind, shape if kind == "CODE" else "")

    def _lay_out(self) -> None:
        document = self.document
        self.firsts: list[int] = []
        self.behinds: list[int] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.kinds: list[str] = []
        self.shapes: list[str] = []
        index = 0
        for first in sorted(self._claims):
            behind, start, end, kind, shape = self._claims[first]
            self._lay_out_words(index, first)
            self.firsts.append(first)
            self.behinds.append(behind)
            self.starts.append(start)
            self.ends.append(end)
            self.kinds.append(kind)
            self.shapes.append(shape)
            index = behind
        self._lay_out_words(index, document.size)
        self.size = len(self.firsts)

    def _lay_out_words(self, first: int, behind: int) -> None:
        """Make some words units by themselves."""
        document = self.document
        self.firsts += range(first, behind)
        self.behinds += range(first + 1, behind + 1)
        self.starts += document.starts[first:behind]
        self.ends += document.ends[first:behind]
        nothing = [""] * (behind - first)
        self.shapes += nothing
        taken = document.taken[first:behind]
        self.kinds += ["HOLE" if one else "" for one in taken] if any(taken) else nothing


def _letter_or_digit(match: re.Match[str]) -> str:
    return "9" if match[0][0].isdigit() else "A"
