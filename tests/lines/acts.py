"""What members do to a line's keys in these tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from tests.support.house import LINE, House
from tipline.crypto.opening import OpeningKey
from tipline.lines.directory import CertifiedLine, LineDirectory
from tipline.lines.founding import granted_keyring
from tipline.lines.keyrings import LineKeyring
from tipline.lines.memberships import Memberships
from tipline.lines.removal import Removal, remove_member
from tipline.lines.roles import Role
from tipline.members.basics import SignedIn
from tipline.members.models import Member


@dataclass(frozen=True)
class Acts:
    """A house, and what its members do."""

    house: House

    @property
    def console(self) -> Any:
        return self.house.console_keys.signing

    def directory(self) -> LineDirectory:
        """The line directory of a process that has just started."""
        return LineDirectory(self.house.stores.main, self.console.public, self.house.clock)

    def line(self, address: str = LINE) -> CertifiedLine:
        return self.directory().by_address(address)

    def new_member(self, name: str, role: Role | None = Role.INVESTIGATOR) -> SignedIn:
        """A member who has enrolled and was given a role, but no keys."""
        key = OpeningKey.generate()
        member = SignedIn(name.ljust(32, "0"), key)
        row = {
            "id": member.member_id,
            "email": f"{name}@staff.example.org",
            "public": key.public.raw,
            "blob": b"of no use here",
        }
        with self.house.stores.main.begin() as connection:
            connection.execute(insert(Member), row)
        if role is not None:
            line_id = self.house.bundles[LINE].line_id
            Memberships(self.house.stores.main).add(member.member_id, line_id, role)
        return member

    def of_cast(self, name: str) -> SignedIn:
        member = self.house.members[name]
        return SignedIn(member.id, member.key)

    def keyring(self, member: SignedIn, address: str = LINE) -> LineKeyring | None:
        """What a member's grants open at the next request."""
        line = self.line(address)
        return granted_keyring(self.house.stores.main, line, member.member_id, member.key)

    def held(self, member: SignedIn, address: str = LINE) -> set[int]:
        keyring = self.keyring(member, address)
        return set(keyring.by_generation) if keyring else set()

    def remove(self, member: SignedIn, by: SignedIn | None = None) -> Removal:
        by = by or self.of_cast("supervisor")
        keyring = self.keyring(by)
        assert keyring is not None
        return remove_member(
            self.house.stores.main,
            self.console,
            keyring,
            by.member_id,
            member.member_id,
            self.house.clock(),
        )
