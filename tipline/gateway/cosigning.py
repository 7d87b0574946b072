"""Witnesses bring what they have signed: `POST /checkpoint/cosignatures`, the whole signed note.

The body is a checkpoint (https://c2sp.org/tlog-checkpoint) with one line for each cosignature
(https://c2sp.org/tlog-cosignature). Statuses are those of https://c2sp.org/tlog-witness where it
has one: 200 taken or known already, 400 no such note, 403 nobody or wrongly signed, 404 not of this
log, 409 another checkpoint of this size, 413 too large, 422 signed in the future, 503 not now.
Anybody may ask, and it costs a few look-ups and signatures; only what a registered witness has
signed since its last is written. Nothing is noted of who asks.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Flask, Response, current_app, request
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from tipline import logs
from tipline.audit.cosignatures import (
    MOST_BYTES,
    CosignatureRefusedError,
    ForeignCheckpointError,
    NoSuchWitnessError,
    NotYetError,
    OtherCheckpointError,
    UnknownCheckpointError,
    WrongCosignatureError,
    take,
)
from tipline.clock import Clock
from tipline.gateway.log_pages import CONTINUING_PATH, NOT_NOW, plain

PATH: Final = "/checkpoint/cosignatures"
TAKEN: Final = "The cosignature is kept, and shown with the checkpoint."
KNOWN: Final = "This cosignature, or a newer one of this witness, is known already."
TOO_LARGE: Final = "A checkpoint with its signatures is not as large as this."
STATUSES: Final[dict[type[CosignatureRefusedError], HTTPStatus]] = {
    CosignatureRefusedError: HTTPStatus.BAD_REQUEST,
    ForeignCheckpointError: HTTPStatus.NOT_FOUND,
    UnknownCheckpointError: HTTPStatus.NOT_FOUND,
    OtherCheckpointError: HTTPStatus.CONFLICT,
    NoSuchWitnessError: HTTPStatus.FORBIDDEN,
    WrongCosignatureError: HTTPStatus.FORBIDDEN,
    NotYetError: HTTPStatus.UNPROCESSABLE_ENTITY,
}
_EXTENSION: Final = "cosigning"

cosigning = Blueprint("cosigning", __name__)


@dataclass(frozen=True, slots=True)
class _Cosigning:
    engine: Engine
    clock: Clock


def add_to(app: Flask, engine: Engine, clock: Clock) -> None:
    """Let an application take cosignatures, into the main store."""
    app.extensions[_EXTENSION] = _Cosigning(engine, clock)
    app.register_blueprint(cosigning)


@cosigning.post(PATH)
@cosigning.post(f"{CONTINUING_PATH}<turn>{PATH}")
def receive(turn: str = "") -> Response:
    """Keep what witnesses have signed, and say in one sentence what came of it."""
    services: _Cosigning = current_app.extensions[_EXTENSION]
    request.max_content_length = MOST_BYTES
    raw = request.get_data(cache=False)
    is_new = take(services.engine, raw, services.clock())
    return plain(TAKEN if is_new else KNOWN, HTTPStatus.OK)


@cosigning.errorhandler(Exception)
def answer_error(error: Exception) -> Response | HTTPException:
    """Answer what is refused here, or went wrong, with a sentence of its own."""
    if isinstance(error, CosignatureRefusedError):
        logs.event("cosignature_refused", logging.WARNING, reason=error.code)
        return plain(error.sentence, STATUSES[type(error)])
    if isinstance(error, RequestEntityTooLarge):
        return plain(TOO_LARGE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if isinstance(error, HTTPException):
        return error
    logs.failure("cosignature_not_kept", error)
    return plain(NOT_NOW, HTTPStatus.SERVICE_UNAVAILABLE)
