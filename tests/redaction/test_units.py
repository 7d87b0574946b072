"""What belongs together by its form, before anybody asks whose it is."""

from __future__ import annotations

import pytest

from tipline.redaction.document import Document
from tipline.redaction.normalising import plain_form
from tipline.redaction.units import Units


def forms(text: str) -> list[tuple[str, str]]:
    units = Units(Document(plain_form(text)))
    return [
        (kind, units.document.plain.text[start:end])
        for kind, start, end in zip(units.kinds, units.starts, units.ends, strict=True)
        if kind
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call 209-555-0142 now", [("PHONE", "209-555-0142")]),
        ("two oh nine 555 zero one four two", [("PHONE", "two oh nine 555 zero one four two")]),
        ("at 9, 209 555 0142 ext 3", [("NUM", "9"), ("PHONE", "209 555 0142 ext 3")]),
        ("rosa.m@example.com", [("MAIL", "rosa.m@example.com")]),
        ("rosa at example dot com", [("MAIL", "rosa at example dot com")]),
        ("@chula.tips, flor_9", [("HANDLE", "chula.tips"), ("HANDLE", "flor_9")]),
        ("plate 8ABC123", [("CODE", "8ABC123")]),
        ("policy CA-88120394", [("CODE", "CA-88120394")]),
        ("seven x-ray yankee zulu seven", [("SPELT", "seven x-ray yankee zulu seven")]),
        ("born June 2, 1959", [("DATE", "June 2, 1959")]),
        ("37.6391, -120.9969", [("GEO", "37.6391, -120.9969")]),
        ("from 203.0.113.7", [("IP", "203.0.113.7")]),
        ("see https://x.example/a.", [("LINK", "https://x.example/a")]),
        ("[phone 1] is mine", [("HOLE", "[phone 1]")]),
        ("thank you period [name] period", [("HOLE", "[name]")]),
        ("at 203.0.113.7, 7:58 am", [("IP", "203.0.113.7"), ("NUM", "7:58")]),
        ("203.0.113.9 209-555-0142", [("IP", "203.0.113.9"), ("PHONE", "209-555-0142")]),
        ("8 ABC 123 there", [("CODE", "8 ABC 123")]),
        ("call june 2 one two", [("DATE", "june 2"), ("NUM", "one two")]),
        ("On June 2 won 500 dollars", [("DATE", "June 2"), ("NUM", "500")]),
        ("june 2, 209-555-0142", [("DATE", "june 2"), ("PHONE", "209-555-0142")]),
        ("june 2 209/555-0142", [("DATE", "june 2"), ("PHONE", "209/555-0142")]),
        ("2 june 1959 209-555-0142", [("DATE", "2 june 1959"), ("PHONE", "209-555-0142")]),
        ("June 2, 1959 500 dollars", [("DATE", "June 2, 1959"), ("NUM", "500")]),
        ("june 2 37.6391, -120.9969", [("DATE", "june 2"), ("GEO", "37.6391, -120.9969")]),
        ("209-555-0142 ext 3@x.com", [("PHONE", "209-555-0142"), ("MAIL", "3@x.com")]),
        ("one man at home", []),
        ("St.John said so.Then he left", []),
    ],
)
def test_forms_become_units(text: str, expected: list[tuple[str, str]]) -> None:
    assert forms(text) == expected


def test_units_follow_one_another_and_leave_no_word_out() -> None:
    units = Units(Document(plain_form("Ana, 209-555-0142, drives a 8ABC123 since June 2")))
    assert units.firsts[0] == 0
    assert units.firsts[1:] == units.behinds[:-1]
    assert units.behinds[-1] == units.document.size
