"""A member's own account: who they are to others, where they are signed in, the password."""

from __future__ import annotations

import re

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from tipline import logs
from tipline.alerts.subscriptions import unsubscribe_all
from tipline.console import cookies
from tipline.console.account.reauthentication import (
    end_session_if_locked,
    require_fresh_sign_in,
)
from tipline.console.language import sentence_of
from tipline.console.refusals import NoSuchPageError
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.crypto.fingerprints import fingerprint
from tipline.language.marking import marked
from tipline.members.accounts import SignInFailedError
from tipline.members.passwords import MIN_CHARACTERS, PasswordRefusedError

LISTED_ID = re.compile(r"[0-9a-f]{64}")
DIFFERENT = marked("The two new passwords differ. Type the same one twice.")
WRONG_PASSWORD = marked(
    "This is not your present password. After five failures your account is locked."
)
NEWS = {
    "password": marked(
        "Your password was changed. Your other sessions have ended. "
        "No browser takes pushes for you any more: add those again that are yours."
    ),
    "sessions": marked(
        "Your other sessions have ended. "
        "No browser takes pushes for you any more: add those again that are yours."
    ),
    "passkey": marked("You have a new passkey. Use it the next time you sign in."),
    "passkeys": marked("Your passkeys are forgotten."),
    "key": marked(
        "You have a new key, and with it the fingerprint below. Your other sessions have ended. "
        "No browser takes pushes for you any more: add those again that are yours."
    ),
    "key-lost": marked(
        "You have a new key, and with it the fingerprint below. Your other sessions have ended. "
        "Some of what was sealed to your old key was not authentic, so it was not taken along. "
        "This has been reported: tell an admin, and see which of your lines still open."
    ),
}

own_account = Blueprint("own_account", __name__, url_prefix="/account")


@own_account.get("")
def show() -> str:
    """Show the member's account and sessions."""
    services, member = console(), current_member()
    return render_template(
        "console/account/own.html",
        account=services.overview.one(member.id),
        fingerprint=fingerprint(member.key.public.raw),
        lines=member.lines,
        sessions=services.sessions.of(member.id, cookies.session_cookie()),
        news=_news(request.args.get("changed", "")),
    )


@own_account.post("/sessions/end")
def end_session() -> AnyResponse:
    """End one of the member's sessions."""
    listed = request.form.get("session", "")
    if not LISTED_ID.fullmatch(listed):
        raise NoSuchPageError
    console().sessions.end_one(current_member().id, listed)
    return redirect(url_for("own_account.show"), 303)


@own_account.post("/sessions/end-others")
def end_other_sessions() -> AnyResponse:
    """End all of the member's sessions but this one."""
    _end_elsewhere(current_member().id)
    return redirect(url_for("own_account.show", changed="sessions"), 303)


@own_account.get("/password")
def show_password() -> Response:
    """Show the form for another password."""
    require_fresh_sign_in()
    return _password_form({})


@own_account.post("/password")
def change_password() -> AnyResponse:
    """Take another password, and end the member's other sessions."""
    require_fresh_sign_in()
    form, services, member = request.form, console(), current_member()
    old, new = form.get("old_password", ""), form.get("new_password", "")
    if new != form.get("again", ""):
        return _password_form({"again": gettext(DIFFERENT)})
    try:
        services.accounts.change_password(member.id, old, new)
    except PasswordRefusedError as error:
        return _password_form({"new_password": sentence_of(error)})
    except SignInFailedError:
        return end_session_if_locked() or _password_form({"old_password": gettext(WRONG_PASSWORD)})
    _end_elsewhere(member.id)
    logs.event("password_changed")
    return redirect(url_for("own_account.show", changed="password"), 303)


def _news(changed: str) -> str:
    return str(gettext(NEWS[changed])) if changed in NEWS else ""


def _end_elsewhere(member_id: str) -> None:
    """End the member's other sessions, and pushes: whoever was in may have added a browser."""
    services = console()
    services.sessions.end_others(member_id, cookies.session_cookie())
    with services.stores.main.begin() as connection:
        unsubscribe_all(connection, member_id)


def _password_form(problems: dict[str, str]) -> Response:
    page = render_template(
        "console/account/password.html",
        problems=problems,
        least=MIN_CHARACTERS,
    )
    return make_response(page, 400 if problems else 200)
