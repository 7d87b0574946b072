"""Restricted threads that somebody asks to read, shown to those who can let them."""

from __future__ import annotations

from collections.abc import Sequence

from tipline.console.services import console
from tipline.db.reading import reading
from tipline.threads.models import Thread
from tipline.threads.reading import ThreadSummary, summaries, visible_to


def asked_for(line_ids: Sequence[str], member_id: str) -> list[ThreadSummary]:
    """Return those of some lines' threads that a member reads and another asks to read."""
    services = console()
    wanted = services.restricted.asked_threads(member_id)
    if not wanted:
        return []
    conditions = (Thread.id.in_(wanted), Thread.line_id.in_(line_ids), visible_to(member_id))
    with reading(services.stores.main) as connection:
        return summaries(connection, *conditions, Thread.is_restricted.is_(True))
