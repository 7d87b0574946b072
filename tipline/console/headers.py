"""Security headers, on every answer."""

from __future__ import annotations

from flask import Response

from tipline.console.services import console
from tipline.web.headers import COMMON_HEADERS, STRICT_TRANSPORT

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    **COMMON_HEADERS,
    "Content-Security-Policy": CONTENT_POLICY,
    # Not "no-referrer": with it browsers send `Origin: null` with our own forms (Fetch Standard,
    # "append a request Origin header"), and the guard could not tell them from foreign ones. What
    # leads out of the console carries no referrer either way.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def harden(response: Response) -> Response:
    """Set the headers, whatever a view has set."""
    response.headers.update(HEADERS)
    if console().settings.is_secure:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    return response
