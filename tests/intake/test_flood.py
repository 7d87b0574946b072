"""Many messages from one number at once: others are heard meanwhile, and none of them is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tests.intake.steps import told
from tests.support.house import ANNA, House
from tipline.envelopes.models import Envelope
from tipline.envelopes.reading import has_envelopes
from tipline.intake import service
from tipline.intake.service import BATCH, OF_A_LANE

FLOOD = [f"flood {number}" for number in range(BATCH + 10)]
QUESTION = "Is anybody there?"


def text_from_another_lane(house: House) -> None:
    """About one number in 64 shares its lane with another, and then waits behind it."""
    (flooded,) = {row.lane for row in house.rows(Envelope)}
    for number in range(100):
        house.text(f"+12095550{300 + number}", QUESTION)
        if house.rows(Envelope)[-1].lane != flooded:
            return
    raise AssertionError


def test_a_flood_from_one_number_holds_up_nobody_else(house: House) -> None:
    for text in FLOOD:
        house.text(ANNA, text)
    text_from_another_lane(house)
    house.intake.drain_batch()
    assert sorted(told(house), key=len) == [[QUESTION], FLOOD[:OF_A_LANE]]


def test_all_of_a_flood_is_kept_in_order(house: House) -> None:
    for text in FLOOD:
        house.text(ANNA, text)
    house.drain()
    assert told(house) == [FLOOD]
    assert house.rows(Envelope) == []


def test_what_comes_just_after_many_messages_needs_no_new_job(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = ["late"]

    def has_after_one_more(connection: Connection) -> bool:
        if late:
            house.text(ANNA, late.pop())
        return has_envelopes(connection)

    monkeypatch.setattr(service, "has_envelopes", has_after_one_more)
    texts = FLOOD[: OF_A_LANE + 1]
    for text in texts:
        house.text(ANNA, text)
    assert house.intake.drain(60) is False
    assert told(house) == [[*texts, "late"]]


def test_delivery_is_woken_once_for_all_that_is_to_be_erased(house: House) -> None:
    house.text(ANNA, "first")
    house.drain()
    before = house.rings
    for text in FLOOD:
        house.text(ANNA, text)
    assert house.intake.drain(60) is False
    assert house.rings == before + 1
