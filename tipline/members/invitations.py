"""Invitations: a one-time code with which somebody makes an account, or a new key for theirs.

The code has 160 random bits, so its hash needs no slow function. It travels in the fragment of a
link, which browsers send to nobody (RFC 9110, section 4.2.5).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine, Row, delete, insert, or_, select

from tipline.clock import Clock, stored
from tipline.crypto.encoding import key_id_of
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.members.basics import NoSuchMemberError, normalise_email
from tipline.members.models import Invitation, Member

LIFETIME = timedelta(hours=72)
CODE_BYTES = 20
GROUP_LENGTH = 4
CODE = re.compile(r"[A-Z2-7]{32}")
# What the column takes.
MAX_NAME_CHARACTERS = 80
MAX_EMAIL_CHARACTERS = 254
# Nothing a mail system would refuse is kept out; white space and control characters are.
PART = r"[^\s@\x00-\x1f\x7f\ufffd]+"
EMAIL = re.compile(rf"{PART}@{PART}\.{PART}")

# A role's name, and the line that it is for. What they mean is not this room's business.
RoleOnLine = tuple[str, str]


class InvitationRefusedError(TiplineError):
    """There is no invitation with this code, or no longer."""

    code = "invitation_refused"
    message = marked(
        "This code does not work. It may have been used or withdrawn, or it is older than 72 "
        "hours. Ask an admin for a new link."
    )


class EmailRefusedError(TiplineError):
    """This is no email address."""

    code = "email_refused"
    message = marked("Enter an email address, like name@example.org.")


class NameRefusedError(TiplineError):
    """This is no name to show to the staff."""

    code = "name_refused"
    message = marked("Enter a name of up to %(most)d characters.")
    figures: ClassVar = {"most": MAX_NAME_CHARACTERS}


class EmailTakenError(TiplineError):
    """There is an account with this email address."""

    code = "email_taken"
    message = marked(
        "There is an account with this email address already. See the list of accounts."
    )


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Whom an invitation is for, and which roles they will have."""

    email: str
    name: str
    roles: tuple[RoleOnLine, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class OpenInvitation:
    """An invitation that can still be used. `id` names it and is not its code."""

    id: str
    newcomer: Newcomer
    made_by: str | None
    expires_at: datetime
    member_id: str | None = None
    replaces: bytes | None = None
    agreed_by: str | None = None

    @property
    def leads_into_an_admins_account(self) -> bool:
        """Tell whether two admins, or the operator, have decided on it."""
        return self.made_by is None or self.agreed_by is not None


def newcomer(email: str, name: str, roles: tuple[RoleOnLine, ...] = ()) -> Newcomer:
    """Return whom to invite.

    Raises:
        EmailRefusedError, NameRefusedError: what was typed is none.
    """
    address, shown = normalise_email(email), " ".join(name.split())
    if len(address) > MAX_EMAIL_CHARACTERS or not EMAIL.fullmatch(address):
        raise EmailRefusedError
    if not shown or len(shown) > MAX_NAME_CHARACTERS or not shown.isprintable():
        raise NameRefusedError
    return Newcomer(address, shown, roles)


class Invitations:
    """The invitations of an installation."""

    def __init__(self, main: Engine, perishable: Engine, clock: Clock) -> None:
        """Take both stores."""
        self._main = main
        self._perishable = perishable
        self._clock = clock

    def invite(self, who: Newcomer, made_by: str | None) -> str:
        """Return the code of a new invitation. An older one for this address ends.

        Raises:
            EmailTakenError: there is an account with this address.
        """
        self.refuse_taken(who.email)
        with self._perishable.begin() as connection:
            return add_invitation(connection, who, made_by, stored(self._clock()))

    def reset(self, member_id: str, made_by: str | None, roles: tuple[RoleOnLine, ...] = ()) -> str:
        """Return the code with which a member makes a new key, password and one-time secret.

        Raises:
            NoSuchMemberError: there is none.
        """
        who, key_id = self.account(member_id, roles)
        with self._perishable.begin() as connection:
            now = stored(self._clock())
            return add_invitation(connection, who, made_by, now, (member_id, key_id))

    def account(self, member_id: str, roles: tuple[RoleOnLine, ...] = ()) -> tuple[Newcomer, bytes]:
        """Return whose account it is, and the id of its present key.

        Raises:
            NoSuchMemberError: there is none.
        """
        query = select(Member.email, Member.name, Member.public).where(Member.id == member_id)
        with reading(self._main) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NoSuchMemberError
        return Newcomer(row.email, row.name, roles), key_id_of(row.public)

    def refuse_taken(self, email: str) -> None:
        """Raise EmailTakenError when there is an account with this address."""
        query = select(Member.id).where(Member.email == normalise_email(email))
        with reading(self._main) as connection:
            if connection.execute(query).first() is not None:
                raise EmailTakenError

    def find(self, code: str) -> OpenInvitation:
        """Return the invitation of a code.

        Raises:
            InvitationRefusedError: there is none, or it is too old.
        """
        query = select(*Invitation.__table__.columns).where(
            Invitation.code_hash == hash_of(code), Invitation.expires_at > stored(self._clock())
        )
        with reading(self._perishable) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise InvitationRefusedError
        return _invitation(row)

    def open_ones(self) -> list[OpenInvitation]:
        """Return all that can still be used, by address."""
        query = (
            select(*Invitation.__table__.columns)
            .where(Invitation.expires_at > stored(self._clock()))
            .order_by(Invitation.email)
        )
        with reading(self._perishable) as connection:
            return [_invitation(row) for row in connection.execute(query)]

    def withdraw(self, invitation_id: str) -> None:
        """End an invitation. One that is gone is no error."""
        if re.fullmatch(r"[0-9a-f]{64}", invitation_id):
            with self._perishable.begin() as connection:
                which = Invitation.code_hash == bytes.fromhex(invitation_id)
                connection.execute(delete(Invitation).where(which))

    def withdraw_all(self, member_id: str) -> None:
        """End all that a member made or agreed to, and those for this member's own account."""
        which = or_(
            Invitation.made_by == member_id,
            Invitation.agreed_by == member_id,
            Invitation.member_id == member_id,
        )
        with self._perishable.begin() as connection:
            connection.execute(delete(Invitation).where(which))


def add_invitation(
    connection: Connection,
    who: Newcomer,
    made_by: str | None,
    now: datetime,
    renews: tuple[str, bytes] | None = None,
    agreed_by: str | None = None,
) -> str:
    """Keep a new invitation and return its code; `renews` is a member and the id of their key."""
    code = base64.b32encode(os.urandom(CODE_BYTES)).decode()
    outdated = or_(Invitation.email == who.email, Invitation.expires_at <= now)
    connection.execute(delete(Invitation).where(outdated))
    row = {
        "code_hash": hash_of(code),
        "member_id": renews[0] if renews else None,
        "replaces": renews[1] if renews else None,
        "email": who.email,
        "name": who.name,
        "roles": written(who.roles),
        "made_by": made_by,
        "agreed_by": agreed_by,
        "expires_at": now + LIFETIME,
    }
    connection.execute(insert(Invitation), row)
    return "-".join(code[at : at + GROUP_LENGTH] for at in range(0, len(code), GROUP_LENGTH))


def hash_of(code: str) -> bytes:
    """Return the hash under which an invitation is kept, however its code was typed."""
    plain = re.sub(r"[\s\-#]", "", code).upper()
    if not CODE.fullmatch(plain):
        plain = ""
    return hashlib.sha256(b"tipline invitation" + plain.encode()).digest()


def written(roles: tuple[RoleOnLine, ...]) -> str:
    """Return roles as the stores keep them."""
    return json.dumps([list(role) for role in roles])


def parsed(roles: str) -> tuple[RoleOnLine, ...]:
    """Return roles from what the stores keep."""
    return tuple((str(role), str(line)) for role, line in json.loads(roles))


def _invitation(row: Row[*tuple[Any, ...]]) -> OpenInvitation:
    return OpenInvitation(
        row.code_hash.hex(),
        Newcomer(row.email, row.name, parsed(row.roles)),
        row.made_by,
        row.expires_at,
        row.member_id,
        row.replaces,
        row.agreed_by,
    )
