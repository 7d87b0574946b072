"""The REST API through the real client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.simulator.service import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    LINE,
    OTHER_PHONE,
    PHONE,
    Simulator,
)

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"


def sent(client: Client, body: str = "Hello", **more: Any) -> Any:
    return client.messages.create(**{"to": PHONE, "from_": LINE, "body": body, **more})


def refusal(call: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        call()
    return caught.value.status, caught.value.code


def test_create_answers_as_twilio_does(client: Client) -> None:
    message = sent(client, "a" * 161)
    assert message.sid.startswith("SM")
    assert len(message.sid) == 34
    assert (message.status, message.direction) == ("queued", "outbound-api")
    assert (message.to, message.from_, message.body) == (PHONE, LINE, "a" * 161)
    assert (message.num_segments, message.num_media) == ("2", "0")
    assert message.error_code is None
    assert message.account_sid == ACCOUNT_SID
    assert abs(message.date_created - datetime.now(UTC)) < timedelta(seconds=60)
    assert message.uri == f"{MESSAGES}/{message.sid}.json"


def test_a_messaging_service_chooses_the_sender(client: Client, simulator: Simulator) -> None:
    service_sid = "MG" + "0" * 32
    message = client.messages.create(to=PHONE, messaging_service_sid=service_sid, body="Hello")
    assert (message.status, message.messaging_service_sid) == ("accepted", service_sid)
    simulator.settled()
    assert client.messages(message.sid).fetch().from_ == LINE


@pytest.mark.parametrize("pair", [(API_KEY_SID, API_KEY_SECRET), (ACCOUNT_SID, AUTH_TOKEN)])
def test_both_kinds_of_credentials_are_good(simulator: Simulator, pair: tuple[str, str]) -> None:
    assert simulator.get(f"{MESSAGES}.json", auth=pair).status_code == 200


@pytest.mark.parametrize(
    "pair",
    [None, (ACCOUNT_SID, API_KEY_SECRET), (API_KEY_SID, AUTH_TOKEN), ("", ""), ("é", "é")],
)
def test_other_credentials_are_refused(simulator: Simulator, pair: Any) -> None:
    answer = simulator.get(f"{MESSAGES}.json", auth=pair)
    assert answer.status_code == 401
    assert answer.json() == {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }


def test_another_account_is_refused(simulator: Simulator) -> None:
    path = MESSAGES.replace(ACCOUNT_SID, "AC" + "1" * 32) + ".json"
    assert simulator.get(path, auth=(API_KEY_SID, API_KEY_SECRET)).json()["code"] == 20003


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": "2095550141"}, 21211),
        ({"to": "+15005550001"}, 21211),
        ({"to": ""}, 21604),
        ({"from_": "+12095550177"}, 21606),
        ({"from_": ""}, 21603),
        ({"body": ""}, 21602),
        ({"body": "a" * 1601}, 21617),
        ({"content_retention": "burn"}, 20001),
        ({"validity_period": 36001}, 20001),
        ({"validity_period": "9" * 5000}, 20001),
        ({"status_callback": "https://elsewhere.example/cb"}, 21609),
        ({"status_callback": "http://[broken"}, 21609),
        ({"messaging_service_sid": "MG1"}, 21705),
    ],
)
def test_a_bad_request_gets_twilios_code_and_sends_nothing(
    client: Client, simulator: Simulator, change: dict[str, Any], code: int
) -> None:
    assert refusal(lambda: sent(client, **change)) == (400, code)
    assert simulator.state()["messages"] == 0


def test_the_longest_body_and_all_options_are_taken(client: Client) -> None:
    message = sent(
        client,
        "a" * 1600,
        content_retention="retain",
        address_retention="retain",
        risk_check="disable",
        validity_period=36000,
    )
    assert message.body == "a" * 1600


def test_unknown_paths_and_messages_are_not_found(client: Client, simulator: Simulator) -> None:
    assert refusal(client.messages("SM" + "0" * 32).fetch) == (404, 20404)
    assert refusal(client.messages("SM" + "0" * 32).delete) == (404, 20404)
    assert simulator.get("/2010-04-01/Nothing.json").json()["code"] == 20404


def test_redact_blanks_the_carriers_record_only(client: Client, simulator: Simulator) -> None:
    message = sent(client, "private")
    simulator.settled()
    assert message.update(body="").body == ""
    fetched = client.messages(message.sid).fetch()
    assert (fetched.body, fetched.status) == ("", "delivered")
    assert simulator.phone()["messages"][0]["body"] == "private"


def test_delete_removes_the_carriers_record_only(client: Client, simulator: Simulator) -> None:
    message = sent(client)
    simulator.settled()
    assert message.delete() is True
    assert refusal(client.messages(message.sid).fetch) == (404, 20404)
    assert client.messages.list() == []
    assert simulator.phone()["messages"][0]["status"] == "delivered"


def test_nothing_is_erased_before_a_final_state(client: Client, simulator: Simulator) -> None:
    simulator.turn(status_pause_seconds=600)
    message = sent(client)
    assert refusal(message.delete) == (409, 20009)
    assert refusal(lambda: message.update(body="")) == (409, 20009)
    assert client.messages(message.sid).fetch().body == "Hello"


def test_an_update_can_only_redact(client: Client, simulator: Simulator) -> None:
    message = sent(client)
    simulator.settled()
    assert refusal(lambda: message.update(body="other")) == (400, 30400)
    assert refusal(lambda: message.update(status="canceled")) == (409, 30409)


def test_retention_options_take_effect_when_final(client: Client, simulator: Simulator) -> None:
    message = sent(client, content_retention="discard", address_retention="obfuscate")
    assert (message.body, message.to) == ("Hello", PHONE)
    simulator.settled()
    fetched = client.messages(message.sid).fetch()
    assert (fetched.body, fetched.to) == ("", "+1209555XXXX")


def test_lists_are_newest_first_and_filtered(client: Client, simulator: Simulator) -> None:
    first = sent(client, "one")
    second = sent(client, "two", to=OTHER_PHONE)
    received = simulator.text("three")["sid"]
    assert [item.sid for item in client.messages.list()] == [received, second.sid, first.sid]
    assert [item.sid for item in client.messages.list(to=PHONE)] == [first.sid]
    assert [item.sid for item in client.messages.list(from_=PHONE)] == [received]
    assert [item.direction for item in client.messages.list(to=LINE)] == ["inbound"]


def test_lists_are_filtered_by_date(client: Client, simulator: Simulator) -> None:
    message = sent(client)
    simulator.settled()
    at = client.messages(message.sid).fetch().date_sent
    hour = timedelta(hours=1)

    def found(**dates: Any) -> int:
        return len(client.messages.list(**dates))

    assert found(date_sent=at.date().isoformat()) == 1
    assert found(date_sent=(at - 24 * hour).date().isoformat()) == 0
    assert (found(date_sent_after=at - hour), found(date_sent_after=at + hour)) == (1, 0)
    assert (found(date_sent_before=at + hour), found(date_sent_before=at - hour)) == (1, 0)
    assert (found(date_sent=at), found(date_sent_before=at), found(date_sent_after=at)) == (1, 1, 1)
    answer = simulator.get(
        f"{MESSAGES}.json?DateSent=yesterday", auth=(API_KEY_SID, API_KEY_SECRET)
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_paging_skips_nothing_while_the_reader_deletes(
    client: Client, simulator: Simulator
) -> None:
    sids = [sent(client, str(number)).sid for number in range(7)]
    simulator.settled()
    seen = []
    for message in client.messages.stream(to=PHONE, page_size=2):
        seen.append(message.sid)
        message.delete()
    assert seen == sids[::-1]


def test_a_stop_is_the_carriers_law_for_that_line_until_start(
    client: Client, simulator: Simulator
) -> None:
    simulator.text(" stop ")
    assert refusal(lambda: sent(client)) == (400, 21610)
    sent(client, to=OTHER_PHONE)
    simulator.text("Start")
    sent(client)
    assert simulator.state()["accepted"] == {PHONE: 1, OTHER_PHONE: 1}


def test_a_form_that_is_too_large_is_refused_in_twilios_words(simulator: Simulator) -> None:
    answer = simulator.post(
        f"{MESSAGES}.json",
        data={"To": PHONE, "From": LINE, "Body": "a" * 13_000_000},
        auth=requests.auth.HTTPBasicAuth(API_KEY_SID, API_KEY_SECRET),
    )
    assert (answer.status_code, answer.json()["code"]) == (413, 20413)
