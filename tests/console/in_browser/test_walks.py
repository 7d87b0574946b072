"""From the sign-in page to a reply: by keyboard alone, without script, and on a small phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.furnished import Furnished
from tests.console.in_browser.walking import (
    credentials,
    new_thread,
    sideways,
    sign_in,
    tab_to,
)

pytestmark = pytest.mark.timeout(240)
REPLY = "Thank you. Is the light still on?"


def test_by_keyboard_alone(here: Furnished, page: Page) -> None:
    alias, path = new_thread(here.house, "+12095550151")
    page.goto("/sign-in")
    # Nothing is clicked or focused by the test from here on.
    for label, words in credentials(here.house, "ann").items():
        tab_to(page, page.get_by_label(label))
        page.keyboard.type(words)
    tab_to(page, page.get_by_role("button", name="Sign in"))
    page.keyboard.press("Enter")
    page.wait_for_url("/")

    tab_to(page, page.get_by_role("link", name=alias))
    page.keyboard.press("Enter")
    page.wait_for_url(path)

    tab_to(page, page.get_by_label("Reply", exact=True))
    page.keyboard.type(REPLY)
    tab_to(page, page.get_by_role("button", name="Send reply"))
    page.keyboard.press("Enter")
    expect(page.get_by_text(REPLY, exact=True)).to_be_visible()
    assert REPLY in [text.body for text in here.house.deliver()]

    tab_to(page, page.get_by_role("button", name="Sign out"))
    page.keyboard.press("Space")
    page.wait_for_url("/sign-in")


def test_the_first_stop_leads_past_the_links(here: Furnished, page: Page) -> None:
    sign_in(page, here.house, "ann")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('main') !== null")


@pytest.mark.parametrize(
    ("sender", "options"),
    [
        ("+12095550152", {"java_script_enabled": False}),
        (
            "+12095550153",
            {
                "viewport": {"width": 320, "height": 568},
                "has_touch": True,
                "is_mobile": True,
                "color_scheme": "dark",
            },
        ),
        ("+12095550154", {"forced_colors": "active", "reduced_motion": "reduce"}),
    ],
    ids=["no-script", "small-phone", "forced-colours"],
)
def test_by_hand(
    here: Furnished, browser: Browser, url: str, sender: str, options: dict[str, object]
) -> None:
    alias, path = new_thread(here.house, sender)
    context = browser.new_context(base_url=url, **options)
    try:
        walk(
            here, context.new_page(), alias, path, is_scripted="java_script_enabled" not in options
        )
    finally:
        context.close()


def walk(here: Furnished, page: Page, alias: str, path: str, *, is_scripted: bool) -> None:
    def looked_at() -> None:
        if is_scripted:  # without script, the page cannot be asked
            assert sideways(page) <= 0

    page.goto("/")
    looked_at()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").filter(has_text="did not work")).to_be_visible()
    looked_at()
    for label, words in credentials(here.house, "ben").items():
        page.get_by_label(label).fill(words)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    looked_at()
    page.get_by_role("link", name=alias).click()
    page.wait_for_url(path)
    looked_at()
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_role("alert").filter(has_text="Write something first.")).to_be_visible()
    page.get_by_label("Reply", exact=True).fill(REPLY)
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text(REPLY, exact=True)).to_be_visible()
    looked_at()
    assert [text.body for text in here.house.deliver()].count(REPLY) == 1
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("/sign-in")
    looked_at()


def test_paper_shows_the_conversation_and_not_the_console(here: Furnished, page: Page) -> None:
    _, path = new_thread(here.house, "+12095550155")
    sign_in(page, here.house, "ann")
    page.goto(path)
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_text("There is a light in the empty house.")).to_be_visible()
    for hidden in (page.get_by_role("navigation"), page.get_by_label("Reply", exact=True)):
        expect(hidden).to_be_hidden()
    ink = page.evaluate("() => getComputedStyle(document.querySelector('main')).color")
    assert ink == "rgb(27, 27, 27)", "dark on white, whatever the screen shows"
