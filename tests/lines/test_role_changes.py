"""Giving roles while somebody else does, on each database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.support.house import LINE, House
from tipline.lines.memberships import Memberships
from tipline.lines.role_changes import (
    NoSuchRoleError,
    RolesConflictError,
    give_checked_roles,
    is_admin,
)
from tipline.lines.roles import INSTALLATION, Role
from tipline.members.accounts import NoSuchMemberError


def test_two_admins_at_once_do_not_give_what_excludes_each_other(house: House) -> None:
    line_id, member = house.bundles[LINE].line_id, house.members["investigator"].id
    pair = (Role.CUSTODIAN, Role.APPROVER)
    barrier = Barrier(len(pair))

    def give(role: Role) -> bool:
        barrier.wait(30)
        try:
            with house.stores.main.begin() as connection:
                give_checked_roles(connection, member, [(role.value, line_id)])
        except RolesConflictError:
            return False
        return True

    with ThreadPoolExecutor(len(pair)) as pool:
        assert sorted(pool.map(give, pair)) == [False, True]
    has = {entry.role for entry in Memberships(house.stores.main).of(member)}
    assert len(has & set(pair)) == 1


def test_what_is_there_by_now_counts(house: House) -> None:
    member = house.members["investigator"].id
    admin = (Role.ADMIN.value, INSTALLATION)
    for who, roles, error in (
        (member, [admin], RolesConflictError),
        (member, [("custodian", "nowhere")], NoSuchRoleError),
        ("nobody", [("custodian", house.bundles[LINE].line_id)], NoSuchMemberError),
    ):
        with pytest.raises(error), house.stores.main.begin() as connection:
            give_checked_roles(connection, who, roles)
    with house.stores.main.connect() as connection:
        assert not is_admin(connection, member)
        assert is_admin(connection, house.members["admin"].id)
