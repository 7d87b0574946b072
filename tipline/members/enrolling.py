"""Enrolment: from an invitation's code to an account, in two steps.

The first step takes the password and makes everything else; the second wants a one-time code, so
that nobody is locked out by an app that was never set up. In between, what was made is not kept
by the server: the page carries it, under a key derived from the pepper, bound to the invitation.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tipline.clock import Clock, day_of, stored
from tipline.crypto.aead import decrypt, encrypt
from tipline.crypto.derivation import hkdf
from tipline.crypto.encoding import Context, key_id_of
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.members import MemberSecret, new_totp_secret
from tipline.crypto.opening import OpeningKey
from tipline.crypto.totp import matching_step
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.members.invitations import InvitationRefusedError, Invitations, OpenInvitation, hash_of
from tipline.members.models import Invitation, Member
from tipline.members.passwords import check_password

# What else belongs to the same transactions, of the main and of the perishable store: roles, and
# what ends with a key. It may refuse the invitation.
InSameTransaction = Callable[[Connection, Connection, str, OpenInvitation], None]
# Ends, in a transaction of the perishable store, what was asked about a member.
Forgetting = Callable[[Connection, str], None]


class WrongCodeError(TiplineError):
    """The one-time code is not the authenticator app's of this moment."""

    code = "wrong_code"
    message = marked(
        "That is not the code of this moment. Take the newest six digits from your app, and check "
        "that your phone's clock is right."
    )


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """An account that is made but not yet kept."""

    member_id: str
    public: bytes
    blob: bytes
    totp_secret: bytes
    accepted: date


class Enrolment:
    """Makes accounts from invitations. Holds the console's pepper."""

    def __init__(
        self,
        main: Engine,
        invitations: Invitations,
        perishable: Engine,
        pepper: bytes,
        clock: Clock,
        forget_requests: Forgetting,
    ) -> None:
        """Take both stores, the invitations and the pepper, and what ends requests."""
        self._main = main
        self._perishable = perishable
        self._invitations = invitations
        self._pepper = pepper
        self._clock = clock
        self._forget_requests = forget_requests

    def begin(self, code: str, password: str) -> tuple[Draft, str]:
        """Return a new account, and the same sealed for the page to carry.

        Whoever calls this has seen to it that the banner was accepted.

        Raises:
            InvitationRefusedError: the code does not work.
            PasswordRefusedError: the password is not taken.
        """
        invitation = self._invitations.find(code)
        check_password(password, (invitation.newcomer.email, invitation.newcomer.name))
        key, totp_secret = OpeningKey.generate(), new_totp_secret()
        member_id = invitation.member_id or secrets.token_hex(16)
        blob = MemberSecret(key, totp_secret).seal(member_id, password, self._pepper)
        accepted = day_of(self._clock())
        draft = Draft(member_id, key.public.raw, blob, totp_secret, accepted)
        sealed = encrypt(self._key(), _written(draft), _context(invitation.id))
        return draft, b64encode(sealed).decode()

    def resume(self, code: str, sealed: str) -> tuple[OpenInvitation, Draft]:
        """Return what the page carried.

        Raises:
            InvitationRefusedError: the code does not work, or the rest was not made for it.
        """
        invitation = self._invitations.find(code)
        return invitation, self._draft(sealed, invitation.id)

    def complete(self, code: str, sealed: str, totp_code: str, also: InSameTransaction) -> str:
        """Keep the account and return its id. The invitation is used up, the code as well.

        Raises:
            InvitationRefusedError: see `resume`; or somebody else was quicker.
            WrongCodeError: the one-time code is wrong.
        """
        invitation, draft = self.resume(code, sealed)
        step = matching_step(draft.totp_secret, totp_code, self._clock(), 0)
        if step is None:
            raise WrongCodeError
        # Used up and kept in one go. If the machine stops between the two commits the invitation
        # stays, but its account has another key by then, or its address is taken.
        with self._perishable.begin() as perishable:
            if invitation.member_id is not None:
                # They were about whoever had the old key. Requests first, then the invitation, as
                # whoever agrees does: neither waits for the other for ever.
                self._forget_requests(perishable, invitation.member_id)
            self._use_up(perishable, code)
            try:
                with self._main.begin() as main:
                    self._keep(main, invitation, draft, step)
                    also(main, perishable, draft.member_id, invitation)
            except IntegrityError:
                raise InvitationRefusedError from None
        return draft.member_id

    def is_kept(self, code: str, sealed: str) -> bool:
        """Tell whether this account, made with this code, was kept: somebody sent the form twice.

        Whoever asks has the code and what the page carried, so nothing is given away.
        """
        try:
            draft = self._draft(sealed, hash_of(code).hex())
        except InvitationRefusedError:
            return False
        query = select(Member.public).where(Member.id == draft.member_id)
        with reading(self._main) as connection:
            return connection.execute(query).scalar_one_or_none() == draft.public

    def _draft(self, sealed: str, invitation_id: str) -> Draft:
        try:
            raw = b64decode(sealed, validate=True)
            return _parsed(decrypt(self._key(), raw, _context(invitation_id)))
        except (CannotOpenError, ValueError):
            raise InvitationRefusedError from None

    def _use_up(self, connection: Connection, code: str) -> None:
        statement = delete(Invitation).where(
            Invitation.code_hash == hash_of(code), Invitation.expires_at > stored(self._clock())
        )
        if connection.execute(statement).rowcount != 1:
            raise InvitationRefusedError

    def _keep(
        self, connection: Connection, invitation: OpenInvitation, draft: Draft, step: int
    ) -> None:
        row: dict[str, Any] = {
            "public": draft.public,
            "blob": draft.blob,
            "last_totp_step": step,
            "made_by": invitation.made_by,
            "enabled_on": day_of(self._clock()),
            "banner_accepted_on": draft.accepted,
        }
        if invitation.member_id is None:
            who = invitation.newcomer
            row |= {"id": draft.member_id, "email": who.email, "name": who.name}
            connection.execute(insert(Member), row)
            return
        query = select(Member.public).where(Member.id == draft.member_id).with_for_update()
        public = connection.execute(query).scalar_one_or_none()
        if public is None or key_id_of(public) != invitation.replaces:
            raise InvitationRefusedError
        row |= {"is_locked": False, "failures": 0, "first_failure_at": None}
        if invitation.made_by is None:  # from the operator, who can help the last admin back in
            row |= {"is_disabled": False}
        connection.execute(update(Member).where(Member.id == draft.member_id).values(row))

    def _key(self) -> bytes:
        return hkdf(self._pepper, "enrolment")


def _context(invitation_id: str) -> Context:
    return Context("enrolment", thread=invitation_id)


def _written(draft: Draft) -> bytes:
    content = {
        "member": draft.member_id,
        "public": b64encode(draft.public).decode(),
        "blob": b64encode(draft.blob).decode(),
        "totp": b64encode(draft.totp_secret).decode(),
        "accepted": draft.accepted.isoformat(),
    }
    return json.dumps(content).encode()


def _parsed(content: bytes) -> Draft:
    fields = json.loads(content)
    return Draft(
        fields["member"],
        b64decode(fields["public"]),
        b64decode(fields["blob"]),
        b64decode(fields["totp"]),
        date.fromisoformat(fields["accepted"]),
    )
