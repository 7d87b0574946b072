"""What members did with a thread, noted in it: staff see staff, residents never do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from tipline.lines.bundles import LineBundle
from tipline.threads.appending import StaffMessage, append_signed
from tipline.threads.contents import MessageContent, MessageKind
from tipline.threads.reading import OpenThread


class Event(StrEnum):
    """What was done. The detail that goes with some of them is said beside each."""

    CLAIMED = "claimed"
    RELEASED = "released"
    ASSIGNED = "assigned"  # detail: the member's id
    MARKED_URGENT = "marked_urgent"
    MARKED_NOT_URGENT = "marked_not_urgent"
    CLOSED = "closed"
    REOPENED = "reopened"
    RESTRICTED = "restricted"
    UNRESTRICTED = "unrestricted"
    CASE_FILE_CHANGED = "case_file_changed"
    PRINTED = "printed"


def note_event(
    connection: Connection,
    thread: OpenThread,
    bundle: LineBundle,
    event: Event,
    *,
    author: str,
    at: datetime,
    detail: str = "",
) -> None:
    """Note in a thread what a member did, in the transaction that does it."""
    content = MessageContent(detail, at, notice=event.value, author=author)
    append_signed(connection, thread, bundle, StaffMessage.once(MessageKind.EVENT, content))
