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
    RESTRICTED = "restricted"  # detail: the ids of the named members, with commas between
    UNRESTRICTED = "unrestricted"
    CASE_FILE_CHANGED = "case_file_changed"  # detail: its new version
    PRINTED = "printed"  # detail: "notes" when they are printed, too
    LANGUAGE_CHANGED = "language_changed"  # detail: the language, "en" or "es"
    NAMED = "named"  # detail: the id of the member who may read a restricted thread from now on


def note_event(
    connection: Connection,
    thread: OpenThread,
    bundle: LineBundle,
    event: Event,
    *,
    author: str,
    at: datetime,
    detail: str = "",
) -> int:
    """Note in a thread what a member did, in the transaction that does it. Return the sequence."""
    content = MessageContent(detail, at, notice=event.value, author=author)
    return append_signed(connection, thread, bundle, StaffMessage.once(MessageKind.EVENT, content))
