"""What a member wants to be told, and what a supervisor sets for a line."""

from __future__ import annotations

import re
import secrets
from base64 import urlsafe_b64encode

import pytest
from sqlalchemy import insert, update
from werkzeug.test import TestResponse

from tests.console.house import COMPLAINTS, TIPS, Browser, House, hidden_fields, visible
from tipline.alerts.announcing import announce, announced
from tipline.alerts.channel import Channel
from tipline.alerts.escalations import minutes_of
from tipline.alerts.models import AlertChannel, AlertChoice, PushSubscription
from tipline.alerts.receivers import choices_of, reach
from tipline.crypto.webpush import PushKey
from tipline.delivery.keys import DeliveryKeys
from tipline.lines.models import Membership

PUSH_KEY = PushKey.generate()
ENDPOINT = "https://push.example.net/send/abc"


@pytest.fixture
def set_up(house: House) -> House:
    """An instance whose delivery worker has all channels."""
    signing = DeliveryKeys.load(house.folders.delivery).signing
    publics = {Channel.MAIL: b"", Channel.PUSH: PUSH_KEY.public, Channel.WEBHOOK: b""}
    announce(house.stores.main, signing, publics)
    return house


def line_id(house: House, line: str = TIPS) -> str:
    return house.bundles[line].line_id


def member_id(house: House, name: str) -> str:
    return house.people[name].signed_in.member_id


def chosen(house: House, name: str) -> set[tuple[str, Channel]]:
    return choices_of(house.stores.main, member_id(house, name))


def ticked(page: str) -> set[str]:
    boxes = re.findall(r'<input[^>]*type="checkbox"[^>]*>', page)
    return {re.findall(r'name="([^"]+)"', box)[0] for box in boxes if " checked" in box}


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class OverHttps(Browser):
    """A browser of a console that is reached over https, as in production."""

    URL = "https://staff.example.org"

    def open(self, method: str, path: str, **more: object) -> TestResponse:
        return super().open(method, path, base_url=self.URL, **more)

    def submit(self, action: str, page: TestResponse, **fields: str) -> TestResponse:
        data = {**hidden_fields(page.text, action), **fields}
        return self.open("POST", action, data=data)


def over_https(house: House, name: str) -> Browser:
    browser = OverHttps(house, house.console(OverHttps.URL))
    assert browser.sign_in(name).status_code == 303
    return browser


def add(browser: Browser, **fields: str) -> TestResponse:
    """What the page's script sends after the browser has subscribed."""
    given = {
        "endpoint": ENDPOINT,
        "public": text(PushKey.generate().public),
        "secret": text(secrets.token_bytes(16)),
        **fields,
    }
    return browser.submit("/alerts/browsers", browser.get("/alerts"), **given)


def test_nobody_is_told_until_they_choose_it(set_up: House) -> None:
    page = set_up.signed_in("ann").get("/alerts")
    assert page.status_code == 200
    assert "Police Tips" in visible(page.text)
    assert "Complaints" not in visible(page.text)
    assert ticked(page.text) == set()
    assert reach(set_up.stores.main, line_id(set_up), set_up.clock().date()).mail == 0


def test_a_choice_is_kept_and_can_be_taken_back(set_up: House) -> None:
    browser = set_up.signed_in("ann")
    answer = browser.submit("/alerts", browser.get("/alerts"), **{f"mail-{TIPS}": "on"})
    assert (answer.status_code, answer.location) == (303, "/alerts?saved=1")
    page = browser.get("/alerts?saved=1").text
    assert "Saved." in page
    assert ticked(page) == {f"mail-{TIPS}"}
    assert chosen(set_up, "ann") == {(line_id(set_up), Channel.MAIL)}
    assert chosen(set_up, "ben") == set()
    browser.submit("/alerts", browser.get("/alerts"), **{f"push-{TIPS}": "on"})
    assert ticked(browser.get("/alerts").text) == {f"push-{TIPS}"}
    browser.submit("/alerts", browser.get("/alerts"))
    assert chosen(set_up, "ann") == set()


def test_a_choice_for_another_line_or_another_channel_counts_nothing(set_up: House) -> None:
    browser = set_up.signed_in("ann")
    fields = {f"mail-{COMPLAINTS}": "on", f"webhook-{TIPS}": "on", "mail-": "on"}
    assert browser.submit("/alerts", browser.get("/alerts"), **fields).status_code == 303
    assert set_up.rows(AlertChoice) == []


@pytest.mark.parametrize("name", ["ada", "aud", "cus", "app"])
def test_who_reads_no_tips_gets_no_alerts(set_up: House, name: str) -> None:
    assert set_up.signed_in(name).get("/alerts").status_code == 404


def test_what_is_not_set_up_is_said(house: House) -> None:
    page = visible(house.signed_in("ann").get("/alerts").text)
    assert "This installation has no mail server" in page
    assert "has not announced that it can reach browsers" in page


def test_a_channel_that_the_delivery_worker_did_not_announce_is_not_believed(
    set_up: House,
) -> None:
    """Browsers would else take pushes from whoever can write to the database."""
    pin = set_up.console_keys.delivery_pin
    assert announced(set_up.stores.main, pin)[Channel.PUSH] == PUSH_KEY.public
    forged = PushKey.generate().public
    with set_up.stores.main.begin() as connection:
        push = AlertChannel.channel == "push"
        connection.execute(update(AlertChannel).where(push).values(public=forged))
        row = {"channel": "pigeon", "public": b"", "signature": b""}
        connection.execute(insert(AlertChannel), row)
    assert set(announced(set_up.stores.main, pin)) == {Channel.MAIL, Channel.WEBHOOK}
    page = set_up.signed_in("ann").get("/alerts").text
    assert text(forged) not in page
    assert 'action="/alerts/browsers"' not in page


def test_a_browser_is_added_and_removed(set_up: House) -> None:
    browser = set_up.signed_in("ann")
    assert f'data-key="{text(PUSH_KEY.public)}"' in browser.get("/alerts").text
    answer = add(browser)
    assert (answer.status_code, answer.location) == (303, "/alerts?saved=1")
    (row,) = set_up.rows(PushSubscription)
    assert (row.member_id, row.endpoint) == (member_id(set_up, "ann"), ENDPOINT)
    page = browser.get("/alerts")
    assert "Browser 1, added on 20 Nov 2026" in visible(page.text)
    assert ENDPOINT not in page.text
    answer = browser.submit("/alerts/browsers/remove", page)
    assert answer.status_code == 303
    assert set_up.rows(PushSubscription) == []


def test_nobody_removes_another_ones_browser(set_up: House) -> None:
    add(set_up.signed_in("ann"))
    (row,) = set_up.rows(PushSubscription)
    ben = set_up.signed_in("ben")
    token = re.findall(r'name="csrf_token" value="([^"]+)"', ben.get("/alerts").text)[0]
    data = {"csrf_token": token, "browser": row.uid}
    assert ben.client.post("/alerts/browsers/remove", data=data).status_code == 303
    assert len(set_up.rows(PushSubscription)) == 1


def test_a_browser_that_another_member_uses_now_is_theirs(set_up: House) -> None:
    add(set_up.signed_in("ann"))
    add(set_up.signed_in("ben"))
    (row,) = set_up.rows(PushSubscription)
    assert row.member_id == member_id(set_up, "ben")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"endpoint": ""}, "at an address that is not allowed"),
        ({"endpoint": "http://push.example.net/x"}, "at an address that is not allowed"),
        ({"endpoint": "https://169.254.169.254/x"}, "at an address that is not allowed"),
        ({"endpoint": "https://valkey.internal/x"}, "at an address that is not allowed"),
        ({"public": ""}, "did not hand over what a push needs"),
        ({"public": "ä"}, "did not hand over what a push needs"),
        ({"public": "A" * 87}, "did not hand over what a push needs"),
        ({"secret": "AAAA"}, "did not hand over what a push needs"),
    ],
    ids=["no address", "http", "metadata", "inside", "no key", "no text", "no point", "short"],
)
def test_what_is_no_subscription_is_refused_beside_the_button(
    set_up: House, fields: dict[str, str], sentence: str
) -> None:
    answer = add(over_https(set_up, "ann"), **fields)
    assert answer.status_code == 400
    assert sentence in visible(answer.text)
    assert set_up.rows(PushSubscription) == []


def test_ten_browsers_are_enough(set_up: House) -> None:
    browser = set_up.signed_in("ann")
    for number in range(10):
        assert add(browser, endpoint=f"{ENDPOINT}/{number}").status_code == 303
    answer = add(browser, endpoint=f"{ENDPOINT}/10")
    assert answer.status_code == 400
    assert "Remove one first." in visible(answer.text)
    assert add(browser, endpoint=f"{ENDPOINT}/3").status_code == 303, "one of them again"
    assert len(set_up.rows(PushSubscription)) == 10


def test_a_supervisor_sets_the_minutes(set_up: House) -> None:
    browser = set_up.signed_in("sue")
    path = f"/lines/{TIPS}/escalation"
    page = browser.get(path)
    assert 'name="minutes" inputmode="numeric" maxlength="4" size="4" value="10"' in page.text
    answer = browser.submit(path, page, minutes=" 25 ")
    assert (answer.status_code, answer.location) == (303, f"{path}?saved=1")
    assert minutes_of(set_up.stores.main, line_id(set_up)) == 25
    assert 'value="25"' in browser.get(path).text
    browser.submit(path, page, minutes="0")
    assert minutes_of(set_up.stores.main, line_id(set_up)) == 0


@pytest.mark.parametrize("typed", ["", "x", "-1", "1441", "9999", "1.5", "٣", "10 minutes"])
def test_what_are_no_minutes_is_said_beside_the_field(set_up: House, typed: str) -> None:
    browser = set_up.signed_in("sue")
    path = f"/lines/{TIPS}/escalation"
    answer = browser.submit(path, browser.get(path), minutes=typed)
    assert answer.status_code == 400
    assert "Give whole minutes from 1 to 1440" in visible(answer.text)
    assert f'value="{typed}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert minutes_of(set_up.stores.main, line_id(set_up)) == 10


def test_a_supervisor_sees_how_many_would_be_told(set_up: House) -> None:
    path = f"/lines/{TIPS}/escalation"
    sue = set_up.signed_in("sue")
    page = visible(sue.get(path).text)
    assert "By email 0 members In browsers 0 members, 0 browsers" in page
    assert "Yes" in page
    ann, ben = set_up.signed_in("ann"), set_up.signed_in("ben")
    both = {f"mail-{TIPS}": "on", f"push-{TIPS}": "on"}
    ann.submit("/alerts", ann.get("/alerts"), **both)
    ben.submit("/alerts", ben.get("/alerts"), **{f"mail-{TIPS}": "on"})
    add(ann, endpoint=f"{ENDPOINT}/1")
    add(ann, endpoint=f"{ENDPOINT}/2")
    add(ben, endpoint=f"{ENDPOINT}/3")
    page = visible(sue.get(path).text)
    assert "By email 2 members In browsers 1 member, 2 browsers" in page
    assert set_up.people["ann"].email not in page


def test_a_line_that_reaches_nobody_says_so(house: House) -> None:
    page = visible(house.signed_in("sue").get(f"/lines/{TIPS}/escalation").text)
    assert "Nobody would be told but who has the inbox open." in page


@pytest.mark.parametrize("name", ["ann", "cyd", "ada", "aud"])
def test_nobody_else_sees_or_sets_a_lines_minutes(set_up: House, name: str) -> None:
    browser = set_up.signed_in(name)
    path = f"/lines/{TIPS}/escalation"
    assert browser.get(path).status_code == 404
    page = browser.get("/")
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[0]
    answer = browser.client.post(path, data={"csrf_token": token, "minutes": "1"})
    assert answer.status_code == 404
    assert minutes_of(set_up.stores.main, line_id(set_up)) == 10


def test_a_supervisor_of_another_line_is_nobody_here(set_up: House) -> None:
    with set_up.stores.main.begin() as connection:
        role = {
            "member_id": member_id(set_up, "ann"),  # an investigator of the tip line
            "line_id": line_id(set_up, COMPLAINTS),
            "role": "supervisor",
        }
        connection.execute(insert(Membership), role)
    browser = set_up.signed_in("ann")
    assert browser.get(f"/lines/{COMPLAINTS}/escalation").status_code == 200
    assert browser.get(f"/lines/{TIPS}/escalation").status_code == 404
