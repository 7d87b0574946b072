"""Keeping what is being written: the draft of the member at a thread."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from tipline import logs
from tipline.console.incidents import note_incident
from tipline.console.services import console
from tipline.console.thread.opening import Desk
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.incidents.services import IncidentKind
from tipline.threads.drafts import SavedDraft


def kept_draft(desk: Desk) -> SavedDraft | None:
    """Return what the member saved and has not sent, or None."""
    services = console()
    try:
        draft = services.drafts.find(desk.thread.summary, desk.member.id, desk.member.key)
    except NotAuthenticError:
        note_incident(IncidentKind.FORGED_CASEWORK)
        return None
    except CannotOpenError:
        return None  # sealed to a key that the member had before
    if draft is not None and services.replier.was_sent(desk.thread, draft.token):
        return None  # saved by a script that was slower than the button
    return draft


def keep_draft(desk: Desk, text: str, token: str) -> None:
    """Keep a draft, unless its form has been sent meanwhile."""
    services = console()
    if services.replier.was_sent(desk.thread, token):
        return
    member = desk.member
    services.drafts.save(
        desk.thread.summary,
        member.id,
        member.key.public,
        desk.line.bundle,
        SavedDraft(text, token, services.clock()),
    )


def drop_draft(desk: Desk) -> None:
    """Delete a draft whose reply was sent. It is never shown again, even if this fails."""
    try:
        console().drafts.drop(desk.thread.summary.id, desk.member.id)
    except SQLAlchemyError as error:
        logs.failure("draft_not_dropped", error)
