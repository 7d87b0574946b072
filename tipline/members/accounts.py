"""Accounts: making a member, and signing one in.

CJIS Security Policy 5.9.5: one-time codes work once; five failures within fifteen minutes lock an
account until an admin releases it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, case, insert, or_, select, update

from tipline import logs
from tipline.clock import Clock, stored
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.members import MemberSecret, spend_password_time
from tipline.crypto.opening import OpeningKey
from tipline.crypto.totp import matching_step
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.members.models import Member

MAX_FAILURES = 5
FAILURE_WINDOW = timedelta(minutes=15)
MIN_PASSWORD_CHARACTERS = 12
MAX_PASSWORD_CHARACTERS = 1024


class SignInFailedError(TiplineError):
    """Wrong e-mail, password or code, or a locked account: which one is not told."""

    code = "sign_in_failed"
    message = (
        "That did not work. Check the email, the password and a fresh one-time code. "
        "After five failures an account stays locked until an admin releases it."
    )


class NoSuchMemberError(TiplineError):
    """There is no member with this e-mail address."""

    code = "no_such_member"
    message = "There is no member with this email address."


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """A member who has proved who they are, with the opened private key."""

    member_id: str
    key: OpeningKey


class Accounts:
    """Members' accounts. Holds the console's pepper, without which no blob opens."""

    def __init__(self, engine: Engine, pepper: bytes, clock: Clock) -> None:
        """Take the main store and the pepper."""
        self._engine = engine
        self._pepper = pepper
        self._clock = clock

    def create(self, email: str, password: str, totp_secret: bytes) -> SignedIn:
        """Make a member with a new key pair."""
        member = SignedIn(secrets.token_hex(16), OpeningKey.generate())
        secret = MemberSecret(member.key, totp_secret)
        row = {
            "id": member.member_id,
            "email": normalise_email(email),
            "public": member.key.public.raw,
            "blob": secret.seal(member.member_id, password, self._pepper),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(Member), row)
        return member

    def sign_in(self, email: str, password: str, code: str) -> SignedIn:
        """Return the member whose password opens the blob and whose code is fresh.

        Raises:
            SignInFailedError: anything is wrong. It takes as long as a success.
        """
        query = select(Member.id, Member.blob, Member.is_locked, Member.is_disabled).where(
            Member.email == normalise_email(email)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None or len(password) > MAX_PASSWORD_CHARACTERS:
            spend_password_time(password[:MAX_PASSWORD_CHARACTERS])
            raise SignInFailedError
        try:
            secret = MemberSecret.open(row.id, row.blob, password, self._pepper)
        except CannotOpenError:
            self._count_failure(row.id)
            raise SignInFailedError from None
        if row.is_locked or row.is_disabled:
            # Counted like a wrong password: the time it takes must not tell that it was right.
            self._count_failure(row.id)
            raise SignInFailedError
        self._use_code(row.id, secret.totp_secret, code)
        return SignedIn(row.id, secret.key)

    def release(self, email: str) -> None:
        """Release a locked account.

        Raises:
            NoSuchMemberError: there is none.
        """
        statement = (
            update(Member)
            .where(Member.email == normalise_email(email))
            .values(is_locked=False, failures=0, first_failure_at=None)
        )
        with self._engine.begin() as connection:
            if connection.execute(statement).rowcount == 0:
                raise NoSuchMemberError

    def is_active(self, member_id: str) -> bool:
        """Tell whether there is such an account and nobody has disabled it."""
        query = select(Member.id).where(Member.id == member_id, Member.is_disabled.is_(False))
        with reading(self._engine) as connection:
            return connection.execute(query).first() is not None

    def emails(self, member_ids: Collection[str]) -> dict[str, str]:
        """Return members' e-mail addresses by id; for staff alone, who see who replied."""
        query = select(Member.id, Member.email).where(Member.id.in_(list(member_ids)))
        with reading(self._engine) as connection:
            return {row.id: row.email for row in connection.execute(query)}

    def _use_code(self, member_id: str, totp_secret: bytes, code: str) -> None:
        now = self._clock()
        with self._engine.begin() as connection:
            member = connection.execute(
                select(Member.last_totp_step, Member.is_locked, Member.is_disabled)
                .where(Member.id == member_id)
                .with_for_update()
            ).one()
            step = matching_step(totp_secret, code, now, member.last_totp_step)
            # Others may have failed and locked the account since it was looked up.
            if member.is_locked or member.is_disabled:
                step = None
            if step is not None:
                connection.execute(
                    update(Member)
                    .where(Member.id == member_id)
                    .values(last_totp_step=step, failures=0, first_failure_at=None)
                )
        if step is None:
            self._count_failure(member_id)
            raise SignInFailedError

    def _count_failure(self, member_id: str) -> None:
        now = stored(self._clock())
        with self._engine.begin() as connection:
            count_failure(connection, member_id, now)


def count_failure(connection: Connection, member_id: str, now: datetime) -> None:
    """Count a failed sign-in, and lock at the fifth within fifteen minutes."""
    is_first = or_(
        Member.first_failure_at.is_(None), Member.first_failure_at < now - FAILURE_WINDOW
    )
    failures = case((is_first, 1), else_=Member.failures + 1)
    statement = (
        update(Member)
        .where(Member.id == member_id)
        .values(
            failures=failures,
            first_failure_at=case((is_first, now), else_=Member.first_failure_at),
            is_locked=or_(Member.is_locked, failures >= MAX_FAILURES),
        )
        .returning(Member.is_locked)
    )
    if connection.execute(statement).scalar_one():
        logs.event("account_locked", logging.WARNING)


def normalise_email(email: str) -> str:
    """Return one spelling of an e-mail address. PostgreSQL could not even look for a zero byte."""
    return email.strip().casefold().replace("\0", "\ufffd")
