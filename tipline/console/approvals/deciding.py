"""Agreeing, declining, withdrawing, and fetching what was agreed to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, make_response, redirect, url_for
from flask_babel import gettext
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from tipline import logs
from tipline.approvals.errors import NoSuchRequestError
from tipline.approvals.kinds import Kind
from tipline.approvals.requests import Approval
from tipline.audit.acts import Act
from tipline.audit.recording import acting
from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.administration.accounts import link_page
from tipline.console.approvals.asking import named_request
from tipline.console.approvals.pages import approvals_page
from tipline.console.language import sentence_of
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.descriptions import InvalidLineError
from tipline.lines.roles import Role

LINE_TAKEN: Final = marked(
    "This line cannot be made any more: another one has its short name or number, or what is said "
    "of it is not taken. Whoever asked can withdraw this and ask anew."
)

deciding = Blueprint("deciding", __name__, url_prefix="/approvals")


@deciding.post("/agree")
def agree() -> AnyResponse:
    """Agree to what another asked for; what can be done at once is done."""
    require_fresh_sign_in()
    services = console()
    try:
        asked = _asked_of_admins()
        acting().subject = asked.wanted.member_id or ""
        acting().line = asked.wanted.line_id or ""
        services.approvals.agree(asked.id, current_member().id, AT_ONCE.get(asked.kind))
    except (InvalidLineError, IntegrityError):
        return _refused(gettext(LINE_TAKEN))
    except TiplineError as error:
        return _refused(sentence_of(error))
    logs.event("approval_given")
    if asked.kind is Kind.MAKE_ADMIN:
        # What a page showed under another role is not shown on.
        services.sessions.end_all(asked.wanted.member_id or "")
    return _back()


@deciding.post("/decline")
def decline() -> AnyResponse:
    """Say no to what another asked for."""
    try:
        console().approvals.decline(_asked_of_admins().id, current_member().id)
    except TiplineError as error:
        return _refused(sentence_of(error))
    return _back()


@deciding.post("/withdraw")
def withdraw() -> AnyResponse:
    """Take back what one asked for oneself."""
    try:
        console().approvals.withdraw(named_request(), current_member().id)
    except TiplineError as error:
        return _refused(sentence_of(error))
    return _back()


@deciding.post("/fetch")
def fetch() -> AnyResponse:
    """Show the link that another admin has agreed to, this once."""
    require_fresh_sign_in()
    try:
        asked = console().approvals.find(named_request())
        is_reset = asked.kind is Kind.RESET_ADMIN
        what = acting()
        what.act = Act.RESET_ACCOUNT if is_reset else Act.INVITE
        what.subject = asked.wanted.member_id or ""
        who, code = console().new_admins.fetch(asked.id, current_member().id)
    except TiplineError as error:
        return _refused(sentence_of(error))
    return link_page(code, who.name or who.email, is_reset=is_reset)


def _make_admin(connection: Connection, asked: Approval) -> None:
    console().new_admins.make_admin(connection, asked, lambda: acting().go_on_with(Act.GIVE_ROLE))


def _make_line(_connection: Connection, asked: Approval) -> None:
    def before(line_id: str) -> None:
        acting().go_on_with(Act.MAKE_LINE)
        acting().line = line_id

    console().new_lines.make(asked, before)


# What agreeing carries out. Of all else the asker is handed something, and so does it themselves.
AT_ONCE: Final[dict[Kind, Callable[[Connection, Approval], None]]] = {
    Kind.MAKE_ADMIN: _make_admin,
    Kind.MAKE_LINE: _make_line,
}


def _asked_of_admins() -> Approval:
    """Return the request that the form names, if admins decide on it.

    Raises:
        NoSuchRequestError: there is none any more, or others do, on a page of their own.
    """
    asked = console().approvals.find(named_request())
    if Role.ADMIN not in asked.rule.decided_by:
        raise NoSuchRequestError
    return asked


def _refused(sentence: str) -> AnyResponse:
    return make_response(approvals_page(sentence), 409)


def _back() -> AnyResponse:
    return redirect(url_for("approvals.show"), 303)
