"""Witnesses of the log as the main store has them, with the newest cosignature of each.

Nothing of a row is believed that was not signed: whoever can write to the database makes no
cosignature. The gateway reads these as well, and nothing here reaches a private key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, select

from tipline.audit.models import LogWitness
from tipline.audit.notes import parse_note
from tipline.audit.verifiers import NoteError, Signature, SignatureType, Verifier, cosigned_at
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.verifying import VerifyingKey

# All of them are shown with each checkpoint, and readers take a hundred signatures on a note.
MOST_WITNESSES: Final = 20


@dataclass(frozen=True, slots=True, repr=False)
class Cosigned:
    """What a witness has signed, as it is to be kept.

    Attributes:
        witness: the id of the witness.
        log, size: of which checkpoint.
        at: when, as the stores keep times.
        signature: the bytes of its signature, behind the key's id.
    """

    witness: str
    log: int
    size: int
    at: datetime
    signature: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Witnessed:
    """What is kept of a witness, as the gateway may read it: see `models.LogWitness`."""

    id: str
    verifier: Verifier
    log: int | None
    size: int | None
    seen_at: datetime | None
    signature: bytes | None

    def is_older(self, new: Cosigned) -> bool:
        """Tell whether it is of less of the log, or of as much and of an earlier look."""
        if self.log is None or self.size is None or self.seen_at is None:
            return True
        return (self.log, self.size, self.seen_at) < (new.log, new.size, new.at)


def with_cosignatures(connection: Connection, log: int, size: int, note: str) -> str:
    """Return a checkpoint's note with what registered witnesses have signed of it, by their names.

    Whoever knows none of them passes such lines over (https://c2sp.org/signed-note). One that is
    wrong would have a note refused by whoever knows that witness, so none is given out.
    """
    try:
        text, _ = parse_note(note.encode())
    except NoteError:
        return note
    of_this = [one for one in registered(connection) if (one.log, one.size) == (log, size)]
    lines = [
        Signature(one.verifier.name, one.verifier.key_id, one.signature).line()
        for one in of_this
        if one.signature and time_signed(one.verifier, text, one.signature) is not None
    ]
    return "".join((note, *lines))


def time_signed(verifier: Verifier, text: str, raw: bytes) -> datetime | None:
    """Return when a witness signed a checkpoint's text (UTC), or None if it did not.

    `raw`: the bytes of its signature, behind the key's id.
    """
    try:
        signature = Signature(verifier.name, verifier.key_id, raw)
        verifier.check(text, signature)
        return datetime.fromtimestamp(cosigned_at(signature), UTC)
    except (NoteError, ValueError, OverflowError, OSError):
        return None


def verifier_of(name: str, public: bytes) -> Verifier | None:
    """Return a witness's key as it is stored, or None if what is stored is none."""
    try:
        return Verifier(name, SignatureType.COSIGNATURE_V1, VerifyingKey(public))
    except (NoteError, NotAuthenticError):
        return None


def registered(connection: Connection) -> tuple[Witnessed, ...]:
    """Return all witnesses by their names. What somebody wrote that is no key is passed over."""
    columns = (LogWitness.log, LogWitness.size, LogWitness.seen_at, LogWitness.signature)
    query = select(LogWitness.id, LogWitness.name, LogWitness.public, *columns)
    found = []
    for row in connection.execute(query.order_by(LogWitness.name).limit(MOST_WITNESSES)):
        verifier = verifier_of(row.name, row.public)
        if verifier is not None:
            found.append(Witnessed(row.id, verifier, row.log, row.size, row.seen_at, row.signature))
    return tuple(found)
