"""How accounts stand, on each database."""

from __future__ import annotations

from tests.support.house import House
from tipline.members.models import Member
from tipline.members.overview import AccountOverview, AccountState


def test_states_of_accounts(house: House) -> None:
    overview = AccountOverview(house.stores.main, house.clock)
    member = house.members["investigator"].id

    def change(**values: object) -> AccountState:
        with house.stores.main.begin() as connection:
            table = Member.__table__
            connection.execute(table.update().where(table.c.id == member).values(**values))
        return overview.one(member).state

    assert overview.one(member).state is AccountState.ACTIVE
    assert change(is_locked=True) is AccountState.LOCKED
    assert change(is_disabled=True) is AccountState.DISABLED
    overview.enable(member)
    assert overview.one(member).state is AccountState.LOCKED
    overview.release(member)
    assert overview.one(member).state is AccountState.ACTIVE
    house.clock.move(days=89)
    assert overview.one(member).state is AccountState.ACTIVE
    house.clock.move(days=1)
    assert overview.one(member).state is AccountState.IDLE
    overview.enable(member)
    assert overview.one(member).state is AccountState.ACTIVE
    assert {one.id for one in overview.all()} == {m.id for m in house.members.values()}
