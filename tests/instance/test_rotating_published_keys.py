"""Rotating the keys that others seal to: what is on its way still opens, and old copies do not."""

from __future__ import annotations

from tests.instance.rotating import post, renew, rotate
from tests.intake.steps import put, told
from tests.support.house import ANNA, BEN, House
from tests.support.recording_provider import RecordingProvider
from tipline.delivery.rewrapping import ContactRewrapper
from tipline.envelopes.models import Envelope
from tipline.identity.models import Contact
from tipline.instance.rotation import Kind

# -- the keys of the day ----------------------------------------------------------------------


def test_a_replaced_key_of_the_day_opens_what_is_on_its_way_and_then_goes(house: House) -> None:
    house.text(ANNA, "one")
    (old_name,) = house.folders.intake.names("intake-2")
    rotate(house, Kind.INTAKE)
    renew(house)
    old, new = house.folders.intake.names("intake-2")
    assert (old, new) == (old_name, f"{old_name}.001")
    house.text(ANNA, "two")
    first, second = sorted(house.rows(Envelope), key=lambda row: row.id)
    assert first.key_id != second.key_id
    # A backup of the first, as it stood in the database.
    stolen = dict(first._mapping)
    house.clock.move(minutes=6)
    assert house.intake_ring.destroy_drained([first.key_id, second.key_id]) == 0
    house.drain_intake()
    assert told(house) == [["one", "two"]]
    assert house.intake_ring.destroy_drained([]) == 1
    assert house.folders.intake.names("intake-2") == [new]
    house.keep_keys()
    assert house.folders.intake.names("intake-2") == [new], "today's is not made again"
    house.intake = house.new_intake()
    put(house, Envelope, stolen)
    for _ in range(3):
        house.drain_intake()
    assert told(house) == [["one", "two"]]
    assert house.incidents() == {"unopenable_envelope": 1}


def test_a_replaced_key_stays_while_others_may_still_seal_to_it(house: House) -> None:
    house.text(ANNA, "one")
    house.drain_intake()
    before = house.app
    rotate(house, Kind.INTAKE)
    house.keep_keys()
    house.clock.move(seconds=50)
    assert house.intake_ring.destroy_drained([]) == 0
    post(house, before, ANNA, "two")
    house.drain_intake()
    assert told(house) == [["one", "two"]]


def test_rotated_three_times_in_a_day_and_on_the_next_day(house: House) -> None:
    for number in range(3):
        house.text(ANNA, f"text {number}")
        rotate(house, Kind.INTAKE)
        renew(house)
    house.clock.move(days=1)
    house.keep_keys()
    house.app = house.new_gateway()
    house.text(ANNA, "text 3")
    assert len(house.folders.intake.names("intake-2")) == 5
    assert len({row.key_id for row in house.rows(Envelope)}) == 4
    house.drain_intake()
    assert told(house) == [[f"text {number}" for number in range(4)]]
    house.clock.move(hours=2)
    assert house.intake_ring.destroy_drained([]) == 4


def test_a_reply_that_waits_is_sent_after_deliverys_key_was_replaced(house: House) -> None:
    house.text(ANNA, "one")
    house.drain()
    house.reply("before")
    rotate(house, Kind.DELIVERY)
    renew(house)
    house.clock.move(minutes=2)
    house.reply("after")
    house.drain()
    assert isinstance(house.provider, RecordingProvider)
    assert house.provider.bodies_to(ANNA)[1:] == ["before", "after"]
    assert house.outbox_states() == ["sent"] * 3


# -- contacts ---------------------------------------------------------------------------------


def walk(house: House) -> None:
    pin = house.intake_keys.signing.public
    rewrapper = ContactRewrapper(house.stores, house.contact_ring, pin)
    rewrapper.work(60)


def test_contacts_are_wrapped_anew_and_replies_still_arrive(house: House) -> None:
    for number in (ANNA, BEN):
        house.text(number, "hello")
    house.drain()
    before = {row.thread_id: dict(row._mapping) for row in house.rows(Contact)}
    (old,) = house.folders.delivery.names("contact-2")
    rotate(house, Kind.CONTACT)
    renew(house)
    walk(house)
    after = {row.thread_id: row for row in house.rows(Contact)}
    assert before.keys() == after.keys()
    for thread_id, row in after.items():
        assert row.half_for_delivery != before[thread_id]["half_for_delivery"]
        assert row.half_for_thread == before[thread_id]["half_for_thread"]
    assert old in house.folders.delivery.names("contact-2"), "others may still seal to it"
    house.clock.move(minutes=6)
    walk(house)
    assert old not in house.folders.delivery.names("contact-2")
    for alias in [thread.alias for thread in house.threads()]:
        house.reply("still here", alias=alias)
    house.drain()
    assert isinstance(house.provider, RecordingProvider)
    assert house.provider.bodies_to(ANNA)[1:] == house.provider.bodies_to(BEN)[1:] == ["still here"]
    assert house.incidents() == {}


def test_a_contact_that_was_sealed_to_the_old_key_meanwhile_is_not_lost(house: House) -> None:
    house.text(BEN, "this worker has the old key in its cache")
    house.drain()
    house.text(ANNA, "hello")
    rotate(house, Kind.CONTACT)
    house.keep_keys()
    walk(house)
    house.drain()
    house.clock.move(minutes=6)
    walk(house)
    assert len(house.folders.delivery.names("contact-2")) == 2, "it was in use in this walk"
    walk(house)
    assert len(house.folders.delivery.names("contact-2")) == 1
    for alias in [thread.alias for thread in house.threads()]:
        house.reply("still here", alias=alias)
    house.drain()
    assert isinstance(house.provider, RecordingProvider)
    assert house.provider.bodies_to(ANNA)[1:] == house.provider.bodies_to(BEN)[1:] == ["still here"]
