"""Why a reply, note or draft was not taken, as a sentence beside the box."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError

from tipline import logs
from tipline.console.incidents import note_incident
from tipline.console.language import sentence_of
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.delivery.replying import (
    AlreadySentError,
    EmptyReplyError,
    LongReplyError,
    ReplyRefusedError,
)
from tipline.incidents.services import IncidentKind
from tipline.language.marking import marked
from tipline.published_keys.directory import NoPublishedKeyError
from tipline.threads.notes import AlreadyNotedError, NoteRefusedError

NOT_AUTHENTIC = marked(
    "The way back to this person is not authentic, so nothing was sent. "
    "This has been reported. Tell an admin."
)
NO_KEY = marked("The delivery worker is not running, so nothing was sent. Try again in a minute.")
BUSY = marked(
    "The database is busy. Send it again: if it was kept after all, it will not be sent twice."
)
BUSY_AGAIN = marked("The database is busy, so nothing was sent. Try again in a moment.")
BUSY_NOTE = marked(
    "The database is busy. Add it again: if it was kept after all, it will not be added twice."
)
BUSY_DRAFT = marked("The database is busy, so this draft was not saved. Try again in a moment.")
NO_LONGER_UNCERTAIN = marked(
    "This is settled by now: it was not sent again. See below it how far it came."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence for the member, in their language, and the HTTP status."""

    sentence: str
    status: int


def explain_note(error: NoteRefusedError | SQLAlchemyError) -> Problem:
    """Return why a note was not taken."""
    if isinstance(error, SQLAlchemyError):
        logs.failure("note_not_taken", error)
        return Problem(gettext(BUSY_NOTE), 503)
    return Problem(sentence_of(error), 409 if isinstance(error, AlreadyNotedError) else 400)


def explain_draft(error: Exception) -> Problem:
    """Return why a draft was not kept."""
    logs.failure("draft_not_kept", error)
    return Problem(gettext(BUSY_DRAFT), 503)


def explain(error: Exception, *, is_repetition: bool = False) -> Problem:
    """Return the problem that an error stands for; report what is not authentic.

    Raises:
        Exception: the error itself, when it is no reason that a member could act upon.
    """
    if isinstance(error, NotAuthenticError | CannotOpenError):
        note_incident(IncidentKind.FORGED_CONTACT)
        return Problem(gettext(NOT_AUTHENTIC), 409)
    if isinstance(error, NoPublishedKeyError):
        logs.failure("reply_not_taken", error)
        return Problem(gettext(NO_KEY), 503)
    if isinstance(error, SQLAlchemyError):
        logs.failure("reply_not_taken", error)
        return Problem(gettext(BUSY_AGAIN if is_repetition else BUSY), 503)
    if is_repetition and isinstance(error, AlreadySentError):
        return Problem(gettext(NO_LONGER_UNCERTAIN), 409)
    if isinstance(error, ReplyRefusedError):
        is_wrong_input = isinstance(error, EmptyReplyError | LongReplyError)
        return Problem(sentence_of(error), 400 if is_wrong_input else 409)
    raise error
