"""Wordings that somebody thought of, one a line, with `[[...]]` and `{{...}}` but without types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.redaction.corpus import Span, Tip

WORDINGS = Path(__file__).with_name("wordings.txt")
MARK = re.compile(r"\[\[(?P<own>.*?)\]\]|\{\{(?P<other>.*?)\}\}")
PHONE = re.compile(r"[\d\s().+-]{10,}")
ADDRESS = re.compile(r"\d+ [A-Za-z]")
UNTYPED = "OTHER"


def wordings(first_names: frozenset[str]) -> Iterator[Tip]:
    for number, escaped in enumerate(WORDINGS.read_text("utf-8").splitlines()):
        line = escaped.replace("\\n", "\n")
        text, last = "", 0
        own: list[Span] = []
        evidence: list[Span] = []
        for mark in MARK.finditer(line):
            text += line[last : mark.start()]
            value = mark["own"] if mark["own"] is not None else mark["other"]
            kind = type_of(value, first_names)
            span = Span(start=len(text), end=len(text) + len(value), type=kind, text=value)
            (own if mark["own"] is not None else evidence).append(span)
            text += value
            last = mark.end()
        text += line[last:]
        yield Tip(id=f"w{number}", lang="en", tags=[], text=text, strip=own, keep=evidence)


def type_of(value: str, first_names: frozenset[str]) -> str:
    """A type where the value shows it, so that it can be exchanged for another."""
    if PHONE.fullmatch(value):
        return "PHONE"
    if ADDRESS.match(value):
        return "ADDRESS"
    if any(word.lower() in first_names for word in value.split()):
        return "NAME"
    return UNTYPED
