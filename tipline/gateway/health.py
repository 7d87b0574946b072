"""Is the gateway alive, and could it keep a message now? For supervisors and load balancers."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from tipline import logs
from tipline.db.engines import is_reachable
from tipline.published_keys.directory import KeyKind, NoPublishedKeyError, PublishedKeys

health = Blueprint("health", __name__)


class Readiness:
    """Tells whether a message could be kept now, and logs when that changes.

    Not each time: who waits for an instance to start, or balances load, asks every second.
    """

    def __init__(self, engine: Engine, published: PublishedKeys) -> None:
        """Take the main store and the keys that messages are sealed to."""
        self._engine = engine
        self._published = published
        self._missing = ""

    def is_ready(self) -> bool:
        """Look at the store, its migrations and the key to seal to.

        The queue does not count: without it messages are kept and found by the sweep.
        """
        try:
            is_reachable(self._engine)
            self._published.current(KeyKind.INTAKE)
        except (SQLAlchemyError, NoPublishedKeyError) as error:
            if self._missing != (missing := type(error).__name__):
                self._missing = missing
                logs.failure("not_ready", error)
            return False
        if self._missing:
            self._missing = ""
            logs.event("ready")
        return True


def add_to(app: Flask, readiness: Readiness) -> None:
    """Answer `/healthz` and `/readyz`."""
    app.extensions["readiness"] = readiness
    app.register_blueprint(health)


@health.get("/healthz")
def healthz() -> Response:
    """Say that this process answers."""
    return Response("ok\n", mimetype="text/plain")


@health.get("/readyz")
def readyz() -> Response:
    """Say whether a message could be kept now."""
    readiness: Readiness = current_app.extensions["readiness"]
    if not readiness.is_ready():
        return Response("not ready\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")
