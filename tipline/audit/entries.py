"""Entries: who did what, when, where, to what, and how it ended.

The fields are those that CJIS Security Policy 5.9.5 asks of an audit record (AU-3): type, time,
place, source, outcome, and who. Staff are named by member id, threads and lines by their ids.
Nothing of a resident is in one: no alias, no text, no number.
"""

from __future__ import annotations

import hmac
import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from tipline.audit.acts import Act, Outcome
from tipline.errors import TiplineError

SALT_LENGTH: Final = 32  # bytes
OPEN: Final = b""  # in the place of a salt, where nothing is hidden
COMMITMENT_LENGTH: Final = 32  # bytes
MOST_BYTES: Final = 4096
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\dZ", re.ASCII)


class MalformedEntryError(TiplineError):
    """What stands where an entry belongs is none."""

    code = "malformed_entry"
    message = "An entry of the log is not written as entries are."


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done or tried.

    Attributes:
        at: when, in UTC; hundredths of a second are kept.
        act: what.
        outcome: how it ended.
        place: the process in which it was done.
        actor: the member's id, `operator` for a command, or empty: nobody had signed in.
        line, thread: ids of what it was done to, or empty.
        subject: the id of the member whom it is about, or empty.
        request: the id of what was asked of a second person, or empty.
        found: how many threads a search found; None of all else.
        key: the fingerprint of the witness's key that it is about, or empty.
        continues: of the first entry of a log that goes on after another: the text of the other's
            checkpoint (C2SP tlog-checkpoint) that it goes on after; else empty.
        here: the newest log that was here then, as the text of a checkpoint that nobody has signed;
            empty if there was none.
    """

    at: datetime
    act: Act
    outcome: Outcome
    place: str
    actor: str = ""
    line: str = ""
    thread: str = ""
    subject: str = ""
    found: int | None = None
    request: str = ""
    key: str = ""
    continues: str = ""
    here: str = ""

    def to_bytes(self) -> bytes:
        """Return the one way to write this entry: JSON in ASCII, sorted, without white space."""
        fields = asdict(self) | {"at": written(self.at)}
        kept = {name: value for name, value in fields.items() if value not in ("", None)}
        return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode("ascii")

    @classmethod
    def from_bytes(cls, raw: bytes) -> Entry:
        """Return the entry that was written.

        Raises:
            MalformedEntryError: no entry is written like this.
        """
        if len(raw) > MOST_BYTES:
            raise MalformedEntryError
        try:
            fields = json.loads(raw.decode("ascii"))
            fields["at"] = _read(fields["at"])
            fields["act"] = Act(fields["act"])
            fields["outcome"] = Outcome(fields["outcome"])
            entry = cls(**fields)
            is_this = entry.to_bytes() == raw
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise MalformedEntryError from None
        if not is_this:
            raise MalformedEntryError
        return entry


def new_salt() -> bytes:
    """Return 32 random bytes: without them, whoever guesses an entry could test the guess."""
    return os.urandom(SALT_LENGTH)


def commitment(salt: bytes, body: bytes) -> bytes:
    """Return what the log holds of an entry: 32 bytes, HMAC-SHA256 (RFC 2104) under its salt.

    It hides the entry while the salt is kept back, and binds to it once the salt is shown: another
    body, or another salt of 32 bytes, with the same value would be a collision of SHA-256.
    """
    return hmac.digest(salt, body, "sha256")


def is_open(sequence: int, salt: bytes, body: bytes) -> bool:
    """Tell whether an entry is one that hides nothing: the first of a log that continues another.

    Whoever witnesses must be able to read it, and it says nothing of what staff do.
    """
    if sequence or salt != OPEN:
        return False
    try:
        return Entry.from_bytes(body).act is Act.CONTINUE_LOG
    except MalformedEntryError:
        return False


def leaf_data(sequence: int, salt: bytes, body: bytes) -> bytes:
    """Return what the log holds of entry `sequence`: its commitment, or if it is open itself.

    No entry is as short as a commitment, so that neither passes for the other.
    """
    return body if is_open(sequence, salt, body) else commitment(salt, body)


def padding(at: datetime) -> Entry:
    """Return an entry that says nothing: by its commitment nobody tells it from others."""
    return Entry(at, Act.PADDING, Outcome.DONE, "log")


def written(moment: datetime) -> str:
    """Return a moment as entries have it, in hundredths of a second (AU-8).

    Example: 2026-11-20T09:41:17.25Z
    """
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 10_000:02d}Z"


def _read(text: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise ValueError
    return datetime.fromisoformat(text)
