"""The pages, as a browser without script sees them; and what their headers forbid."""

from __future__ import annotations

import html
import re

import pytest
import requests

from tests.simulator.receiver import Receiver
from tests.simulator.service import LINE, OTHER_LINE, PHONE, Simulator

PAGE = f"/phones/{PHONE}?to=%2B12095550100"


def test_the_first_page_offers_phones_and_lines(simulator: Simulator) -> None:
    page = simulator.get("/").text
    assert f'value="{PHONE}"' in page
    assert "Police tips, (209) 555-0100" in page
    assert "nothing leaves this machine" in page


@pytest.mark.parametrize("typed", ["+1 209 555 0177", "+12095550177"])
def test_another_number_can_be_typed(simulator: Simulator, typed: str) -> None:
    answer = simulator.get("/phones", params={"phone": PHONE, "other": typed, "to": OTHER_LINE})
    assert answer.url == f"{simulator.url}/phones/+12095550177?to=%2B12095550199"
    assert "<h2>Complaints</h2>" in answer.text


def test_a_wrong_number_is_asked_for_again(simulator: Simulator) -> None:
    answer = simulator.get("/phones", params={"other": "<b>555"})
    assert answer.status_code == 400
    assert "not a phone number" in answer.text
    assert 'value="&lt;b&gt;555"' in answer.text
    assert simulator.get("/phones/555").status_code == 404


def test_a_message_is_sent_and_shown_as_a_bubble(simulator: Simulator, receiver: Receiver) -> None:
    body = "<script>alert(1)</script>\r\nsecond line"
    answer = simulator.post(PAGE, data={"body": body, "pictures": "1"})
    assert receiver.next_post().fields["Body"] == body.replace("\r\n", "\n")
    assert answer.url == simulator.url + PAGE
    assert "Accepted by Tipline" in answer.text
    assert html.escape("<script>alert(1)</script>") in answer.text
    assert "<script>alert" not in answer.text
    [picture] = re.findall(r'<img src="(/phones/[^"]+)"', answer.text)
    assert simulator.get(picture).headers["Content-Type"] == "image/png"


def test_a_refused_message_says_so(simulator: Simulator, receiver: Receiver) -> None:
    receiver.answers.put(403)
    answer = simulator.post(PAGE, data={"body": "Hello"})
    assert "Not accepted by Tipline (HTTP 403)" in answer.text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"body": " "}, "Write a message"),
        ({"body": "a" * 1601}, "Shorten your message"),
        ({"body": "keep me", "pictures": "11"}, "from 0 to 10"),
        ({"body": "keep me", "pictures": "many"}, "from 0 to 10"),
        ({"body": "keep me", "pictures": "9" * 5000}, "from 0 to 10"),
    ],
)
def test_a_wrong_form_is_shown_again_with_its_text(
    simulator: Simulator, form: dict[str, str], words: str
) -> None:
    answer = simulator.post(PAGE, data=form)
    assert answer.status_code == 400
    assert words in answer.text
    assert f">{form['body']}</textarea>" in answer.text
    assert simulator.phone()["messages"] == []


def test_what_the_line_sends_is_shown_once_delivered(simulator: Simulator) -> None:
    with_line = simulator.client()
    simulator.turn(delivery_error_code=30003)
    with_line.messages.create(to=PHONE, from_=LINE, body="lost on the way")
    simulator.turn(delivery_error_code=0)
    with_line.messages.create(to=PHONE, from_=LINE, body="well arrived")
    with_line.messages.create(to=PHONE, from_=OTHER_LINE, body="from somebody else")
    with_line.http_client.session.close()
    simulator.settled()
    fragment = simulator.get(PAGE.replace("?", "/conversation?")).text
    assert "well arrived" in fragment
    assert "did not reach this phone (error 30003)" in fragment
    assert "lost on the way" not in fragment
    assert "from somebody else" not in fragment


def test_the_page_is_accessible_and_works_without_script(simulator: Simulator) -> None:
    page = simulator.get(PAGE).text
    assert '<label for="body">Your message</label>' in page
    assert re.search(r'<ol [^>]*id="conversation"[^>]*aria-live="polite"', page)
    assert re.search(r'<a href="/phones/[^"]+">Refresh</a>', page)
    assert '<form method="post"' in page


@pytest.mark.parametrize("path", ["/", PAGE, "/knobs", "/static/phone.js", "/nothing"])
def test_no_page_allows_inline_script_or_style(simulator: Simulator, path: str) -> None:
    answer = simulator.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|style=|\son[a-z]+=|<script(?![^>]*\ssrc=)", answer.text)


def test_another_site_cannot_press_the_buttons(simulator: Simulator) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert simulator.post(PAGE, data={"body": "Hello"}, headers=headers).status_code == 403
    assert simulator.phone()["messages"] == []


def knobs(simulator: Simulator) -> dict[str, str]:
    """The form of knobs as a browser would send it back unchanged."""
    page = simulator.get("/knobs").text
    fields = dict(
        re.findall(r'<input id="(\w+)" name="\w+" type="text"[^>]*\s+value="([^"]*)"', page)
    )
    assert "inbound_retries" in fields
    return fields | {"create_failure": "none", "keyword_replies": "yes"}


def test_knobs_are_set_by_form_for_all_or_for_one(simulator: Simulator) -> None:
    form = knobs(simulator)
    shared = simulator.post("/knobs", data=form | {"inbound_retries": "3"})
    assert "Saved." in shared.text
    changed = {"number": PHONE, "inbound_retries": "3", "inbound_doubled": "yes"}
    simulator.post("/knobs", data=form | changed)
    state = simulator.get("/simulator/knobs").json()
    assert state["global"]["inbound_retries"] == 3
    assert state["global"]["keyword_replies"] is True
    assert state["numbers"] == {PHONE: {"inbound_doubled": True}}
    simulator.post("/knobs", data={"number": PHONE, "reset": "yes"})
    simulator.post("/knobs", data={"reset": "yes"})
    state = simulator.get("/simulator/knobs").json()
    assert (state["global"]["inbound_retries"], state["numbers"]) == (5, {})


@pytest.mark.parametrize(
    "change", [{"inbound_retries": "many"}, {"number": "5551234"}, {"create_failure": "often"}]
)
def test_a_wrong_knob_is_refused_with_a_reason(
    simulator: Simulator, change: dict[str, str]
) -> None:
    before = simulator.get("/simulator/knobs").json()
    answer = simulator.post("/knobs", data=knobs(simulator) | {"inbound_retries": "1"} | change)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert simulator.get("/simulator/knobs").json() == before


def test_methods_and_paths_that_are_not_there(simulator: Simulator) -> None:
    assert simulator.post("/simulator/state").json() == {"error": "Method Not Allowed"}
    url = f"{simulator.url}/2010-04-01/Accounts"
    assert requests.put(url, timeout=10).json()["code"] == 20404
