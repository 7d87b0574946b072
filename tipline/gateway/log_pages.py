"""The audit log as outsiders read it (https://c2sp.org/tlog-tiles): checkpoint, tiles, bundles.

Everybody is answered alike, whoever they are, and nothing is noted of who asked for what. What is
published stands in the database for anybody to have, so neither cookie nor key plays a part.

What is full never changes, says the format, and so says each answer to whatever keeps it on the
way. So a log that goes on after another has an address of its own, and the first one keeps its.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Flask, Response, current_app
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException

from tipline import logs
from tipline.audit.bundles import ENTRIES, Bundle
from tipline.audit.published import NothingPublishedError, published_log
from tipline.audit.tiles import TILE_WIDTH, Tile, TilePathError

CHECKPOINT_PATH: Final = "/checkpoint"
TILES_PATH: Final = "/tile/"
CONTINUING_PATH: Final = "/log/"
NO_LOG: Final = "No log is published here yet."
NO_PART: Final = "The published log has no such part."
NOT_NOW: Final = "Not just now. Please ask again later."
# What is full never changes. The rest is asked for anew: what was not published a minute ago may
# be now, and a checkpoint that a cache kept would look like a log that was rolled back.
FOREVER: Final = "public, max-age=31536000, immutable, no-transform"
BRIEFLY: Final = "public, max-age=60, no-transform"
NEVER: Final = "no-store"

log_pages = Blueprint("log_pages", __name__)
_EXTENSION: Final = "log pages"


def add_to(app: Flask, engine: Engine) -> None:
    """Let an application answer outsiders, from the main store."""
    app.extensions[_EXTENSION] = engine
    app.register_blueprint(log_pages)


@log_pages.get(CHECKPOINT_PATH)
@log_pages.get(f"{CONTINUING_PATH}<turn>{CHECKPOINT_PATH}")
def checkpoint(turn: str = "") -> Response:
    """Answer with the newest checkpoint of a log that was published."""
    try:
        with published_log(_engine(), turn) as log:
            note = log.checkpoint
    except NothingPublishedError:
        return plain(NO_LOG, 404)
    return _answer(note.encode(), "text/plain; charset=utf-8", BRIEFLY)


@log_pages.get(f"{TILES_PATH}<path:place>")
@log_pages.get(f"{CONTINUING_PATH}<turn>{TILES_PATH}<path:place>")
def part(place: str, turn: str = "") -> Response:
    """Answer with a tile or a bundle of entries, as far as a log's newest checkpoint goes."""
    try:
        wanted = _part_at(f"{TILES_PATH}{place}".removeprefix("/"))
        with published_log(_engine(), turn) as log:
            content = log.tile(wanted) if isinstance(wanted, Tile) else log.bundle(wanted)
    except (TilePathError, NothingPublishedError):
        return plain(NO_PART, 404)
    kept = FOREVER if wanted.width == TILE_WIDTH else BRIEFLY
    return _answer(content, "application/octet-stream", kept)


@log_pages.errorhandler(Exception)
def answer_error(error: Exception) -> Response | HTTPException:
    """Answer what went wrong here with a sentence of its own: nothing was to be kept."""
    if isinstance(error, HTTPException):
        return error
    logs.failure("log_page_failed", error)
    return plain(NOT_NOW, 503)


def _part_at(path: str) -> Tile | Bundle:
    if path.startswith(f"tile/{ENTRIES}/"):
        return Bundle.from_path(path)
    return Tile.from_path(path)


def plain(sentence: str, status: int) -> Response:
    """Return an answer that is one sentence, which nobody is to keep."""
    answer = _answer(f"{sentence}\n".encode(), "text/plain; charset=utf-8", NEVER)
    answer.status_code = status
    return answer


def _answer(content: bytes, kind: str, kept: str) -> Response:
    answer = Response(content, content_type=kind)
    answer.headers["Cache-Control"] = kept
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _engine() -> Engine:
    engine: Engine = current_app.extensions[_EXTENSION]
    return engine
