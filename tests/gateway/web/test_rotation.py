"""A form that is open while the gateway's key is rotated: still good, and one tip all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

import config
from tests.gateway.web.helpers import (
    SLUG,
    TIP,
    WHAT,
    Resident,
    fields_of,
    said,
    unhurried,
    words_of,
)
from tests.instance.rotating import rotate
from tests.support.blueprint import environment_for
from tests.support.house import House
from tipline.clock import day_of
from tipline.crypto import watching
from tipline.crypto.generations import Generations, destroy_older
from tipline.crypto.tags import check_tag_of_any
from tipline.crypto.watching import Watched
from tipline.gateway.app import create_gateway
from tipline.gateway.keys import DEDUPE, GatewayKeySet
from tipline.gateway.self_test import PATH, PROOF_PURPOSE, ask_fields, self_test_keys
from tipline.gateway.twilio_webhook import MESSAGE_PATH, SIGNATURE_HEADER
from tipline.gateway.web.services import EXTENSION
from tipline.instance.rotation import Kind

FORM = f"tip/{SLUG}"
# Gateways of before, meanwhile and afterwards. Neighbours in age serve at the same time.
PAIRS = [(0, 1), (1, 0), (1, 2), (2, 1)]


@pytest.fixture
def ages(house: House) -> list[Resident]:
    """The same person at a gateway that knows the old key, both, and both but uses the new."""
    apps = [house.app]
    rotate(house, Kind.DEDUPE, lambda: apps.append(house.new_gateway()))
    apps.append(house.new_gateway())
    return [Resident(unhurried(app)) for app in apps]


def test_a_form_that_is_posted_twice_meanwhile_is_one_tip_with_the_same_words(
    house: House, ages: list[Resident]
) -> None:
    for first, second in PAIRS:
        for opened in (first, second):
            form = {**ages[opened].form(), **TIP}
            answers = [ages[which].post(FORM, form) for which in (first, second, first)]
            assert [answer.status_code for answer in answers] == [200, 200, 200]
            assert len({words_of(answer.text) for answer in answers}) == 1
            before = len(house.threads())
            house.drain()
            assert len(house.threads()) == before + 1


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2)])
def test_other_words_in_the_same_form_are_noticed_meanwhile(
    house: House, ages: list[Resident], first: int, second: int
) -> None:
    form = {**ages[0].form(), **TIP}
    assert ages[first].post(FORM, form).status_code == 200
    answer = ages[second].post(FORM, {**form, "what": "Something else."})
    assert answer.status_code == 409
    assert "that one was kept" in said(answer.text)
    house.drain()
    assert len(house.threads()) == 1


def test_a_page_that_was_opened_with_the_words_goes_on(house: House, ages: list[Resident]) -> None:
    words = ages[0].words()
    house.drain()
    before, _, after = ages
    opened = fields_of(before.open(words).text, before.path("replies/message"))
    for _ in range(2):
        assert after.post("replies/message", {**opened, "text": "more"}).status_code == 200
    house.drain()
    # Once, after the tip; a notice of ours has no text.
    assert [text.partition("\n")[0] for text in house.texts() if text] == [WHAT, "more"]


@pytest.fixture
def running(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A gateway that reads its folder again, at every request."""
    monkeypatch.setattr(watching, "LOOK_SECONDS", -1.0)
    settings = config.GatewaySettings.from_environment(
        environment_for(house.home, house.urls_of("gateway"))
    )
    app = create_gateway(settings, Watched(house.folders.gateway, GatewayKeySet.load), house.clock)
    yield unhurried(app)
    app.extensions["gateway"].engine.dispose()
    app.extensions[EXTENSION].perishable.dispose()


def test_a_running_gateway_goes_on_with_the_new_key(house: House, running: Flask) -> None:
    resident = Resident(running)
    old = {**resident.form(), **TIP}
    rotate(house, Kind.DEDUPE, lambda: resident.form() and None)
    answers = [resident.post(FORM, old) for _ in range(2)]
    assert len({words_of(answer.text) for answer in answers}) == 1
    fresh = {**resident.form(), **TIP}
    # Who has only the new key accepts what the running one made of it.
    destroy_older(house.folders.gateway, DEDUPE, 2)
    other = Resident(unhurried(house.new_gateway()))
    assert other.post(FORM, fresh).status_code == 200
    assert "Nothing was sent" in said(other.post(FORM, old).text)
    house.drain()
    assert len(house.threads()) == 2


def test_the_self_test_goes_on(house: House, running: Flask) -> None:
    client = running.test_client()

    def examined() -> bool:
        today = day_of(house.clock())
        keys = self_test_keys(Generations.load(house.folders.gateway, DEDUPE), today)
        told = client.post(PATH, data=ask_fields(keys[0], "ab" * 16, house.clock())).get_json()
        headers = {SIGNATURE_HEADER: told["signature"]}
        answer = client.post(MESSAGE_PATH, data=told["fields"], headers=headers)
        proof = bytes.fromhex(answer.text)
        check_tag_of_any(keys, proof, PROOF_PURPOSE, told["fields"]["MessageSid"])
        return True

    assert examined()
    rotate(house, Kind.DEDUPE, examined)
    assert examined()
