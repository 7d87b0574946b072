"""Making and forgetting passkeys. The password is needed each time: it opens what holds them."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from tipline import logs
from tipline.console.account.reauthentication import end_session_if_locked, require_fresh_sign_in
from tipline.console.account.second_factor import ask_for_new_passkey, passkey_answer
from tipline.console.language import sentence_of
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.language.marking import marked
from tipline.members.accounts import SignInFailedError
from tipline.members.passkeys import PasskeyRefusedError

WRONG_PASSWORD = marked("This is not your password. After five failures your account is locked.")

passkeys = Blueprint("passkeys", __name__, url_prefix="/account/passkeys")


@passkeys.get("")
def show() -> Response:
    """Show the forms with which a member makes a passkey, or forgets all."""
    require_fresh_sign_in()
    return _page({})


@passkeys.post("")
def add() -> AnyResponse:
    """Take a passkey that the browser has just made."""
    require_fresh_sign_in()
    services, member = console(), current_member()
    answer = passkey_answer(member.csrf_token)
    try:
        services.accounts.add_passkey(member.id, request.form.get("password", ""), answer)
    except SignInFailedError:
        return end_session_if_locked() or _page({"password": gettext(WRONG_PASSWORD)})
    except PasskeyRefusedError as error:
        return _page({"passkey": sentence_of(error)})
    logs.event("passkey_added")
    return redirect(url_for("own_account.show", changed="passkey"), 303)


@passkeys.post("/remove")
def remove() -> AnyResponse:
    """Forget all passkeys of the member."""
    require_fresh_sign_in()
    services, member = console(), current_member()
    try:
        services.accounts.remove_passkeys(member.id, request.form.get("old_password", ""))
    except SignInFailedError:
        return end_session_if_locked() or _page({"old_password": gettext(WRONG_PASSWORD)})
    logs.event("passkeys_removed")
    return redirect(url_for("own_account.show", changed="passkeys"), 303)


def _page(problems: dict[str, str]) -> Response:
    member = current_member()
    account = console().overview.one(member.id)
    page = render_template(
        "console/account/passkeys.html",
        asked=ask_for_new_passkey(account, member.csrf_token),
        problems=problems,
    )
    return make_response(page, 400 if problems else 200)
