"""Giving a line new keys without removing anybody."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.incidents import note_incident
from tipline.console.language import sentence_of
from tipline.console.lines.supervised import supervised_open_line
from tipline.console.refusals import LineKeysRefusedError
from tipline.console.services import console
from tipline.crypto.errors import NotAuthenticError
from tipline.incidents.services import IncidentKind
from tipline.lines.admissions import KeysChangedError
from tipline.lines.removal import LastKeyHolderError, renew_line_keys

new_line_keys = Blueprint("new_line_keys", __name__, url_prefix="/lines")


@new_line_keys.get("/<slug>/new-keys")
def ask(slug: str) -> str:
    """Say what new keys do and do not do, and ask."""
    return render_template("console/lines/new_keys.html", line=supervised_open_line(slug))


@new_line_keys.post("/<slug>/new-keys")
def renew(slug: str) -> Response | tuple[str, int]:
    """Make a new generation; open threads are sealed to it in the background.

    Raises:
        LineKeysRefusedError: the line's keys are not the certified ones.
    """
    require_fresh_sign_in()
    line, services = supervised_open_line(slug), console()
    try:
        renew_line_keys(services.stores.main, services.keys.signing, line.keyring, services.clock())
    except (LastKeyHolderError, KeysChangedError) as error:
        problem = sentence_of(error)
        page = render_template("console/lines/new_keys.html", line=line, problem=problem)
        return page, 409
    except NotAuthenticError:
        note_incident(IncidentKind.SWAPPED_KEY)
        raise LineKeysRefusedError from None
    finally:
        services.lines.forget()
    return redirect(url_for("line_people.show", slug=slug), 303)
