"""Whether an installation has done all that there was to do."""

from __future__ import annotations

from sqlalchemy import func, select

from tests.system.instance import Demo
from tipline.db.reading import reading
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingState
from tipline.envelopes.models import Envelope, StatusReport


def is_drained(demo: Demo) -> bool:
    """Whether nothing waits any more: no envelope, no report, nothing to be sent."""
    unsent = (OutgoingState.QUEUED.value, OutgoingState.SENDING.value)
    queries = (
        select(func.count()).select_from(Envelope),
        select(func.count()).select_from(StatusReport),
        select(func.count()).select_from(Outgoing).where(Outgoing.state.in_(unsent)),
    )
    with reading(demo.stores.main) as connection:
        return all(connection.execute(query).scalar_one() == 0 for query in queries)
