"""Who may decide: somebody with the right role whom the asker does not control, nor they the asker.

Whoever hands over the link to an account can take it up themselves, so `made_by` names who may be
behind an account. OWASP ASVS 5.0, 2.3.5 asks for two people; two accounts of one are none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from tipline.approvals.requests import Approval
from tipline.lines.models import Membership
from tipline.lines.roles import Role, home_of
from tipline.members.models import Member


@dataclass(frozen=True, slots=True)
class Person:
    """A member as far as deciding goes. `roles`, with their lines: none of a disabled account."""

    id: str
    made_by: str | None = None
    roles: frozenset[tuple[str, str]] = frozenset()

    def has(self, role: Role, line_id: str | None) -> bool:
        """Tell whether they have a role: on this line, if it is one of lines."""
        return (role.value, home_of(role, line_id or "")) in self.roles


def people(connection: Connection, member_ids: Iterable[str] | None = None) -> dict[str, Person]:
    """Return these members, or all, by id. `connection`: of the main store."""
    query = select(Member.id, Member.made_by, Member.is_disabled, Membership.role).add_columns(
        Membership.line_id
    )
    query = query.outerjoin(Membership, Membership.member_id == Member.id)
    if member_ids is not None:
        query = query.where(Member.id.in_(list(member_ids)))
    found: dict[str, Person] = {}
    for row in connection.execute(query):
        known = found.get(row.id, Person(row.id, row.made_by))
        has = {(row.role, row.line_id)} if row.role and not row.is_disabled else set()
        found[row.id] = Person(row.id, row.made_by, known.roles | has)
    return found


def may_ask_on(request: Approval, asker: Person | None) -> bool:
    """Tell whether who asked could still ask: what a former admin wanted is nobody's wish."""
    return asker is not None and asker.has(request.rule.asked_by, request.wanted.line_id)


def may_decline(request: Approval, person: Person) -> bool:
    """Tell whether somebody may say no: anybody with the role, because that gives nobody power."""
    return person.id != request.asked_by and _has_the_role(request, person)


def may_agree(request: Approval, person: Person | None, asker: Person | None) -> bool:
    """Tell whether somebody may agree to what this asker asked.

    Not the asker, nor the one whom it is about, nor one whom the asker let in or who let the asker
    in, nor, unless the rule has it otherwise, one whom the same admin let in.
    """
    if person is None or asker is None or not may_ask_on(request, asker):
        return False
    if person.id in (asker.id, request.wanted.member_id):
        return False
    if not _has_the_role(request, person) or has_let_in(person, asker) or has_let_in(asker, person):
        return False
    return request.rule.siblings_decide or not are_siblings(person, asker)


def has_let_in(one: Person, other: Person) -> bool:
    """Tell whether one let the other in."""
    return other.made_by == one.id


def are_siblings(one: Person, other: Person) -> bool:
    """Tell whether the same admin let both in."""
    return one.made_by is not None and one.made_by == other.made_by


def _has_the_role(request: Approval, person: Person) -> bool:
    return any(person.has(role, request.wanted.line_id) for role in request.rule.decided_by)
