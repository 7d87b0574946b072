"""A line from the wish to the agreement: two admins, each by keyboard alone, on each screen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.console.furnished import Furnished
from tests.console.in_browser.walking import sideways, sign_in, tab_to
from tests.support.barriers import violations
from tipline.lines.registry import all_lines

pytestmark = pytest.mark.timeout(240)
REASON = "The river patrol gets calls at night that nobody answers."
SCREENS = {
    "wide": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 320, "height": 568}, "color_scheme": "dark"},
}


def desk(browser: Browser, url: str, here: Furnished, name: str, screen: str) -> BrowserContext:
    """Return the browser of an admin who has just signed in."""
    context = browser.new_context(base_url=url, **SCREENS[screen])
    sign_in(context.new_page(), here.house, name)
    return context


def looked_at(page: Page) -> None:
    page.wait_for_load_state()
    assert violations(page) == []
    assert sideways(page) <= 0


def press(page: Page, wanted: Locator, leads_to: str) -> None:
    """Go to a link or a button by keyboard, and press it."""
    tab_to(page, wanted)
    page.keyboard.press("Enter")
    page.wait_for_url(leads_to)


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name, exact=True)


def agreeing(page: Page, what: str) -> Locator:
    return page.get_by_role("button", name=re.compile(f"^Agree.*{re.escape(what)}$"))


def ask(page: Page, slug: str, number: str) -> str:
    """Ask for a line, first without saying why. Return what its request is called."""
    press(page, link(page, "All lines"), "**/admin/lines")
    press(page, link(page, "Make a line"), "**/admin/new-line")
    looked_at(page)
    name = slug.replace("-", " ").title()
    for label, words in {"Name": name, "Short name": slug, "Number": number}.items():
        tab_to(page, page.get_by_label(label, exact=True))
        page.keyboard.type(words)
    tab_to(page, page.get_by_label("Time zone", exact=True))
    page.keyboard.type("America/Los_Angeles")
    tab_to(page, page.get_by_label("Why", exact=True))
    page.keyboard.type("   ")  # what the browser itself takes for something
    tab_to(page, page.get_by_role("button", name="Ask for the line"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Say why, in up to")).to_be_visible()
    looked_at(page)
    why = page.get_by_label("Why", exact=True)
    tab_to(page, why)
    page.keyboard.type(REASON)
    press(page, page.get_by_role("button", name="Ask for the line"), "**/approvals")
    return f"Make the line {name} ({number})"


@pytest.mark.parametrize(
    ("screen", "slug", "number"),
    [("wide", "river-tips", "+12095550191"), ("phone", "night-tips", "+12095550192")],
)
def test_two_admins_by_keyboard(
    here: Furnished, browser: Browser, url: str, screen: str, slug: str, number: str
) -> None:
    asking, deciding = (desk(browser, url, here, name, screen) for name in ("ada", "bea"))
    try:
        [ada], [bea] = asking.pages, deciding.pages
        what = ask(ada, slug, number)
        looked_at(ada)
        expect(ada.get_by_role("heading", name=what)).to_be_visible()
        expect(agreeing(ada, what)).to_have_count(0)

        press(bea, link(bea, "Approvals"), "**/approvals")
        card = bea.get_by_role("listitem").filter(has=bea.get_by_role("heading", name=what))
        expect(card.get_by_text(REASON)).to_be_visible()
        summary = bea.get_by_text(f"All that will be said of the line {what[14:].split(' (')[0]}")
        tab_to(bea, summary)
        bea.keyboard.press("Enter")
        expect(card.get_by_text("America/Los_Angeles")).to_be_visible()
        looked_at(bea)
        press(bea, agreeing(bea, what), "**/approvals")
        expect(card.get_by_text("Carried out (bea@example.org")).to_be_visible()
        looked_at(bea)

        press(ada, link(ada, "Approvals"), "**/approvals")
        card = ada.get_by_role("listitem").filter(has=ada.get_by_role("heading", name=what))
        expect(card.get_by_text("Carried out (bea@example.org")).to_be_visible()
        press(ada, link(ada, "All lines"), "**/admin/lines")
        expect(ada.get_by_role("cell", name=number)).to_be_visible()
    finally:
        asking.close()
        deciding.close()
    assert slug in {one.description.slug for one in all_lines(here.house.stores.main)}
