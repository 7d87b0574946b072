"""A second admin for whatever makes an admin, or gives an admin's account a new key.

Whoever gets the link to a new key *is* that admin from then on, so one admin alone could otherwise
become two. It is the asker who then fetches the link, so `made_by` names who handed it over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, delete

from tipline.approvals.errors import NoSuchRequestError
from tipline.approvals.kinds import Kind
from tipline.approvals.requests import Approval, Wanted, Words
from tipline.approvals.services import Approvals
from tipline.clock import Clock, stored
from tipline.lines.role_changes import give_checked_roles
from tipline.members.invitations import Invitations, Newcomer, RoleOnLine, add_invitation
from tipline.members.models import Invitation

KINDS = frozenset({Kind.INVITE_ADMIN, Kind.MAKE_ADMIN, Kind.RESET_ADMIN})


class NewAdmins:
    """What two admins decide on about a third."""

    def __init__(
        self, approvals: Approvals, invitations: Invitations, main: Engine, clock: Clock
    ) -> None:
        """Take the approvals, the invitations and the main store."""
        self._approvals = approvals
        self._invitations = invitations
        self._main = main
        self._clock = clock

    def ask_to_invite(self, request_id: str, who: Newcomer, words: Words, asked_by: str) -> None:
        """Ask for a new account with the role admin.

        Raises:
            EmailTakenError: there is an account with this address.
        """
        self._invitations.refuse_taken(who.email)
        self._ask(request_id, Wanted(Kind.INVITE_ADMIN, _details(who)), words, asked_by)

    def ask_for(
        self,
        request_id: str,
        kind: Kind,
        member_id: str,
        words: Words,
        asked_by: str,
        roles: tuple[RoleOnLine, ...] = (),
    ) -> None:
        """Ask to make an admin of a member, or for a new key of an admin's account.

        Raises:
            NoSuchMemberError: there is none.
        """
        who, _ = self._invitations.account(member_id, roles)
        self._ask(request_id, Wanted(kind, _details(who), member_id), words, asked_by)

    def make_admin(
        self, connection: Connection, request: Approval, before: Callable[[], None]
    ) -> None:
        """Give the role that was asked for; `before` is called when the rest is done.

        A link with which the member was to make a new key, as no admin yet, ends: whoever made it
        would get into an admin's account, for which it takes two.

        Raises:
            NoSuchMemberError, NoSuchRoleError, RolesConflictError: it cannot be given any more.
        """
        member_id = request.wanted.member_id or ""
        connection.execute(delete(Invitation).where(Invitation.member_id == member_id))
        before()
        with self._main.begin() as main:
            give_checked_roles(main, member_id, newcomer_of(request).roles)

    def fetch(self, request_id: str, asker_id: str) -> tuple[Newcomer, str]:
        """Return who is let in and the invitation's code. It can be fetched once.

        Raises:
            NoSuchRequestError: there is none any more.
            NotYoursToDecideError: somebody else asked, or nobody has agreed who is an admin now.
            EmailTakenError, NoSuchMemberError: it cannot be done any more.
        """
        request = self._approvals.find(request_id)
        if request.kind not in KINDS:
            raise NoSuchRequestError
        renews = self._renewal(request)

        def invite(connection: Connection, agreed: Approval) -> str:
            now, who = stored(self._clock()), newcomer_of(agreed)
            return add_invitation(connection, who, asker_id, now, renews, agreed.agreed_by)

        return newcomer_of(request), self._approvals.carry_out(request_id, asker_id, invite)

    def _renewal(self, request: Approval) -> tuple[str, bytes] | None:
        member_id = request.wanted.member_id
        if member_id is None:
            self._invitations.refuse_taken(newcomer_of(request).email)
            return None
        return member_id, self._invitations.account(member_id)[1]

    def _ask(self, request_id: str, wanted: Wanted, words: Words, asked_by: str) -> None:
        email = wanted.details["email"]
        self._approvals.ask(
            request_id, wanted, words, asked_by, lambda one: one.wanted.details["email"] == email
        )


def newcomer_of(request: Approval) -> Newcomer:
    """Return whom a request is about: with which address, name and roles."""
    details = request.wanted.details
    roles = tuple((str(role), str(line)) for role, line in details["roles"])
    return Newcomer(details["email"], details["name"], roles)


def _details(who: Newcomer) -> dict[str, Any]:
    return {"email": who.email, "name": who.name, "roles": [list(role) for role in who.roles]}
