"""Names of logs, when one goes on after another.

A log's name (its origin, https://c2sp.org/tlog-checkpoint) identifies it for ever: whoever signed
a checkpoint under it must sign none that contradicts that one. So a log that goes on after a
restore has the first one's name and a *turn*: `tips.example.org/log/1f2e3d4c/2-5e6f7a8b`. The
number tells people which it is. It does not tell logs apart, because a restore takes back whatever
an instance remembers of its numbers; the random digits do.
"""

from __future__ import annotations

import os
import re
from typing import Final

FIRST: Final = 1  # number of the first log
_RANDOM_BYTES: Final = 4
_CONTINUING: Final = re.compile(
    r"(?P<first>.+)/(?P<turn>(?P<number>[1-9][0-9]{0,3})-[0-9a-f]{8})", re.ASCII
)


def first_of(origin: str) -> str:
    """Return the name of the first log of those that this one belongs to: perhaps its own."""
    found = _CONTINUING.fullmatch(origin)
    return found["first"] if found else origin


def turn_of(origin: str) -> str:
    """Return what a log's name has besides the first one's; nothing of the first."""
    found = _CONTINUING.fullmatch(origin)
    return found["turn"] if found else ""


def number_of(origin: str) -> int:
    """Return the number of a log, from 1."""
    found = _CONTINUING.fullmatch(origin)
    return int(found["number"]) if found else FIRST


def continuing(origin: str, number: int) -> str:
    """Return a name that no log has had, for log `number` after the one of this name."""
    return f"{first_of(origin)}/{number}-{os.urandom(_RANDOM_BYTES).hex()}"
