"""Enrolment: public pages on which somebody who was invited makes their account."""

from __future__ import annotations

from urllib.parse import quote

import segno
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from tipline import logs
from tipline.alerts.receivers import forget_choices
from tipline.alerts.subscriptions import unsubscribe_all
from tipline.console import cookies
from tipline.console.language import banner, sentence_of
from tipline.console.search.saved import forget_searches
from tipline.console.services import console
from tipline.crypto.members import totp_text
from tipline.language.marking import marked
from tipline.lines.role_changes import drop_grants, give_roles, is_admin
from tipline.members.enrolling import Draft, WrongCodeError
from tipline.members.invitations import InvitationRefusedError, OpenInvitation
from tipline.members.passwords import MIN_CHARACTERS, PasswordRefusedError
from tipline.threads.old_keys import forget_what_the_old_key_opened

ISSUER = "Tipline"
GROUP_LENGTH = 4
NOT_ACCEPTED = marked("To go on, read the notice and accept it.")
DIFFERENT = marked("The two passwords differ. Type the same one twice.")

enrolling = Blueprint("enrolling", __name__)


@enrolling.get("/enrol")
def show() -> Response:
    """Show the first step. A script takes the code from the link's fragment."""
    return _first_step()


@enrolling.post("/enrol")
def begin() -> Response:
    """Take code and password, and show the secret of the one-time codes."""
    form = request.form
    code, password = form.get("code", ""), form.get("password", "")
    services = console()
    problems = {}
    try:
        invitation = services.invitations.find(code)
    except InvitationRefusedError as error:
        return _first_step(code, {"code": sentence_of(error)}, 400)
    if form.get("accepted") != "yes":
        problems["accepted"] = gettext(NOT_ACCEPTED)
    if password != form.get("again", ""):
        problems["again"] = gettext(DIFFERENT)
    if problems:
        return _first_step(code, problems, 400)
    try:
        draft, sealed = services.enrolment.begin(code, password)
    except PasswordRefusedError as error:
        return _first_step(code, {"password": sentence_of(error)}, 400)
    return _second_step(code, invitation, draft, sealed)


@enrolling.post("/enrol/confirm")
def confirm() -> AnyResponse:
    """Take a one-time code, and keep the account."""
    form, services = request.form, console()
    code, sealed = form.get("code", ""), form.get("sealed", "")
    try:
        member_id = services.enrolment.complete(code, sealed, form.get("totp", ""), _with_it)
    except WrongCodeError as error:
        return _once_more(code, sealed, sentence_of(error))
    except InvitationRefusedError as error:
        return _refused(code, sealed, error)
    # With the old key, if there was one, nobody is signed in any more.
    services.sessions.end_all(member_id)
    logs.event("account_enrolled")
    return redirect(url_for("enrolling.done"), 303)


@enrolling.get("/enrol/done")
def done() -> str:
    """Say that the account is there."""
    return render_template("console/account/enrolled.html")


def _with_it(
    main: Connection, perishable: Connection, member_id: str, invitation: OpenInvitation
) -> None:
    """Give the roles of the invitation; drop what goes with the old key.

    Raises:
        InvitationRefusedError: the account is an admin's by now, and only one admin has decided.
    """
    if invitation.member_id is not None:
        if is_admin(main, member_id) and not invitation.leads_into_an_admins_account:
            raise InvitationRefusedError
        drop_grants(main, member_id)
        forget_what_the_old_key_opened(main, perishable, member_id)
        forget_searches(perishable, member_id)
        # Alerts go where somebody chose who had the old key.
        unsubscribe_all(main, member_id)
        forget_choices(main, member_id)
    give_roles(main, member_id, invitation.newcomer.roles)


def _once_more(code: str, sealed: str, problem: str) -> AnyResponse:
    """Show the second step again, unless the invitation ended this moment."""
    try:
        invitation, draft = console().enrolment.resume(code, sealed)
    except InvitationRefusedError as error:
        return _refused(code, sealed, error)
    return _second_step(code, invitation, draft, sealed, problem)


def _refused(code: str, sealed: str, error: InvitationRefusedError) -> AnyResponse:
    """Say that the code does not work; but not when this very form made the account before."""
    if console().enrolment.is_kept(code, sealed):
        return redirect(url_for("enrolling.done"), 303)
    return _first_step("", {"code": sentence_of(error)}, 400)


def _first_step(
    code: str = "", problems: dict[str, str] | None = None, status: int = 200
) -> Response:
    token = cookies.form_token()
    page = render_template(
        "console/account/enrol.html",
        code=code,
        problems=problems or {},
        banner=banner(),
        least=MIN_CHARACTERS,
        form_token=token,
    )
    response = make_response(page, status)
    cookies.keep_form_token(response, token)
    return response


def _second_step(
    code: str, invitation: OpenInvitation, draft: Draft, sealed: str, problem: str = ""
) -> Response:
    secret = totp_text(draft.totp_secret)
    token = cookies.form_token()
    page = render_template(
        "console/account/enrol_code.html",
        code=code,
        sealed=sealed,
        email=invitation.newcomer.email,
        secret=" ".join(
            secret[at : at + GROUP_LENGTH] for at in range(0, len(secret), GROUP_LENGTH)
        ),
        picture=_picture(invitation.newcomer.email, secret),
        problem=problem,
        form_token=token,
    )
    response = make_response(page, 400 if problem else 200)
    cookies.keep_form_token(response, token)
    return response


def _picture(email: str, secret: str) -> Markup:
    """Return the QR code that authenticator apps read ("Key Uri Format", google-authenticator)."""
    uri = f"otpauth://totp/{ISSUER}:{quote(email)}?secret={secret}&issuer={ISSUER}"
    code = segno.make(uri, error="m", micro=False)
    # White behind it in dark mode, too: cameras want dark on light. No style attribute in it.
    svg = code.svg_inline(scale=4, dark="#000", light="#fff", svgclass="qr", lineclass="")
    return Markup(svg)  # noqa: S704 - drawn by segno from numbers, no text in it
