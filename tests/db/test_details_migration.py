"""A store goes back to before details were taken out, and on again, with its threads."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import inspect

from tests.support.house import ANNA, House
from tipline.db import schema
from tipline.db.schema import Store
from tipline.identity.models import DetailTag, OpenEnd
from tipline.instance.provisioning import migrate

BEFORE = "0012"
TABLES = {"detail_tags", "open_ends"}
PHONE = "My number is 209-555-0142."
OPEN = "They meet at the pier and"


def tables(house: House) -> set[str]:
    return TABLES & set(inspect(house.stores.perishable).get_table_names())


def test_down_and_up_again_with_a_thread_whose_details_are_known(house: House) -> None:
    for text in (PHONE, OPEN):
        house.text(ANNA, text)
        house.drain()
    assert (len(house.rows(DetailTag)), len(house.rows(OpenEnd))) == (1, 1)
    schema.downgrade(house.stores.perishable, Store.PERISHABLE, BEFORE)
    assert tables(house) == set()
    assert house.texts() == ["My number is [phone 1].", OPEN], "what was taken out stays out"
    roles = house.template.roles
    migrate(replace(house.instance, database_roles=roles.prefix if roles else ""))
    assert tables(house) == TABLES
    assert (house.rows(DetailTag), house.rows(OpenEnd)) == ([], [])
    house.text(ANNA, PHONE)
    house.drain()
    assert house.texts()[-1] == "My number is [phone 1]."
    assert house.incidents() == {}
