"""Passkeys: made and used in a real browser with a virtual authenticator; and what forgers get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import update

from tests.console.house import PASSWORD, House, hidden_fields
from tests.console.test_enrolling_in_a_browser import STEP_MS, Served
from tests.system.hands import MODES, Hands
from tipline.members.models import Member


@pytest.fixture
def served(house: House) -> Iterator[Served]:
    served = Served(house, host="localhost")
    yield served
    served.close()


class Desk:
    """A browser with a security key in it."""

    def __init__(self, browser: Browser, served: Served, hands: Hands) -> None:
        self.house = served.house
        self.hands = hands
        self.context: BrowserContext = hands.browser(browser, served.url)
        self.context.set_default_timeout(STEP_MS)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        session = self.context.new_cdp_session(self.page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "usb",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def code(self, name: str) -> str:
        return self.house.browser().code(name)

    def write(self, label: str, words: str) -> None:
        self.hands.write(self.page, self.page.get_by_label(label, exact=True), words)

    def press(self, name: str) -> None:
        self.hands.press(self.page, self.page.get_by_role("button", name=name))

    def see(self, shown: Locator) -> None:
        expect(shown).to_be_visible()
        self.hands.look(self.page)

    def fill_in(self, name: str) -> None:
        self.page.goto("/sign-in")
        self.write("Email", self.house.people[name].email)
        self.write("Password", PASSWORD)

    def sign_in_with_code(self, name: str) -> None:
        self.fill_in(name)
        self.write("One-time code", self.code(name))
        self.press("Sign in")
        self.see(self.page.get_by_role("heading", name="Inbox"))

    def use_passkey(self) -> None:
        self.press("Use a passkey")

    def make_passkey(self) -> None:
        self.page.goto("/account/passkeys")
        self.write("Password", PASSWORD)
        self.press("Make a passkey")
        self.see(self.page.get_by_text("You have a new passkey"))

    def sign_out(self) -> None:
        self.press("Sign out")
        self.see(self.page.get_by_role("heading", name="Sign in"))


def at_work(browser: Browser, served: Served, mode: str) -> Iterator[Desk]:
    desk = Desk(browser, served, MODES[mode])
    yield desk
    assert desk.errors == []
    desk.context.close()


@pytest.fixture
def desk(browser: Browser, served: Served) -> Iterator[Desk]:
    yield from at_work(browser, served, "phone")


@pytest.fixture(params=[mode for mode, hands in MODES.items() if hands.is_scripted])
def walker(request: pytest.FixtureRequest, browser: Browser, served: Served) -> Iterator[Desk]:
    yield from at_work(browser, served, request.param)


def test_a_passkey_stands_for_the_code_until_it_is_forgotten(walker: Desk, house: House) -> None:
    walker.sign_in_with_code("ada")
    walker.make_passkey()
    walker.sign_out()
    house.clock.move(minutes=10)
    walker.fill_in("ada")
    walker.use_passkey()
    walker.see(walker.page.get_by_role("heading", name="Inbox"))
    # Also where a fresh proof is asked for.
    house.clock.move(minutes=10)
    walker.page.goto("/admin/invite")
    walker.write("Password", PASSWORD)
    walker.use_passkey()
    walker.see(walker.page.get_by_role("heading", name="Invite somebody"))
    walker.page.goto("/account/passkeys")
    walker.write("Password to forget them", PASSWORD)
    walker.press("Forget all passkeys")
    walker.see(walker.page.get_by_text("Your passkeys are forgotten"))
    walker.sign_out()
    walker.fill_in("ada")
    walker.use_passkey()
    walker.see(walker.page.get_by_text("That did not work"))


def test_without_script_no_passkey_is_offered_and_the_code_is_enough(
    browser: Browser, served: Served, house: House
) -> None:
    with closing(MODES["no script"].browser(browser, served.url)) as context:
        page = context.new_page()
        page.goto("/sign-in")
        expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)
        page.get_by_label("Email").fill(house.people["ann"].email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("One-time code").fill(house.browser().code("ann"))
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
        page.goto("/account/passkeys")
        expect(page.get_by_role("button", name="Make a passkey")).to_have_count(0)
        # Chromium shows it only where script is switched off for good, and not by a tester.
        assert "Passkeys need script" in page.content()


def test_the_password_is_needed_and_an_answer_works_once(desk: Desk, house: House) -> None:
    desk.sign_in_with_code("ann")
    desk.make_passkey()
    desk.sign_out()
    house.clock.move(minutes=1)
    sent: list[dict[str, Any]] = []
    desk.page.on("request", lambda request: sent.append(dict(request.post_data_json or {}))
                 if request.method == "POST" else None)  # fmt: skip
    desk.fill_in("ann")
    desk.page.get_by_label("Password").fill("wrong")
    desk.use_passkey()
    expect(desk.page.get_by_text("That did not work")).to_be_visible()
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.use_passkey()
    expect(desk.page.get_by_role("heading", name="Inbox")).to_be_visible()
    right = sent[-1]
    assert json.loads(right["passkey"])["type"] == "public-key"
    # The very same form again, as somebody would who had read it on its way.
    thief = house.browser(desk_app(house, desk))
    thief.client.set_cookie("tipline-form", right["csrf_token"])
    assert thief.client.post("/sign-in", data=right).status_code == 401
    # And what was signed for one form is no answer in another.
    form = hidden_fields(thief.get("/sign-in").text, "/sign-in")
    mixed = {**right, "challenge": form["challenge"]}
    assert thief.client.post("/sign-in", data=mixed).status_code == 401
    house.clock.move(minutes=6)
    assert thief.client.post("/sign-in", data=right).status_code == 401


def desk_app(house: House, desk: Desk) -> Any:
    """The same console, under the same address."""
    return house.console(desk.page.url.rstrip("/"))


def test_another_members_passkey_and_a_planted_one_open_nothing(desk: Desk, house: House) -> None:
    desk.sign_in_with_code("ann")
    desk.make_passkey()
    desk.sign_out()
    house.clock.move(minutes=1)
    desk.fill_in("ben")
    desk.use_passkey()
    expect(desk.page.get_by_text("That did not work")).to_be_visible()
    # With write access to the database: Ann's blob in Ben's row does not open with Ben's password.
    rows = {row.email: row for row in house.rows(Member)}
    with house.stores.main.begin() as connection:
        planted = update(Member).where(Member.email == "ben@example.org")
        connection.execute(planted.values(blob=rows["ann@example.org"].blob))
    desk.fill_in("ben")
    desk.use_passkey()
    expect(desk.page.get_by_text("That did not work")).to_be_visible()


HOSTILE = ["x", "{}", "[]", "null", '{"id": "AA", "rawId": "AA", "type": "public-key"}', "\0",
           '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA",'
           '"authenticatorData":"AA","signature":"AA"}}', "9" * 9000]  # fmt: skip


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_answer_is_a_failed_sign_in(house: House, answer: str) -> None:
    browser = house.browser()
    page = browser.sign_in("ann", passkey=answer)
    assert page.status_code == 401
    assert browser.sign_in("ann", passkey=answer, challenge="é").status_code == 401


@pytest.mark.parametrize("answer", ["", "x", "{}"], ids=["none", "text", "empty"])
def test_what_is_no_new_passkey_is_refused(house: House, answer: str) -> None:
    browser = house.signed_in("ann")
    page = browser.get("/account/passkeys")
    said = browser.submit("/account/passkeys", page, password=PASSWORD, passkey=answer)
    assert said.status_code == 400
    assert "That did not work. Load the page again" in said.text
    wrong = browser.submit("/account/passkeys/remove", page, old_password="wrong")
    assert "This is not your password" in wrong.text
