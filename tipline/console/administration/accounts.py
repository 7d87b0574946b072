"""Accounts of staff: who there is, which roles they have, and putting them out and in again.

An admin sees no tip and no alias here, and opens none by giving roles: that takes keys, which only
members of a line have to give.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from tipline import logs
from tipline.approvals.kinds import Kind
from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.approvals.asking import FIELDS, begin_asking, typed_as_is, typed_words
from tipline.console.language import sentence_of
from tipline.console.refusals import NoSuchPageError, RefusedError
from tipline.console.role_words import role_words
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.memberships import LineMembership
from tipline.lines.role_changes import (
    LineName,
    RoleOnLine,
    check_roles,
    give_checked_roles,
    line_names,
    roles_of_all,
)
from tipline.lines.roles import INSTALLATION, INSTALLATION_ROLES, LINE_ROLES, Role
from tipline.members.basics import NoSuchMemberError
from tipline.members.overview import Account, AccountState

MEMBER_ID = re.compile(r"[0-9a-f]{32}")
STATES = {
    AccountState.ACTIVE: marked("active"),
    AccountState.LOCKED: marked("locked"),
    AccountState.IDLE: marked("idle"),
    AccountState.DISABLED: marked("disabled"),
}

accounts = Blueprint("accounts", __name__, url_prefix="/admin/accounts")


class OwnAccountError(RefusedError):
    """Admins do not change their own accounts."""

    code = "own_account"
    status = 403
    title = marked("This is your own account")
    message = marked(
        "Nothing was changed. Another admin changes the roles and the state of your account."
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """A role on a line, or on the installation, as forms send it and as people read it."""

    value: str
    words: str


@accounts.get("")
def show_all() -> str:
    """Show all accounts and open invitations."""
    services = console()
    return render_template(
        "console/administration/accounts.html",
        accounts=services.overview.all(),
        roles={
            member_id: [choice_of(role).words for role in roles]
            for member_id, roles in roles_of_all(services.stores.main).items()
        },
        invitations=services.invitations.open_ones(),
        states=STATES,
    )


@accounts.get("/<member_id>")
def show(member_id: str) -> str:
    """Show an account with its roles."""
    return _account_page(account_or_404(member_id))


@accounts.post("/<member_id>/give")
def give(member_id: str) -> AnyResponse:
    """Give a role at once, or ask for a second admin when it is the role of an admin."""
    account = others_account(member_id)
    services = console()
    wanted = parsed_choices()
    try:
        if is_for_admin(wanted):
            has = pairs(roles_of(account.id))
            check_roles([*has, *wanted], line_names(services.stores.main))
            return _ask_for(Kind.MAKE_ADMIN, account, wanted)
        with services.stores.main.begin() as connection:
            give_checked_roles(connection, account.id, wanted)
    except TiplineError as error:
        return _wrong(account, FIELDS.get(type(error), "role"), error)
    return _roles_changed(account.id)


@accounts.post("/<member_id>/take")
def take(member_id: str) -> AnyResponse:
    """Take a role."""
    account = others_account(member_id)
    services = console()
    for role, line_id in parsed_choices():
        if role in set(Role):
            services.memberships.remove(account.id, line_id, [Role(role)])
        if role in (Role.ADMIN, Role.SUPERVISOR):
            _forget_plans(account.id)
    return _roles_changed(account.id)


@accounts.post("/<member_id>/disable")
def disable(member_id: str) -> AnyResponse:
    """Let nobody into an account, from now on."""
    account = others_account(member_id)
    services = console()
    services.overview.disable(account.id)
    services.sessions.end_all(account.id)
    _forget_plans(account.id)
    logs.event("account_disabled")
    return redirect(url_for("accounts.show", member_id=account.id), 303)


@accounts.post("/<member_id>/enable")
def enable(member_id: str) -> AnyResponse:
    """Let a member in again."""
    account = others_account(member_id)
    console().overview.enable(account.id)
    logs.event("account_enabled")
    return redirect(url_for("accounts.show", member_id=account.id), 303)


@accounts.post("/<member_id>/release")
def release(member_id: str) -> AnyResponse:
    """Let a member try again whose account failures locked."""
    account = others_account(member_id)
    console().overview.release(account.id)
    logs.event("account_released")
    return redirect(url_for("accounts.show", member_id=account.id), 303)


@accounts.post("/<member_id>/reset")
def reset(member_id: str) -> AnyResponse:
    """Make a link with which a member sets everything anew, or ask a second admin for it."""
    account = others_account(member_id)
    if is_for_admin(pairs(roles_of(account.id))):
        try:
            return _ask_for(Kind.RESET_ADMIN, account)
        except tuple(FIELDS) as error:
            return _wrong(account, f"reset-{FIELDS[type(error)]}", error)
    code = console().invitations.reset(account.id, current_member().id)
    logs.event("account_reset_begun")
    return link_page(code, account.called, is_reset=True)


def link_page(code: str, called: str, *, is_reset: bool) -> Response:
    """Return the page that shows an invitation's link, this once."""
    # Built by hand: the part behind # is never sent to the server.
    link = f"{console().settings.url}{url_for('enrolling.show')}#{code}"
    page = render_template(
        "console/administration/link.html", link=link, code=code, called=called, is_reset=is_reset
    )
    return make_response(page, 200)


def account_or_404(member_id: str) -> Account:
    """Return an account.

    Raises:
        NoSuchPageError: there is none.
    """
    try:
        # As it is written and in no other way: what was checked is what is then changed.
        if not MEMBER_ID.fullmatch(member_id):
            raise NoSuchMemberError
        return console().overview.one(member_id)
    except NoSuchMemberError:
        raise NoSuchPageError from None


def others_account(member_id: str) -> Account:
    """Return an account that this admin may change, once it is certain who the admin is.

    Raises:
        NoSuchPageError: there is none.
        OwnAccountError: it is the admin's own.
    """
    account = account_or_404(member_id)
    if account.id == current_member().id:
        raise OwnAccountError
    require_fresh_sign_in()
    return account


def roles_of(member_id: str) -> list[LineMembership]:
    """Return a member's roles, also those of a disabled account."""
    return roles_of_all(console().stores.main).get(member_id, [])


def pairs(roles: list[LineMembership]) -> tuple[RoleOnLine, ...]:
    """Return roles as invitations keep them."""
    return tuple((entry.role.value, entry.line_id) for entry in roles)


def is_for_admin(roles: tuple[RoleOnLine, ...]) -> bool:
    """Tell whether the role of an admin is among them."""
    return any(role == Role.ADMIN for role, _ in roles)


def choices(lines: list[LineName]) -> list[Choice]:
    """Return every role that can be given, those of a line for each line."""
    everywhere = [
        choice_of(LineMembership(INSTALLATION, "", "", role)) for role in sorted(INSTALLATION_ROLES)
    ]
    return everywhere + [
        choice_of(LineMembership(line.id, line.slug, line.name, role))
        for line in lines
        for role in sorted(LINE_ROLES)
    ]


def choice_of(entry: LineMembership) -> Choice:
    """Return a role as forms send it and people read it."""
    words = role_words(entry.role).capitalize()
    if entry.name:
        words = gettext("%(roles)s of %(line)s", roles=words, line=entry.name)
    return Choice(f"{entry.role.value}:{entry.line_id}", words)


def parsed_choices() -> tuple[RoleOnLine, ...]:
    """Return the roles in the form that was sent."""
    given = [value.partition(":") for value in request.form.getlist("role")]
    return tuple((role, line_id) for role, _, line_id in given)


def _account_page(account: Account, problems: dict[str, str] | None = None) -> str:
    has = [choice_of(entry) for entry in roles_of(account.id)]
    held = {choice.value for choice in has}
    everything = choices(line_names(console().stores.main))
    return render_template(
        "console/administration/account.html",
        account=account,
        has=has,
        may_get=[choice for choice in everything if choice.value not in held],
        is_own=account.id == current_member().id,
        is_an_admin=is_for_admin(pairs(roles_of(account.id))),
        states=STATES,
        problems=problems or {},
        chosen=request.form.get("role", ""),
        typed=typed_as_is(),
    )


def _wrong(account: Account, field: str, error: TiplineError) -> Response:
    return make_response(_account_page(account, {field: sentence_of(error)}), 400)


def _ask_for(kind: Kind, account: Account, roles: tuple[RoleOnLine, ...] = ()) -> AnyResponse:
    """Ask a second admin.

    Raises:
        ReasonRefusedError, ReferenceRefusedError: what was typed is none.
    """
    words, asker = typed_words(), current_member().id
    console().new_admins.ask_for(begin_asking(account.id), kind, account.id, words, asker, roles)
    return redirect(url_for("approvals.show"), 303)


def _roles_changed(member_id: str) -> AnyResponse:
    """End the member's sessions: what a page showed under another role is not shown on."""
    console().sessions.end_all(member_id)
    logs.event("roles_changed")
    return redirect(url_for("accounts.show", member_id=member_id), 303)


def _forget_plans(member_id: str) -> None:
    """End what somebody has begun who may not any more."""
    services = console()
    # Requests first: a link that is being fetched meanwhile is found among the invitations.
    services.approvals.withdraw_all(member_id, current_member().id)
    services.invitations.withdraw_all(member_id)
