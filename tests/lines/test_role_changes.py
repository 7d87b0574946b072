"""Giving roles while somebody else does, on each database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

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
from tipline.members.basics import NoSuchMemberError


def test_two_admins_at_once_do_not_give_what_excludes_each_other(house: House) -> None:
    line_id, member = house.bundles[LINE].line_id, house.members["investigator"].id
    engine = house.stores.main

    def give_second() -> None:
        with engine.begin() as connection:
            give_checked_roles(connection, member, [(Role.APPROVER.value, line_id)])

    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as connection:
            give_checked_roles(connection, member, [(Role.CUSTODIAN.value, line_id)])
            second = pool.submit(give_second)
            # It waits for this transaction. What does not wait is through by then.
            wait([second], timeout=1)
        with pytest.raises(RolesConflictError):
            second.result(30)
    has = {entry.role for entry in Memberships(engine).of(member)}
    assert has == {Role.INVESTIGATOR, Role.CUSTODIAN}


def test_what_is_there_by_now_counts(house: House) -> None:
    member = house.members["investigator"].id
    admin = (Role.ADMIN.value, INSTALLATION)
    auditor = (Role.AUDITOR.value, INSTALLATION)
    for who, roles, error in (
        (member, [admin], RolesConflictError),
        (member, [auditor], RolesConflictError),  # who audits sees no tip
        (member, [("custodian", "nowhere")], NoSuchRoleError),
        ("nobody", [("custodian", house.bundles[LINE].line_id)], NoSuchMemberError),
    ):
        with pytest.raises(error), house.stores.main.begin() as connection:
            give_checked_roles(connection, who, roles)
    with house.stores.main.connect() as connection:
        assert not is_admin(connection, member)
        assert is_admin(connection, house.members["admin"].id)
