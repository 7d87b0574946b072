"""The keys of the day: made, published, and destroyed when nothing waits for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, delete, event, select
from werkzeug.test import TestResponse

from tests.intake.steps import change, intake_key, perishable, put, reasons, told
from tests.support.carrier_signature import inbound_fields
from tests.support.house import ACCOUNT_SID, ANNA, BEN, LINE, MESSAGE_PATH, House
from tipline.crypto.errors import CannotOpenError, KeyMissingError
from tipline.crypto.opening import OpeningKey
from tipline.db.engines import open_store
from tipline.db.reading import reading
from tipline.envelopes.models import Envelope
from tipline.envelopes.writing import envelope_context
from tipline.published_keys.directory import KeyKind
from tipline.published_keys.models import PublishedKey
from tipline.published_keys.rotation import KeyRing

TODAY, TOMORROW = "intake-2026-11-02", "intake-2026-11-03"


def names(house: House) -> list[str]:
    return house.folders.intake.names("intake-2")


def published(house: House) -> dict[str, bytes]:
    rows = [row for row in house.rows(PublishedKey) if row.kind == KeyKind.INTAKE]
    return {f"intake-{row.day.isoformat()}": row.public for row in rows}


def own(house: House, name: str) -> OpeningKey:
    return OpeningKey(house.folders.intake.read(name))


def in_use(house: House) -> list[bytes]:
    return [row.key_id for row in house.rows(Envelope)]


def fresh_text(house: House, body: str) -> TestResponse:
    """Anna's text to a gateway that has no key in its cache."""
    fields = inbound_fields(body, sender=ANNA, to=LINE, account_sid=ACCOUNT_SID)
    return house.post(MESSAGE_PATH, fields, app=house.new_gateway())


def next_day(house: House) -> None:
    house.clock.move(days=1)
    house.keep_keys()


def test_next_day_has_a_new_key(house: House) -> None:
    assert names(house) == [TODAY]
    house.text(ANNA, "one")
    next_day(house)
    house.text(ANNA, "two")
    assert names(house) == [TODAY, TOMORROW]
    assert set(published(house)) == {TODAY, TOMORROW}
    assert published(house)[TOMORROW] == own(house, TOMORROW).public.raw
    assert intake_key(house).raw == own(house, TOMORROW).public.raw
    first, second = sorted(house.rows(Envelope), key=lambda row: row.id)
    assert first.key_id == own(house, TODAY).public.key_id
    assert second.key_id == own(house, TOMORROW).public.key_id
    house.drain_intake()
    assert told(house) == [["one", "two"]]


def test_keeping_keys_twice_makes_one(house: House) -> None:
    before = published(house)
    for _ in range(3):
        house.keep_keys()
    assert (names(house), published(house)) == ([TODAY], before)
    assert house.incidents() == {}


def test_todays_key_is_never_destroyed(house: House) -> None:
    house.clock.move(hours=5)
    assert house.intake_ring.destroy_drained([]) == 0
    assert names(house) == [TODAY]


def test_old_key_stays_until_drained(house: House) -> None:
    house.text(ANNA, "waiting")
    next_day(house)
    house.clock.move(hours=3)
    assert house.intake_ring.destroy_drained(in_use(house)) == 0
    assert names(house) == [TODAY, TOMORROW]
    house.drain_intake()
    assert told(house) == [["waiting"]]
    assert house.intake_ring.destroy_drained(in_use(house)) == 1
    assert names(house) == [TOMORROW]
    assert set(published(house)) == {TOMORROW}


def test_old_key_stays_for_an_hour_after_the_new_one(house: House) -> None:
    """Also if the new one came in the afternoon: others may have cached the old."""
    next_day(house)
    house.clock.move(minutes=59)
    assert house.intake_ring.destroy_drained([]) == 0
    assert names(house) == [TODAY, TOMORROW]
    house.clock.move(minutes=2)
    assert house.intake_ring.destroy_drained([]) == 1
    assert names(house) == [TOMORROW]


def test_old_key_stays_for_an_hour_after_midnight(house: House) -> None:
    """Also if the new key had been there before, as when a clock was ahead."""
    house.clock.now = datetime(2026, 11, 3, 0, 0, 30, tzinfo=UTC)
    house.keep_keys()
    house.clock.move(minutes=58)
    assert house.intake_ring.destroy_drained([]) == 0
    house.clock.move(minutes=2)
    assert house.intake_ring.destroy_drained([]) == 1


def test_a_restarted_worker_waits_an_hour_too(house: House) -> None:
    next_day(house)
    house.clock.move(hours=2)
    ring = KeyRing(
        house.folders.intake,
        KeyKind.INTAKE,
        house.intake_keys.signing,
        house.stores.main,
        house.clock,
    )
    assert ring.destroy_drained([]) == 0
    house.clock.move(hours=1)
    assert ring.destroy_drained([]) == 1


def test_afterwards_nothing_in_the_folder_opens_a_copied_envelope(house: House) -> None:
    house.text(ANNA, "a secret")
    (copy,) = house.rows(Envelope)
    context = envelope_context(copy.uid)
    assert b"a secret" in own(house, TODAY).open(copy.sealed, context)
    house.drain_intake()
    next_day(house)
    house.clock.move(hours=2)
    house.intake_ring.destroy_drained(in_use(house))
    tried = 0
    for name in house.folders.intake.names():
        secret = house.folders.intake.read(name)
        if len(secret) == 32:
            tried += 1
            with pytest.raises(CannotOpenError):
                OpeningKey(secret).open(copy.sealed, context)
    assert tried >= 4
    with pytest.raises(KeyMissingError):
        house.intake_ring.opening_key(copy.key_id)
    house.intake = house.new_intake()  # A restarted worker: what another kept in memory is gone.
    put(house, Envelope, copy)
    house.text(BEN, "another")
    house.drain_intake()
    assert sorted(told(house)) == [["a secret"], ["another"]]
    assert reasons(house) == ["unopenable_envelope"]


def test_contact_key_is_not_made_by_the_day(house: House) -> None:
    before = house.folders.delivery.names("contact-2")
    next_day(house)
    house.clock.move(days=30)
    house.keep_keys()
    assert house.contact_ring.destroy_drained([]) == 0
    assert house.folders.delivery.names("contact-2") == before
    assert len(before) == 1


def test_todays_key_file_lost(house: House) -> None:
    house.text(ANNA, "before")
    house.drain_intake()
    lost = published(house)[TODAY]
    house.folders.intake.destroy(TODAY)
    house.keep_keys()
    assert names(house) == [TODAY]
    assert published(house) == {TODAY: own(house, TODAY).public.raw}
    assert published(house)[TODAY] != lost
    assert house.incidents() == {"swapped_public_key": 1}
    house.clock.move(seconds=61)  # The gateway holds the old one for a minute.
    house.intake = house.new_intake()  # In the fixture the worker's ring is not the one above.
    house.text(ANNA, "after")
    house.drain()
    assert told(house) == [["before", "after"]]
    assert perishable(house) == (1, 1, 1, 0)
    assert reasons(house) == []


@pytest.mark.parametrize("with_signature", [False, True])
def test_swapped_published_row_is_removed_reported_and_replaced(
    house: House, with_signature: bool
) -> None:
    before = published(house)
    values = {"public": OpeningKey.generate().public.raw}
    if with_signature:
        # Signed by one of ours, but for another purpose.
        delivery = next(r for r in house.rows(PublishedKey) if r.kind == KeyKind.DELIVERY)
        values = {"public": delivery.public, "signature": delivery.signature}
    change(house, PublishedKey, PublishedKey.kind == KeyKind.INTAKE.value, **values)
    refused = fresh_text(house, "to nobody")
    assert refused.status_code >= 500
    assert house.rows(Envelope) == []
    assert house.intake_ring.refuse_swapped() == 1
    assert published(house) == before
    assert house.incidents() == {"swapped_public_key": 1}
    assert house.intake_ring.refuse_swapped() == 0
    assert fresh_text(house, "again").status_code == 200
    house.drain_intake()
    assert told(house) == [["again"]]


def test_a_swapped_row_is_replaced_in_one_transaction(house: House) -> None:
    values = {"public": OpeningKey.generate().public.raw}
    change(house, PublishedKey, PublishedKey.kind == KeyKind.INTAKE.value, **values)
    others = open_store(house.urls_of("intake").main)
    between: list[int] = []

    def look(_connection: Connection) -> None:
        query = select(PublishedKey).where(PublishedKey.kind == KeyKind.INTAKE.value)
        with reading(others) as connection:
            between.append(len(connection.execute(query).all()))

    event.listen(house.stores_of("intake").main, "begin", look)
    house.intake_ring.refuse_swapped()
    house.intake_ring.ensure_current()
    others.dispose()
    assert set(between) == {1}, "whoever looks at any moment finds a key to seal to"


def test_a_foreign_row_for_tomorrow_is_passed_over_and_removed(house: House) -> None:
    before = published(house)
    (row,) = (r for r in house.rows(PublishedKey) if r.kind == KeyKind.INTAKE)
    foreign = OpeningKey.generate()
    put(
        house,
        PublishedKey,
        {
            "kind": row.kind,
            "day": row.day + timedelta(days=1),
            "public": foreign.public.raw,
            "signature": row.signature,
        },
    )
    assert fresh_text(house, "one").status_code == 200
    assert in_use(house) == [own(house, TODAY).public.key_id]
    assert house.intake_ring.refuse_swapped() == 1
    assert published(house) == before
    assert house.incidents() == {"swapped_public_key": 1}
    house.drain_intake()
    assert told(house) == [["one"]]


def test_removed_published_row_is_published_again(house: House) -> None:
    before = published(house)
    with house.stores.main.begin() as connection:
        connection.execute(delete(PublishedKey).where(PublishedKey.kind == KeyKind.INTAKE.value))
    assert fresh_text(house, "one").status_code >= 500
    house.keep_keys()
    assert published(house) == before
    assert fresh_text(house, "one").status_code == 200
