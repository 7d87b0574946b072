"""Who watches the log, as the processes may work with it: the console registers, nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from tests.support.house import House
from tests.support.logs import Keeper
from tests.support.witnesses import WHEN, SomeWitness, seen_by
from tipline.audit.cosignatures import take
from tipline.audit.witnesses import KnownWitnessError, Sight, key_of, register, remove


def test_the_console_registers_and_removes(house: House) -> None:
    engine = house.stores_of("console").main
    anna = SomeWitness().registered(engine)
    found = seen_by(engine)[anna.called]
    assert (found.sight, found.added_at, found.size) == (Sight.NOTHING, WHEN, 0)
    key = key_of(engine, found.id)
    assert key is not None
    assert key.vkey() == anna.vkey
    with pytest.raises(KnownWitnessError):
        register(engine, "Somebody else", anna.verifier, WHEN)
    remove(engine, found.id)
    assert seen_by(engine) == {}
    assert key_of(engine, found.id) is None


def test_the_gateway_takes_what_was_signed_and_registers_nobody(house: House) -> None:
    keeper = Keeper(house.stores.main)
    keeper.begin()
    keeper.write(1)
    keeper.publish()
    anna = SomeWitness().registered(house.stores_of("console").main)
    gateway = house.stores_of("gateway").main
    later = WHEN + timedelta(days=1)
    for at, is_new in ((WHEN, True), (WHEN, False), (later, True)):
        note = anna.cosigned(keeper.publisher.publish().encode(), at)
        assert take(gateway, note, later) is is_new
    seen = seen_by(house.stores_of("console").main)[anna.called]
    assert (seen.sight, seen.size, seen.seen_at) == (Sight.SEEN, 256, later)
    if house.template.roles is not None:
        for act in (
            lambda: register(gateway, "Eve", SomeWitness("eve.example").verifier, later),
            lambda: remove(gateway, seen.id),
        ):
            with pytest.raises(DBAPIError):
                act()
    assert len(seen_by(house.stores.main)) == 1
