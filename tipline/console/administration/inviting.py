"""Inviting somebody."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tipline import logs
from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.administration.accounts import (
    choices,
    is_for_admin,
    link_page,
    parsed_choices,
)
from tipline.console.approvals import asking
from tipline.console.language import sentence_of
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.errors import TiplineError
from tipline.lines.role_changes import (
    NoSuchRoleError,
    RolesConflictError,
    check_roles,
    line_names,
)
from tipline.members.invitations import (
    EmailRefusedError,
    EmailTakenError,
    NameRefusedError,
    newcomer,
)

FIELDS: dict[type[TiplineError], str] = {
    EmailRefusedError: "email",
    EmailTakenError: "email",
    NameRefusedError: "name",
    NoSuchRoleError: "role",
    RolesConflictError: "role",
    **asking.FIELDS,
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
            words = asking.typed_words()
            services.new_admins.ask_to_invite(asking.begin_asking(), who, words, me)
            return redirect(url_for("approvals.show"), 303)
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


def _form(problems: dict[str, str]) -> Response:
    page = render_template(
        "console/administration/invite.html",
        email=request.form.get("email", ""),
        name=request.form.get("name", ""),
        chosen=set(request.form.getlist("role")),
        choices=choices(line_names(console().stores.main)),
        problems=problems,
        typed=asking.typed_as_is(),
    )
    return make_response(page, 400 if problems else 200)
