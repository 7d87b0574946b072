"""Appending what a member writes to a thread: replies, notes, and what the staff did."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from tipline.clock import hour_of
from tipline.lines.bundles import LineBundle
from tipline.threads.contents import MessageContent, MessageKind, MessagePlace, seal_message
from tipline.threads.models import Message, Thread
from tipline.threads.reading import OpenThread

SOURCE_LENGTH = 32


@dataclass(frozen=True, slots=True, repr=False)
class StaffMessage:
    """What a member puts into a thread. `source` (32 bytes) is stored once: it stops a repetition.

    Kinds: REPLY (the resident reads it), NOTE (the line's members alone), EVENT (`notice` of the
    content says what was done).
    """

    kind: MessageKind
    content: MessageContent
    source: bytes

    @classmethod
    def once(cls, kind: MessageKind, content: MessageContent) -> StaffMessage:
        """Return a message that no form can repeat."""
        return cls(kind, content, secrets.token_bytes(SOURCE_LENGTH))


def append_signed(
    connection: Connection, thread: OpenThread, bundle: LineBundle, message: StaffMessage
) -> int:
    """Seal a member's message to the thread, sign it with the line's key, and insert it.

    Only a reply answers the resident and moves the thread to the top of the inbox. Returns the
    sequence.

    Raises:
        IntegrityError: its source was stored before.
    """
    summary, content = thread.summary, message.content
    values: dict[str, Any] = {"messages": Thread.messages + 1}
    if message.kind is MessageKind.REPLY:
        newest = select(func.coalesce(func.max(Message.id), 0) + 1).scalar_subquery()
        values |= {"is_waiting": False, "last_hour": hour_of(content.at), "activity": newest}
    advance = update(Thread).where(Thread.id == summary.id).values(**values)
    sequence = int(connection.execute(advance.returning(Thread.messages)).scalar_one())
    place = MessagePlace(summary.line_id, summary.id, sequence, message.kind)
    sealed = seal_message(content, place, thread.public, bundle.signing)
    row = {
        "thread_id": summary.id,
        "sequence": sequence,
        "kind": message.kind.value,
        "sealed": sealed.sealed,
        "signature": sealed.signature,
        "source": message.source,
        "hour": hour_of(content.at),
    }
    connection.execute(insert(Message), row)
    return sequence
