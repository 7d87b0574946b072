"""Making lines and changing what is said of them. An admin makes no keys and holds none."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from tipline.approvals.new_lines import SecondAdminNeededError, needs_second_admin
from tipline.audit.recording import acting
from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.approvals import asking
from tipline.console.incidents import note_incident
from tipline.console.language import sentence_of
from tipline.console.refusals import LineKeysRefusedError, NoSuchPageError
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.console.thread.segment_words import advice_words, sent_as
from tipline.crypto.errors import NotAuthenticError
from tipline.db.reading import reading
from tipline.incidents.services import IncidentKind
from tipline.language.languages import DEFAULT_LANGUAGE, LANGUAGES
from tipline.language.marking import marked
from tipline.lines.acknowledgements import FIRST_ANSWER
from tipline.lines.descriptions import InvalidLineError, LineDescription, time_zones
from tipline.lines.registry import LineRecord, all_lines, edit_line
from tipline.text.segments import advise

FIELDS = (
    "slug",
    "name",
    "address",
    "acknowledgement",
    "acknowledgement_es",
    "language",
    "time_zone",
    "office_hours",
    "after_hours",
    "after_hours_es",
)
TEXTS = ("acknowledgement", "acknowledgement_es", "after_hours", "after_hours_es")
COUNTING = "count"  # the button that saves nothing
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
    texts = {
        "acknowledgement": FIRST_ANSWER.in_language("en"),
        "acknowledgement_es": FIRST_ANSWER.in_language("es"),
    }
    return _form(texts)


@line_administration.post("/admin/new-line")
def make() -> Page | Response:
    """Make a line without keys, or ask a second admin; say beside each field what is wrong."""
    require_fresh_sign_in()
    typed = _typed()
    if COUNTING in request.form:
        return _form(typed)
    try:
        return redirect(url_for(_make_or_ask(LineDescription(**typed))), 303)
    except InvalidLineError as error:
        return _form(typed, error.problems), 400
    except tuple(asking.FIELDS) as error:
        return _form(typed, {asking.FIELDS[type(error)]: sentence_of(error)}), 400
    except IntegrityError:
        return _form(typed, {"slug": TAKEN_MEANWHILE}), 409


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
    if COUNTING in request.form:
        return _form(typed, record=record)
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


def _make_or_ask(description: LineDescription) -> str:
    """Make a line, or ask for it where there is somebody to ask; return the page that shows it.

    Raises:
        InvalidLineError: a field is wrong; LineExistsError: short name or address are taken.
        ReasonRefusedError, ReferenceRefusedError: what was typed is none.
    """
    new_lines, me = console().new_lines, current_member().id
    try:
        new_lines.make_first(description, me)
    except SecondAdminNeededError:
        new_lines.check(description)
        words = asking.typed_words()
        new_lines.ask(asking.begin_asking(), description, words, me)
        return "approvals.show"
    return "line_administration.overview"


def _waits_for_another() -> bool:
    with reading(console().stores.main) as connection:
        return needs_second_admin(connection, current_member().id)


def _record(slug: str) -> LineRecord:
    for record in all_lines(console().stores.main):
        if record.description.slug == slug:
            acting().line = record.id
            return record
    raise NoSuchPageError


def _typed() -> dict[str, str]:
    typed = {field: request.form.get(field, "") for field in FIELDS}
    # A page that was loaded before there were languages sends none.
    return {**typed, "language": typed["language"] or DEFAULT_LANGUAGE}


def _costs(typed: dict[str, str]) -> dict[str, str]:
    """Say of each text that is sent how many segments it takes, and what makes it dear."""
    texts = {field: typed.get(field, "").replace("\r\n", "\n").strip() for field in TEXTS}
    return {field: _cost(text) for field, text in texts.items() if text}


def _cost(text: str) -> str:
    advice = advise(text)
    return f"{sent_as(advice.count, console().settings.segment_price)} {advice_words(advice)}"


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
        answered_in=LANGUAGES,
        costs=_costs(typed),
        why=asking.typed_as_is(),
        waits_for_another=record is None and _waits_for_another(),
    )
