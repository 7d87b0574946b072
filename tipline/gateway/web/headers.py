"""Headers and size of every answer to people."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from flask import Response, request

from tipline.gateway.web.frame import is_page
from tipline.gateway.web.padding import padded
from tipline.gateway.web.services import pages
from tipline.web.headers import COMMON_HEADERS, STRICT_TRANSPORT

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PAGE_HEADERS = {
    **COMMON_HEADERS,
    "Content-Security-Policy": CONTENT_POLICY,
    # Where it leads to learns nothing. There is no session that a foreign form could use, so the
    # Origin header, which this blanks, is not needed.
    "Referrer-Policy": "no-referrer",
    # Else a link in the page would tell its host's name to the resolver before anybody follows it.
    "X-DNS-Prefetch-Control": "off",
}
NO_TRACE = "no-store, no-transform"
# Looks alike for all and is slow over Tor. Leaving the site by its button drops it.
STYLES = "private, max-age=3600"
# What the router answers where a stroke is missing or doubled in a path.
PERMANENT_REDIRECT = 308


def harden(response: Response) -> Response:
    """Set the headers of an answer to people, and fill its page up; leave machines' answers be.

    But those that lead elsewhere: the router's own would name the visitor's host.
    """
    if response.status_code == PERMANENT_REDIRECT:
        _stay_on_this_host(response)
    if not is_page(request.path):
        return response
    response.headers.update(PAGE_HEADERS)
    is_style = request.endpoint in ("shared.static", "public_assets.static")
    is_kept = is_style and response.status_code == 200
    response.headers["Cache-Control"] = STYLES if is_kept else NO_TRACE
    if pages().is_secure:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    if response.mimetype == "text/html" and not response.is_streamed:
        _tell_onion(response)
        if response.status_code not in (301, 302, 303, 308):
            response.set_data(padded(response.get_data()))
    return response


def _stay_on_this_host(response: Response) -> None:
    """Lead to a path alone: a proxy may speak https, or for an onion, where we see plain http.

    The router's own answer repeats scheme, the visitor's Host header, and what stood behind "?".
    """
    response.headers["Location"] = urlsplit(response.headers["Location"]).path
    response.set_data(b"")


def _tell_onion(response: Response) -> None:
    """Offer the same page over Tor (Tor Project, "Onion-Location")."""
    onion = pages().onion_url
    if onion and request.method == "GET" and response.status_code == 200:
        response.headers["Onion-Location"] = onion + quote(request.path)
