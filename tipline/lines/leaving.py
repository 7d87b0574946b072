"""Losing the last role that reads a line without having been removed from it by a supervisor.

An admin takes roles and disables accounts, but holds no keys, so cannot give the line new ones. Who
has lost the role loses what was sealed to them, so that being given it again opens nothing without
being admitted again. What they may have copied ends only with a supervisor's removal.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, insert, select

from tipline.db.reading import reading
from tipline.lines.bundles import RECOVERY_HOLDER
from tipline.lines.models import KeyGrant, Membership
from tipline.lines.roles import READING_ROLES
from tipline.members.models import Member

# Instead of a generation: this holder had keys, and the line was given no new ones since.
HAD_KEYS = 0


@dataclass(frozen=True, slots=True)
class FormerHolder:
    """A member who does not read the line, but whom no supervisor has removed from its keys."""

    id: str
    is_disabled: bool


def leave_keys(connection: Connection, line_id: str, member_id: str) -> bool:
    """Delete a line's keys of a member without a role that reads it. Return whether that is so.

    The caller has locked the line.
    """
    roles = select(Membership.id).where(
        Membership.line_id == line_id,
        Membership.member_id == member_id,
        Membership.role.in_([role.value for role in READING_ROLES]),
    )
    if connection.execute(roles).first() is not None:
        return False
    theirs = delete(KeyGrant).where(KeyGrant.line_id == line_id, KeyGrant.holder == member_id)
    if connection.execute(theirs).rowcount:
        row = {"line_id": line_id, "generation": HAD_KEYS, "holder": member_id, "sealed": b""}
        connection.execute(insert(KeyGrant), row)
    return True


def former_holders(engine: Engine, line_id: str) -> list[FormerHolder]:
    """Return who had a line's keys, and has no role that reads it any more, or is disabled."""
    query = (
        select(KeyGrant.holder, Member.is_disabled, Membership.id)
        .outerjoin(Member, Member.id == KeyGrant.holder)
        .outerjoin(
            Membership,
            (Membership.member_id == KeyGrant.holder)
            & (Membership.line_id == line_id)
            & Membership.role.in_([role.value for role in READING_ROLES]),
        )
        .where(KeyGrant.line_id == line_id, KeyGrant.holder != RECOVERY_HOLDER)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    found = {
        row.holder: FormerHolder(row.holder, bool(row.is_disabled))
        for row in rows
        if row.is_disabled is not False or row.id is None
    }
    return sorted(found.values(), key=lambda former: former.id)
