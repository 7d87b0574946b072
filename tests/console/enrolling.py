"""Steps of the tests about accounts: inviting, enrolling, proving again."""

from __future__ import annotations

import base64
import html
import re

from werkzeug.test import TestResponse

from tests.console.house import PASSWORD, Browser, House, hidden_fields
from tipline.crypto.totp import STEP_SECONDS, code_at

NEW_PASSWORD = "lunar sausage bridge"
APPROVALS = "/approvals"
WHY = "Ada retires in spring; somebody must follow her."


def code_now(house: House, secret: bytes) -> str:
    return code_at(secret, int(house.clock().timestamp()) // STEP_SECONDS)


def invitation_code(page: TestResponse) -> str:
    """The code on the page that shows it once."""
    found = re.search(r'<code id="invitation-code">([A-Z2-7-]+)</code>', page.text)
    assert found, page.text
    return found[1]


def shown_secret(page: TestResponse) -> bytes:
    """The secret of the one-time codes, as somebody types it into an app."""
    found = re.search(r'<code id="secret">([A-Z2-7 ]+)</code>', page.text)
    assert found, page.text
    return base64.b32decode(found[1].replace(" ", ""))


def first_step(browser: Browser, code: str, /, **instead: str) -> TestResponse:
    form = {"code": code, "accepted": "yes", "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    return browser.submit("/enrol", browser.get("/enrol"), **{**form, **instead})


def enrol(house: House, code: str) -> bytes:
    """Go through both steps; return the secret of the one-time codes."""
    browser = house.browser()
    page = first_step(browser, code)
    assert page.status_code == 200, page.text
    secret = shown_secret(page)
    done = browser.submit("/enrol/confirm", page, totp=code_now(house, secret))
    assert (done.status_code, done.headers["Location"]) == (303, "/enrol/done")
    house.clock.move(seconds=STEP_SECONDS)
    return secret


def sign_in_as(house: House, email: str, secret: bytes, password: str = NEW_PASSWORD) -> Browser:
    browser = house.browser()
    fields = {"email": email, "password": password, "code": code_now(house, secret)}
    answer = browser.submit("/sign-in", browser.get("/sign-in"), **fields)
    assert answer.status_code == 303, answer.text
    return browser


def prove(browser: Browser, name: str, page: TestResponse, **instead: str) -> TestResponse:
    """Fill in the page that asks for password and code; the time moves on for a fresh one."""
    browser.house.clock.move(seconds=STEP_SECONDS)
    form = {"password": PASSWORD, "code": browser.code(name), **instead}
    return browser.submit("/account/prove", page, **form)


def invite(browser: Browser, email: str, name: str, *roles: str) -> TestResponse:
    page = browser.get("/admin/invite")
    data = {**hidden_fields(page.text, "/admin/invite"), "email": email, "name": name}
    data |= {"reason": WHY} if "admin:" in roles else {}
    return browser.client.post("/admin/invite", data={**data, "role": list(roles)})


def act(browser: Browser, where: str, action: str, **fields: str) -> TestResponse:
    """Press a button of a page, among those that lead to `action`."""
    page = browser.get(where).text
    for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
        if f'action="{action}"' not in form:
            continue
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
        hidden = {name: html.unescape(value) for name, value in found}
        if all(hidden.get(name, value) == value for name, value in fields.items()):
            return browser.client.post(action, data={**hidden, **fields})
    raise AssertionError(f"no such button leads to {action}")
