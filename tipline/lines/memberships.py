"""Who has which role: on a line, or on the whole installation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, delete, insert, select

from tipline.db.reading import reading
from tipline.lines.models import Line, Membership
from tipline.lines.roles import INSTALLATION, Role
from tipline.members.models import Member


@dataclass(frozen=True, slots=True)
class LineMembership:
    """A member's role on a line. Of the whole installation, line, slug and name are empty."""

    line_id: str
    slug: str
    name: str
    role: Role


class Memberships:
    """Members' roles. A role lets somebody call pages; only keys, granted apart, open tips."""

    def __init__(self, engine: Engine) -> None:
        """Take the main store."""
        self._engine = engine

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
        """Take roles on a line from a member."""
        statement = delete(Membership).where(
            Membership.member_id == member_id,
            Membership.line_id == line_id,
            Membership.role.in_([role.value for role in roles]),
        )
        with self._engine.begin() as connection:
            connection.execute(statement)

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
