"""Looking lines up. What is returned is certified; holds nothing private."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select

from tipline import logs
from tipline.clock import Clock
from tipline.crypto.encoding import Field
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.sealing import SealingKey
from tipline.crypto.verifying import HEADER_LENGTH, VerifyingKey
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.identity.addresses import normalise_address
from tipline.lines.certificates import PURPOSE, LineCertificate
from tipline.lines.models import Line, LineKey

CACHE_LIFETIME = timedelta(seconds=10)
MISS_PAUSE = timedelta(seconds=1)


class NoSuchLineError(TiplineError):
    """No line with an authentic certificate has this address or id."""

    code = "no_such_line"
    message = "No line of this installation has this address."


@dataclass(frozen=True, slots=True)
class CertifiedLine:
    """A line with its certified keys, of every generation. `certificate` is the newest's."""

    id: str
    name: str
    acknowledgement: str
    certificate: LineCertificate
    certificates: tuple[LineCertificate, ...]


class LineDirectory:
    """All certified lines, read again after ten seconds."""

    def __init__(self, engine: Engine, console_pin: VerifyingKey, clock: Clock) -> None:
        """Take the main store and the pinned key of the console, which certifies lines."""
        self._engine = engine
        self._pin = console_pin
        self._clock = clock
        self._lines: dict[str, CertifiedLine] = {}
        self._verifying: dict[tuple[str, bytes], VerifyingKey] = {}
        self._until: datetime | None = None
        self._read_at: datetime | None = None

    def by_address(self, address: str) -> CertifiedLine:
        """Return the line that residents text at this address.

        Raises:
            NoSuchLineError: there is none with an authentic certificate.
        """
        wanted = normalise_address(address)
        for lines in self._current_then_fresh():
            for line in lines.values():
                if line.certificate.address == wanted:
                    return line
        raise NoSuchLineError

    def by_id(self, line_id: str) -> CertifiedLine:
        """Return a line. Raises as `by_address` does."""
        for lines in self._current_then_fresh():
            if line_id in lines:
                return lines[line_id]
        raise NoSuchLineError

    def verifying_key(self, line_id: str, key_id: bytes) -> VerifyingKey:
        """Return the certified verifying key of any generation of a line.

        Raises:
            NotAuthenticError: the line has no such key.
        """
        for _ in self._current_then_fresh():
            if (line_id, key_id) in self._verifying:
                return self._verifying[(line_id, key_id)]
        raise NotAuthenticError

    def check(self, line_id: str, signature: bytes, purpose: str, *fields: Field) -> None:
        """Check that a line signed some fields, with its key of whichever generation.

        Raises:
            NotAuthenticError: it did not.
        """
        signer = self.verifying_key(line_id, signature[1:HEADER_LENGTH])
        signer.verify(signature, purpose, *fields)

    def _current_then_fresh(self) -> Iterator[dict[str, CertifiedLine]]:
        """Give what is known, and then, for whoever goes on looking, what is there now.

        A line may have been made just now. Strangers' questions read at most once a second.
        """
        yield self._current()
        now = self._clock()
        if self._read_at is None or not timedelta() <= now - self._read_at < MISS_PAUSE:
            self._read_at = now
            self._read()
            yield self._lines

    def _current(self) -> dict[str, CertifiedLine]:
        now = self._clock()
        if self._until is None or not self._until - CACHE_LIFETIME <= now < self._until:
            self._read()
            self._until = now + CACHE_LIFETIME
        return self._lines

    def _read(self) -> None:
        query = (
            select(
                Line.id,
                Line.slug,
                Line.name,
                Line.acknowledgement,
                Line.address,
                LineKey.generation,
                LineKey.sealing_public,
                LineKey.verifying_public,
                LineKey.certificate,
            )
            .join(LineKey, LineKey.line_id == Line.id)
            .order_by(Line.id, LineKey.generation)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        lines: dict[str, CertifiedLine] = {}
        verifying: dict[tuple[str, bytes], VerifyingKey] = {}
        for row in rows:
            try:
                certificate = LineCertificate(
                    row.id,
                    row.generation,
                    row.slug,
                    row.name,
                    row.address,
                    row.acknowledgement,
                    SealingKey(row.sealing_public),
                    VerifyingKey(row.verifying_public),
                )
                self._pin.verify(row.certificate, PURPOSE, *certificate.fields())
            except (NotAuthenticError, CannotOpenError):
                logs.event("line_certificate_refused", logging.ERROR)
                continue
            older = lines[row.id].certificates if row.id in lines else ()
            lines[row.id] = CertifiedLine(
                row.id, row.name, row.acknowledgement, certificate, (*older, certificate)
            )
            verifying[(row.id, certificate.verifying.key_id)] = certificate.verifying
        self._lines, self._verifying = lines, verifying
