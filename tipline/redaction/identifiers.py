"""What is found: parts of the plain text, and what the finder returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tipline.text.placeholders import KINDS

TYPES: Final = tuple(kind.upper() for kind in KINDS)


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """A detail of a text that says who sent it.

    Attributes:
        start: offset of its first character in the given text.
        end: offset behind its last character.
        type: one of `TYPES`.
        value: the detail in one spelling, so that the same number written in two ways gets the
            same token. It is as private as the text: it is not shown by `repr`.
    """

    start: int
    end: int
    type: str
    value: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the plain text, and which type of identifier it is."""

    start: int
    end: int
    type: str
