"""How far a thread's messages have come, for the thread page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.verifying import VerifyingKey
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.delivery.details import open_detail
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingState
from tipline.threads.reading import OpenThread

# A word that is none of ours must not hide a whole thread.
STATES = frozenset(state.value for state in OutgoingState)


@dataclass(frozen=True, slots=True)
class Progress:
    """A message's state and, where the provider gave one, its error code (see `details`)."""

    state: OutgoingState
    code: int


def progress_of(
    stores: Stores,
    thread: OpenThread,
    delivery_pin: VerifyingKey,
    first: int = 0,
    last: int | None = None,
) -> dict[int, Progress]:
    """Return the newest state by message sequence, from one to another; 0: the automatic answer."""
    query = (
        select(
            Outgoing.uid,
            Outgoing.sequence,
            Outgoing.state,
            Outgoing.detail,
            Outgoing.detail_signature,
        )
        .where(Outgoing.thread_id == thread.summary.id, Outgoing.sequence >= first)
        .order_by(Outgoing.id)
    )
    if last is not None:
        query = query.where(Outgoing.sequence <= last)
    with reading(stores.main) as connection:
        rows = connection.execute(query).all()
    progress = {}
    for row in rows:
        code = 0
        if row.detail is not None:
            code = _code(thread, row.uid, row.detail, row.detail_signature, delivery_pin)
        if row.state in STATES:
            progress[row.sequence] = Progress(OutgoingState(row.state), code)
    return progress


def _code(
    thread: OpenThread, uid: str, sealed: bytes, signature: bytes | None, pin: VerifyingKey
) -> int:
    """Return the error code, or 0 when the detail is not the delivery worker's."""
    summary = thread.summary
    try:
        detail = open_detail(
            sealed, signature or b"", summary.line_id, summary.id, uid, thread.key, pin
        )
    except (NotAuthenticError, CannotOpenError):
        return 0
    return detail.code
