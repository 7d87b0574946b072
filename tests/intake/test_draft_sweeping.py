"""Drafts that nobody can send any more are swept: what was written of a tip does not outlive it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from tests.support.house import ANNA, LINE, House
from tests.threads.casework import directory, one_thread
from tipline.crypto.opening import OpeningKey
from tipline.members.models import Member
from tipline.threads.drafts import Drafts, SavedDraft
from tipline.threads.models import DraftRow, EraseKey, Thread
from tipline.threads.reading import OpenThread


def save(house: House, thread: OpenThread, key: OpeningKey | None = None) -> None:
    member = house.members["investigator"]
    drafts = Drafts(house.stores_of("console").perishable, directory(house))
    draft = SavedDraft("Half a sentence", "0" * 32, house.clock())
    public = (key or member.key).public
    drafts.save(thread.summary, member.id, public, house.bundles[LINE], draft)


def sweep(house: House, times: int = 2) -> None:
    for _ in range(times):
        house.sweeper.sweep()
        house.clock.move(minutes=11)


@pytest.mark.parametrize("how", ["destroyed", "gone", "closed", "another key", "no member"])
def test_a_dead_draft_goes_when_it_is_seen_a_second_time(house: House, how: str) -> None:
    thread, member = one_thread(house), house.members["investigator"]
    save(house, thread)
    with house.stores.main.begin() as main, house.stores.perishable.begin() as perishable:
        if how in ("destroyed", "gone"):
            perishable.execute(delete(EraseKey))
        if how == "gone":
            main.execute(delete(Thread))
        if how == "another key":
            other = OpeningKey.generate().public.raw
            main.execute(update(Member).where(Member.id == member.id).values(public=other))
        if how == "no member":
            main.execute(delete(Member).where(Member.id == member.id))
    if how == "closed":
        house.text(ANNA, "STOP")
        house.drain()
    sweep(house, 1)
    assert len(house.rows(DraftRow)) == 1, "it may be on its way"
    sweep(house, 1)
    assert house.rows(DraftRow) == []


def test_what_can_be_sent_stays_and_of_two_keys_the_present_ones(house: House) -> None:
    thread = one_thread(house)
    save(house, thread)
    save(house, thread, OpeningKey.generate())
    with house.stores.main.begin() as connection:
        connection.execute(update(Thread).values(is_closed=True))  # staff may open it again
    assert len(house.rows(DraftRow)) == 2
    sweep(house)
    [row] = house.rows(DraftRow)
    assert row.key_id == house.members["investigator"].key.public.key_id
