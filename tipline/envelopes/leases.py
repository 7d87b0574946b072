"""Leases on lanes: one worker at a time handles a sender's messages, so they stay in order."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Connection, Engine, or_, select, update

from tipline.clock import Clock, stored
from tipline.envelopes.models import Envelope, LaneLease
from tipline.errors import TiplineError

LEASE = timedelta(seconds=60)


class LeaseLostError(TiplineError):
    """Another worker took the lane over while this one was away; its work is rolled back."""

    code = "lease_lost"
    message = "The lease on a lane ran out before its work was committed."


def lease_lanes(engine: Engine, holder: str, clock: Clock, most: int) -> list[int]:
    """Lease up to `most` lanes that have envelopes and that nobody else holds."""
    now = stored(clock())
    waiting = select(Envelope.lane).distinct()
    free = (
        select(LaneLease.lane)
        .where(
            LaneLease.lane.in_(waiting),
            or_(LaneLease.holder.is_(None), LaneLease.holder == holder, LaneLease.until < now),
        )
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(LaneLease)
        .where(LaneLease.lane.in_(free))
        .values(holder=holder, until=now + LEASE)
        .returning(LaneLease.lane)
    )
    with engine.begin() as connection:
        return sorted(connection.execute(statement).scalars())


def release_lanes(connection: Connection, holder: str, lanes: Collection[int]) -> None:
    """Give lanes back in the transaction that commits their work.

    Raises:
        LeaseLostError: one of them is no longer ours, so nothing of this work may be committed.
    """
    statement = (
        update(LaneLease)
        .where(LaneLease.lane.in_(list(lanes)), LaneLease.holder == holder)
        .values(holder=None, until=None)
    )
    if connection.execute(statement).rowcount != len(lanes):
        raise LeaseLostError
