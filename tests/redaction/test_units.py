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
        ("my name is T i n a", [("SPELT", "T i n a")]),
        ("it is R a y, and a b", [("SPELT", "R a y")]),
        ("H A Z E L says", [("SPELT", "H A Z E L")]),
        ("A l t h e a had it", [("SPELT", "A l t h e a")]),
        ("Q U E N / D A R L A", [("SPELT", "Q U E N"), ("SPELT", "D A R L A")]),
        ("b r i n e queen", [("SPELT", "b r i n e")]),
        ("soy C-h-a-y-o, mi cel", [("SPELT", "C-h-a-y-o")]),
        ("K*e*v M*o*u*a", [("SPELT", "K*e*v"), ("SPELT", "M*o*u*a")]),
        ("(s)(k)(y) said", [("SPELT", "s)(k)(y")]),
        ("w.a.l.t. is J.R. of U.S.A.", [("SPELT", "w.a.l.t")]),
        ("m . o . x . i said", [("SPELT", "m . o . x . i")]),
        ("8-x-t-y-zero-three", [("SPELT", "8-x-t-y-zero-three")]),
        (
            "seven R as in rabbit, K as in kite, 9",
            [("SPELT", "seven R as in rabbit, K as in kite, 9")],
        ),
        ("8 vee ell eff 2 0 9", [("SPELT", "8 vee ell eff 2 0 9")]),
        ("n e l l y AT example dot com", [("MAIL", "n e l l y AT example dot com")]),
        ("a n a @ e x a m p l e . c o m i saw", [("MAIL", "a n a @ e x a m p l e . c o m")]),
        ("lena (a) mail (dot) example", [("MAIL", "lena (a) mail (dot) example")]),
        (
            "k underscore s, the at symbol, x dot net",
            [("MAIL", "k underscore s, the at symbol, x dot net")],
        ),
        ("e-s-t-7 arroba example . com", [("MAIL", "e-s-t-7 arroba example . com")]),
        ("email it to rent at example dot com", [("MAIL", "rent at example dot com")]),
        (
            "her email: big red barn at example dot com",
            [("MAIL", "big red barn at example dot com")],
        ),
        (
            "ana at gmail dot com or bo at x dot net",
            [("MAIL", "ana at gmail dot com"), ("MAIL", "bo at x dot net")],
        ),
        ("goes-by-@ghost", [("HANDLE", "ghost")]),
        ("@ el . compa . topo on", [("HANDLE", "el . compa . topo")]),
        ("@kingtre . he hit it", [("HANDLE", "kingtre")]),
        ("G R I M underscore B E 2", [("HANDLE", "G R I M underscore B E 2")]),
        ("4one5.five5five.0one7four", [("PHONE", "4one5.five5five.0one7four")]),
        ("it ends oh-one-eight-four", [("NUM", "oh-one-eight-four")]),
        ("five five five zero one nine oh", [("NUM", "five five five zero one nine oh")]),
        ("me too, 44-0093812", [("NUM", "44-0093812")]),
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
