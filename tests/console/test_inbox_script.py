"""The inbox's scripts in a real browser: keys, and news that come by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.house import PASSWORD, House, thread_path
from tests.console.house import Browser as Client
from tests.support.browser import served

POLL_MS = 20_000


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """The console, served over HTTP in this process."""
    with served(house.console) as url:
        yield url


@pytest.fixture
def page(browser: Browser, house: House, url: str) -> Iterator[Page]:
    """Ann's browser after she signed in. Its clock stands still until it is moved."""
    context = browser.new_context(base_url=url)
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    page = context.new_page()
    page.clock.install()
    page.goto("/sign-in")
    page.get_by_label("Email").fill("ann@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("One-time code").fill(Client(house, house.console()).code("ann"))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    yield page
    context.close()
    assert errors == []


def press(page: Page, key: str) -> None:
    """Press a key once the page's scripts have run."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent"))


def test_keys_walk_tick_claim_and_open(house: House, page: Page) -> None:
    second = house.text("Graffiti", sender="+12095550001")
    first = house.text("Noise", sender="+12095550002")
    page.goto("/")
    press(page, "j")
    assert focused(page) == first
    press(page, "j")
    press(page, "j")
    assert focused(page) == second, "the last one is the end"
    press(page, "k")
    assert focused(page) == first
    press(page, "x")
    expect(page.get_by_label(f"Tick {first}")).to_be_checked()
    press(page, "j")
    press(page, "c")
    expect(page.get_by_role("status").filter(has_text="1 thread was claimed.")).to_be_visible()
    expect(page.locator("li", has_text=second)).to_contain_text("yours")
    expect(page.locator("li", has_text=first)).to_contain_text("nobody works on it")
    press(page, "j")
    press(page, "o")
    page.wait_for_url(f"**{thread_path(first)}")
    press(page, "u")
    expect(page.get_by_role("button", name="Not urgent")).to_be_visible()
    press(page, "c")
    expect(page.get_by_text("You work on this thread.")).to_be_visible()
    press(page, "g")
    press(page, "i")
    page.wait_for_url("**/")
    press(page, "?")
    page.wait_for_url("**/shortcuts")


def test_keys_do_nothing_in_a_field_with_another_key_or_when_switched_off(
    house: House, page: Page
) -> None:
    alias = house.text("Graffiti")
    page.goto(thread_path(alias))
    page.get_by_label("Reply", exact=True).press_sequentially("c u ? g i")
    expect(page.get_by_label("Reply", exact=True)).to_have_value("c u ? g i")
    page.get_by_role("heading", name=alias, exact=True).click()
    press(page, "Control+u")
    press(page, "Alt+c")
    expect(page.get_by_text("Nobody works on this thread.")).to_be_visible()
    press(page, "r")
    expect(page.get_by_label("Reply", exact=True)).to_be_focused()
    page.goto("/shortcuts")
    page.get_by_role("button", name="Switch shortcuts off").click()
    expect(page.get_by_role("button", name="Switch shortcuts on")).to_be_visible()
    page.goto("/")
    press(page, "j")
    assert focused(page) != alias
    press(page, "?")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


def test_slash_goes_to_the_filter(house: House, page: Page) -> None:
    house.text("Graffiti")
    page.goto("/")
    press(page, "/")
    expect(page.get_by_label("State")).to_be_focused()


def test_news_are_said_and_the_page_stays_as_it_is(house: House, page: Page) -> None:
    house.text("Graffiti", sender="+12095550001")
    page.goto("/")
    words = page.locator("#news-words")
    assert words.get_attribute("aria-live") == "polite"
    with page.expect_response("**/inbox/updates*"):
        page.clock.run_for(POLL_MS)
    expect(words).to_be_empty()
    for number in (2, 3, 4):
        house.text("Noise", sender=f"+1209555000{number}")
    with page.expect_response("**/inbox/updates*"):
        page.clock.run_for(POLL_MS)
    expect(words).to_have_text("3 new since you looked. Refresh to see.")
    expect(page).to_have_title("(3) Inbox - Tipline")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_role("link", name="Refresh").click()
    expect(page.locator("[data-row]")).to_have_count(4)
    expect(page).to_have_title("Inbox - Tipline")


def test_an_ended_session_and_a_silent_console_are_said(house: House, page: Page) -> None:
    house.text("Graffiti")
    page.goto("/")
    page.route("**/inbox/updates*", lambda route: route.abort())
    for _ in range(3):
        with page.expect_event("requestfailed"):
            page.clock.run_for(POLL_MS)
    words = page.locator("#news-words")
    expect(words).to_contain_text("The console does not answer")
    page.unroute("**/inbox/updates*")
    house.clock.move(minutes=31)
    page.clock.run_for(POLL_MS)
    expect(words).to_contain_text("Your session has ended.")
