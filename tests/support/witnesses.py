"""Somebody outside who cosigns what they are shown, and is registered as a witness."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Engine

from tipline.audit.notes import format_note, parse_note
from tipline.audit.signing_notes import cosign
from tipline.audit.verifiers import SignatureType, Verifier
from tipline.audit.witnesses import Witnessing, register, witnesses
from tipline.crypto.signing import SigningKey
from tipline.db.reading import reading

WHEN = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)


@dataclass(frozen=True)
class SomeWitness:
    """Signs whatever it is given."""

    name: str = "board.example/anna"
    called: str = "Anna of the review board"
    key: SigningKey = field(default_factory=SigningKey.generate)

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, SignatureType.COSIGNATURE_V1, self.key.public)

    @property
    def vkey(self) -> str:
        return self.verifier.vkey()

    def cosigned(self, note: bytes, at: datetime = WHEN) -> bytes:
        """The note with its signature below."""
        text, signatures = parse_note(note)
        own = cosign(text, self.name, self.key, int(at.timestamp()))
        return format_note(text, (*signatures, own))

    def registered(self, engine: Engine, now: datetime = WHEN) -> SomeWitness:
        register(engine, self.called, self.verifier, now)
        return self


def seen_by(engine: Engine) -> dict[str, Witnessing]:
    """What is known of each witness, by what it is called."""
    with reading(engine) as connection:
        return {one.called: one for one in witnesses(connection)}
