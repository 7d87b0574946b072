"""Status callbacks, on good days and on bad ones."""

from __future__ import annotations

import queue
from typing import Any

import pytest
from twilio.rest import Client

from tests.simulator.receiver import Receiver
from tests.simulator.service import ACCOUNT_SID, LINE, PHONE, Simulator


def send(client: Client, receiver: Receiver, path: str = "/status?ref=a%20b&x=1") -> Any:
    return client.messages.create(
        to=PHONE, from_=LINE, body="Hello", status_callback=receiver.url + path
    )


def statuses(receiver: Receiver, count: int) -> list[str]:
    return [post.fields["MessageStatus"] for post in receiver.next_posts(count)]


def nothing_more(simulator: Simulator, receiver: Receiver) -> None:
    simulator.settled()
    with pytest.raises(queue.Empty):
        receiver.posts.get_nowait()


def test_each_state_is_told_in_order_and_signed(
    client: Client, simulator: Simulator, receiver: Receiver
) -> None:
    message = send(client, receiver)
    posts = receiver.next_posts(3)
    assert [post.fields["MessageStatus"] for post in posts] == ["queued", "sent", "delivered"]
    for post in posts:
        assert post.signature_is_right
        assert post.path == "/status?ref=a%20b&x=1"
        assert post.fields["SmsStatus"] == post.fields["MessageStatus"]
        assert {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "To": PHONE,
            "From": LINE,
            "AccountSid": ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
        }.items() <= post.fields.items()
        assert "ErrorCode" not in post.fields
        assert "Body" not in post.fields
    nothing_more(simulator, receiver)
    assert client.messages(message.sid).fetch().status == "delivered"
    assert simulator.state()["callback_posts"] == 3


@pytest.mark.parametrize(
    ("code", "expected"),
    [(30003, ["queued", "sent", "undelivered"]), (30001, ["queued", "failed"])],
)
def test_a_failure_after_acceptance(
    client: Client, simulator: Simulator, receiver: Receiver, code: int, expected: list[str]
) -> None:
    simulator.turn(delivery_error_code=code)
    message = send(client, receiver)
    posts = receiver.next_posts(len(expected))
    assert [post.fields["MessageStatus"] for post in posts] == expected
    assert [post.fields.get("ErrorCode") for post in posts] == [None] * (len(posts) - 1) + [
        str(code)
    ]
    fetched = client.messages(message.sid).fetch()
    assert (fetched.status, fetched.error_code) == (expected[-1], code)
    assert fetched.error_message
    [shown] = simulator.phone()["messages"]
    assert (shown["status"], shown["error_code"]) == (expected[-1], code)


def test_callbacks_out_of_order(client: Client, simulator: Simulator, receiver: Receiver) -> None:
    simulator.turn(callbacks_out_of_order=True)
    send(client, receiver)
    assert statuses(receiver, 3) == ["delivered", "sent", "queued"]
    nothing_more(simulator, receiver)


def test_callbacks_withheld(client: Client, simulator: Simulator, receiver: Receiver) -> None:
    simulator.turn(callbacks_withheld=True)
    message = send(client, receiver)
    nothing_more(simulator, receiver)
    assert client.messages(message.sid).fetch().status == "delivered"


def test_callbacks_doubled(client: Client, simulator: Simulator, receiver: Receiver) -> None:
    simulator.turn(callbacks_doubled=True)
    send(client, receiver)
    assert statuses(receiver, 6) == ["queued"] * 2 + ["sent"] * 2 + ["delivered"] * 2
    nothing_more(simulator, receiver)


def test_a_failed_callback_is_tried_again_before_the_next_state(
    client: Client, simulator: Simulator, receiver: Receiver
) -> None:
    receiver.answers.put(500)
    send(client, receiver)
    assert statuses(receiver, 4) == ["queued", "queued", "sent", "delivered"]
    nothing_more(simulator, receiver)


def test_a_callback_that_keeps_failing_is_given_up(
    client: Client, simulator: Simulator, receiver: Receiver
) -> None:
    simulator.turn(callback_retries=2)
    for _ in range(3):
        receiver.answers.put(503)
    send(client, receiver)
    assert statuses(receiver, 5) == ["queued"] * 3 + ["sent", "delivered"]


def test_an_impossible_callback_address_harms_nothing(client: Client, simulator: Simulator) -> None:
    message = client.messages.create(
        to=PHONE, from_=LINE, body="Hello", status_callback="http://127.0.0.1:99999/status"
    )
    simulator.settled()
    assert client.messages(message.sid).fetch().status == "delivered"


def test_overrides_in_the_fragment_are_neither_sent_nor_signed(
    client: Client, receiver: Receiver
) -> None:
    send(client, receiver, "/status?ref=1#rc=3&rp=all")
    post = receiver.next_post()
    assert post.path == "/status?ref=1"
    assert post.signature_is_right


def test_an_obfuscated_address_is_still_told_in_callbacks(
    client: Client, receiver: Receiver
) -> None:
    client.messages.create(
        to=PHONE,
        from_=LINE,
        body="Hello",
        status_callback=receiver.url + "/status",
        address_retention="obfuscate",
    )
    assert [post.fields["To"] for post in receiver.next_posts(3)] == [PHONE] * 3
