"""Making a line's keys in the first supervisor's session, and recovering them."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.incidents import note_incident
from tipline.console.language import sentence_of
from tipline.console.lines.supervised import supervised_line
from tipline.console.refusals import LineKeysRefusedError
from tipline.console.services import console
from tipline.console.staff import StaffLine, current_member
from tipline.crypto.errors import NotAuthenticError
from tipline.incidents.services import IncidentKind
from tipline.lines.admissions import KeysChangedError
from tipline.lines.founding import (
    LineHasKeysError,
    NothingPendingError,
    WrongRecoveryWordsError,
    confirm_keys,
    has_pending_keys,
    start_keys,
)
from tipline.lines.recovery import WrongRecoveryKeyError, recover_keys
from tipline.lines.registry import all_lines, has_keys
from tipline.members.basics import SignedIn

MAX_WORDS_CHARACTERS = 200

line_keys = Blueprint("line_keys", __name__, url_prefix="/lines/<slug>")
Page = str | tuple[str, int]


@line_keys.get("/keys")
def show(slug: str) -> Page | Response:
    """Offer to make a line's keys, or to go on where the recovery key was shown."""
    line = supervised_line(slug)
    if has_keys(console().stores.main, line.id):
        return _to_people(line)
    return _page(line)


@line_keys.post("/keys/make")
def make(slug: str) -> Page | Response:
    """Make the keys and show the recovery key. It is in this one answer and nowhere else."""
    require_fresh_sign_in()
    line, member = supervised_line(slug), current_member()
    try:
        words = start_keys(console().stores.main, line.id, member.id, member.key.public)
    except LineHasKeysError:
        return _to_people(line)
    return _page(line, words=words)


@line_keys.post("/keys/confirm")
def confirm(slug: str) -> Page | Response:
    """Commit the keys once the recovery key was typed back.

    Raises:
        LineKeysRefusedError: what waited was not made in this member's session.
    """
    require_fresh_sign_in()
    line, services = supervised_line(slug), console()
    typed = request.form.get("recovery_key", "")[:MAX_WORDS_CHARACTERS]
    try:
        confirm_keys(
            services.stores.main, services.keys.signing, line.id, _holder(), typed, services.clock()
        )
    except LineHasKeysError:
        return _to_people(line)
    except (WrongRecoveryWordsError, NothingPendingError) as error:
        return _page(line, problem=sentence_of(error)), 400
    except NotAuthenticError:
        note_incident(IncidentKind.SWAPPED_KEY)
        raise LineKeysRefusedError from None
    services.lines.forget()
    return _to_people(line)


@line_keys.get("/recovery")
def recovery(slug: str) -> str:
    """Ask for the recovery key."""
    return render_template("console/lines/recovery.html", line=supervised_line(slug), problem="")


@line_keys.post("/recovery")
def recover(slug: str) -> Page | Response:
    """Grant the supervisor the keys that the recovery key opens.

    Raises:
        LineKeysRefusedError: the line's keys are not the certified ones.
    """
    require_fresh_sign_in()
    line, services = supervised_line(slug), console()
    typed = request.form.get("recovery_key", "")[:MAX_WORDS_CHARACTERS]
    try:
        recover_keys(services.stores.main, services.keys.signing.public, line.id, _holder(), typed)
    except (WrongRecoveryKeyError, KeysChangedError) as error:
        page = render_template("console/lines/recovery.html", line=line, problem=sentence_of(error))
        return page, 400
    except NotAuthenticError:
        note_incident(IncidentKind.SWAPPED_KEY)
        raise LineKeysRefusedError from None
    services.lines.forget()
    return _to_people(line)


def _holder() -> SignedIn:
    member = current_member()
    return SignedIn(member.id, member.key)


def _page(line: StaffLine, words: str = "", problem: str = "") -> str:
    engine = console().stores.main
    (record,) = (record for record in all_lines(engine) if record.id == line.id)
    return render_template(
        "console/lines/keys.html",
        line=line,
        description=record.description,
        is_pending=has_pending_keys(engine, line.id, current_member().id),
        words=words,
        problem=problem,
    )


def _to_people(line: StaffLine) -> Response:
    return redirect(url_for("line_people.show", slug=line.slug), 303)
