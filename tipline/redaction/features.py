"""What the model knows of a unit: its own form, its neighbours, and who was spoken of nearby."""

from __future__ import annotations

from typing import Final

from tipline.redaction.chunks import Chunk, choose, chunks
from tipline.redaction.classes import (
    CUE,
    LABEL,
    LINE,
    OUTSIDE,
    OWN,
    TELLING,
    gaps,
    known,
    look_of,
    number_of,
)
from tipline.redaction.document import HARD, SOFT
from tipline.redaction.lexicon import Role
from tipline.redaction.units import Units

_SIDE: Final = 3  # units to either side that are looked at
_WINDOW: Final = 2 * _SIDE + 1
_FAR: Final = 99
_A_BREAK: Final = 1  # in a path: a comma
_A_NAME: Final = 2  # in a path: a name, or a word that nobody knows


class Sight:
    """The units of a text with what is known of each.

    Attributes:
        units: what the text is made of.
        chosen: those that the model is asked about; no others can be a detail.
        words: a number for each unit's word or shape.
        classes: a number for what it may be.
        roles: of its word; 0 of other units.
        gaps: which characters stand before it, and behind the last.
        breaks: how strongly it is parted from the unit before.
    """

    def __init__(self, units: Units) -> None:
        self.units = units
        self._number()
        self.chosen, marks = choose(units, self.roles, self.breaks)
        self.chunks: dict[int, Chunk] = chunks(self, marks)
        self._look_back(marks)
        self._look_ahead(marks)

    def _number(self) -> None:
        units, document = self.units, self.units.document
        starts = units.firsts
        self.roles = [
            0 if kind else document.roles[first]
            for first, kind in zip(starts, units.kinds, strict=True)
        ]
        self.words: list[int] = []
        self.classes: list[int] = []
        holes = set()
        for unit, kind in enumerate(units.kinds):
            if not kind:
                self.words.append(number_of(document.words[starts[unit]]))
                self.classes.append(known[self.roles[unit]][0])
                continue
            shape = units.shapes[unit]
            if kind == "HOLE":
                shape = document.taken[starts[unit]]
                holes.add(shape)
            self.words.append(number_of(kind + shape))
            self.classes.append(number_of(kind))
        self.gaps = [gaps[document.gap(first)] for first in starts]
        self.gaps.append(gaps[document.gap(document.size)])
        self.breaks = [document.breaks[first] for first in starts]
        self.breaks.append(HARD)
        side = [OUTSIDE] * _SIDE
        self._words = side + self.words + side
        self._classes = side + self.classes + side
        self._holes = number_of(" ".join(sorted(holes))) if holes else 0

    # One walk with many memories: parted, each would walk again, and this is where time goes.
    def _look_back(self, marks: bytearray) -> None:  # noqa: C901
        """Note for each chosen unit what was said before it: the last cues, labels, sentences."""
        back: dict[int, tuple[int, ...]] = {}
        own = other = label = cue = said = thanks = -_FAR
        own_class = other_class = label_class = owner = subject = before = mask = 0
        start = line = one = two = three = 0
        breaks, roles, classes, kinds = self.breaks, self.roles, self.classes, self.units.kinds
        for unit in range(self.units.size):
            role, strength = roles[unit], breaks[unit]
            if strength == HARD:
                start, before, subject = unit, subject or before, 0
                label, owner = -_FAR, 0
                one = two = three = mask = 0
                if self.gaps[unit] == LINE:
                    line = unit
            if marks[unit]:
                back[unit] = (
                    own_class * 8 + min(unit - own, 6) + (64 if own < start else 0),
                    other_class * 8 + min(unit - other, 6) + (64 if other < start else 0),
                    own_class if own > other else -other_class,
                    label_class,
                    owner,
                    min(unit - label, 9),
                    subject * 4 + before,
                    min(unit - start, 5),
                    min(unit - line, 5),
                    (unit - said < 12) + 2 * min(unit - thanks, 5),
                    one, two, three, mask, start,
                )  # fmt: skip
            if not role & TELLING:
                if role & Role.FIRST and not subject:
                    subject = 3
                if strength == SOFT and one != _A_BREAK:
                    three, two, one = two, one, _A_BREAK
                elif kinds[unit] or not role or role & Role.FIRST:
                    new = classes[unit] if kinds[unit] else _A_NAME
                    if new != one:
                        three, two, one = two, one, new
                continue
            number, named, bits = known[role]
            three, two, one = two, one, number
            mask |= bits
            if role & CUE:
                cue = unit
                if role & OWN:
                    own, own_class = unit, number
                else:
                    other, other_class = unit, number
                subject = subject or (1 if role & OWN else 2)
            if named and not role & (Role.MY | Role.HIS):
                label, label_class = unit, named
                owner = (1 if own == cue else 2) if cue >= start and unit - cue < 5 else 0
            if role & Role.SAID:
                said = unit
            if role & Role.THANKS:
                thanks = unit
        self._back = back

    def _look_ahead(self, marks: bytearray) -> None:  # noqa: C901 - the same
        """Note for each chosen unit what comes after it in its sentence, and where lines end."""
        size = self.units.size
        ahead: dict[int, tuple[int, ...]] = {}
        own = other = label = end = line = size + _FAR
        own_class = other_class = label_class = one = two = three = mask = 0
        breaks, roles, classes, kinds = self.breaks, self.roles, self.classes, self.units.kinds
        for unit in range(size - 1, -1, -1):
            if breaks[unit + 1] == HARD:
                own = other = label = size + _FAR
                own_class = other_class = label_class = one = two = three = mask = 0
                end = unit + 1
                if self.gaps[unit + 1] == LINE or end == size:
                    line = end
            if marks[unit]:
                ahead[unit] = (
                    own_class * 8 + min(own - unit, 6),
                    other_class * 8 + min(other - unit, 6),
                    own_class if own < other else -other_class,
                    label_class * 8 + min(label - unit, 6),
                    min(end - unit, 5),
                    min(line - unit, 5),
                    one, two, three, mask,
                )  # fmt: skip
            role = roles[unit]
            if not role & TELLING:
                if kinds[unit] or not role or role & Role.FIRST:
                    new = classes[unit] if kinds[unit] else _A_NAME
                    if new != one:
                        three, two, one = two, one, new
                continue
            number, named, bits = known[role]
            three, two, one = two, one, number
            mask |= bits
            if role & OWN:
                own, own_class = unit, number
            elif role & CUE:
                other, other_class = unit, number
            if role & LABEL:
                label, label_class = unit, named
        self._ahead = ahead

    def describe(self, unit: int) -> tuple[list[int], int]:
        """Return what is known of a unit, as numbers in a fixed order, and its coarse kind."""
        units, document, words = self.units, self.units.document, self.words
        size, kind, first = units.size, units.kinds[unit], units.firsts[unit]
        chunk = self.chunks[unit]
        word = words[unit]
        if kind:
            form, tail, look, coarse = word, 0, 0, self.classes[unit]
        else:
            look = look_of(document.shown(first), document.shouted)
            form = self.classes[unit] * 8 + look
            tail = number_of(document.words[first][-3:])
            coarse = chunk.kind
        l3, l2, l1, _, r1, r2 = self._words[unit : unit + _WINDOW - 1]
        cl3, cl2, cl1, _, cr1, cr2, cr3 = self._classes[unit : unit + _WINDOW]
        begin, end = chunk.first, chunk.end
        cw1, cw2, cx1, cx2 = chunk.around
        ccl, ccr = self._classes[begin + _SIDE - 1], self._classes[end + _SIDE]
        gl, gr, cgl, cgr = self.gaps[unit], self.gaps[unit + 1], self.gaps[begin], self.gaps[end]
        gl1 = self.gaps[unit - 1] if unit else 9
        gr1 = self.gaps[unit + 2] if unit + 2 <= size else 9
        (
            own, other, near, label, owner, far, subject, since, line, state,
            p1, p2, p3, mask, start,
        ) = self._back[unit]  # fmt: skip
        own_a, other_a, near_a, label_a, to_end, line_end, q1, q2, q3, mask_a = self._ahead[unit]
        if begin != unit:
            p1, p2, p3, mask = self._back[begin][10:14]
        if end != unit + 1:
            q1, q2, q3, mask_a = self._ahead[end - 1][6:10]
        gaps_here, gaps_there = gl * 8 + gr, cgl * 8 + cgr
        from_end = min(size - 1 - unit, 4)
        return [
            1,
            form,
            word,
            tail,
            look * 64 + gaps_here,
            l1 * 8 + gl,
            l2 * 8 + gl1,
            l3,
            r1 * 8 + gr,
            r2 * 8 + gr1,
            l1 * 31 + l2 * 17 + gl,
            l1 * 37 + l2 * 19 + l3,
            r1 * 41 + r2 * 23 + gr,
            l1 * 43 + r1 * 29,
            cl1 * 8 + gl,
            cl1 * 7 + cl2 * 5 + gl,
            cl1 * 11 + cl2 * 13 + cl3 * 3,
            cr1 * 8 + gr,
            cr1 * 53 + cr2 * 59 + gr,
            cr1 * 61 + cr2 * 67 + cr3 * 71,
            cl1 * 73 + cr1 * 79 + gaps_here,
            form * 83 + cl1 * 89 + gl,
            form * 97 + cr1 * 101 + gr,
            cl2 * 8 + gl1,
            cr2 * 8 + gr1,
            own,
            other,
            near,
            label * 4 + owner,
            label * 64 + owner * 16 + far,
            near * 3 + near_a * 5 + gl,
            near * 3 + label * 20 + owner * 5,
            own_a,
            other_a,
            near_a * 7 + subject,
            label_a,
            subject,
            subject + since * 16,
            since * 8 + line,
            to_end * 8 + line_end,
            line * 8 + line_end,
            min(unit, 4) * 8 + from_end,
            from_end * 64 + gl * 8 + line,
            state * 2 + document.quoted[first],
            document.quoted[first] * 1000 + near,
            gaps_here,
            cw1 * 8 + cgl,
            cw1 * 3 + cw2 * 5 + cgl,
            cx1 * 8 + cgr,
            cx1 * 3 + cx2 * 5 + cgr,
            cw1 * 3 + cx1 * 5,
            ccl * 3 + ccr * 5 + gaps_there,
            ccl * 8 + cgl,
            ccr * 8 + cgr,
            gaps_there * 8 + min(end - begin, 4),
            cgl * 64 + min(size - end, 3) * 8 + min(begin, 3),
            p1,
            p1 * 3 + p2 * 5,
            p1 * 3 + p2 * 5 + p3 * 7,
            q1,
            q1 * 3 + q2 * 5,
            q1 * 3 + q2 * 5 + q3 * 7,
            p1 * 3 + q1 * 5,
            mask,
            mask_a,
            mask * 256 + mask_a,
            words[start],
            words[start] * 3 + self._words[start + 1 + _SIDE] * 5,
            chunk.rank,
            self._holes,
            unit - begin,
        ], coarse

    def describe_pair(self, unit: int) -> tuple[int, ...]:
        """Return what is known of a unit and the one before as parts of one detail."""
        gap, before, this = self.gaps[unit], self.classes[unit - 1], self.classes[unit]
        both = before * 3 + this * 5
        forms = number_of(f"{self.units.kinds[unit - 1]}>{self.units.kinds[unit]}")
        return (1, gap, both, both + gap, forms + gap, self.words[unit - 1] * 8 + gap)

    def describe_type(self, unit: int) -> tuple[int, ...]:
        """Return what is known of a unit of the sender's that may tell its type."""
        chunk, kind = self.chunks[unit], self.units.kinds[unit]
        coarse = chunk.kind * 1009
        label = self._back[unit][3]
        p1, p2 = self._back[chunk.first][10:12]
        q1 = self._ahead[chunk.end - 1][6]
        form = self.words[unit] if kind else self.classes[unit]
        return (
            1, form, coarse, form * 3 + coarse, label * 5 + coarse, label * 5 + form,
            p1 * 7 + coarse, p1 * 7 + p2 * 3, q1 * 11 + coarse, self._ahead[unit][3] // 8 + coarse,
            p1 * 7 + form, chunk.around[0] * 3 + coarse,
        )  # fmt: skip
