"""Who has which role: on a line, or on the whole installation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, insert, select

from tipline.db.reading import reading
from tipline.lines.leaving import leave_keys
from tipline.lines.models import Line, Membership
from tipline.lines.registry import UnknownLineError, lock_line
from tipline.lines.roles import INSTALLATION, READING_ROLES, Role
from tipline.members.models import Member


@dataclass(frozen=True, slots=True)
class LineMembership:
    """A member's role on a line. Of the whole installation, line, slug and name are empty."""

    line_id: str
    slug: str
    name: str
    role: Role


def _nothing(_connection: Connection, _line_id: str, _member_id: str) -> None:
    """Do no more."""


class Memberships:
    """Members' roles. A role lets somebody call pages; only keys, granted apart, open tips."""

    def __init__(
        self, engine: Engine, leaving: Callable[[Connection, str, str], None] = _nothing
    ) -> None:
        """Take the main store.

        `leaving` is called with a transaction, a line's id and a member's who reads it no more.
        """
        self._engine = engine
        self._leaving = leaving

    def add(self, member_id: str, line_id: str, role: Role) -> None:
        """Give a member a role on a line, or on `INSTALLATION`. One that is there stays."""
        row = {"member_id": member_id, "line_id": line_id, "role": role.value}
        with self._engine.begin() as connection:
            known = select(Membership.id).where(
                Membership.member_id == member_id,
                Membership.line_id == line_id,
                Membership.role == role.value,
            )
            if connection.execute(known).first() is None:
                connection.execute(insert(Membership), row)

    def remove(self, member_id: str, line_id: str, roles: Iterable[Role]) -> None:
        """Take roles on a line from a member, and with the last that reads it what it opened."""
        taken = list(roles)
        statement = delete(Membership).where(
            Membership.member_id == member_id,
            Membership.line_id == line_id,
            Membership.role.in_([role.value for role in taken]),
        )
        if READING_ROLES.isdisjoint(taken):
            with self._engine.begin() as connection:
                connection.execute(statement)
            return
        with self._engine.begin() as connection:
            try:
                lock_line(connection, line_id)
            except UnknownLineError:
                return
            connection.execute(statement)
            if leave_keys(connection, line_id, member_id):
                self._leaving(connection, line_id, member_id)

    def of(self, member_id: str) -> list[LineMembership]:
        """Return a member's roles; none for a disabled account."""
        query = (
            select(Membership.line_id, Line.slug, Line.name, Membership.role)
            .outerjoin(Line, Membership.line_id == Line.id)
            .join(Member, Member.id == Membership.member_id)
            .where(Membership.member_id == member_id, Member.is_disabled.is_(False))
            .order_by(Line.name, Membership.role)
        )
        with reading(self._engine) as connection:
            return [
                LineMembership(row.line_id, row.slug or "", row.name or "", Role(row.role))
                for row in connection.execute(query)
                if row.slug is not None or row.line_id == INSTALLATION
            ]
