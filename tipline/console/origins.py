"""Whether a form came from the console's own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from tipline.console.services import console
from tipline.language.marking import marked

# What somebody writes, by the view that takes it: it is shown again when the view is not reached.
# Never a password, a code, or what proves who somebody is.
KEPT_FIELD = "reply"
NOTE_FIELD = "note"
REPLY_OR_NOTE = (KEPT_FIELD, NOTE_FIELD)
KEPT_FIELDS = {
    "calls.take": ("text",),
    "thread_case.save": (
        "tags", "related", "case_number", "arrests", "cases_cleared", "property_dollars",
        "narcotics_dollars", "weapons",
    ),
    "canned_replies.save": ("title", "text"),
    "words.keep": ("words",),
}  # fmt: skip
# What the pages call these fields.
LABELS = {
    "reply": marked("Reply"),
    "note": marked("Note"),
    "tags": marked("Tags"),
    "related": marked("Related"),
    "case_number": marked("Case number"),
    "arrests": marked("Arrests"),
    "cases_cleared": marked("Cases cleared"),
    "property_dollars": marked("Property dollars"),
    "narcotics_dollars": marked("Narcotics dollars"),
    "weapons": marked("Weapons"),
    "title": marked("Title"),
    "text": marked("Text"),
    "words": marked("Words"),
}


def is_foreign(origin: str | None) -> bool:
    """Tell whether an Origin header names another origin than the console's."""
    return origin is not None and origin != own_origin()


def own_origin() -> str:
    """Return the console's own origin (RFC 6454), as browsers write it."""
    parts = urlsplit(console().settings.url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    is_default = parts.port in (None, {"https": 443, "http": 80}[parts.scheme])
    return f"{parts.scheme}://{host}" + ("" if is_default else f":{parts.port}")


def typed_text() -> str:
    """Return what was written in a form that cannot be taken, so that nothing of it is lost.

    Only when the browser says that the form is the console's own: no other site may choose words
    that a page of ours then shows.
    """
    if request.method != "POST" or request.headers.get("Origin") != own_origin():
        return ""
    fields = KEPT_FIELDS.get(request.endpoint or "", REPLY_OR_NOTE)
    try:
        typed = [(name, request.form.get(name, "").strip("\r\n")) for name in fields]
    except HTTPException:  # the form is larger than the console takes
        return ""
    written = [(name, text) for name, text in typed if text]
    if len(written) == 1:
        return request.form[written[0][0]]
    return "\n".join(f"{gettext(LABELS[name])}: {text}" for name, text in written)
