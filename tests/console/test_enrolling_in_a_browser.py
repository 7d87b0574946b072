"""Enrolment in a real browser: the code in a link's fragment reaches the field and no request."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask, request
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from tests.console.enrolling import NEW_PASSWORD, code_now, invitation_code, invite
from tests.console.house import TIPS, House
from tests.support.browser import read_whole

STEP_MS = 30_000


class Served:
    """The console's application on a port, and what browsers asked of it."""

    def __init__(self, house: House, host: str = "127.0.0.1") -> None:
        self.house = house
        self.asked: list[str] = []
        self.server = make_server("127.0.0.1", 0, Flask(__name__), threaded=True)
        self.url = f"http://{host}:{self.server.server_port}"
        self.app = house.console(self.url)
        self.app.before_request(self._note)
        self.server.app = read_whole(self.app)
        self.thread = Thread(target=self.server.serve_forever)
        self.thread.start()

    def _note(self) -> None:
        self.asked.append(f"{request.method} {request.full_path} {request.headers}")

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def served(house: House) -> Iterator[Served]:
    served = Served(house)
    yield served
    served.close()


def opened(browser: Browser, served: Served, *, script: bool) -> BrowserContext:
    context = browser.new_context(
        base_url=served.url, java_script_enabled=script, viewport={"width": 320, "height": 800}
    )
    context.set_default_timeout(STEP_MS)
    return context


def fill_in(page: Page, served: Served) -> None:
    """Everything but the code, and as far as the sign-in page."""
    page.get_by_text("I have read this notice and accept it").click()
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_label("The same password again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Go on").click()
    picture = page.get_by_role("img", name="QR code")
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None
    assert box["height"] > 100
    secret = base64.b32decode((page.locator("#secret").text_content() or "").replace(" ", ""))
    page.get_by_label("Six digits from the app").fill(code_now(served.house, secret))
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", name="Your account is ready")).to_be_visible()
    served.house.clock.move(seconds=30)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Email").fill("zoe@example.org")
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.get_by_label("One-time code").fill(code_now(served.house, secret))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_from_the_link_to_the_inbox(
    house: House, served: Served, browser: Browser, script: bool
) -> None:
    role = f"investigator:{house.bundles[TIPS].line_id}"
    code = invitation_code(invite(house.signed_in("ada"), "zoe@example.org", "Zoe", role))
    context = opened(browser, served, script=script)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"/enrol#{code}")
    field = page.get_by_label("Code of your invitation")
    if script:
        expect(field).to_have_value(code)
        assert page.url == f"{served.url}/enrol", "it is out of the address bar"
    else:
        field.fill(code)
    wide = page.evaluate("document.documentElement.scrollWidth") if script else 320
    assert wide <= 320, "nothing is cut off on a phone"
    fill_in(page, served)
    assert errors == [], "the content policy lets all of it through"
    assert served.asked
    assert code not in "".join(served.asked)
    context.close()
