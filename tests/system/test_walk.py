"""From the phone to the console and back, in a real browser, against what `make run` starts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.canary import Canary, scan_bytes
from tests.system.handset import conversation, pick_up, text
from tests.system.instance import Demo
from tests.system.residents import Provider
from tests.system.staff import (
    ADMIN,
    INVESTIGATOR,
    OTHER_LINES_INVESTIGATOR,
    SECOND_INVESTIGATOR,
    LineReader,
    Staff,
)
from tests.system.waiting import until

pytestmark = pytest.mark.timeout(240)

NUMBER = "+12095550143"
THE_NUMBER = [Canary("the resident's number", NUMBER, "number")]
TIP = "Someone sells stolen catalytic converters behind the old cannery, every Friday night."
SECOND_TIP = "They came back tonight. Ocho hombres, dos camionetas blancas."
REPLY = "Thank you. Can you say which gate they use?"
STEP_MS = 30_000


class Watched:
    """A member's browser. Every page that it shows is looked at for the resident's number."""

    def __init__(self, browser: Browser, demo: Demo, staff: Staff) -> None:
        self.url = demo.info["console_url"]
        self.staff = staff
        self.context: BrowserContext = browser.new_context(base_url=self.url)
        self.context.set_default_timeout(STEP_MS)
        self.errors: list[str] = []
        self.context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.page: Page = self.context.new_page()

    def sign_in(self, email: str) -> None:
        self.page.goto("/")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(self.staff.member(email)["password"])
        self.page.get_by_label("One-time code").fill(self.staff.code(email))
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Inbox")).to_be_visible(timeout=STEP_MS)
        self.look()

    def reload_until(self, shown: Locator) -> None:
        """Refresh until the page shows this."""

        def shows() -> bool:
            self.page.reload()
            self.look()
            return shown.is_visible()

        until(shows, f"the page shows {shown}")

    def look(self) -> None:
        assert scan_bytes(self.page.content().encode(), THE_NUMBER, self.page.url) == []
        assert self.errors == []


@pytest.fixture(scope="module")
def staff(demo: Demo) -> Staff:
    return Staff(demo)


@pytest.fixture
def investigator(browser: Browser, demo: Demo, staff: Staff) -> Iterator[Watched]:
    watched = Watched(browser, demo, staff)
    yield watched
    watched.context.close()


@pytest.fixture
def stranger(browser: Browser, demo: Demo, staff: Staff) -> Iterator[Watched]:
    """A member of the other line."""
    watched = Watched(browser, demo, staff)
    yield watched
    watched.context.close()


@pytest.fixture
def phone(browser: Browser, demo: Demo) -> Iterator[Page]:
    context = browser.new_context(base_url=demo.info["simulator_url"])
    context.set_default_timeout(STEP_MS)
    yield context.new_page()
    context.close()


def test_a_tip_goes_to_the_console_and_a_reply_to_the_phone(
    phone: Page, investigator: Watched, stranger: Watched
) -> None:
    pick_up(phone, NUMBER)
    text(phone, TIP)
    # The line answers by itself, first of all with what to do in an emergency.
    expect(conversation(phone).nth(1)).to_contain_text("911", timeout=STEP_MS)

    page = investigator.page
    investigator.sign_in(INVESTIGATOR)
    investigator.reload_until(page.locator("p.marks").get_by_text("Not opened by anybody"))
    page.get_by_role("main").get_by_role("link", name=re.compile(r"^[a-z]+-[a-z]+-\d\d$")).click()
    expect(page.get_by_text(TIP, exact=True)).to_be_visible()
    alias = page.get_by_role("heading", level=1).inner_text()
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d\d", alias)

    page.get_by_label("Reply").fill(REPLY)
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text(REPLY, exact=True)).to_be_visible()
    expect(conversation(phone).filter(has_text=REPLY)).to_contain_text("Delivered", timeout=STEP_MS)
    reply = page.get_by_role("listitem").filter(has_text=REPLY)
    investigator.reload_until(reply.get_by_text("Delivered", exact=True))

    text(phone, SECOND_TIP)
    investigator.reload_until(page.get_by_text(SECOND_TIP, exact=True))
    spoken = page.locator("p.text").all_inner_texts()
    assert spoken == [TIP, REPLY, SECOND_TIP]

    path = page.url.removeprefix(investigator.url)
    stranger.sign_in(OTHER_LINES_INVESTIGATOR)
    expect(stranger.page.get_by_role("main")).not_to_contain_text(alias)
    for other in (path, path.replace("police-tips", "complaints")):
        answer = stranger.page.goto(other)
        assert answer is not None
        assert answer.status == 404
        assert TIP not in stranger.page.content()

    text(phone, "STOP")
    investigator.reload_until(page.get_by_text("This person asked for no more messages."))
    expect(page.get_by_text("You cannot reply here")).to_be_visible()
    expect(page.get_by_role("button", name="Send reply")).to_have_count(0)
    shown = [item for item in conversation(phone).all_inner_texts() if REPLY in item]
    assert len(shown) == 1


def test_no_answer_of_the_console_holds_the_number(demo: Demo, staff: Staff) -> None:
    """Without a browser: every address there is, with its headers, for everybody who may look."""
    provider = Provider(demo)
    number, tip = "+12095550142", "Another tip, from somebody else."
    provider.text(number, tip)
    until(lambda: tip in str(LineReader.of(demo).all_texts()), "the tip is shown")
    numbers = [*THE_NUMBER, Canary("the other resident's number", number, "number")]
    for email in (SECOND_INVESTIGATOR, ADMIN, "auditor@example.org"):
        desk = staff.sign_in(email)
        threads = desk.threads()
        assert bool(threads) == (email == SECOND_INVESTIGATOR)
        for path in (
            "/",
            "/admin",
            "/sign-in",
            "/nowhere",
            "/lines/police-tips/set-aside",
            *threads,
        ):
            answer = desk.get(path)
            content = str(answer.headers).encode() + answer.content
            assert scan_bytes(content, numbers, path) == []
        refused = [desk.reply(path, "x" * 2000) for path in threads[:1]]
        assert all(answer.status_code == 400 for answer in refused)
        assert not any(scan_bytes(answer.content, numbers) for answer in refused)
