"""Leases on lanes: one worker at a time handles a sender's messages, so they stay in order."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import cache

from sqlalchemy import Connection, Engine, Integer, bindparam, func, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from tipline.clock import Clock, stored
from tipline.envelopes.models import Envelope, LaneLease
from tipline.errors import TiplineError

LEASE = timedelta(seconds=30)
# Without it the machine whose clock is behind would take over what the other has just leased.
CLOCKS_APART = timedelta(seconds=10)

# Built once: every batch runs them, and building them costs more than that.
MINE = (
    LaneLease.lane.in_(bindparam("lanes", expanding=True)),
    LaneLease.holder == bindparam("mine"),
)
HELD = select(func.count()).where(*MINE)
RELEASE = update(LaneLease).where(*MINE).values(holder=None, until=None)


class LeaseLostError(TiplineError):
    """Another worker took the lane over while this one was away; its work is rolled back."""

    code = "lease_lost"
    message = "The lease on a lane ran out before its work was committed."


def lease_lanes(engine: Engine, holder: str, clock: Clock, most: int) -> list[int]:
    """Lease up to `most` lanes that have envelopes and that nobody else holds."""
    with engine.begin() as connection:
        return lease_in(connection, holder, clock, most)


def lease_in(connection: Connection, holder: str, clock: Clock, most: int) -> list[int]:
    """Lease lanes as `lease_lanes` does, within a transaction that does something else as well.

    A lease that ends further ahead than any could is from a clock that was wrong, and counts not.
    Clocks of two machines may differ by `CLOCKS_APART`: a little more counts as not wrong yet.
    """
    now = stored(clock())
    values = {
        "now": now,
        "too_far": now + LEASE + CLOCKS_APART,
        "mine": holder,
        "end": now + LEASE,
        "most": most,
    }
    return sorted(connection.execute(_leasing(), values).scalars())


@cache
def _leasing() -> ReturningUpdate[int]:
    """Return the statement that leases lanes. Built once: building it costs more than running it.

    Longest waiting first. A lane outside 0..63 has no lease: rows that nobody of ours wrote.
    """
    oldest = select(func.min(Envelope.id)).where(Envelope.lane == LaneLease.lane).scalar_subquery()
    ended = or_(LaneLease.until < bindparam("now"), LaneLease.until > bindparam("too_far"))
    free = (
        select(LaneLease.lane)
        .where(
            LaneLease.lane.in_(select(Envelope.lane).distinct()),
            or_(LaneLease.holder.is_(None), LaneLease.holder == bindparam("mine"), ended),
        )
        .order_by(oldest)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
    )
    return (
        update(LaneLease)
        .where(LaneLease.lane.in_(free))
        .values(holder=bindparam("mine"), until=bindparam("end"))
        .returning(LaneLease.lane)
    )


def check_lanes(connection: Connection, holder: str, lanes: Collection[int]) -> None:
    """Check that lanes are still ours, before anything is written outside the main store.

    Raises:
        LeaseLostError: one of them is not.
    """
    held = connection.execute(HELD, {"lanes": list(lanes), "mine": holder})
    if held.scalar_one() != len(lanes):
        raise LeaseLostError


def release_lanes(connection: Connection, holder: str, lanes: Collection[int]) -> None:
    """Give lanes back in the transaction that commits their work.

    Raises:
        LeaseLostError: one of them is no longer ours, so nothing of this work may be committed.
    """
    released = connection.execute(RELEASE, {"lanes": list(lanes), "mine": holder})
    if released.rowcount != len(lanes):
        raise LeaseLostError
