"""Texts from a phone to the gateway's webhook."""

from __future__ import annotations

import base64
import queue
import re

import pytest
from twilio.rest import Client

from tests.simulator.receiver import Receiver
from tests.simulator.service import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    LINE,
    OTHER_PHONE,
    PHONE,
    Simulator,
    until,
)
from tipline.simulator import pictures

CREDENTIALS = (API_KEY_SID, API_KEY_SECRET)


def test_the_webhook_has_all_fields_and_a_right_signature(
    simulator: Simulator, receiver: Receiver
) -> None:
    body = "Zwei Männer & ein Hund = 100 %\n日本 +"
    shown = simulator.text(body)
    post = receiver.next_post()
    assert post.path == "/webhooks/twilio/message"
    assert post.signature_is_right
    assert re.fullmatch("SM[0-9a-f]{32}", shown["sid"])
    geography = {
        end + name for end in ("From", "To") for name in ("City", "State", "Zip", "Country")
    }
    assert geography <= post.fields.keys()
    assert {name: value for name, value in post.fields.items() if name not in geography} == {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "From": PHONE,
        "MessageSid": shown["sid"],
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": shown["sid"],
        "SmsSid": shown["sid"],
        "SmsStatus": "received",
        "To": LINE,
    }


def test_the_phone_shows_that_it_was_accepted(simulator: Simulator, receiver: Receiver) -> None:
    shown = simulator.text("Hello")
    assert {
        "direction": "sent",
        "line": LINE,
        "body": "Hello",
        "pictures": 0,
        "status": "accepted",
        "webhook_status": 204,
        "attempts": 1,
    }.items() <= shown.items()
    assert simulator.phone() == {"phone": PHONE, "accepted": 0, "messages": [shown]}
    assert simulator.phone(OTHER_PHONE)["messages"] == []


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_is_shown_and_not_repeated(
    simulator: Simulator, receiver: Receiver, status: int
) -> None:
    receiver.answers.put(status)
    shown = simulator.text("Hello")
    assert (shown["status"], shown["webhook_status"], shown["attempts"]) == ("refused", status, 1)


def test_a_failing_gateway_gets_the_same_message_again(
    simulator: Simulator, receiver: Receiver
) -> None:
    receiver.answers.put(500)
    receiver.answers.put(503)
    shown = simulator.text("Hello")
    assert (shown["status"], shown["webhook_status"], shown["attempts"]) == ("accepted", 204, 3)
    posts = receiver.next_posts(3)
    assert [post.fields for post in posts] == [posts[0].fields] * 3
    assert len({post.headers["I-Twilio-Idempotency-Token"] for post in posts}) == 1


def test_a_restarted_gateway_loses_nothing(simulator: Simulator, receiver: Receiver) -> None:
    # Pauses of 0.5 s and doubling: the gateway is back long before the last of five new tries.
    simulator.turn(retry_pause_seconds=0.5)
    with receiver.offline():
        shown = simulator.text("Hello", wait_seconds=0)
        until(lambda: simulator.phone()["messages"][0]["status"] == "retrying")
        assert shown["webhook_status"] is None
    assert receiver.next_post().fields["Body"] == "Hello"
    [entry] = until(lambda: [m for m in simulator.phone()["messages"] if m["status"] == "accepted"])
    assert entry["attempts"] >= 2


def test_tries_come_to_an_end(simulator: Simulator, receiver: Receiver) -> None:
    simulator.turn(inbound_retries=2)
    with receiver.offline():
        shown = simulator.text("Hello")
    assert (shown["status"], shown["webhook_status"], shown["attempts"]) == ("refused", None, 3)


def test_an_inbound_webhook_can_be_doubled(simulator: Simulator, receiver: Receiver) -> None:
    simulator.turn(inbound_doubled=True)
    simulator.text("Hello")
    first, second = receiver.next_posts(2)
    assert first.fields == second.fields
    simulator.settled()
    assert len(simulator.phone()["messages"]) == 1


def test_pictures_take_two_hops_the_second_without_credentials(
    simulator: Simulator, receiver: Receiver
) -> None:
    shown = simulator.text("Look", pictures=2)
    post = receiver.next_post()
    assert shown["sid"].startswith("MM")
    assert post.fields["NumMedia"] == "2"
    assert [post.fields[f"MediaContentType{index}"] for index in (0, 1)] == ["image/png"] * 2
    url = post.fields["MediaUrl0"].removeprefix(simulator.url)
    assert simulator.get(url).status_code == 401
    hop = simulator.get(url, auth=CREDENTIALS, allow_redirects=False)
    assert hop.status_code == 307
    second = hop.headers["Location"].removeprefix(simulator.url)
    assert second.startswith("/cdn/")
    leaked = simulator.get(second, auth=CREDENTIALS)
    assert leaked.status_code == 400
    assert simulator.state()["cdn_requests_with_credentials"] == 1
    answer = simulator.get(second)
    assert answer.headers["Content-Type"] == "image/png"
    assert pictures.PLANTED_METADATA in answer.content


def test_media_are_listed_described_and_deleted(simulator: Simulator, client: Client) -> None:
    sid = simulator.text("Look", pictures=2)["sid"]
    first, second = client.messages(sid).media.list()
    assert (first.parent_sid, first.content_type) == (sid, "image/png")
    assert client.messages(sid).media(second.sid).fetch().uri.endswith(f"{second.sid}.json")
    location = simulator.get(
        first.uri.removesuffix(".json"), auth=CREDENTIALS, allow_redirects=False
    ).headers["Location"]
    assert first.delete() is True
    assert simulator.get(location.removeprefix(simulator.url)).status_code == 404
    assert [item.sid for item in client.messages(sid).media.list()] == [second.sid]
    assert client.messages(sid).fetch().num_media == "1"
    assert client.messages(sid).delete() is True
    assert simulator.get(second.uri, auth=CREDENTIALS).status_code == 404
    assert simulator.phone()["messages"][0]["pictures"] == 2


def test_attachments_of_any_kind_can_be_brought(simulator: Simulator, receiver: Receiver) -> None:
    content = b"GIF89a and more"
    item = {"content_type": "image/gif", "base64": base64.b64encode(content).decode()}
    simulator.text("Look", media=[item])
    fields = receiver.next_post().fields
    assert fields["MediaContentType0"] == "image/gif"
    url = fields["MediaUrl0"].removeprefix(simulator.url)
    location = simulator.get(url, auth=CREDENTIALS, allow_redirects=False).headers["Location"]
    assert simulator.get(location.removeprefix(simulator.url)).content == content


@pytest.mark.parametrize(
    "change",
    [
        {"to": "+12095550177"},
        {"to": None},
        {"phone": "12095550141"},
        {"body": "a" * 1601},
        {"body": 5},
        {"body": "half \ud83d"},
        {"pictures": 11},
        {"pictures": True},
        {"wait_seconds": -1},
        {"media": [{"content_type": "image/gif", "base64": "%"}]},
        {"media": [{"content_type": "image/gif\r\nX: y", "base64": ""}]},
        {"media": "all"},
        {"media": 5},
    ],
    ids=str,
)
def test_a_text_that_no_phone_could_send_is_refused(
    simulator: Simulator, receiver: Receiver, change: dict[str, object]
) -> None:
    answer = simulator.text(**{"body": "Hello", **change})
    assert set(answer) == {"error"}
    assert answer["error"] != "Internal Server Error"
    simulator.settled()
    with pytest.raises(queue.Empty):
        receiver.posts.get_nowait()


def test_the_carrier_answers_keywords_itself_and_only_once(
    simulator: Simulator, receiver: Receiver
) -> None:
    simulator.text("STOP")
    simulator.text("stopall")
    simulator.settled()
    shown = simulator.phone()
    assert [(m["direction"], m["status"]) for m in shown["messages"]] == [
        ("sent", "accepted"),
        ("received", "delivered"),
        ("sent", "accepted"),
    ]
    assert "unsubscribed" in shown["messages"][1]["body"]
    assert shown["accepted"] == 0, "the carrier's own answer is not one that the gateway sent"
    assert simulator.state()["opted_out"] == [{"phone": PHONE, "line": LINE}]
    assert [post.path for post in receiver.next_posts(2)] == ["/webhooks/twilio/message"] * 2


def test_the_carriers_answers_can_be_turned_off(simulator: Simulator, receiver: Receiver) -> None:
    simulator.turn(keyword_replies=False)
    simulator.text("HELP")
    simulator.settled()
    assert len(simulator.phone()["messages"]) == 1
    assert "OptOutType" not in receiver.next_post().fields


def test_advanced_opt_out_names_the_keyword(simulator: Simulator, receiver: Receiver) -> None:
    simulator.turn(advanced_opt_out=True)
    simulator.text("Unsubscribe")
    simulator.text("Unsubscribe me from the news")
    assert receiver.next_post().fields["OptOutType"] == "STOP"
    assert "OptOutType" not in receiver.next_post().fields
