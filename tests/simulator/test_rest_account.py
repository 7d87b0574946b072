"""The account and its numbers through the real client."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.simulator.receiver import Receiver
from tests.simulator.service import ACCOUNT_SID, AUTH_TOKEN, LINE, OTHER_LINE, Simulator


def test_the_account_is_shown_to_its_own_token_and_not_to_a_key(
    simulator: Simulator, client: Client
) -> None:
    owner = simulator.client(ACCOUNT_SID, AUTH_TOKEN)
    account = owner.api.accounts(ACCOUNT_SID).fetch()
    owner.http_client.session.close()
    assert (account.sid, str(account.status), account.auth_token) == (ACCOUNT_SID, "active", None)
    with pytest.raises(TwilioRestException) as refused:
        client.api.accounts(ACCOUNT_SID).fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_numbers_are_listed_with_where_they_lead(client: Client, receiver: Receiver) -> None:
    numbers = client.incoming_phone_numbers.list()
    assert [one.phone_number for one in numbers] == [LINE, OTHER_LINE]
    assert numbers[0].friendly_name == "Police tips"
    assert numbers[0].sms_url == f"{receiver.url}/webhooks/twilio/message#rc=3&rp=all"
    assert numbers[0].sms_method == "POST"
    assert client.incoming_phone_numbers(numbers[1].sid).fetch().phone_number == OTHER_LINE
    assert client.incoming_phone_numbers.list(page_size=1)[1].sid == numbers[1].sid
    (found,) = client.incoming_phone_numbers.list(phone_number=OTHER_LINE)
    assert found.sid == numbers[1].sid


def test_a_number_that_is_led_elsewhere_posts_there(
    simulator: Simulator, client: Client, receiver: Receiver
) -> None:
    number = client.incoming_phone_numbers.list()[0]
    number.update(sms_url=f"{receiver.url}/somewhere/else")
    simulator.text("Hello")
    simulator.settled()
    assert receiver.next_post().path == "/somewhere/else"
    simulator.reset()
    assert client.incoming_phone_numbers.list()[0].sms_url.endswith("/message#rc=3&rp=all")


@pytest.mark.parametrize(
    ("change", "code"),
    [({"sms_url": "https://evil.example.net/"}, 21402), ({"sms_method": "GET"}, 21403)],
)
def test_what_this_carrier_does_not_do_is_refused(
    client: Client, change: dict[str, str], code: int
) -> None:
    number = client.incoming_phone_numbers.list()[0]
    with pytest.raises(TwilioRestException) as refused:
        number.update(**change)
    assert refused.value.code == code
    with pytest.raises(TwilioRestException) as unknown:
        client.incoming_phone_numbers("PN" + "0" * 32).fetch()
    assert unknown.value.code == 20404
