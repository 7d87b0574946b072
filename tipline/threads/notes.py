"""Internal notes: sealed into the thread for the line's members, and sent to nobody."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.bundles import LineBundle
from tipline.threads.appending import StaffMessage, append_signed
from tipline.threads.contents import MessageContent, MessageKind
from tipline.threads.reading import OpenThread

MOST_NOTE_CHARACTERS = 8000


class NoteRefusedError(TiplineError):
    """A note cannot be taken; nothing was kept."""

    code = "note_refused"


class EmptyNoteError(NoteRefusedError):
    """There is nothing to note."""

    code = "note_empty"
    message = marked("Write something first.")


class LongNoteError(NoteRefusedError):
    """A note is longer than a page shows."""

    code = "note_too_long"
    message = marked("A note can have at most %(most)d characters. Add it in two parts.")
    figures: ClassVar = {"most": MOST_NOTE_CHARACTERS}


class AlreadyNotedError(NoteRefusedError):
    """The same form was sent twice; the first one counts."""

    code = "already_noted"
    message = marked("This note was already added. It was not added a second time.")


@dataclass(frozen=True, slots=True, repr=False)
class Note:
    """A member's note. `token` is the form's one-time token, `author` the member's id."""

    text: str
    author: str
    token: str


def add_note(
    engine: Engine, thread: OpenThread, bundle: LineBundle, note: Note, at: datetime
) -> None:
    """Seal a note into a thread. It changes neither who waits for an answer nor the inbox's order.

    Raises:
        NoteRefusedError: see its subclasses.
    """
    text = note.text.replace("\r\n", "\n").strip()
    if not text:
        raise EmptyNoteError
    if len(text) > MOST_NOTE_CHARACTERS:
        raise LongNoteError
    # A form that is posted twice has the same token, and so the same source.
    source = hashlib.sha256(f"note {thread.summary.id} {note.token}".encode()).digest()
    content = MessageContent(text, at, author=note.author)
    try:
        with engine.begin() as connection:
            message = StaffMessage(MessageKind.NOTE, content, source)
            append_signed(connection, thread, bundle, message)
    except IntegrityError:
        raise AlreadyNotedError from None
