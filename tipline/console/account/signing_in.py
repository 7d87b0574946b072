"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tipline.audit.recording import acting
from tipline.console import cookies
from tipline.console.access import signed_in_member
from tipline.console.account.second_factor import ask_for_passkey, second_factor
from tipline.console.language import banner, sentence_of
from tipline.console.services import console
from tipline.members.accounts import SignInFailedError

MAX_EMAIL_CHARACTERS = 254

signing_in = Blueprint("signing_in", __name__)
signing_out = Blueprint("signing_out", __name__)


@signing_in.get("/sign-in")
def show_form() -> AnyResponse:
    """Show the sign-in form, or go on to the inbox for whoever is signed in."""
    if signed_in_member() is not None:
        return redirect(url_for("inbox.show"), 303)
    had_session = bool(cookies.session_cookie())
    response = _form(had_session=had_session)
    if had_session:
        cookies.drop_session(response)
    return response


@signing_in.post("/sign-in")
def sign_in() -> AnyResponse:
    """Start a session, or say that it did not work; which part was wrong is not told."""
    services = console()
    # No address has a NUL in it, and PostgreSQL takes none in a text.
    email = request.form.get("email", "").replace("\0", "")[:MAX_EMAIL_CHARACTERS]
    password = request.form.get("password", "")
    second = second_factor(cookies.sent_form_token())
    try:
        member = services.accounts.sign_in(email, password, second)
    except SignInFailedError as error:
        acting().subject = services.accounts.id_of(email)
        return _form(email, sentence_of(error), status=401)
    acting().actor = member.member_id
    # A new session at each sign-in; what this browser had before ends (ASVS 5.0, 7.2.4).
    services.sessions.end(cookies.session_cookie())
    response = make_response(redirect(url_for("inbox.show"), 303))
    cookies.keep_session(response, services.sessions.start(member.member_id, member.key))
    return response


@signing_out.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    console().sessions.end(cookies.session_cookie())
    response = make_response(redirect(url_for("signing_in.show_form"), 303))
    cookies.drop_session(response)
    return response


def _form(
    email: str = "", problem: str = "", *, had_session: bool = False, status: int = 200
) -> Response:
    token = cookies.form_token()
    page = render_template(
        "console/sign_in.html",
        email=email,
        problem=problem,
        had_session=had_session,
        banner=banner(),
        asked=ask_for_passkey(token),
        form_token=token,
    )
    response = make_response(page, status)
    cookies.keep_form_token(response, token)
    return response
