"""Line certificates: which public keys, address and words belong to a line.

Each generation is certified by the console's signing key, which intake, delivery and gateway have
pinned; each but the first is signed by the generation before as well. So whoever writes to the
database cannot put a key of their own, another line's address, or other words for the first answer
in a line's place. Whoever has stolen the console's key besides cannot let their keys follow a
line's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.sealing import SealingKey
from tipline.crypto.verifying import VerifyingKey
from tipline.language.languages import DEFAULT_LANGUAGE
from tipline.lines.models import Line, LineKey

PURPOSE = "line certificate"
SUCCESSION_PURPOSE = "line key succession"
FIRST_GENERATION = 1


@dataclass(frozen=True, slots=True)
class LineCertificate:
    """What is certified of a line. `made_at` (UTC): when the generation's keys were made."""

    line_id: str
    generation: int
    slug: str
    name: str
    address: str
    acknowledgement: str
    sealing: SealingKey
    verifying: VerifyingKey
    recovery: SealingKey
    made_at: datetime
    time_zone: str = "UTC"
    office_hours: str = ""
    after_hours: str = ""
    language: str = DEFAULT_LANGUAGE
    acknowledgement_es: str = ""
    after_hours_es: str = ""

    def fields(self) -> tuple[str | int | bytes, ...]:
        """Return the fields that the console signs, in order.

        Always all of them, but for those of languages: they stand at the end, and a line that says
        nothing of languages is signed as all were before there were any. Lists of different
        lengths never give the same bytes (see `bind`).
        """
        return (
            self.line_id,
            self.generation,
            self.slug,
            self.name,
            self.address,
            self.acknowledgement,
            self.time_zone,
            self.office_hours,
            self.after_hours,
            self.sealing.raw,
            self.verifying.raw,
            *self._origin(),
            *self._of_languages(),
        )

    def succession_fields(self) -> tuple[str | int | bytes, ...]:
        """Return the fields that the generation before signs: its keys, not the line's words."""
        keys = (self.line_id, self.generation, self.sealing.raw, self.verifying.raw)
        return (*keys, *self._origin())

    def check(self, sealing: bytes, verifying: bytes) -> None:
        """Check that public keys are the certified ones.

        Raises:
            CannotOpenError: somebody granted other keys than the line's.
        """
        if (sealing, verifying) != (self.sealing.raw, self.verifying.raw):
            raise CannotOpenError

    def _of_languages(self) -> tuple[str, ...]:
        said = (self.language, self.acknowledgement_es, self.after_hours_es)
        return () if said == (DEFAULT_LANGUAGE, "", "") else said

    def _origin(self) -> tuple[str | bytes, ...]:
        return (self.recovery.raw, self.made_at.isoformat())


def stored_certificates(line_id: str | None = None) -> Select[*tuple[Any, ...]]:
    """Return the query for the rows of `checked_chain`: one line's, or all lines', in order."""
    query: Select[*tuple[Any, ...]] = select(
        Line.id,
        Line.slug,
        Line.name,
        Line.address,
        Line.acknowledgement,
        Line.time_zone,
        Line.office_hours,
        Line.after_hours,
        Line.language,
        Line.acknowledgement_es,
        Line.after_hours_es,
        LineKey.generation,
        LineKey.sealing_public,
        LineKey.verifying_public,
        LineKey.recovery_public,
        LineKey.made_at,
        LineKey.certificate,
        LineKey.succession,
    ).join(LineKey, LineKey.line_id == Line.id)
    if line_id is not None:
        query = query.where(Line.id == line_id)
    return query.order_by(Line.id, LineKey.generation)


def certificates_of(
    connection: Connection, line_id: str, pin: VerifyingKey
) -> tuple[LineCertificate, ...]:
    """Return a line's certificates as they stand in this transaction, the oldest first.

    Raises:
        NotAuthenticError: one of them, or its keys, is not what was certified.
    """
    return checked_chain(connection.execute(stored_certificates(line_id)), pin)


def checked_chain(rows: Iterable[Any], pin: VerifyingKey) -> tuple[LineCertificate, ...]:
    """Return the certificates of one line's rows, every generation from the first to the newest.

    Raises:
        NotAuthenticError: the console did not certify one, or the one before did not sign it.
    """
    chain: list[LineCertificate] = []
    for row in rows:
        try:
            certificate = _certificate(row)
        except CannotOpenError:
            raise NotAuthenticError from None
        pin.verify(row.certificate, PURPOSE, *certificate.fields())
        if certificate.generation != FIRST_GENERATION + len(chain):
            raise NotAuthenticError
        if chain:
            fields = certificate.succession_fields()
            chain[-1].verifying.verify(row.succession or b"", SUCCESSION_PURPOSE, *fields)
        chain.append(certificate)
    return tuple(chain)


def _certificate(row: Any) -> LineCertificate:
    if row.recovery_public is None or row.made_at is None:
        raise CannotOpenError  # the columns allow it, but nothing is certified so
    return LineCertificate(
        row.id,
        row.generation,
        row.slug,
        row.name,
        row.address,
        row.acknowledgement,
        SealingKey(row.sealing_public),
        VerifyingKey(row.verifying_public),
        SealingKey(row.recovery_public),
        row.made_at.replace(tzinfo=UTC),
        row.time_zone,
        row.office_hours,
        row.after_hours,
        row.language,
        row.acknowledgement_es,
        row.after_hours_es,
    )
