"""What the tests of rotation do."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from tests.support.house import House
from tipline.delivery.keys import DeliveryKeys
from tipline.instance.rotation import Kind, Rotation
from tipline.intake.keys import IntakeKeys


def nothing() -> None:
    """Wait for nobody."""


def rotate(house: House, kind: Kind, pause: Callable[[], object] = nothing) -> None:
    said: list[str] = []
    rotation = Rotation(
        house.folders, house.stores.main, house.clock, said.append, pause, drain_seconds=0
    )
    rotation.rotate(kind)
    assert said


def renew(house: House) -> None:
    """Every process reads its folder again, as each does once a second."""
    house.intake_keys = IntakeKeys.load(house.folders.intake)
    house.delivery_keys = DeliveryKeys.load(house.folders.delivery)
    house.intake = house.new_intake()
    house.delivery = house.new_delivery(house.provider)
    house.app = house.new_gateway()
    house.keep_keys()


def post(house: House, app: Flask, sender: str, body: str, sid: str | None = None) -> None:
    house.app = app
    assert house.text(sender, body, sid=sid).status_code == 200
