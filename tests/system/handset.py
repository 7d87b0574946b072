"""A resident's phone: the simulator's page in a browser."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

STEP_MS = 30_000


def pick_up(phone: Page, number: str) -> None:
    """A newcomer's way to the phone on the screen."""
    phone.goto("/")
    phone.get_by_label("Or another number").fill(number)
    phone.get_by_label("Line to text").select_option(label="Police Tips, (209) 555-0100")
    phone.get_by_role("button", name="Open the phone").click()


def text(phone: Page, words: str) -> None:
    """Send a text, and see that the line's gateway has taken it."""
    phone.get_by_label("Your message").fill(words)
    phone.get_by_role("button", name="Send").click()
    sent = conversation(phone).filter(has=phone.get_by_text(words, exact=True))
    expect(sent).to_contain_text("Accepted by Tipline", timeout=STEP_MS)


def conversation(phone: Page) -> Locator:
    """What was sent and received, one item a message."""
    return phone.get_by_role("log").get_by_role("listitem")
