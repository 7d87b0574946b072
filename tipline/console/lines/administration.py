"""Making lines and changing what is said of them. An admin makes no keys and holds none."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.incidents import note_incident
from tipline.console.refusals import LineKeysRefusedError, NoSuchPageError
from tipline.console.services import console
from tipline.crypto.errors import NotAuthenticError
from tipline.incidents.services import IncidentKind
from tipline.language.marking import marked
from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT
from tipline.lines.descriptions import InvalidLineError, LineDescription, time_zones
from tipline.lines.registry import LineRecord, all_lines, edit_line, make_line

FIELDS = (
    "slug",
    "name",
    "address",
    "acknowledgement",
    "time_zone",
    "office_hours",
    "after_hours",
)
TAKEN_MEANWHILE = marked("Another line was given this short name or number just now.")

line_administration = Blueprint("line_administration", __name__)
Page = str | tuple[str, int]


@line_administration.get("/admin/lines")
def overview() -> str:
    """List all lines, and which of them still wait for their keys."""
    return render_template("console/lines/all.html", lines=all_lines(console().stores.main))


@line_administration.get("/admin/new-line")
def new() -> str:
    """Show the form for a new line."""
    require_fresh_sign_in()
    return _form({"acknowledgement": DEFAULT_ACKNOWLEDGEMENT})


@line_administration.post("/admin/new-line")
def make() -> Page | Response:
    """Make a line without keys, or say beside each field what is wrong."""
    require_fresh_sign_in()
    typed = _typed()
    try:
        make_line(console().stores.main, LineDescription(**typed))
    except InvalidLineError as error:
        return _form(typed, error.problems), 400
    except IntegrityError:
        return _form(typed, {"slug": TAKEN_MEANWHILE}), 409
    return redirect(url_for("line_administration.overview"), 303)


@line_administration.get("/admin/lines/<slug>")
def show(slug: str) -> str:
    """Show the form with what is said of a line."""
    record = _record(slug)
    return _form(asdict(record.description), record=record)


@line_administration.post("/admin/lines/<slug>")
def edit(slug: str) -> Page | Response:
    """Change what is said of a line and certify its keys again.

    Raises:
        LineKeysRefusedError: somebody has put a key there that was not certified.
    """
    require_fresh_sign_in()
    record, typed, services = _record(slug), _typed(), console()
    try:
        edit_line(services.stores.main, services.keys.signing, record.id, LineDescription(**typed))
    except InvalidLineError as error:
        return _form(typed, error.problems, record), 400
    except IntegrityError:
        return _form(typed, {"slug": TAKEN_MEANWHILE}, record), 409
    except NotAuthenticError:
        note_incident(IncidentKind.SWAPPED_KEY)
        raise LineKeysRefusedError from None
    services.lines.forget()
    return redirect(url_for("line_administration.overview"), 303)


def _record(slug: str) -> LineRecord:
    for record in all_lines(console().stores.main):
        if record.description.slug == slug:
            return record
    raise NoSuchPageError


def _typed() -> dict[str, str]:
    return {field: request.form.get(field, "") for field in FIELDS}


def _form(
    typed: dict[str, str],
    problems: dict[str, str] | None = None,
    record: LineRecord | None = None,
) -> str:
    return render_template(
        "console/lines/line_form.html",
        typed=typed,
        problems={field: gettext(sentence) for field, sentence in (problems or {}).items()},
        record=record,
        zones=time_zones(),
    )
