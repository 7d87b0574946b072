"""Messages that could not be put into a thread: for the line's members, without their sender."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template
from sqlalchemy import Engine, func, select

from tipline.console.incidents import note_incident
from tipline.console.services import console
from tipline.console.staff import OpenLine, line_or_404
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.db.reading import reading
from tipline.envelopes.models import SetAside
from tipline.incidents.services import IncidentKind
from tipline.threads.contents import MessageContent, SealedMessage
from tipline.threads.set_aside import open_set_aside

MOST_SHOWN = 200

set_aside = Blueprint("set_aside", __name__)


@dataclass(frozen=True, slots=True, repr=False)
class SetAsideMessage:
    """A message with the hour in which it was set aside; without content if it does not open."""

    hour: datetime
    content: MessageContent | None


@set_aside.get("/lines/<slug>/set-aside")
def show(slug: str) -> str:
    """Show a line's messages that could not be put into a thread, the newest first."""
    line = line_or_404(slug)
    engine = console().stores.main
    messages = _messages(engine, line)
    total = count_set_aside(engine, [line.id]).get(line.id, 0)
    return render_template("console/set_aside.html", line=line, messages=messages, total=total)


def count_set_aside(engine: Engine, line_ids: Collection[str]) -> dict[str, int]:
    """Return how many messages were set aside, by line, where there are any."""
    query = (
        select(SetAside.line_id, func.count())
        .where(SetAside.line_id.in_(list(line_ids)), SetAside.sealed_for_line.is_not(None))
        .group_by(SetAside.line_id)
    )
    with reading(engine) as connection:
        return {str(line_id): count for line_id, count in connection.execute(query)}


def _messages(engine: Engine, line: OpenLine) -> list[SetAsideMessage]:
    query = (
        select(SetAside.uid, SetAside.sealed_for_line, SetAside.signature, SetAside.created_hour)
        .where(SetAside.line_id == line.id, SetAside.sealed_for_line.is_not(None))
        .order_by(SetAside.id.desc())
        .limit(MOST_SHOWN)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return [
        SetAsideMessage(row.created_hour, _content(line, row.uid, _sealed(row))) for row in rows
    ]


def _sealed(row: Any) -> SealedMessage:
    return SealedMessage(row.sealed_for_line or b"", row.signature or b"")


def _content(line: OpenLine, uid: bytes, message: SealedMessage) -> MessageContent | None:
    try:
        return open_set_aside(message, line.id, uid, line.keyring, console().keys.intake_pin)
    except NotAuthenticError:
        note_incident(IncidentKind.FORGED_MESSAGE)
        return None
    except CannotOpenError:
        return None
