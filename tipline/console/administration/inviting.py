"""Inviting somebody, and agreeing to a new admin."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tipline import logs
from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.administration.accounts import (
    accounts_page,
    choices,
    is_for_admin,
    link_page,
    parsed_choices,
)
from tipline.console.language import sentence_of
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.errors import TiplineError
from tipline.lines.role_changes import (
    NoSuchRoleError,
    RolesConflictError,
    check_roles,
    give_checked_roles,
    line_names,
)
from tipline.lines.roles import Role
from tipline.members.admin_requests import NoSuchRequestError, Request, RequestKind
from tipline.members.invitations import (
    EmailRefusedError,
    EmailTakenError,
    NameRefusedError,
    newcomer,
)

FIELDS = {
    EmailRefusedError: "email",
    EmailTakenError: "email",
    NameRefusedError: "name",
    NoSuchRoleError: "role",
    RolesConflictError: "role",
}

inviting = Blueprint("inviting", __name__, url_prefix="/admin")


@inviting.get("/invite")
def show() -> Response:
    """Show the form for an invitation."""
    require_fresh_sign_in()
    return _form({})


@inviting.post("/invite")
def invite() -> AnyResponse:
    """Show the new invitation's link, or ask a second admin first."""
    require_fresh_sign_in()
    services, me, roles = console(), current_member().id, parsed_choices()
    try:
        who = newcomer(request.form.get("email", ""), request.form.get("name", ""), roles)
        check_roles(roles, line_names(services.stores.main))
        if is_for_admin(roles):
            services.admin_requests.ask_to_invite(who, me)
            return redirect(url_for("accounts.show_all"), 303)
        code = services.invitations.invite(who, me)
    except tuple(FIELDS) as error:
        return _form({FIELDS[type(error)]: sentence_of(error)})
    logs.event("account_invited")
    return link_page(code, who.name, is_reset=False)


@inviting.post("/invitations/withdraw")
def withdraw() -> AnyResponse:
    """End an invitation whose link may have come into wrong hands."""
    console().invitations.withdraw(request.form.get("invitation", ""))
    return redirect(url_for("accounts.show_all"), 303)


@inviting.post("/requests/agree")
def agree() -> AnyResponse:
    """Agree to what another admin asked for."""
    require_fresh_sign_in()
    services = console()
    me = services.overview.one(current_member().id)
    try:
        asked = services.admin_requests.find(request.form.get("request", ""))
        if not _is_admin_now(asked.asked_by):
            raise NoSuchRequestError
        asker = services.overview.one(asked.asked_by)
        services.admin_requests.agree(asked.id, me, asker, _give)
    except TiplineError as error:
        return make_response(accounts_page(sentence_of(error)), 409)
    logs.event("admin_agreed_to")
    if asked.kind is RequestKind.GIVE:
        services.sessions.end_all(asked.member_id or "")
    return redirect(url_for("accounts.show_all"), 303)


@inviting.post("/requests/fetch")
def fetch() -> AnyResponse:
    """Show the link that another admin has agreed to, this once."""
    require_fresh_sign_in()
    request_id, me = request.form.get("request", ""), current_member().id
    try:
        asked, code = console().admin_requests.fetch(request_id, me, _is_admin_now)
    except TiplineError as error:
        return make_response(accounts_page(sentence_of(error)), 409)
    called = asked.newcomer.name or asked.newcomer.email
    return link_page(code, called, is_reset=asked.kind is RequestKind.RESET)


@inviting.post("/requests/decline")
def decline() -> AnyResponse:
    """Decline what another admin asked for, or take back what one asked for oneself."""
    try:
        console().admin_requests.decline(request.form.get("request", ""))
    except NoSuchRequestError as error:
        return make_response(accounts_page(sentence_of(error)), 409)
    return redirect(url_for("accounts.show_all"), 303)


def _give(asked: Request) -> None:
    with console().stores.main.begin() as connection:
        give_checked_roles(connection, asked.member_id or "", asked.newcomer.roles)


def _is_admin_now(member_id: str) -> bool:
    """Tell whether a member is an admin whose account is not disabled."""
    return Role.ADMIN in {entry.role for entry in console().memberships.of(member_id)}


def _form(problems: dict[str, str]) -> Response:
    page = render_template(
        "console/administration/invite.html",
        email=request.form.get("email", ""),
        name=request.form.get("name", ""),
        chosen=set(request.form.getlist("role")),
        choices=choices(line_names(console().stores.main)),
        problems=problems,
    )
    return make_response(page, 400 if problems else 200)
