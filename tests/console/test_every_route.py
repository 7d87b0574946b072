"""Every route of the console, called as every role and as nobody, against a table of who may.

The table is written down a second time on purpose: a route that is added, or whose access changes,
fails here until somebody has said who may call it.
"""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.console.house import PHONE, Browser, House, hidden_fields
from tests.support.canary import Canary, scan_bytes

NUMBERS = [Canary("the resident's number", PHONE, "number")]
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
EVERYBODY = frozenset({"ann", "ben", "sue", "cyd", "ada", "cus", "app", "aud"})
READERS = frozenset({"ann", "ben", "sue"})
ADMINS = frozenset({"ada"})
NOBODY_TOO = frozenset({"nobody"}) | EVERYBODY
# Endpoint -> who gets past the door, of the made-up staff in tests/console/house.py. Whoever is not
# named finds no such page; without a session one is sent to the sign-in page.
WHO_MAY = {
    "assets.static": NOBODY_TOO,
    "signing_in.show_form": NOBODY_TOO,
    "signing_in.sign_in": NOBODY_TOO,
    "signing_out.sign_out": EVERYBODY,
    "inbox.show": EVERYBODY,
    "thread.show": READERS,
    "thread.reply": READERS,
    "thread.send_again": READERS,
    "set_aside.show": READERS,
    "administration.show": ADMINS,
}
SAMPLES = {"slug": "police-tips", "filename": "console.css"}


def calls(app: Flask) -> list[tuple[Rule, str]]:
    """Every route with every method that it answers."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def path_of(app: Flask, rule: Rule, **samples: str) -> str:
    values = {name: {**SAMPLES, **samples}[name] for name in rule.arguments}
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def call(browser: Browser, path: str, method: str) -> TestResponse:
    """Call a route as a page of ours would: an unsafe one with the session's form token."""
    if method not in UNSAFE:
        return browser.open(method, path)
    front = browser.get("/").text
    token = hidden_fields(front, "/sign-out") if 'action="/sign-out"' in front else {}
    return browser.client.post(path, data=token)


def test_somebody_has_said_who_may_call_each_route(house: House) -> None:
    endpoints = {rule.endpoint for rule in house.console().url_map.iter_rules()}
    assert endpoints == set(WHO_MAY)


@pytest.mark.parametrize("name", sorted(NOBODY_TOO))
def test_each_route_as(name: str, house: House) -> None:
    alias = house.text("A tip from a window across the road")
    app = house.console()
    browser = house.browser(app)
    for rule, method in calls(app):
        keep_signed_in(browser, name)
        answer = call(browser, path_of(app, rule, alias=alias), method)
        place = f"{method} {rule.rule} as {name}"
        assert answer.status_code < 500, place
        assert scan_bytes(answer.data, NUMBERS, place) == []
        assert is_let_in(answer) == (name in WHO_MAY[rule.endpoint]), place


def keep_signed_in(browser: Browser, name: str) -> None:
    """Sign in again if the last call has ended the session."""
    if name != "nobody" and browser.get("/").status_code != 200:
        browser.house.clock.move(minutes=1)  # a one-time code works once
        assert browser.sign_in(name).status_code == 303


def is_let_in(answer: TestResponse) -> bool:
    """Tell whether an answer is a page's own, rather than what the door says."""
    if answer.status_code == 303 and answer.headers["Location"] == "/sign-in":
        # Signing out ends there as well, and has the browser forget the session.
        return "tipline=;" in answer.headers.get("Set-Cookie", "")
    said = answer.text if answer.mimetype == "text/html" else ""
    return not any(
        words in said for words in ("There is no such page", "Your session has ended</h1>")
    )
