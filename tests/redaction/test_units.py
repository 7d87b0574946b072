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
