"""What an auditor has found, as a file: a table for people, or entries with proofs for programs."""

from __future__ import annotations

import base64
import csv
import io
import json
from typing import Any, Final

from flask import Blueprint, Response, redirect, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from tipline.audit.browsing import Found, find
from tipline.audit.checkpoints import Checkpoint, CheckpointError, open_checkpoint
from tipline.audit.merkle import inclusion_proof
from tipline.audit.reading import StoredLog
from tipline.audit.sequencing import NoLogError, NoSuchLogError
from tipline.audit.tile_reading import TileReader
from tipline.audit.verifiers import NoteError, Verifier
from tipline.console.log.pages import asked, names_on
from tipline.console.services import console
from tipline.db.reading import reading

MOST_ENTRIES: Final = 2_000
COLUMNS: Final = (
    *("number", "time", "member", "name", "act", "outcome", "line", "thread", "subject", "found"),
    *("request", "key"),
)
# A cell that begins so is a formula to a spreadsheet.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

log_export = Blueprint("log_export", __name__, url_prefix="/log")


@log_export.get("/export.csv")
def as_table() -> AnyResponse:
    """Return the newest 2,000 of what is looked for as a table (RFC 4180)."""
    with reading(console().stores.main) as connection:
        found = _found(connection)
    if found is None:
        return _back()
    names = names_on(found)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows([[_cell(value) for value in _row(one, names.members)] for one in found])
    return _file(text.getvalue(), "text/csv", "log.csv")


@log_export.get("/export.json")
def with_proofs() -> AnyResponse:
    """Return the same as JSON, each entry with its salt and, under a checkpoint, its proof.

    `checkpoint`: the newest one's note. Of each entry `number`, `salt` (base64), `entry` (the text
    that was logged) and `proof`, the hashes from the leaf's sibling to the root's child (base64).
    What was destroyed has a number and a proof alone, what is not yet under a checkpoint no proof.
    The first entry of a log that continues another has an empty salt and is its own leaf.
    """
    with reading(console().stores.main) as connection:
        found = _found(connection)
        if found is None:
            return _back()
        log = StoredLog(connection, asked().wanted.log)
        note = log.newest_checkpoint() or ""
        checkpoint = _opened(note, log.vkey)
        # One for all: it keeps the tiles that proofs of neighbours share.
        reader = log.reader(checkpoint.size) if checkpoint else None
        entries = [_proved(log, one, reader) for one in found]
    content = {"log": log.origin, "checkpoint": note, "entries": entries}
    return _file(json.dumps(content, indent=1), "application/json", "log.json")


def _back() -> AnyResponse:
    """Lead to the page that says what is wrong."""
    fields: dict[str, Any] = dict(asked().fields)
    return redirect(url_for("log.show", **fields), 303)


def _found(connection: Connection) -> list[Found] | None:
    """Return what is looked for; None if what is typed is wrong, or there is no log."""
    wanted = asked()
    if wanted.problems:
        return None
    found: list[Found] = []
    before = None
    while len(found) < MOST_ENTRIES:
        try:
            page = find(connection, wanted.wanted, before)
        except (NoLogError, NoSuchLogError):
            return None
        found += page.entries
        before = page.older
        if before is None:
            break
    return found[:MOST_ENTRIES]


def _row(found: Found, names: dict[str, str]) -> list[object]:
    at = f"{found.at:%Y-%m-%dT%H:%M:%S}.{found.at.microsecond // 10_000:02d}Z"
    entry = found.entry
    if entry is None:
        known = [found.sequence, at, "", "", found.act]
        return known + [""] * (len(COLUMNS) - len(known))
    return [
        *(found.sequence, at, entry.actor, names.get(entry.actor, ""), found.act),
        *(entry.outcome.value, entry.line, entry.thread, entry.subject),
        "" if entry.found is None else entry.found,
        *(entry.request, entry.key),
    ]


def _cell(value: object) -> object:
    is_formula = isinstance(value, str) and value.startswith(FORMULA)
    return f"'{value}" if is_formula else value


def _proved(log: StoredLog, found: Found, reader: TileReader | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"number": found.sequence}
    stored = next(log.entries(found.sequence, found.sequence + 1), None)
    if stored is not None and stored.salt is not None and stored.body is not None:
        fields["salt"] = base64.b64encode(stored.salt).decode()
        fields["entry"] = stored.body.decode("latin-1")
    if reader is not None and found.sequence < reader.size:
        hashes = inclusion_proof(found.sequence, reader.size, reader)
        fields["proof"] = [base64.b64encode(one).decode() for one in hashes]
    return fields


def _opened(note: str, vkey: str) -> Checkpoint | None:
    try:
        return open_checkpoint(note.encode(), [Verifier.from_vkey(vkey)])[0]
    except (NoteError, CheckpointError):
        return None


def _file(content: str, kind: str, name: str) -> Response:
    answer = Response(content, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
