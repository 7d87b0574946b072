"""Claiming outbox rows: a row is `sending`, durably, before the provider is called."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Engine,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    select,
    update,
)
from sqlalchemy.orm import aliased

from tipline.clock import Clock, stored
from tipline.crypto.tags import keyed_tag
from tipline.db.reading import reading
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingKind, OutgoingPlace, OutgoingState
from tipline.incidents.services import IncidentKind, report

CLAIM = timedelta(seconds=120)
REF_BYTES = 16
KINDS = tuple(kind.value for kind in OutgoingKind)
# What the provider sends; letters are put into mailboxes (see `letters`).
BY_PROVIDER = (OutgoingKind.REPLY.value, OutgoingKind.AUTOMATIC.value)

# Built once: the worker asks many times a second, and building them costs more than running them.
IS_WAITING = (
    Outgoing.state == OutgoingState.QUEUED.value,
    Outgoing.not_before <= bindparam("now"),
    Outgoing.kind.in_(BY_PROVIDER),
)
WAITING = select(Outgoing.id).where(*IS_WAITING).limit(1)
MARK = (
    update(Outgoing)
    .where(Outgoing.uid == bindparam("row"))
    .values(
        state=OutgoingState.SENDING.value,
        ref_tag=bindparam("tag"),
        claimed_until=bindparam("end"),
        attempts=Outgoing.attempts + 1,
    )
)


@dataclass(frozen=True, slots=True, repr=False)
class ClaimedRow:
    """A row that this worker alone may send now, with the one-time `ref` of this sending."""

    place: OutgoingPlace
    sealed: bytes
    signature: bytes
    attempts: int
    ref: str


def claim(engine: Engine, ref_key: bytes, clock: Clock, most: int) -> list[ClaimedRow]:
    """Claim rows that are due: replies before automatic answers, one of a thread at a time."""
    now = stored(clock())
    with reading(engine) as connection:
        # Mostly nothing waits: so nobody else's writing has to wait for this look.
        if connection.execute(WAITING, {"now": now}).first() is None:
            return []
    with engine.begin() as connection:
        due = connection.execute(_due(), {"now": now, "most": most})
        claimed = [_claimed(row) for row in due]
        if claimed:
            end = now + CLAIM
            tags = [
                {"row": row.place.uid, "tag": ref_tag(ref_key, row.ref), "end": end}
                for row in claimed
            ]
            connection.execute(MARK, tags)
    return claimed


def _claimed(row: Any) -> ClaimedRow:
    kind = OutgoingKind(row.kind)
    place = OutgoingPlace(row.uid, row.line_id, row.thread_id, row.sequence, kind)
    ref = secrets.token_hex(REF_BYTES)
    return ClaimedRow(place, row.sealed or b"", row.signature, row.attempts, ref)


@cache
def _due() -> Select[str, str, str, int, str, bytes | None, bytes, int]:
    """Return the query for `claim`, which locks what it finds."""
    earlier = aliased(Outgoing)
    in_front = exists().where(
        and_(
            earlier.thread_id == Outgoing.thread_id,
            earlier.id < Outgoing.id,
            earlier.state.in_([OutgoingState.QUEUED.value, OutgoingState.SENDING.value]),
        )
    )
    automatic_last = case((Outgoing.kind == OutgoingKind.REPLY.value, 0), else_=1)
    return (
        select(
            Outgoing.uid,
            Outgoing.line_id,
            Outgoing.thread_id,
            Outgoing.sequence,
            Outgoing.kind,
            Outgoing.sealed,
            Outgoing.signature,
            Outgoing.attempts,
        )
        .where(*IS_WAITING, ~in_front)
        .order_by(automatic_last, Outgoing.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True, of=Outgoing)
    )


def ref_tag(ref_key: bytes, ref: str) -> bytes:
    """Return the tag under which a sending's `ref` is found. Rows never hold the `ref` itself."""
    return keyed_tag(ref_key, "ref", ref)


def give_up_on_crashed(engine: Engine, clock: Clock) -> int:
    """Mark rows whose sender died as uncertain: a callback or a person settles them."""
    statement = (
        update(Outgoing)
        .where(
            Outgoing.state == OutgoingState.SENDING.value,
            Outgoing.claimed_until < stored(clock()),
        )
        .values(state=OutgoingState.UNCERTAIN.value, sealed=None, claimed_until=None)
    )
    with engine.begin() as connection:
        return connection.execute(statement).rowcount


def refuse_unknown_kinds(engine: Engine, clock: Clock) -> int:
    """Refuse rows of a kind that no program of ours writes, and report them. Return how many."""
    statement = (
        update(Outgoing)
        .where(Outgoing.state == OutgoingState.QUEUED.value, Outgoing.kind.not_in(KINDS))
        .values(state=OutgoingState.REFUSED.value, sealed=None)
    )
    with engine.begin() as connection:
        refused = connection.execute(statement).rowcount
        if refused:
            report(connection, IncidentKind.FORGED_OUTBOX, clock(), refused)
    return refused
