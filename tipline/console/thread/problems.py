"""Why a reply was not taken, as a sentence beside the box."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from tipline import logs
from tipline.console.incidents import note_incident
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.delivery.replying import (
    AlreadySentError,
    EmptyReplyError,
    LongReplyError,
    ReplyRefusedError,
)
from tipline.incidents.services import IncidentKind
from tipline.published_keys.directory import NoPublishedKeyError

NOT_AUTHENTIC = (
    "The way back to this person is not authentic, so nothing was sent. "
    "This has been reported. Tell an admin."
)
NO_KEY = "The delivery worker is not running, so nothing was sent. Try again in a minute."
BUSY = "The database is busy. Send it again: if it was kept after all, it will not be sent twice."
BUSY_AGAIN = "The database is busy, so nothing was sent. Try again in a moment."
NO_LONGER_UNCERTAIN = "This is settled by now: it was not sent again. See below it how far it came."


@dataclass(frozen=True, slots=True)
class ReplyProblem:
    """A sentence for the member, and the HTTP status."""

    sentence: str
    status: int


def explain(error: Exception, *, is_repetition: bool = False) -> ReplyProblem:
    """Return the problem that an error stands for; report what is not authentic.

    Raises:
        Exception: the error itself, when it is no reason that a member could act upon.
    """
    if isinstance(error, NotAuthenticError | CannotOpenError):
        note_incident(IncidentKind.FORGED_CONTACT)
        return ReplyProblem(NOT_AUTHENTIC, 409)
    if isinstance(error, NoPublishedKeyError):
        logs.failure("reply_not_taken", error)
        return ReplyProblem(NO_KEY, 503)
    if isinstance(error, SQLAlchemyError):
        logs.failure("reply_not_taken", error)
        return ReplyProblem(BUSY_AGAIN if is_repetition else BUSY, 503)
    if is_repetition and isinstance(error, AlreadySentError):
        return ReplyProblem(NO_LONGER_UNCERTAIN, 409)
    if isinstance(error, ReplyRefusedError):
        is_wrong_input = isinstance(error, EmptyReplyError | LongReplyError)
        return ReplyProblem(str(error), 400 if is_wrong_input else 409)
    raise error
