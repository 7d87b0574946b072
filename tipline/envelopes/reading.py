"""Reading envelopes: the workers' side. Checks who sealed, then opens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, Integer, Select, bindparam, func, select

from tipline.crypto.sealing import sealed_key_id
from tipline.crypto.tags import LANES, check_tag_of_any
from tipline.envelopes.messages import InboundMessage, StatusNotice
from tipline.envelopes.models import Envelope, StatusReport
from tipline.envelopes.web import WebMessage, holds_web
from tipline.envelopes.writing import (
    ENVELOPE_TAG,
    STATUS_TAG,
    envelope_context,
    status_context,
)
from tipline.published_keys.rotation import KeyRing


@dataclass(frozen=True, slots=True, repr=False)
class EnvelopeRow:
    """An envelope as it stands in the store."""

    id: int
    uid: bytes
    lane: int
    sealed: bytes
    gateway_tag: bytes
    attempts: int


@dataclass(frozen=True, slots=True, repr=False)
class StatusRow:
    """A status report as it stands in the store."""

    id: int
    uid: bytes
    sealed: bytes
    gateway_tag: bytes
    attempts: int


ENVELOPE_COLUMNS = (
    Envelope.id,
    Envelope.uid,
    Envelope.lane,
    Envelope.sealed,
    Envelope.gateway_tag,
    Envelope.attempts,
)

ANY_ENVELOPE = select(Envelope.id).limit(1)
# Built once: delivery asks many times a second, and building it costs more than running it.
OLDEST_REPORTS = (
    select(
        StatusReport.id,
        StatusReport.uid,
        StatusReport.sealed,
        StatusReport.gateway_tag,
        StatusReport.attempts,
    )
    .order_by(StatusReport.id)
    .limit(bindparam("most", type_=Integer))
)


def envelopes_in(
    connection: Connection, lanes: Collection[int], most: int, of_each: int
) -> list[EnvelopeRow]:
    """Return the oldest envelopes of some lanes, oldest first, and `of_each` lane at most so many.

    So those behind one sender's thousand messages wait for a few of them, not for all.
    """
    values = {"lanes": list(lanes), "of_each": of_each, "most": most}
    return [EnvelopeRow(*row) for row in connection.execute(_oldest(), values)]


@cache
def _oldest() -> Select[int, bytes, int, bytes, bytes, int]:
    """Return the query for `envelopes_in`. Built once: building it costs more than running it."""
    place = func.row_number().over(partition_by=Envelope.lane, order_by=Envelope.id)
    these = Envelope.lane.in_(bindparam("lanes", expanding=True))
    waiting = select(Envelope.id, place.label("place")).where(these).subquery()
    first = select(waiting.c.id).where(waiting.c.place <= bindparam("of_each"))
    oldest = first.order_by(waiting.c.id).limit(bindparam("most", type_=Integer))
    return select(*ENVELOPE_COLUMNS).where(Envelope.id.in_(oldest)).order_by(Envelope.id)


def has_envelopes(connection: Connection) -> bool:
    """Tell whether any envelope waits, whoever works on its lane."""
    return connection.execute(ANY_ENVELOPE).first() is not None


def envelopes_without_lane(connection: Connection, most: int) -> list[EnvelopeRow]:
    """Return envelopes in lanes that do not exist, which nobody leases."""
    outside = select(*ENVELOPE_COLUMNS).where(Envelope.lane.not_in(range(LANES)))
    return [EnvelopeRow(*row) for row in connection.execute(outside.limit(most))]


def status_reports(connection: Connection, most: int) -> list[StatusRow]:
    """Return the oldest status reports, oldest first."""
    found = connection.execute(OLDEST_REPORTS, {"most": most})
    return [StatusRow(*row) for row in found]


def open_content(row: EnvelopeRow, tag_keys: Sequence[bytes], ring: KeyRing) -> bytes:
    """Return what an envelope holds, not yet parsed.

    Raises:
        NotAuthenticError: the gateway did not write this row.
        CannotOpenError, KeyMissingError: its key is gone, or it was changed.
    """
    check_tag_of_any(tag_keys, row.gateway_tag, ENVELOPE_TAG, row.uid, row.lane, row.sealed)
    key = ring.opening_key(sealed_key_id(row.sealed))
    return key.open(row.sealed, envelope_context(row.uid))


def open_envelope(
    row: EnvelopeRow, tag_keys: Sequence[bytes], ring: KeyRing
) -> InboundMessage | WebMessage:
    """Return the message in an envelope: a text message, or what came from the web pages.

    Raises:
        MalformedContentError: it opens, but holds neither; and as `open_content` does.
    """
    content = open_content(row, tag_keys, ring)
    return (
        WebMessage.from_bytes(content) if holds_web(content) else InboundMessage.from_bytes(content)
    )


def open_status(row: StatusRow, tag_keys: Sequence[bytes], ring: KeyRing) -> StatusNotice:
    """Return the notice in a status report. Raises as `open_envelope` does."""
    check_tag_of_any(tag_keys, row.gateway_tag, STATUS_TAG, row.uid, row.sealed)
    key = ring.opening_key(sealed_key_id(row.sealed))
    return StatusNotice.from_bytes(key.open(row.sealed, status_context(row.uid)))
