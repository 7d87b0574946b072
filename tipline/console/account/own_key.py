"""A member's new key pair, made in their own session.

Nothing of it is half done: until the main store commits, the old key is the member's, and opens
everything; from then on the new one is. After a crash in between the member signs in anew, with the
same password.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from tipline import logs
from tipline.alerts.subscriptions import unsubscribe_all
from tipline.console import cookies
from tipline.console.account.reauthentication import end_session_if_locked, require_fresh_sign_in
from tipline.console.incidents import note_incident
from tipline.console.refusals import LineKeysRefusedError
from tipline.console.search.saved import forget_searches
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.fingerprints import fingerprint
from tipline.crypto.opening import OpeningKey
from tipline.incidents.services import IncidentKind
from tipline.language.marking import marked
from tipline.lines.succession import Successor, take_over_lines
from tipline.members.accounts import SignInFailedError
from tipline.threads.succession import ThreadSuccession, drop_drafts_of_other_keys

WRONG_PASSWORD = marked("This is not your password. After five failures your account is locked.")

own_key = Blueprint("own_key", __name__, url_prefix="/account/key")


@dataclass(slots=True)
class _Lost:
    """How much of what was sealed to the old key was not authentic, and was not taken along."""

    grants: int = 0


@own_key.get("")
def ask() -> Response:
    """Say what a new key does and does not do, and ask for the password."""
    require_fresh_sign_in()
    return _page({})


@own_key.post("")
def renew() -> AnyResponse:
    """Give the member a new key, go on with it in this session, and end all others.

    Raises:
        LineKeysRefusedError: a line's keys are not the certified ones; nothing was changed.
    """
    require_fresh_sign_in()
    services, member, lost = console(), current_member(), _Lost()

    def hand_over(connection: Connection, new: OpeningKey) -> None:
        _hand_over(connection, Successor(member.id, member.key, new), lost)

    try:
        password = request.form.get("password", "")
        new = services.accounts.renew_key(member.id, member.key, password, hand_over)
    except SignInFailedError:
        return end_session_if_locked() or _page({"password": gettext(WRONG_PASSWORD)})
    except NotAuthenticError:
        note_incident(IncidentKind.SWAPPED_KEY)
        raise LineKeysRefusedError from None
    if count := lost.grants:
        logs.event("grants_not_taken_over", logging.ERROR, count=count)
        note_incident(IncidentKind.SWAPPED_KEY)
    logs.event("member_key_renewed")
    return _go_on(member.id, new, "key-lost" if lost.grants else "key")


def _hand_over(main: Connection, successor: Successor, lost: _Lost) -> None:
    """Seal all that the old key opens to the new one.

    The perishable store commits first: should the main store's commit not follow, the drafts that
    the new key opens are swept, and all others are as they were.
    """
    services = console()
    lines = take_over_lines(main, services.keys.signing.public, successor)
    threads = ThreadSuccession(services.stores, services.keys.intake_pin, successor, lines)
    lost.grants = lines.lost + threads.take_over(main)
    # Whoever was in may have added a browser.
    unsubscribe_all(main, successor.member_id)
    with services.stores.perishable.begin() as perishable:
        threads.copy_drafts(main, perishable)


def _go_on(member_id: str, new: OpeningKey, changed: str) -> AnyResponse:
    """Drop what the old key still opens, and lead back with the session's new cookie."""
    services = console()
    with services.stores.perishable.begin() as connection:
        drop_drafts_of_other_keys(connection, member_id, new.public)
        forget_searches(connection, member_id)
        cookie = services.sessions.carry_on(connection, cookies.session_cookie(), new)
    response = make_response(redirect(url_for("own_account.show", changed=changed), 303))
    if cookie:  # else the session was ended meanwhile, and the member signs in anew
        cookies.keep_session(response, cookie)
    return response


def _page(problems: dict[str, str]) -> Response:
    page = render_template(
        "console/account/new_key.html",
        problems=problems,
        fingerprint=fingerprint(current_member().key.public.raw),
        lines=[line for line in current_member().lines if line.name],
    )
    return make_response(page, 400 if problems else 200)
