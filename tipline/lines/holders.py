"""Who can read a line: its members who hold its newest keys and whose account is on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, select

from tipline.db.reading import reading
from tipline.lines.models import KeyGrant, Membership
from tipline.lines.roles import READING_ROLES
from tipline.members.models import Member


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A member to whom work on a line can be given."""

    id: str
    email: str


def key_holders(engine: Engine, line_id: str, generation: int) -> list[KeyHolder]:
    """Return who has a reading role on a line and a grant of this generation of its keys."""
    query = (
        select(Member.id, Member.email)
        .join(KeyGrant, KeyGrant.holder == Member.id)
        .join(Membership, Membership.member_id == Member.id)
        .where(KeyGrant.line_id == line_id, KeyGrant.generation == generation)
        .where(Membership.line_id == line_id, Membership.role.in_([r.value for r in READING_ROLES]))
        .where(Member.is_disabled.is_(False))
        .distinct()
        .order_by(Member.email)
    )
    with reading(engine) as connection:
        return [KeyHolder(row.id, row.email) for row in connection.execute(query)]
