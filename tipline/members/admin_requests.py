"""Two admins for one: whoever asks for a new admin does not decide on it (OWASP ASVS 5.0, 2.3.5).

The same holds for a new key of an admin's account: whoever gets the link is that admin from then
on, so one admin alone could otherwise become two. It is the asker who then fetches the link, so
`made_by` names who handed it over: these two do not agree to each other's requests, nor do two whom
the same admin let in.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, insert, or_, select, update

from tipline.clock import Clock, stored
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.members.invitations import Invitations, Newcomer, add_invitation, parsed, written
from tipline.members.models import AdminRequest, Invitation
from tipline.members.overview import Account

LIFETIME = timedelta(days=7)


class RequestKind(StrEnum):
    """What was asked for."""

    INVITE = "invite"
    GIVE = "give"
    RESET = "reset"


class NoSuchRequestError(TiplineError):
    """There is no such request, or no longer."""

    code = "no_such_request"
    message = marked(
        "This request is gone: it was decided on, withdrawn, or is older than seven days."
    )


class NotYoursToDecideError(TiplineError):
    """Somebody else must decide."""

    code = "not_yours_to_decide"
    message = marked(
        "Another admin must decide on this: not the one who asked, not one whom the asker let in "
        "or who let the asker in, not one whom the same admin let in, and not the one whom it is "
        "about."
    )


@dataclass(frozen=True, slots=True)
class Request:
    """A request that waits for a second admin."""

    id: str
    kind: RequestKind
    newcomer: Newcomer
    member_id: str | None
    asked_by: str
    agreed_by: str | None
    expires_at: datetime

    def may_be_agreed_to(self, admin: Account, asker: Account) -> bool:
        """Tell whether this admin may agree to what that one asked."""
        is_waiting = self.agreed_by is None and asker.id == self.asked_by
        are_related = admin.made_by == asker.id or asker.made_by == admin.id
        are_related |= admin.made_by is not None and admin.made_by == asker.made_by
        return is_waiting and not are_related and admin.id not in (asker.id, self.member_id)


class AdminRequests:
    """What waits for a second admin."""

    def __init__(self, invitations: Invitations, perishable: Engine, clock: Clock) -> None:
        """Take the invitations and the perishable store."""
        self._invitations = invitations
        self._perishable = perishable
        self._clock = clock

    def ask_to_invite(self, who: Newcomer, asked_by: str) -> None:
        """Ask for a new account with the role admin.

        Raises:
            EmailTakenError: there is an account with this address.
        """
        self._invitations.refuse_taken(who.email)
        self._ask(RequestKind.INVITE, who, None, asked_by)

    def ask_for(
        self, kind: RequestKind, member_id: str, asked_by: str, roles: tuple[tuple[str, str], ...]
    ) -> None:
        """Ask to make an admin of a member, or for a new key of an admin's account.

        Raises:
            NoSuchMemberError: there is none.
        """
        who, _ = self._invitations.account(member_id, roles)
        self._ask(kind, who, member_id, asked_by)

    def waiting(self) -> list[Request]:
        """Return all requests, the oldest first."""
        query = (
            select(*AdminRequest.__table__.columns)
            .where(AdminRequest.expires_at > stored(self._clock()))
            .order_by(AdminRequest.expires_at, AdminRequest.id)
        )
        with reading(self._perishable) as connection:
            return [_request(row) for row in connection.execute(query)]

    def find(self, request_id: str) -> Request:
        """Return a request.

        Raises:
            NoSuchRequestError: there is none any more.
        """
        for request in self.waiting():
            if request.id == request_id:
                return request
        raise NoSuchRequestError

    def agree(
        self, request_id: str, admin: Account, asker: Account, give: Callable[[Request], None]
    ) -> Request:
        """Agree: a role is given at once, a link can from now on be fetched by the asker.

        A link with which the member was to make a new key, as no admin yet, ends: whoever made it
        would get into an admin's account, for which it takes two.

        Raises:
            NoSuchRequestError: there is none any more.
            NotYoursToDecideError: another admin must decide.
        """
        request = self.find(request_id)
        if not request.may_be_agreed_to(admin, asker):
            raise NotYoursToDecideError
        which = (AdminRequest.id == request_id) & AdminRequest.agreed_by.is_(None)
        with self._perishable.begin() as connection:
            if request.kind is RequestKind.GIVE:
                # Invitation first, as enrolment does: neither waits for the other for ever.
                earlier = Invitation.member_id == request.member_id
                connection.execute(delete(Invitation).where(earlier))
                self._end(connection, AdminRequest.id == request_id)
                give(request)
            elif not connection.execute(
                update(AdminRequest).where(which).values(agreed_by=admin.id)
            ).rowcount:
                raise NoSuchRequestError
        return request

    def fetch(
        self, request_id: str, asker: str, is_admin: Callable[[str], bool]
    ) -> tuple[Request, str]:
        """Return what was agreed to and the invitation's code. It can be fetched once.

        `is_admin` tells whether a member is an admin now: who agreed must still be one.

        Raises:
            NoSuchRequestError: there is none any more.
            NotYoursToDecideError: somebody else asked, or nobody has agreed who is an admin now.
            EmailTakenError, NoSuchMemberError: it cannot be done any more.
        """
        request = self.find(request_id)
        agreed_by = request.agreed_by
        if request.asked_by != asker or agreed_by is None:
            raise NotYoursToDecideError
        renews = self._renewal(request)
        which = (AdminRequest.id == request_id) & (AdminRequest.agreed_by == agreed_by)
        with self._perishable.begin() as connection:
            self._end(connection, which)
            # Asked with the row in hand: what ends an admin's plans waits, and finds the link.
            if not is_admin(agreed_by):
                raise NotYoursToDecideError
            now = stored(self._clock())
            return request, add_invitation(
                connection, request.newcomer, asker, now, renews, agreed_by
            )

    def decline(self, request_id: str) -> None:
        """End a request; its asker may do so, too.

        Raises:
            NoSuchRequestError: there is none any more.
        """
        with self._perishable.begin() as connection:
            self._end(connection, AdminRequest.id == request_id)

    def withdraw_all(self, member_id: str) -> None:
        """End all requests that a member made, those about this member, and what they agreed to.

        What they agreed to waits for another admin again.
        """
        which = or_(AdminRequest.asked_by == member_id, AdminRequest.member_id == member_id)
        agreed = update(AdminRequest).where(AdminRequest.agreed_by == member_id)
        with self._perishable.begin() as connection:
            connection.execute(delete(AdminRequest).where(which))
            connection.execute(agreed.values(agreed_by=None))

    def _renewal(self, request: Request) -> tuple[str, bytes] | None:
        if request.member_id is None:
            self._invitations.refuse_taken(request.newcomer.email)
            return None
        return request.member_id, self._invitations.account(request.member_id)[1]

    def _ask(self, kind: RequestKind, who: Newcomer, member_id: str | None, asked_by: str) -> None:
        now = stored(self._clock())
        same = (AdminRequest.kind == kind.value) & (AdminRequest.email == who.email)
        row: dict[str, Any] = {
            "id": secrets.token_hex(16),
            "kind": kind.value,
            "member_id": member_id,
            "email": who.email,
            "name": who.name,
            "roles": written(who.roles),
            "asked_by": asked_by,
            "expires_at": now + LIFETIME,
        }
        with self._perishable.begin() as connection:
            outdated = or_(AdminRequest.expires_at <= now, same)
            connection.execute(delete(AdminRequest).where(outdated))
            connection.execute(insert(AdminRequest), row)

    def _end(self, connection: Connection, which: ColumnElement[bool]) -> None:
        statement = delete(AdminRequest).where(
            which, AdminRequest.expires_at > stored(self._clock())
        )
        if connection.execute(statement).rowcount != 1:
            raise NoSuchRequestError


def _request(row: Row[*tuple[Any, ...]]) -> Request:
    return Request(
        row.id,
        RequestKind(row.kind),
        Newcomer(row.email, row.name, parsed(row.roles)),
        row.member_id,
        row.asked_by,
        row.agreed_by,
        row.expires_at,
    )
