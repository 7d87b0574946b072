"""An instance from before there were languages goes on with its lines and threads."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text

from tests.lines.acts import Acts
from tests.support.house import ANNA, BEN, House
from tests.support.recording_provider import RecordingProvider
from tipline.db import schema
from tipline.db.schema import Store
from tipline.instance.provisioning import migrate
from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT

BEFORE = "0007"
SPANISH_TIP = "Están vendiendo droga en el parque"


def languages(house: House) -> list[str]:
    with house.stores.perishable.connect() as connection:
        return sorted(connection.execute(text("SELECT language FROM erase_keys")).scalars())


def test_down_and_up_again_with_a_line_and_its_threads(house: House) -> None:
    assert isinstance(house.provider, RecordingProvider)
    house.text(ANNA, SPANISH_TIP)
    house.drain()
    assert languages(house) == ["es"]
    stores = ((house.stores.main, Store.MAIN), (house.stores.perishable, Store.PERISHABLE))
    for engine, store in stores:
        schema.downgrade(engine, store, BEFORE)
    roles = house.template.roles
    migrate(replace(house.instance, database_roles=roles.prefix if roles else ""))
    house.clock.move(seconds=11)
    certificate = Acts(house).line().certificate
    assert (certificate.language, certificate.acknowledgement_es) == ("en", "")
    assert languages(house) == [""], "of the threads that are there, the next message tells"
    assert house.open().language == ""
    house.text(ANNA, SPANISH_TIP)
    house.text(BEN, "Shots fired")
    house.drain()
    assert languages(house) == ["en", "es"]
    assert house.provider.bodies_to(BEN) == [DEFAULT_ACKNOWLEDGEMENT]
