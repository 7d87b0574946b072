"""Workers on two machines, each with a key folder of its own: they use the same keys of the day."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.support.house import ANNA, BEN, House
from tipline.crypto.errors import KeyMissingError
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.opening import OpeningKey
from tipline.envelopes.leases import CLOCKS_APART, LEASE, lease_lanes
from tipline.envelopes.models import Envelope
from tipline.intake.service import Intake
from tipline.published_keys.directory import KeyKind
from tipline.published_keys.models import PublishedKey, SharedKey
from tipline.published_keys.rotation import KeyRing, replace_key
from tipline.published_keys.sharing import KeyExchange, forget_all

TODAY, TOMORROW = "intake-2026-11-02", "intake-2026-11-03"
ROTATED = f"{TODAY}.001"


class Machine:
    """An intake worker with a copy of the key folder, as it was made with the instance."""

    def __init__(self, house: House, path: Path) -> None:
        self.house = house
        shutil.copytree(house.instance.keys / "intake", path)
        self.folder = KeyFolder(path, "intake", house.template.unlock_keys["intake"])
        for name in self.folder.names("intake-2"):
            self.folder.destroy(name)
        self.ring = KeyRing(
            self.folder,
            KeyKind.INTAKE,
            house.intake_keys.signing,
            house.stores.main,
            house.clock,
            KeyExchange(house.stores.perishable, self.folder),
        )
        made = house.new_intake()
        self.intake = Intake(replace(made._services, ring=self.ring))

    def sweep(self) -> None:
        """What the worker does with keys every few seconds."""
        self.ring.ensure_current()
        assert self.ring.refuse_swapped() == 0
        self.ring.destroy_drained({row.key_id for row in self.house.rows(Envelope)})

    def rotate(self) -> None:
        """What the operator's command does here."""
        replace_key(self.folder, KeyKind.INTAKE, self.house.clock().date())

    def names(self) -> list[str]:
        return self.folder.names("intake-2")


@pytest.fixture
def machines(house: House, tmp_path: Path) -> tuple[Machine, Machine]:
    """Two, in an installation that has no key of the day yet."""
    house.folders.intake.destroy(TODAY)
    with house.stores.main.begin() as connection:
        connection.execute(PublishedKey.__table__.delete().where(PublishedKey.kind == "intake"))
    return Machine(house, tmp_path / "one"), Machine(house, tmp_path / "two")


def fresh_text(house: House, sender: str, body: str) -> None:
    """A text to a gateway that has no key in its cache."""
    house.app = house.new_gateway()
    assert house.text(sender, body).status_code == 200


def test_both_use_the_key_that_one_of_them_made(
    house: House, machines: tuple[Machine, Machine]
) -> None:
    one, two = machines
    one.sweep()
    two.sweep()
    assert one.folder.read(TODAY) == two.folder.read(TODAY)
    fresh_text(house, ANNA, "handled over there")
    assert two.intake.drain(60) is False
    fresh_text(house, ANNA, "handled over here")
    assert one.intake.drain(60) is False
    assert house.texts() == ["handled over there", "handled over here"]


def test_what_one_machine_has_not_swept_for_yet_it_opens_all_the_same(
    house: House, machines: tuple[Machine, Machine]
) -> None:
    one, two = machines
    one.sweep()
    fresh_text(house, BEN, "just after midnight")
    assert two.names() == []
    assert two.intake.drain(60) is False
    assert house.texts() == ["just after midnight"]
    assert house.incidents() == {}


def test_a_destroyed_key_comes_back_on_neither(
    house: House, machines: tuple[Machine, Machine]
) -> None:
    one, two = machines
    for machine in machines:
        machine.sweep()
    key_id = OpeningKey(one.folder.read(TODAY)).public.key_id
    house.clock.move(days=1)
    for machine in machines:
        machine.sweep()
    house.clock.move(hours=2)
    for _ in range(2):
        for machine in machines:
            machine.sweep()
    assert one.names() == two.names() == [TOMORROW]
    assert [row.name for row in house.rows(SharedKey)] == [TOMORROW]
    for machine in machines:
        with pytest.raises(KeyMissingError):
            machine.ring.opening_key(key_id)


def test_a_key_that_was_rotated_on_one_machine_opens_on_the_other(
    house: House, machines: tuple[Machine, Machine]
) -> None:
    one, two = machines
    for machine in machines:
        machine.sweep()
    one.rotate()
    one.sweep()
    fresh_text(house, ANNA, "sealed to the new key")
    (row,) = house.rows(Envelope)
    assert row.key_id == OpeningKey(one.folder.read(ROTATED)).public.key_id
    assert two.names() == [TODAY]
    assert two.intake.drain(60) is False
    assert house.texts() == ["sealed to the new key"]
    two.sweep()
    assert two.folder.read(ROTATED) == one.folder.read(ROTATED)


def test_a_key_that_was_replaced_goes_on_both_and_comes_back_on_neither(
    house: House, machines: tuple[Machine, Machine]
) -> None:
    one, two = machines
    for machine in machines:
        machine.sweep()
    one.rotate()
    for _ in range(2):
        for machine in machines:
            machine.sweep()
    house.clock.move(minutes=6)
    for _ in range(2):
        for machine in machines:
            machine.sweep()
    assert one.names() == two.names() == [ROTATED]
    assert [row.name for row in house.rows(SharedKey)] == [ROTATED]
    assert [(row.day, row.serial) for row in house.rows(PublishedKey) if row.kind == "intake"] == [
        (house.clock().date(), 1)
    ]


def test_rotated_on_both_at_once_they_agree_on_one_key(
    house: House, machines: tuple[Machine, Machine]
) -> None:
    one, two = machines
    for machine in machines:
        machine.sweep()
        machine.rotate()
    assert one.folder.read(ROTATED) != two.folder.read(ROTATED)
    for machine in machines:
        machine.sweep()
    assert one.folder.read(ROTATED) == two.folder.read(ROTATED)
    for machine, body in zip(machines, ("one", "two"), strict=True):
        fresh_text(house, ANNA, body)
        assert machine.intake.drain(60) is False
    assert house.texts() == ["one", "two"]
    assert house.incidents() == {}


def test_after_the_unlock_secret_was_changed_keys_are_offered_anew(
    house: House, machines: tuple[Machine, Machine]
) -> None:
    one, two = machines
    one.sweep()
    forget_all(house.stores.perishable)
    one.sweep()
    two.sweep()
    assert one.folder.read(TODAY) == two.folder.read(TODAY)


def test_the_store_holds_no_key_that_opens_anything_without_the_unlock_secret(
    house: House, machines: tuple[Machine, Machine]
) -> None:
    one, _ = machines
    one.sweep()
    (row,) = house.rows(SharedKey)
    seed = one.folder.read(TODAY)
    assert (row.process, row.name) == ("intake", TODAY)
    assert seed not in row.wrapped
    assert seed.hex().encode() not in row.wrapped


@pytest.mark.parametrize("found", [b"", b"x", bytes(200)], ids=["nothing", "short", "zeros"])
def test_what_somebody_else_wrote_in_its_place_keeps_nobody_from_working(
    found: bytes, house: House, machines: tuple[Machine, Machine]
) -> None:
    one, two = machines
    one.sweep()
    with house.stores.perishable.begin() as connection:
        connection.execute(update(SharedKey).values(wrapped=found))
    one.sweep()
    two.sweep()
    assert one.folder.read(TODAY) == two.folder.read(TODAY)


@pytest.mark.parametrize("apart", [CLOCKS_APART, timedelta(0), -CLOCKS_APART])
def test_a_lease_holds_although_two_machines_clocks_differ(apart: timedelta, house: House) -> None:
    house.text(ANNA, "one sender's messages are one machine's for now")
    main = house.stores.main
    assert len(lease_lanes(main, "one", lambda: house.clock() + apart, 8)) == 1
    assert lease_lanes(main, "two", house.clock, 8) == []
    house.clock.move(seconds=(LEASE + CLOCKS_APART).total_seconds() + 1)
    assert len(lease_lanes(main, "two", house.clock, 8)) == 1
