"""Requests whose Host header is no host at all: no link can be made for a page about that."""

from __future__ import annotations

import logging

from flask import Response
from flask.globals import request_ctx

from tipline import logs


def refused_host() -> Response | None:
    """Return the answer to a request without a host, or None when it has one.

    Flask finds no route for it and binds no addresses, so an error page with links would fail, too.
    """
    if request_ctx.url_adapter is not None:
        return None
    logs.event("request_refused", logging.WARNING, status=400)
    return Response("Refused.\n", status=400, mimetype="text/plain")
