"""Admins by name, and what they ask of each other, on real stores."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, update

from tests.support.house import House
from tipline.approvals.kinds import Kind
from tipline.approvals.new_admins import NewAdmins
from tipline.approvals.new_lines import NewLines
from tipline.approvals.requests import Approval, Words
from tipline.approvals.services import Approvals, new_request_id
from tipline.lines.models import Membership
from tipline.members.invitations import Invitations, Newcomer
from tipline.members.models import Member

WHY = Words("Ada retires in spring", "HR 2026/14")
ROLES = (("admin", ""),)


class Board:
    """Ada, Bob and Cat are admins whom the operator let in."""

    def __init__(self, house: House) -> None:
        self.house = house
        stores, clock = house.stores, house.clock
        self.invitations = Invitations(stores.main, stores.perishable, clock)
        self.approvals = Approvals(stores, house.console_keys.pepper, clock)
        self.admins = NewAdmins(self.approvals, self.invitations, stores.main, clock)
        self.lines = NewLines(self.approvals, stores.main)
        self.given: list[Approval] = []
        for name in ("ada", "bob", "cat"):
            self.admin(name)

    def admin(self, name: str, made_by: str | None = None, role: str = "admin") -> str:
        """Let somebody in, with a role."""
        row = {
            "id": name,
            "email": f"{name}@example.org",
            "public": name.encode(),
            "blob": b"",
            "made_by": made_by,
        }
        with self.house.stores.main.begin() as connection:
            connection.execute(insert(Member), row)
            has = {"member_id": name, "line_id": "", "role": role}
            connection.execute(insert(Membership), has)
        return name

    def dismiss(self, name: str) -> None:
        """Take the role of an admin from somebody."""
        with self.house.stores.main.begin() as connection:
            connection.execute(delete(Membership).where(Membership.member_id == name))

    def disable(self, name: str) -> None:
        with self.house.stores.main.begin() as connection:
            connection.execute(update(Member).where(Member.id == name).values(is_disabled=True))

    def ask_to_invite(self, who: Newcomer, asked_by: str) -> str:
        request_id = new_request_id()
        self.admins.ask_to_invite(request_id, who, WHY, asked_by)
        return request_id

    def ask_for(self, kind: Kind, member_id: str, asked_by: str) -> str:
        request_id = new_request_id()
        roles = ROLES if kind is Kind.MAKE_ADMIN else ()
        self.admins.ask_for(request_id, kind, member_id, WHY, asked_by, roles)
        return request_id

    def agree(self, request_id: str, by: str) -> None:
        waiting = self.approvals.open_ones()
        is_role = any(one.kind is Kind.MAKE_ADMIN for one in waiting if one.id == request_id)
        self.approvals.agree(request_id, by, self._make_admin if is_role else None)

    def waiting(self) -> list[str]:
        return [one.id for one in self.approvals.open_ones()]

    def _make_admin(self, connection: Connection, request: Approval) -> None:
        self.admins.make_admin(connection, request, lambda: self.given.append(request))
