"""Accounts: making a member, and signing one in.

CJIS Security Policy 5.9.5: one-time codes work once; five failures within fifteen minutes lock an
account until an admin releases it; one that nobody signed in to for ninety days is off until an
admin enables it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, case, insert, or_, select, update

from tipline import logs
from tipline.audit.recording import housekeeping
from tipline.clock import Clock, day_of, stored
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.members import MemberSecret, Passkey, spend_password_time
from tipline.crypto.opening import OpeningKey
from tipline.crypto.totp import matching_step
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.members.basics import NoSuchMemberError, SignedIn, is_idle, normalise_email
from tipline.members.models import Member
from tipline.members.passkeys import PasskeyAnswer, PasskeyRefusedError, check_answer, made_passkey
from tipline.members.passwords import MAX_CHARACTERS, check_password

MAX_FAILURES = 5
FAILURE_WINDOW = timedelta(minutes=15)
MAX_PASSKEYS = 10

# A one-time code as it was typed, or what a passkey answered.
SecondFactor = str | PasskeyAnswer
# What else changes with a member's key, given the main store's transaction and the new one.
HandOver = Callable[[Connection, OpeningKey], None]


class SignInFailedError(TiplineError):
    """Wrong e-mail, password or code, or a locked account: which one is not told."""

    code = "sign_in_failed"
    message = marked(
        "That did not work. Check the email, the password and a fresh one-time code. "
        "After five failures an account stays locked until an admin releases it."
    )


class Accounts:
    """Members' accounts. Holds the console's pepper, without which no blob opens."""

    def __init__(self, engine: Engine, pepper: bytes, clock: Clock) -> None:
        """Take the main store and the pepper."""
        self._engine = engine
        self._pepper = pepper
        self._clock = clock

    def create(self, email: str, password: str, totp_secret: bytes, *, name: str = "") -> SignedIn:
        """Make a member with a new key pair, without an invitation."""
        member = SignedIn(secrets.token_hex(16), OpeningKey.generate())
        secret = MemberSecret(member.key, totp_secret)
        row = {
            "id": member.member_id,
            "email": normalise_email(email),
            "name": name,
            "public": member.key.public.raw,
            "blob": secret.seal(member.member_id, password, self._pepper),
            "enabled_on": day_of(self._clock()),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(Member), row)
        return member

    def sign_in(self, email: str, password: str, second: SecondFactor) -> SignedIn:
        """Return the member whose password opens the blob and whose code or passkey is fresh.

        Raises:
            SignInFailedError: anything is wrong. It takes as long as a success.
        """
        return self._prove(_proof().where(Member.email == normalise_email(email)), password, second)

    def id_of(self, email: str) -> str:
        """Return the id of the account with an address, or nothing."""
        query = select(Member.id).where(Member.email == normalise_email(email))
        with reading(self._engine) as connection:
            return connection.execute(query).scalar() or ""

    def prove(self, member_id: str, password: str, second: SecondFactor) -> SignedIn:
        """Let somebody who is signed in prove again who they are. Raises as `sign_in` does."""
        return self._prove(_proof().where(Member.id == member_id), password, second)

    def change_password(self, member_id: str, old: str, new: str) -> None:
        """Seal a member's secret under another password; key and one-time secret stay.

        Raises:
            PasswordRefusedError: the new one is not taken.
            SignInFailedError: the old one is wrong, which counts as a failure to sign in.
        """
        query = _proof(Member.email, Member.name).where(Member.id == member_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).one()
        check_password(new, (row.email, row.name))
        self._keep_blob(row, self._open_unless_off(row, old), new)

    def renew_key(
        self, member_id: str, old: OpeningKey, password: str, hand_over: HandOver
    ) -> OpeningKey:
        """Give a member another key pair; password, one-time secret and passkeys stay.

        `hand_over` is called in the same transaction, with the new key. What it raises leaves the
        old one in its place.

        Raises:
            SignInFailedError: the password is wrong, which counts as a failure to sign in; or `old`
                is not the account's key any more.
        """
        with reading(self._engine) as connection:
            row = connection.execute(_proof().where(Member.id == member_id)).one()
        secret = self._open_unless_off(row, password)
        fresh = OpeningKey.generate()
        blob = replace(secret, key=fresh).seal(member_id, password, self._pepper)
        statement = update(Member).where(
            Member.id == member_id, Member.blob == row.blob, Member.public == old.public.raw
        )
        with self._engine.begin() as connection:
            values = {"public": fresh.public.raw, "blob": blob}
            if connection.execute(statement.values(**values)).rowcount != 1:
                raise SignInFailedError
            hand_over(connection, fresh)
        return fresh

    def add_passkey(self, member_id: str, password: str, answer: PasskeyAnswer) -> None:
        """Let a member sign in with a passkey that a browser has just made.

        Raises:
            PasskeyRefusedError: what it brought is none, or the member has ten.
            SignInFailedError: the password is wrong, which counts as a failure to sign in.
        """
        made = made_passkey(answer, self._pepper, self._clock())

        def added(passkeys: tuple[Passkey, ...]) -> tuple[Passkey, ...]:
            if len(passkeys) >= MAX_PASSKEYS:
                raise PasskeyRefusedError
            return (*passkeys, made)

        self._change_passkeys(member_id, password, added)

    def remove_passkeys(self, member_id: str, password: str) -> None:
        """Forget all passkeys of a member.

        Raises:
            SignInFailedError: the password is wrong, which counts as a failure to sign in.
        """
        self._change_passkeys(member_id, password, lambda _: ())

    def _change_passkeys(
        self,
        member_id: str,
        password: str,
        change: Callable[[tuple[Passkey, ...]], tuple[Passkey, ...]],
    ) -> None:
        with reading(self._engine) as connection:
            row = connection.execute(_proof().where(Member.id == member_id)).one()
        secret = self._open_unless_off(row, password)
        changed = replace(secret, passkeys=change(secret.passkeys))
        self._keep_blob(row, changed, password)

    def _keep_blob(self, row: Row[*tuple[Any, ...]], secret: MemberSecret, password: str) -> None:
        """Keep a blob, unless the account got another one in the meantime: that is not undone."""
        blob = secret.seal(row.id, password, self._pepper)
        statement = update(Member).where(Member.id == row.id, Member.blob == row.blob)
        with self._engine.begin() as connection:
            if connection.execute(statement.values(blob=blob)).rowcount != 1:
                raise SignInFailedError

    def release(self, email: str) -> None:
        """Release an account that failures locked.

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

    def is_active(self, member_id: str, key: OpeningKey) -> bool:
        """Tell whether nobody has disabled the account, and this is still its key."""
        query = select(Member.public).where(Member.id == member_id, Member.is_disabled.is_(False))
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one_or_none() == key.public.raw

    def names(self, member_ids: Collection[str]) -> dict[str, str]:
        """Return what staff call each other, by id: a name, or the address of who has none."""
        query = select(Member.id, Member.name, Member.email).where(Member.id.in_(list(member_ids)))
        with reading(self._engine) as connection:
            return {row.id: row.name or row.email for row in connection.execute(query)}

    def _prove(
        self, query: Select[*tuple[Any, ...]], password: str, second: SecondFactor
    ) -> SignedIn:
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            spend_password_time(password[:MAX_CHARACTERS])
            raise SignInFailedError
        secret = self._open_unless_off(row, password)
        self._use(row.id, secret, second)
        return SignedIn(row.id, secret.key)

    def _open_unless_off(self, row: Row[*tuple[Any, ...]], password: str) -> MemberSecret:
        if len(password) > MAX_CHARACTERS:
            spend_password_time(password[:MAX_CHARACTERS])
            raise SignInFailedError
        try:
            secret = MemberSecret.open(row.id, row.blob, password, self._pepper)
        except CannotOpenError:
            self._count_failure(row.id)
            raise SignInFailedError from None
        if is_off(row, day_of(self._clock())):
            # Counted like a wrong password: the time it takes must not tell that it was right.
            self._count_failure(row.id)
            raise SignInFailedError
        return secret

    def _use(self, member_id: str, secret: MemberSecret, second: SecondFactor) -> None:
        """Use up a code or a passkey's answer. Each works once, whoever is quicker."""
        now = self._clock()
        query = select(
            Member.last_totp_step, Member.last_passkey_ms, Member.is_locked, Member.is_disabled
        ).where(Member.id == member_id)
        with self._engine.begin() as connection:
            member = connection.execute(query.with_for_update()).one()
            used = self._newly_used(member, secret, second, now)
            # Others may have failed and locked the account since it was looked up.
            if member.is_locked or member.is_disabled:
                used = {}
            if used:
                used |= {"failures": 0, "first_failure_at": None, "last_signed_in": day_of(now)}
                change = update(Member).where(Member.id == member_id)
                connection.execute(change.values(**used))
        if not used:
            self._count_failure(member_id)
            raise SignInFailedError

    def _newly_used(
        self,
        member: Row[*tuple[Any, ...]],
        secret: MemberSecret,
        second: SecondFactor,
        now: datetime,
    ) -> dict[str, Any]:
        """Return what to note as used; nothing when it proves nothing, or was used before."""
        if isinstance(second, str):
            step = matching_step(secret.totp_secret, second, now, member.last_totp_step)
            return {} if step is None else {"last_totp_step": step}
        try:
            made_at = check_answer(second, secret.passkeys, self._pepper, now)
        except PasskeyRefusedError:
            return {}
        return {"last_passkey_ms": made_at} if made_at > member.last_passkey_ms else {}

    def _count_failure(self, member_id: str) -> None:
        now = stored(self._clock())
        # It is not what was asked for: that was not done, and its entry will say so.
        with housekeeping(), self._engine.begin() as connection:
            count_failure(connection, member_id, now)


def is_off(row: Row[*tuple[Any, ...]], today: date) -> bool:
    """Tell whether an account, as `_proof` reads it, lets nobody in."""
    return bool(
        row.is_locked or row.is_disabled or is_idle(row.enabled_on, row.last_signed_in, today)
    )


def _proof(*more: Any) -> Select[*tuple[Any, ...]]:
    return select(
        Member.id,
        Member.blob,
        Member.is_locked,
        Member.is_disabled,
        Member.enabled_on,
        Member.last_signed_in,
        *more,
    )


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
