"""Take the pictures in docs/screenshots: `make screenshots`.

The pages are the console's own, of an instance made for this with made-up tips, in a browser on a
desk (light) and on a phone (dark). Names, times and aliases are always the same, so that a picture
changes only when its page does.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

from playwright.sync_api import Browser
from sqlalchemy import Connection, select

from tests.console import furniture
from tests.console.house import TIPS, Blueprint, House, thread_path
from tests.console.in_browser.walking import sign_in
from tests.support.browser import REPOSITORY, running_browser, served
from tipline.lines.roles import Role
from tipline.threads.models import Thread

FOLDER = REPOSITORY / "docs" / "screenshots"
MOST_BYTES = 200_000
# Of a longer page the beginning is shown: pictures stay in the history of the repository.
MOST_PIXELS_HIGH = 1200
VIEWS = {
    "desk": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "dark",
        "is_mobile": True,
        "has_touch": True,
    },
}
ALIASES = ("quiet-heron-48", "amber-otter-17", "misty-lynx-63", "calm-plover-29", "brisk-wren-82")
TALK = ALIASES[0]

# File name, who looks, and at what.
PICTURES: tuple[tuple[str, str, str], ...] = (
    ("sign-in", "", "/sign-in"),
    ("inbox", "ann", "/"),
    ("thread", "ann", thread_path(TALK)),
    ("case-file", "ann", thread_path(TALK) + "/case"),
    ("search", "ann", "/search"),
    ("admission", "sue", f"/lines/{TIPS}/members"),
    ("escalation", "sue", f"/lines/{TIPS}/escalation"),
    ("members", "ada", "/admin/accounts"),
    ("administration", "ada", "/admin"),
)
SOUGHT = "cannery"


def file_of(name: str, view: str) -> Path:
    """Return where a picture lies."""
    return FOLDER / f"{name}-{view}.png"


def furnish(house: House) -> None:
    """Let residents and staff write what the pictures show."""
    house.text(
        "A white van without plates stops behind the old cannery every Friday at about eleven. "
        "They unload catalytic converters.",
        sender="+12095550160",
        pictures=2,
    )
    _send(house)
    desk = house.signed_in("ann")
    _answer(house, desk.reply, "Thank you. Which gate do they use, and how many people are there?")
    house.clock.move(minutes=6)
    house.text("The one at the river. Three, sometimes four.", sender="+12095550160")
    house.clock.move(minutes=4)
    _answer(house, desk.reply, "That helps. Please do not go near them. Are you safe?")
    house.text("Somebody paints over the street signs.", sender="+12095550165")
    furniture.work_on(desk, TALK, related=ALIASES[1])
    furniture.write_ready_made(desk)
    furniture.save_filter(desk, "urgent=1", "Urgent ones")
    furniture.choose_alerts(desk)
    others = (
        "Un hombre vende llaves de apartamentos en el estacionamiento.",
        "My neighbor has had a stolen trailer in his yard since Sunday.",
        "They shout at each other at the pool hall, and one of them has a gun.",
    )
    for number, words in enumerate(others, start=61):
        house.clock.move(minutes=21)
        house.text(words, sender=f"+120955501{number}")
    furniture.announce_channels(house)
    for name, role in (("kim", Role.INVESTIGATOR), ("lee", Role.SUPERVISOR)):
        furniture.newcomer(house, name, role)
    furniture.administer(house.signed_in("ada"), supervisor="sue", dismissed="app")


def _answer(house: House, reply: Callable[..., object], words: str) -> None:
    house.clock.move(minutes=3)
    reply(thread_path(TALK, TIPS), words)
    _send(house)


def _send(house: House) -> None:
    for text in house.deliver():
        house.report(text, "delivered")


@contextmanager
def always_the_same_aliases() -> Iterator[None]:
    """Give the threads the aliases above, in their order."""

    def free(connection: Connection, _wanted: int) -> list[str]:
        taken = set(connection.execute(select(Thread.alias)).scalars())
        # They are taken from the end.
        return [alias for alias in reversed(ALIASES) if alias not in taken]

    with patch("tipline.intake.lookup._free_aliases", free):
        yield


def take(browser: Browser, url: str, house: House, view: str) -> None:
    """Take all pictures of a view."""
    for name, person, path in PICTURES:
        with browser.new_context(base_url=url, **VIEWS[view]) as context:
            page = context.new_page()
            if person:
                sign_in(page, house, person)
            page.goto(path)
            if path == "/search":
                page.get_by_label("Words").fill(SOUGHT)
                page.get_by_role("button", name="Search").click()
                page.wait_for_url("/search/*")
            height = page.evaluate("() => document.documentElement.scrollHeight")
            page.screenshot(
                path=file_of(name, view),
                full_page=True,
                clip={
                    "x": 0,
                    "y": 0,
                    "width": VIEWS[view]["viewport"]["width"],
                    "height": min(height, MOST_PIXELS_HIGH),
                },
                animations="disabled",
            )
        size = file_of(name, view).stat().st_size
        if size > MOST_BYTES:
            sys.exit(f"{name}-{view}.png has {size} bytes, which is too much for the repository.")


def main() -> None:
    """Make the instance, and take all pictures anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tipline-")))
        house = Blueprint.draw(home / "blueprint").build(home / "instance")
        with always_the_same_aliases():
            furnish(house)
        url = stack.enter_context(served(house.console))
        browser = stack.enter_context(running_browser())
        for view in VIEWS:
            take(browser, url, house, view)


if __name__ == "__main__":
    main()
