"""Whether a form came from the console's own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import HTTPException

from tipline.console.services import console

KEPT_FIELD = "reply"
NOTE_FIELD = "note"


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


def typed_reply() -> str:
    """Return the reply or note in a form that cannot be taken, so that nothing written is lost.

    Only when the browser says that the form is the console's own: no other site may choose words
    that a page of ours then shows.
    """
    if request.method != "POST" or request.headers.get("Origin") != own_origin():
        return ""
    try:
        return request.form.get(KEPT_FIELD, "") or request.form.get(NOTE_FIELD, "")
    except HTTPException:  # the form is larger than the console takes
        return ""
