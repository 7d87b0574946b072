"""Knobs: what goes wrong on request, and how often."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.simulator.service import LINE, OTHER_PHONE, PHONE, Simulator


def send(client: Client, to: str = PHONE) -> Any:
    return client.messages.create(to=to, from_=LINE, body="Hello")


def refusal(client: Client, to: str = PHONE) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        send(client, to)
    return caught.value.status, caught.value.code


@pytest.mark.parametrize(
    ("failure", "expected", "accepted"),
    [
        ("500_before_accepting", (500, 20500), {}),
        ("500_after_accepting", (500, 20500), {PHONE: 1}),
        ("429", (429, 20429), {}),
        ("503", (503, 20503), {}),
        ("21610", (400, 21610), {}),
    ],
)
def test_create_fails_on_request(
    client: Client,
    simulator: Simulator,
    failure: str,
    expected: tuple[int, int],
    accepted: dict[str, int],
) -> None:
    simulator.turn(create_failure=failure)
    assert refusal(client) == expected
    assert simulator.state()["accepted"] == accepted
    simulator.settled()
    delivered = [entry["status"] for entry in simulator.phone()["messages"]]
    assert delivered == ["delivered"] * len(accepted)


def test_a_dropped_connection_hides_that_it_was_accepted(
    client: Client, simulator: Simulator
) -> None:
    simulator.turn(create_failure="drop_after_accepting")
    with pytest.raises(requests.ConnectionError):
        send(client)
    assert simulator.phone()["accepted"] == 1


def test_what_was_sent_twice_is_counted_twice(client: Client, simulator: Simulator) -> None:
    send(client)
    send(client)
    assert simulator.phone()["accepted"] == 2


def test_a_limited_failure_ends_by_itself(client: Client, simulator: Simulator) -> None:
    simulator.turn(create_failure="429", create_failure_count=2)
    assert [refusal(client), refusal(client)] == [(429, 20429)] * 2
    assert send(client).sid
    assert simulator.get("/simulator/knobs").json()["global"]["create_failure"] == "none"


def test_a_phones_own_knobs_touch_nobody_else(client: Client, simulator: Simulator) -> None:
    simulator.turn(number=PHONE, create_failure="429", create_failure_count=1)
    assert send(client, OTHER_PHONE).sid
    assert refusal(client) == (429, 20429)
    assert send(client).sid


def test_a_slow_answer_comes_after_acceptance(client: Client, simulator: Simulator) -> None:
    simulator.turn(create_delay_seconds=1.0)
    client.http_client.timeout = 0.3
    with pytest.raises(requests.ReadTimeout):
        send(client)
    assert simulator.phone()["accepted"] == 1
    client.http_client.timeout = None
    begin = time.monotonic()
    assert send(client).sid
    assert time.monotonic() - begin >= 1.0


def test_pauses_between_states_keep_no_thread_busy(client: Client, simulator: Simulator) -> None:
    simulator.turn(number=PHONE, status_pause_seconds=600)
    for _ in range(20):  # more than the carrier has threads
        send(client)
    send(client, OTHER_PHONE)
    answer = simulator.text("Hello", phone=OTHER_PHONE, wait_seconds=3)
    assert answer["status"] == "accepted"
    assert {entry["status"] for entry in simulator.phone()["messages"]} == {"queued"}


@pytest.mark.parametrize(
    "change",
    [
        {"no_such_knob": 1},
        {"create_failure": "often"},
        {"create_delay_seconds": -1},
        {"create_delay_seconds": "1"},
        {"inbound_retries": 1.5},
        {"inbound_retries": 21},
        {"callbacks_doubled": 1},
        {"delivery_error_code": 12345},
        {"number": "5551234"},
    ],
    ids=str,
)
def test_a_wrong_value_is_refused_and_changes_nothing(
    simulator: Simulator, change: dict[str, Any]
) -> None:
    before = simulator.get("/simulator/knobs").json()
    answer = simulator.turn(**{"callbacks_withheld": True, **change})
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert simulator.get("/simulator/knobs").json() == before


def test_reset_forgets_messages_opt_outs_knobs_and_work(
    client: Client, simulator: Simulator
) -> None:
    simulator.turn(status_pause_seconds=600, number=PHONE)
    send(client)
    simulator.text("STOP")
    simulator.reset()
    state = simulator.state()
    assert {name: state[name] for name in ("phones", "messages", "accepted", "opted_out")} == {
        "phones": [],
        "messages": 0,
        "accepted": {},
        "opted_out": [],
    }
    knobs = simulator.get("/simulator/knobs").json()
    assert (knobs["numbers"], knobs["global"]["status_pause_seconds"]) == ({}, 0.2)


def test_knobs_alone_can_be_reset(client: Client, simulator: Simulator) -> None:
    send(client)
    simulator.turn(number=PHONE, create_failure="429")
    requests.delete(f"{simulator.url}/simulator/knobs", timeout=10)
    send(client)
    assert simulator.phone()["accepted"] == 2
