"""Accounts as admins see them, and what admins do to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, Row, Select, select, update

from tipline.clock import Clock, day_of
from tipline.db.reading import reading
from tipline.members.basics import NoSuchMemberError, is_idle
from tipline.members.models import Member


class AccountState(StrEnum):
    """Whether somebody can sign in, and if not, what an admin can do about it."""

    ACTIVE = "active"
    LOCKED = "locked"
    IDLE = "idle"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Account:
    """An account, without anything that opens it."""

    id: str
    email: str
    name: str
    state: AccountState
    last_signed_in: date | None
    made_by: str | None

    @property
    def called(self) -> str:
        """Return the name, or the address of who has none."""
        return self.name or self.email


class AccountOverview:
    """All accounts. What it changes takes effect at the member's next request or sign-in."""

    def __init__(self, main: Engine, clock: Clock) -> None:
        """Take the main store."""
        self._engine = main
        self._clock = clock

    def all(self) -> list[Account]:
        """Return all accounts by address."""
        with reading(self._engine) as connection:
            rows = connection.execute(_accounts().order_by(Member.email)).all()
        return [self._account(row) for row in rows]

    def one(self, member_id: str) -> Account:
        """Return an account.

        Raises:
            NoSuchMemberError: there is none.
        """
        with reading(self._engine) as connection:
            row = connection.execute(_accounts().where(Member.id == member_id)).one_or_none()
        if row is None:
            raise NoSuchMemberError
        return self._account(row)

    def disable(self, member_id: str) -> None:
        """Let nobody in. Whoever is in is put out at the next request."""
        self._set(member_id, is_disabled=True)

    def enable(self, member_id: str) -> None:
        """Let a member in again whose account was disabled, or off because nobody used it."""
        self._set(member_id, is_disabled=False, enabled_on=day_of(self._clock()))

    def release(self, member_id: str) -> None:
        """Let a member try again who failed too often."""
        self._set(member_id, is_locked=False, failures=0, first_failure_at=None)

    def _set(self, member_id: str, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(Member).where(Member.id == member_id).values(**values))

    def _account(self, row: Row[*tuple[Any, ...]]) -> Account:
        state = AccountState.ACTIVE
        if row.is_disabled:
            state = AccountState.DISABLED
        elif is_idle(row.enabled_on, row.last_signed_in, day_of(self._clock())):
            state = AccountState.IDLE
        elif row.is_locked:
            state = AccountState.LOCKED
        return Account(row.id, row.email, row.name, state, row.last_signed_in, row.made_by)


def _accounts() -> Select[*tuple[Any, ...]]:
    return select(
        Member.id,
        Member.email,
        Member.name,
        Member.is_disabled,
        Member.is_locked,
        Member.enabled_on,
        Member.last_signed_in,
        Member.made_by,
    )
