"""Looking lines up. What is returned is certified; holds nothing private."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Engine

from tipline import logs
from tipline.clock import Clock
from tipline.crypto.encoding import Field
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.verifying import HEADER_LENGTH, VerifyingKey
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.identity.addresses import normalise_address
from tipline.lines.certificates import LineCertificate, checked_chain, stored_certificates

CACHE_LIFETIME = timedelta(seconds=10)
MISS_PAUSE = timedelta(seconds=1)
# How long what was signed before a change of keys may still be sent: whoever was removed has the
# older key.
GRACE = timedelta(hours=1)


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
        self._newest_seen: dict[str, int] = {}
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

    def all(self) -> list[CertifiedLine]:
        """Return all lines with an authentic certificate, by name."""
        return sorted(self._current().values(), key=attrgetter("name"))

    def by_id(self, line_id: str) -> CertifiedLine:
        """Return a line. Raises as `by_address` does."""
        for lines in self._current_then_fresh():
            if line_id in lines:
                return lines[line_id]
        raise NoSuchLineError

    def by_slug(self, slug: str) -> CertifiedLine:
        """Return the line whose pages are found under this name. Raises as `by_address` does."""
        for lines in self._current_then_fresh():
            for line in lines.values():
                if line.certificate.slug == slug:
                    return line
        raise NoSuchLineError

    def verifying_key(self, line_id: str, key_id: bytes) -> VerifyingKey:
        """Return the certified verifying key of any generation of a line.

        Raises:
            NotAuthenticError: the line has no such key.
        """
        return self._signer(line_id, key_id).verifying

    def sending_key(self, line_id: str, key_id: bytes) -> VerifyingKey:
        """Return the verifying key of what may be sent now: the newest, or one just followed.

        A key may send for an hour after the next was made, whatever was made since: else each
        removal would let everybody send again who was removed before.

        Raises:
            NotAuthenticError: the line has no such key, or it was followed over an hour ago.
        """
        signer = self._signer(line_id, key_id)
        for other in self._lines[line_id].certificates:
            is_next = other.generation == signer.generation + 1
            if is_next and self._clock() >= other.made_at + GRACE:
                raise NotAuthenticError
        return signer.verifying

    def refresh(self) -> None:
        """Read the lines if they are due to be read again, so that the next question costs nothing.

        For whoever must take as long whether or not there is a question.
        """
        self._current()

    def forget(self) -> None:
        """Read everything again when it is next needed: whoever calls this has changed it."""
        self._until = self._read_at = None

    def _signer(self, line_id: str, key_id: bytes) -> LineCertificate:
        for lines in self._current_then_fresh():
            for certificate in lines[line_id].certificates if line_id in lines else ():
                if certificate.verifying.key_id == key_id:
                    return certificate
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
        with reading(self._engine) as connection:
            rows = connection.execute(stored_certificates()).all()
        lines: dict[str, CertifiedLine] = {}
        for line_id, of_line in groupby(rows, key=attrgetter("id")):
            try:
                chain = checked_chain(of_line, self._pin)
                self._refuse_older(line_id, chain[-1].generation)
            except NotAuthenticError:
                logs.event("line_certificate_refused", logging.ERROR)
                continue
            newest = chain[-1]
            lines[line_id] = CertifiedLine(
                line_id, newest.name, newest.acknowledgement, newest, chain
            )
        self._lines = lines

    def _refuse_older(self, line_id: str, generation: int) -> None:
        """Refuse a line whose newest keys are older than what this process has seen of it.

        Else whoever was removed from it could delete the rows of the new generation.

        Raises:
            NotAuthenticError: the newest generation is gone.
        """
        if generation < self._newest_seen.get(line_id, 0):
            raise NotAuthenticError
        self._newest_seen[line_id] = generation
