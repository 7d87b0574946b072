"""Telephone numbers as the carrier sees them, E.164 and nothing else; and numbers in forms."""

from __future__ import annotations

import re

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NORTH_AMERICAN = re.compile(r"\+1([2-9][0-9]{2})([2-9][0-9]{2})([0-9]{4})")

READY_MADE_PHONES = ("+12095550141", "+12095550142", "+12095550143")
"""Fictitious numbers: the 555-01xx block is kept free for fiction."""


def is_e164(number: str) -> bool:
    """Whether this could be dialled: a plus sign, no leading zero, the North American plan kept."""
    if number.startswith("+1"):
        return _NORTH_AMERICAN.fullmatch(number) is not None
    return _E164.fullmatch(number) is not None


def for_people(number: str) -> str:
    """The number as people write it: (209) 555-0141 for North America, unchanged for others."""
    match = _NORTH_AMERICAN.fullmatch(number)
    return f"({match[1]}) {match[2]}-{match[3]}" if match else number


def is_whole_number(text: str) -> bool:
    """Whether `int` takes this: up to nine plain digits, no sign, no other script's digits."""
    return text.isascii() and text.isdigit() and len(text) <= 9


def obfuscated(number: str) -> str:
    """What is left of an address under AddressRetention=obfuscate: the last four digits hidden."""
    return number[:-4] + "XXXX"
