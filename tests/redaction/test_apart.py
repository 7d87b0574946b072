"""Details that stand apart: with placeholders for them the rest of a text reads as before."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.redaction.corpus import load
from tipline.redaction import Identifier
from tipline.redaction.apart import stand_apart
from tipline.redaction.features import Sight, sight_of
from tipline.redaction.identifiers import Span
from tipline.redaction.placeholders import replaced


def units_of(sight: Sight, part: str) -> list[int]:
    """The units that a part of the text is made of."""
    units = sight.units
    start = units.document.plain.text.index(part)
    return [
        unit
        for unit in range(units.size)
        if start <= units.starts[unit] and units.ends[unit] <= start + len(part)
    ]


@pytest.mark.parametrize(
    ("text", "own", "apart"),
    [
        ("my name is Ana and Rex has it", "Ana", True),
        ("my name is Ana. 3 men were there", "Ana", False),  # a number beside it
        ("3 Ana is my name", "Ana", False),
        ("at 8ABC123 37.6391, -120.9969", "37.6391, -120.9969", False),  # then that is a code
        ("my c e l l 2.0.9.five.five.five.0.1.four.two", "2.0.9.five.five.five.0.1.four.two",
         False),  # then that is spelled
        ("I am a b Ana", "Ana", False),
        ("I am b Ana", "Ana", True),
        ("from 203.0.113.7 june 2", "203.0.113.7", False),  # a month, which 7 kept from its day
        ("Karen9165550142 call me", "9165550142", False),  # then the name is a word
        ("I live at@rosa@example.com", "at@rosa", False),  # joined to another word
        ("at@203.0.113.7,rosa at example dot com", "at@203.0.113.7", False),  # so by a comma
        ("s e r g i o - one 37.6391, -120.9969", "37.6391, -120.9969", False),  # then a code
        ("rosa@example.com$his is the other", "rosa@example.com", False),
        ("(rosa@example.com) he said", "rosa@example.com", True),
        ("rosa@example.com, he said", "rosa@example.com", True),
        ('"rosa@example.com" he said', "rosa@example.com", False),  # then it is no quotation
        ("I am O'Brien from here", "O'Brien", False),  # another quotation may end there
        ("on Oak St. I saw it", "I", False),  # else the sentence ends there
        ("MY NAME IS ANA AND THAT IS ALL", "ANA", True),
        ("I AM ANABELLAROSARIO he did it", "ANABELLAROSARIO", False),  # then it shouts no more
        ("EMAIL ME rosamartinez.garcia@example.com HE SELLS ROCKS",
         "rosamartinez.garcia@example.com", False),  # then it shouts
        ("text two zero nine five five five zero one four two\nthnks mrtn",
         "two zero nine five five five zero one four two", False),  # then it is in haste
    ],
)  # fmt: skip
def test_stands_apart_where_what_is_left_reads_as_before(text: str, own: str, apart: bool) -> None:
    sight = sight_of(text)
    assert stand_apart(sight.units, units_of(sight, own)) is apart


def seen(sight: Sight) -> tuple[object, ...]:
    """All that a network is told of a text, and what it is asked about."""
    meanings = [(one.rows, one.roles, one.vector) for one in sight.meanings()]
    return sight.units.kinds, meanings, sight.places(), sight.roles, sight.breaks, sight.chosen


def read_anew(text: str, details: Iterable[Span]) -> Sight:
    """The text with placeholders, read from the start."""
    return sight_of(replaced(text, [Identifier(one.start, one.end, one.type) for one in details]))


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("my name is Ana Diaz and Rex has it", "Ana Diaz"),
        ("Maria P. Call me", "Maria P"),  # with a placeholder before the stop a sentence ends
        ("Ana", "Ana"),
        ("call 209-555-0142, Rex sells", "209-555-0142"),
    ],
)
def test_details_taken_out_leave_what_reading_anew_shows(text: str, own: str) -> None:
    sight = sight_of(text)
    units = units_of(sight, own)
    assert stand_apart(sight.units, units)
    detail = Span(sight.units.starts[units[0]], sight.units.ends[units[-1]], "NAME")
    assert seen(Sight(sight.units.without([detail]))) == seen(read_anew(text, [detail]))


def test_whether_details_stand_apart_depends_on_those_taken_out_before() -> None:
    sight = sight_of("CALL rosa martinez AND anarosario NOW")
    first, second = (units_of(sight, name) for name in ("rosa martinez", "anarosario"))
    assert stand_apart(sight.units, first)
    assert stand_apart(sight.units, second)
    detail = Span(sight.units.starts[first[0]], sight.units.ends[first[-1]], "NAME")
    left = Sight(sight.units.without([detail]))
    assert not stand_apart(left.units, units_of(left, "anarosario"))  # what is left shouts


def test_so_they_do_in_all_tips() -> None:
    compared = 0
    for tip in load("development"):
        text = tip["text"]
        if not text.isascii():  # of others the offsets of the plain text are not those of the text
            continue
        sight = sight_of(text)
        details, own = [], []
        for label in tip["strip"]:
            units = units_of(sight, text[label["start"] : label["end"]])
            if units and not set(units) & set(own):
                start, end = sight.units.starts[units[0]], sight.units.ends[units[-1]]
                details.append(Span(start, end, "NAME"))
                own += units
        details.sort(key=lambda one: one.start)
        if own and stand_apart(sight.units, sorted(own)):
            assert seen(Sight(sight.units.without(details))) == seen(read_anew(text, details)), tip[
                "id"
            ]
            compared += 1
    assert compared > 200
