"""What forms have by which a second person is asked and decides, and what the log says of it."""

from __future__ import annotations

from flask import request

from tipline.approvals.errors import ReasonRefusedError, ReferenceRefusedError
from tipline.approvals.requests import REQUEST_ID, Words, words_of
from tipline.approvals.services import new_request_id
from tipline.audit.acts import Act
from tipline.audit.recording import acting
from tipline.errors import TiplineError

FIELDS: dict[type[TiplineError], str] = {
    ReasonRefusedError: "reason",
    ReferenceRefusedError: "reference",
}


def typed_words() -> Words:
    """Return why somebody asks, as they typed it.

    Raises:
        ReasonRefusedError, ReferenceRefusedError: as `tipline.approvals.requests.words_of`.
    """
    return words_of(request.form.get("reason", ""), request.form.get("reference", ""))


def typed_as_is() -> dict[str, str]:
    """Return both fields as they were sent, for a form that is shown again."""
    return {field: request.form.get(field, "") for field in FIELDS.values()}


def begin_asking(subject: str = "") -> str:
    """Return the id of a new request, which this request's entry in the log names from now on."""
    what = acting()
    what.act, what.request = Act.ASK, new_request_id()
    what.subject = subject or what.subject
    return what.request


def named_request() -> str:
    """Return the id in a form that decides, for the log as well; nothing else gets there."""
    given = request.form.get("request", "")
    if not REQUEST_ID.fullmatch(given):
        return ""
    acting().request = given
    return given
