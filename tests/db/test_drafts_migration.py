"""Drafts from before they named their key open afterwards, and after going back and forth."""

from __future__ import annotations

from sqlalchemy import insert, text

from tests.support.house import LINE, House
from tests.threads.casework import directory, one_thread
from tipline.db import schema
from tipline.db.schema import Store
from tipline.threads.drafts import Drafts, SavedDraft
from tipline.threads.models import DraftRow

BEFORE = "0010"


def test_down_and_up_again_with_a_draft_and_one_that_a_crash_left(house: House) -> None:
    thread, member = one_thread(house), house.members["investigator"]
    drafts = Drafts(house.stores.perishable, directory(house))
    draft = SavedDraft("Half a sentence", "0" * 32, house.clock())
    drafts.save(thread.summary, member.id, member.key.public, house.bundles[LINE], draft)
    schema.downgrade(house.stores.perishable, Store.PERISHABLE, BEFORE)
    schema.upgrade(house.stores.perishable, Store.PERISHABLE)
    found = drafts.find(thread.summary, member.id, member.key)
    assert found is not None
    assert found.text == "Half a sentence"

    [row] = house.rows(DraftRow)
    with house.stores.perishable.begin() as connection:
        connection.execute(insert(DraftRow), {**row._mapping, "key_id": bytes(8)})
    schema.downgrade(house.stores.perishable, Store.PERISHABLE, BEFORE)
    with house.stores.perishable.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM drafts")).scalar_one() == 1
    schema.upgrade(house.stores.perishable, Store.PERISHABLE)
    assert drafts.find(thread.summary, member.id, member.key) is not None
