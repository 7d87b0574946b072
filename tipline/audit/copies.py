"""Copies: what entries are looked up by, taken from what they say."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final, NamedTuple

from tipline.audit.entries import SALT_LENGTH, Entry, MalformedEntryError, is_open
from tipline.clock import stored

# What stands for an act where somebody wrote a row that is no entry. It is numbered all the same:
# that somebody did is worth knowing, and it must not hold up what comes after.
UNREADABLE: Final = "unreadable"
_DECODER: Final = json.JSONDecoder()


class Copies(NamedTuple):
    """The columns of an entry's row that repeat what its body says."""

    at: datetime
    act: str
    outcome: str
    actor: str
    line_id: str
    thread_id: str


def copies_of(sequence: int, salt: bytes, body: bytes, now: datetime) -> Copies:
    """Return what a row repeats of its body. `now`: its time, should it be no entry."""
    try:
        if len(salt) != SALT_LENGTH and not is_open(sequence, salt, body):
            raise MalformedEntryError
        entry = Entry.from_bytes(body)
    except MalformedEntryError:
        return Copies(stored(now), UNREADABLE, "", "", "", "")
    return Copies(
        stored(entry.at),
        entry.act.value,
        entry.outcome.value,
        entry.actor,
        entry.line,
        entry.thread,
    )


def _looks_copied(body: bytes, copied: Copies) -> bool:
    """Compare without checking how the body is written: a verifier goes through a million."""
    try:
        text = body.decode("ascii")
        said, end = _DECODER.raw_decode(text)
        told = (
            datetime.fromisoformat(said["at"].removesuffix("Z")),
            said["act"],
            said["outcome"],
            said.get("actor", ""),
            said.get("line", ""),
            said.get("thread", ""),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False
    return end == len(text) and told == copied


def is_copied(sequence: int, salt: bytes, body: bytes, copied: Copies) -> bool:
    """Tell whether a row repeats what its body says; the time of what is no entry is free."""
    if _looks_copied(body, copied):
        return True
    expected = copies_of(sequence, salt, body, copied.at)
    return expected == copied or expected.act == copied.act == UNREADABLE
