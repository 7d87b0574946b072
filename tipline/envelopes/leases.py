"""Leases on lanes: one worker at a time handles a sender's messages, so they stay in order."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Connection, Engine, func, or_, select, update

from tipline.clock import Clock, stored
from tipline.envelopes.models import Envelope, LaneLease
from tipline.errors import TiplineError

LEASE = timedelta(seconds=30)
# Without it the machine whose clock is behind would take over what the other has just leased.
CLOCKS_APART = timedelta(seconds=10)


class LeaseLostError(TiplineError):
    """Another worker took the lane over while this one was away; its work is rolled back."""

    code = "lease_lost"
    message = "The lease on a lane ran out before its work was committed."


def lease_lanes(engine: Engine, holder: str, clock: Clock, most: int) -> list[int]:
    """Lease up to `most` lanes that have envelopes and that nobody else holds.

    A lease that ends further ahead than any could is from a clock that was wrong, and counts not.
    Clocks of two machines may differ by `CLOCKS_APART`: a little more counts as not wrong yet.
    """
    now = stored(clock())
    # Longest waiting first. A lane outside 0..63 has no lease: rows that nobody of ours wrote.
    oldest = select(func.min(Envelope.id)).where(Envelope.lane == LaneLease.lane).scalar_subquery()
    ended = or_(LaneLease.until < now, LaneLease.until > now + LEASE + CLOCKS_APART)
    free = (
        select(LaneLease.lane)
        .where(
            LaneLease.lane.in_(select(Envelope.lane).distinct()),
            or_(LaneLease.holder.is_(None), LaneLease.holder == holder, ended),
        )
        .order_by(oldest)
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


def check_lanes(connection: Connection, holder: str, lanes: Collection[int]) -> None:
    """Check that lanes are still ours, before anything is written outside the main store.

    Raises:
        LeaseLostError: one of them is not.
    """
    query = select(func.count()).where(LaneLease.lane.in_(list(lanes)), LaneLease.holder == holder)
    if connection.execute(query).scalar_one() != len(lanes):
        raise LeaseLostError


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
