"""Giving and taking roles inside another transaction, and which roles exclude each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, select

from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.memberships import LineMembership
from tipline.lines.models import KeyGrant, Line, Membership, PendingLineKeys
from tipline.lines.roles import INSTALLATION, INSTALLATION_ROLES, READING_ROLES, Role
from tipline.members.basics import NoSuchMemberError
from tipline.members.models import Member

# A role's name and a line's id: as invitations keep them.
RoleOnLine = tuple[str, str]


class RolesConflictError(TiplineError):
    """Two roles that must not be one person's."""

    code = "roles_conflict"
    message = marked(
        "One account cannot have these roles together: who administers or audits does not read "
        "tips, and who is custodian of a line is not its approver. Make a second account."
    )


class NoSuchRoleError(TiplineError):
    """There is no such role, or no such line."""

    code = "no_such_role"
    message = marked("Choose a role, and for a role on a line the line.")


@dataclass(frozen=True, slots=True)
class LineName:
    """A line as admins see it."""

    id: str
    slug: str
    name: str


def line_names(engine: Engine) -> list[LineName]:
    """Return all lines by name."""
    query = select(Line.id, Line.slug, Line.name).order_by(Line.name)
    with reading(engine) as connection:
        return [LineName(row.id, row.slug, row.name) for row in connection.execute(query)]


def roles_of_all(engine: Engine) -> dict[str, list[LineMembership]]:
    """Return everybody's roles by member, those of disabled accounts as well."""
    query = (
        select(Membership.member_id, Membership.line_id, Line.slug, Line.name, Membership.role)
        .outerjoin(Line, Membership.line_id == Line.id)
        .order_by(Line.name, Membership.role)
    )
    found: dict[str, list[LineMembership]] = {}
    with reading(engine) as connection:
        for row in connection.execute(query):
            entry = LineMembership(row.line_id, row.slug or "", row.name or "", Role(row.role))
            found.setdefault(row.member_id, []).append(entry)
    return found


def check_roles(roles: Iterable[RoleOnLine], lines: Iterable[LineName]) -> None:
    """Check what somebody is to have altogether.

    Raises:
        NoSuchRoleError: a role is none, or its line.
        RolesConflictError: two exclude each other.
    """
    wanted, known = set(roles), {line.id for line in lines}
    for role, line_id in wanted:
        if role not in set(Role):
            raise NoSuchRoleError
        if (line_id == INSTALLATION) != (Role(role) in INSTALLATION_ROLES):
            raise NoSuchRoleError
        if line_id != INSTALLATION and line_id not in known:
            raise NoSuchRoleError
    names = {role for role, _ in wanted}
    reads = not names.isdisjoint(role.value for role in READING_ROLES)
    if reads and not names.isdisjoint(role.value for role in INSTALLATION_ROLES):
        raise RolesConflictError
    for line_id in {line_id for _, line_id in wanted}:
        if {(Role.CUSTODIAN.value, line_id), (Role.APPROVER.value, line_id)} <= wanted:
            raise RolesConflictError


def give_roles(connection: Connection, member_id: str, roles: Iterable[RoleOnLine]) -> None:
    """Give a member roles. Those that are there stay."""
    rows = [{"member_id": member_id, "line_id": line, "role": role} for role, line in roles]
    insert_ignoring_existing(connection, Membership, rows)


def give_checked_roles(connection: Connection, member_id: str, roles: Iterable[RoleOnLine]) -> None:
    """Give a member roles that go together with those that they have by now.

    The member's row is locked first, so that two admins who each give one of a pair that excludes
    each other do not both find the other one missing.

    Raises:
        NoSuchMemberError: there is no such member.
        NoSuchRoleError, RolesConflictError: as `check_roles`.
    """
    wanted = list(roles)
    member = select(Member.id).where(Member.id == member_id).with_for_update()
    if connection.execute(member).one_or_none() is None:
        raise NoSuchMemberError
    held = select(Membership.role, Membership.line_id).where(Membership.member_id == member_id)
    has = [(row.role, row.line_id) for row in connection.execute(held)]
    lines = select(Line.id, Line.slug, Line.name)
    check_roles([*has, *wanted], [LineName(*row) for row in connection.execute(lines)])
    give_roles(connection, member_id, wanted)


def is_admin(connection: Connection, member_id: str) -> bool:
    """Tell whether a member has the role of an admin, disabled or not."""
    query = select(Membership.id).where(
        Membership.member_id == member_id,
        Membership.line_id == INSTALLATION,
        Membership.role == Role.ADMIN.value,
    )
    return connection.execute(query).first() is not None


def drop_grants(connection: Connection, member_id: str) -> None:
    """Delete every line key that was sealed to a member, whose own key is gone.

    Those of a line that the member had begun to make are made anew.
    """
    connection.execute(delete(KeyGrant).where(KeyGrant.holder == member_id))
    connection.execute(delete(PendingLineKeys).where(PendingLineKeys.member_id == member_id))
