"""Closing a thread when staff are done with it, and opening it again.

A resident's next message opens it again by itself: see `tipline/intake/writing.py`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, update

from tipline.lines.bundles import LineBundle
from tipline.threads.events import Event, note_event
from tipline.threads.models import Thread
from tipline.threads.reading import OpenThread


def close_thread(
    engine: Engine, thread: OpenThread, bundle: LineBundle, author: str, at: datetime
) -> bool:
    """Close a thread and note who did. Return False when somebody else has closed it already."""
    return _set_closed(engine, thread, bundle, Event.CLOSED, author, at)


def reopen_thread(
    engine: Engine, thread: OpenThread, bundle: LineBundle, author: str, at: datetime
) -> bool:
    """Open a closed thread again and note who did. Return False when it is open already."""
    return _set_closed(engine, thread, bundle, Event.REOPENED, author, at)


def _set_closed(
    engine: Engine,
    thread: OpenThread,
    bundle: LineBundle,
    event: Event,
    author: str,
    at: datetime,
) -> bool:
    is_closed = event is Event.CLOSED
    statement = update(Thread).where(
        Thread.id == thread.summary.id, Thread.is_closed.is_(not is_closed)
    )
    with engine.begin() as connection:
        if connection.execute(statement.values(is_closed=is_closed)).rowcount != 1:
            return False
        note_event(connection, thread, bundle, event, author=author, at=at)
    return True
