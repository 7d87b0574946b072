"""Who may call what. Access is declared where a blueprint is registered; without it, nobody may.

One hook before every request also checks where a form came from and that it carries its token, so
that no view can forget.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Collection
from dataclasses import dataclass, replace

from flask import Blueprint, Flask, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from tipline import logs
from tipline.audit.recording import acting
from tipline.console import cookies
from tipline.console.origins import is_foreign
from tipline.console.refusals import (
    ForeignOriginError,
    NoSuchPageError,
    SessionEndedError,
    StaleFormError,
)
from tipline.console.services import console
from tipline.console.staff import StaffMember, staff_lines
from tipline.lines.roles import READING_ROLES, Role

EXTENSION = "console-access"
CSRF_FIELD = "csrf_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a blueprint's routes. Without roles: every member who is signed in.

    Requests to routes that do not prolong leave a session's idle minutes running.
    """

    is_public: bool = False
    roles: frozenset[Role] = frozenset()
    prolongs: bool = True

    def allows(self, roles: Collection[Role]) -> bool:
        """Tell whether somebody with these roles, on whichever lines, may."""
        return not self.roles or not self.roles.isdisjoint(roles)


PUBLIC = Access(is_public=True)
SIGNED_IN = Access()
READERS = Access(roles=READING_ROLES)
SUPERVISORS = Access(roles=frozenset({Role.SUPERVISOR}))
AUDITORS = Access(roles=frozenset({Role.AUDITOR}))
ADMINS = Access(roles=frozenset({Role.ADMIN}))
# Who decides, and who looks at what was decided.
OVERSEERS = Access(roles=frozenset({Role.ADMIN, Role.AUDITOR}))


def register(app: Flask, blueprint: Blueprint, access: Access, *, prolongs: bool = True) -> None:
    """Register a blueprint together with who may call its routes.

    What pages fetch by themselves is registered with `prolongs=False`.
    """
    app.register_blueprint(blueprint)
    declared = replace(access, prolongs=prolongs)
    app.extensions.setdefault(EXTENSION, {})[blueprint.name] = declared


def declared_access(app: Flask, endpoint: str) -> Access | None:
    """Return the access that was declared for an endpoint, or None."""
    blueprint, _, _ = endpoint.rpartition(".")
    declared: dict[str, Access] = app.extensions.get(EXTENSION, {})
    return declared.get(blueprint)


def guard() -> Response | None:
    """Let a request through to its view, send it to the sign-in page, or refuse it.

    Raises:
        RefusedError: see its subclasses.
    """
    if request.endpoint is None:
        return None  # no route matches: Flask itself answers 404 or 405
    access = declared_access(current_app, request.endpoint)
    if access is None:
        logs.event("route_without_access", logging.ERROR)
        raise NoSuchPageError
    is_form = request.method not in SAFE_METHODS
    if is_form and is_foreign(request.headers.get("Origin")):
        raise ForeignOriginError
    if access.is_public:
        if is_form:
            _check_token(cookies.sent_form_token())
        return None
    return _admit(access, is_form)


def signed_in_member(*, prolongs: bool = True) -> StaffMember | None:
    """Return whom the session cookie belongs to, or None.

    Disabling an account, or giving it another key, ends its sessions here, at its next request.
    """
    services = console()
    session = services.sessions.resume(cookies.session_cookie(), prolongs=prolongs)
    if session is None:
        return None
    if not services.accounts.is_active(session.member_id, session.key):
        services.sessions.end_all(session.member_id)
        return None
    lines = staff_lines(services.memberships.of(session.member_id))
    return StaffMember(session.member_id, session.key, session.csrf_token, lines, session.is_fresh)


def _admit(access: Access, is_form: bool) -> Response | None:
    member = signed_in_member(prolongs=access.prolongs)
    if member is None:
        if is_form:
            raise SessionEndedError
        return redirect(url_for("signing_in.show_form"), 303)
    acting().actor = member.id
    g.member = member  # before the checks, so that a refusal keeps the page's frame
    if is_form:
        _check_token(member.csrf_token)
    if not access.allows(member.roles):
        raise NoSuchPageError
    return None


def _check_token(expected: str) -> None:
    given = request.form.get(CSRF_FIELD, "")
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise StaleFormError
