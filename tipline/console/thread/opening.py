"""Opening the thread that a request names, for the member who is signed in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from tipline.audit.recording import acting
from tipline.console.incidents import note_incident
from tipline.console.refusals import (
    NoSuchPageError,
    StaleFormError,
    ThreadClosedError,
    ThreadRefusedError,
)
from tipline.console.services import console
from tipline.console.staff import (
    OpenLine,
    StaffMember,
    current_member,
    line_or_404,
    require_present_key,
)
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.incidents.services import IncidentKind
from tipline.threads.reading import OpenThread, open_thread

ALIAS = re.compile(r"[a-z0-9-]{1,40}")
TOKEN = re.compile(r"[0-9a-f]{32}")
SEQUENCE = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True, repr=False)
class Desk:
    """What a view of a thread works with: the line, the opened thread, and the member at it."""

    line: OpenLine
    thread: OpenThread
    member: StaffMember

    def again(self) -> Desk:
        """Return the same with the thread as it is now."""
        return Desk(self.line, _opened(self.line, self.thread.summary.alias), self.member)

    def back(self, anchor: str | None = None) -> Response:
        """Return the answer that leads back to the thread's page."""
        alias = self.thread.summary.alias
        here = url_for("thread.show", slug=self.line.slug, alias=alias, _anchor=anchor)
        return redirect(here, 303)


def desk(slug: str, alias: str) -> Desk:
    """Open a thread with the keys of its line, or with the member's own if it is restricted.

    Raises:
        NoSuchPageError, NoSuchThreadError: there is none for this member.
        ThreadRefusedError, ThreadClosedError: its key is not to be trusted, or does not open.
    """
    return desk_at(line_or_404(slug), alias)


def desk_at(line: OpenLine, alias: str) -> Desk:
    """Do what `desk` does on a line that is open already."""
    if not ALIAS.fullmatch(alias):
        raise NoSuchPageError
    opened = Desk(line, _opened(line, alias), current_member())
    acting().line = line.id
    acting().turn_to(opened.thread.summary.id)
    return opened


def desk_for_form(slug: str, alias: str) -> Desk:
    """Open the thread for which a form was made.

    Raises:
        StaleFormError: the form was made for another thread that had this alias.
    """
    opened = desk(slug, alias)
    if request.form.get("thread", "") != opened.thread.summary.id:
        raise StaleFormError
    return opened


def form_token() -> str:
    """Return the one-time token of a form.

    Raises:
        StaleFormError: it has none.
    """
    token = request.form.get("token", "")
    if not TOKEN.fullmatch(token):
        raise StaleFormError
    return token


def form_sequence(name: str) -> int | None:
    """Return a sequence that a form carries, or None when it is none."""
    given = request.form.get(name, "")
    return int(given) if SEQUENCE.fullmatch(given) else None


def _opened(line: OpenLine, alias: str) -> OpenThread:
    services, member = console(), current_member()
    try:
        return open_thread(
            services.stores,
            line.id,
            alias,
            line.keyring,
            services.keys.intake_pin,
            (member.id, member.key),
        )
    except NotAuthenticError:
        require_present_key()
        note_incident(IncidentKind.SWAPPED_KEY)
        raise ThreadRefusedError from None
    except CannotOpenError:
        raise ThreadClosedError from None
