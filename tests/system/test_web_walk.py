"""A web tip's whole way with real processes: a resident, an investigator, and the words between.

The resident has a small phone without script, reads Spanish, and uses the keyboard alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from tests.gateway.web.helpers import fields_of, number_of, said, words_of
from tests.gateway.web.in_browser.walking import Speech, barriers, enter, press, reach, write
from tests.gateway.web.test_curl import Curl
from tests.support.canary import Canary, scan_bytes
from tests.system.crew import LINE, Desk, Shift, hire
from tests.system.hands import MODES
from tests.system.instance import Demo
from tests.system.staff import LineReader
from tests.system.waiting import until
from tipline.gateway.web.leaving import EXIT_URL
from tipline.lines.roles import Role

pytestmark = pytest.mark.timeout(300)

STEP_MS = 30_000
SAYS = Speech("es")
TIP = "Dos hombres cargan cajas en una camioneta gris detrás de la empacadora."
PLACE, TIME = "Calle del Puerto 12", "cada noche después de las dos"
QUESTION = "Gracias. ¿Puede decirnos qué puerta usan?"
MORE = "Usan la puerta del norte, la que no tiene luz."
CURLED = "Somebody sells stolen converters behind the old cannery."
IN_MAILBOX = "Put where this person finds it with their seven words."
SPOKEN = [
    Canary("tip", TIP, "text"),
    Canary("place", PLACE, "text"),
    Canary("question", QUESTION, "text"),
    Canary("more", MORE, "text"),
    Canary("tip by curl", CURLED, "text"),
]


class Resident:
    """Somebody with a phone, who types, presses Tab and Enter, and has noted what is shown."""

    def __init__(self, page: Page, checker: Page) -> None:
        self.page = page
        self.checker = checker
        self.found: list[str] = []
        self.words: list[str] = []
        self.number = ""

    def look(self) -> None:
        """Examine a page with what is really there; the gateway's own walk examines every one."""
        assert self.page.locator("html").get_attribute("lang") == "es"
        self.found += barriers(self.page, self.checker)

    def open_replies(self) -> Locator:
        """Type the words on the page that asks for them. Return the replies."""
        press(self.page, "nav a[href='/es/replies']")
        write(self.page, "#words", " ".join(self.words))
        press(self.page, "main button")
        assert self.page.locator("#number strong").inner_text() == self.number
        return self.page.locator(".letters .text")

    def find_replies(self, count: int) -> Locator:
        """Come again until so many replies are there."""
        until(lambda: self.open_replies().count() == count, f"{count} replies wait")
        return self.page.locator(".letters .text")

    def take_back(self, what: str) -> None:
        """Have something removed, and confirm it."""
        press(self.page, f"form[action='/es/replies/{what}'] button")
        press(self.page, "#confirm button")


@pytest.fixture
def resident(browser: Browser, demo: Demo) -> Iterator[Resident]:
    url = demo.info["gateway_url"]
    phone = browser.new_context(
        base_url=url,
        java_script_enabled=False,
        locale="es-MX",
        viewport={"width": 320, "height": 640},
    )
    phone.set_default_timeout(STEP_MS)
    # What is not ours is not fetched: the test reaches no weather.
    phone.route(EXIT_URL, lambda route: route.fulfill(body="<h1>Weather</h1>"))
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    desk = browser.new_context(base_url=url)
    yield Resident(phone.new_page(), desk.new_page())
    assert phone.cookies() == []
    assert {one for one in asked if not one.startswith(f"{url}/")} <= {EXIT_URL}
    phone.close()
    desk.close()


@pytest.fixture
def seen() -> list[Canary]:
    """What no page of the console may show: filled in once there is something."""
    return [Canary("a number that nobody has", "+12095550199", "number")]


@pytest.fixture
def investigator(browser: Browser, demo: Demo, seen: list[Canary]) -> Iterator[Desk]:
    shift = Shift(demo, browser, MODES["keyboard"], seen)
    crew = hire(demo, {"Wanda Investigator": Role.INVESTIGATOR})
    yield shift.of(crew["Wanda Investigator"])
    shift.end()


def send_tip(resident: Resident) -> None:
    """From the first page to the receipt, whose words are noted and checked."""
    page = resident.page
    page.goto("/")
    assert page.url.endswith("/es/"), "the browser asked for Spanish"
    resident.look()
    press(page, f"a[href='/es/tip/{LINE}']")
    write(page, "#where", PLACE)
    write(page, "#when", TIME)
    enter(page)
    assert page.locator("#what-problem").inner_text() == SAYS("Write what you saw or know.")
    resident.look()
    write(page, "#what", TIP)
    assert page.locator("#where").input_value() == PLACE
    reach(page, "#danger-yes")
    page.keyboard.press("ArrowDown")
    press(page, "main button")
    resident.words = page.locator("#receipt li").all_inner_texts()
    assert len(resident.words) == 7
    resident.number = page.locator("#number strong").inner_text()
    resident.look()
    write(page, "#word3", resident.words[2])
    write(page, "#word6", resident.words[5])
    press(page, "main button")
    assert SAYS("Both words are right.") in page.locator("[role=status]").inner_text()
    assert page.locator("#receipt li").all_inner_texts() == resident.words


def read_tip(desk: Desk) -> None:
    """Find the tip in the inbox, and open it."""
    row = desk.page.locator("li[data-row]").filter(has_text="Not opened by anybody").first
    desk.reload_until(row)
    told = desk.page.locator("p.text").filter(has_text=TIP)
    desk.press(row.get_by_role("link"), then=told)
    assert PLACE in told.inner_text()
    assert TIME in told.inner_text()
    # The language is the thread's: what is sent there by itself, or from a list, follows it.
    desk.expect(desk.page.locator("main .usa-tag[lang=es]"))
    assert desk.page.locator("#answered-in").input_value() == "es"


def test_a_web_tip_is_answered_and_taken_back(
    demo: Demo, resident: Resident, investigator: Desk, seen: list[Canary]
) -> None:
    page, desk = resident.page, investigator
    send_tip(resident)
    # Four in a row: fewer may be shorter than what a scan can tell from chance.
    rows = [" ".join(resident.words[at : at + 4]) for at in range(4)]
    seen += [Canary(f"words {at}", row, "text") for at, row in enumerate(rows)]

    read_tip(desk)
    desk.write("Reply", QUESTION)
    desk.button("Send reply", desk.text(QUESTION))
    assert resident.find_replies(1).inner_text() == QUESTION
    resident.look()
    item = desk.page.get_by_role("listitem").filter(has_text=QUESTION)
    desk.reload_until(item.get_by_text(IN_MAILBOX))

    write(page, "#text", MORE)
    press(page, "#more button")
    desk.reload_until(desk.text(MORE))
    spoken = desk.page.locator("p.text").all_inner_texts()
    assert [text.partition("\n")[0] for text in spoken if text] == [TIP, QUESTION, MORE]

    press(page, "#back button")
    resident.take_back("delete")
    resident.find_replies(0)
    resident.take_back("forget")
    desk.reload_until(desk.page.get_by_text("You cannot reply here"))
    assert resident.find_replies(0).count() == 0
    assert resident.found == []
    leave_for_good(page)
    nothing_was_logged(demo, seen)


def leave_for_good(page: Page) -> None:
    """The way out is the second stop of the keyboard; back is nothing that was written or read."""
    page.goto(f"/es/tip/{LINE}")
    write(page, "#what", TIP)
    press(page, ".exit a")
    page.wait_for_url(EXIT_URL)
    try:
        page.go_back(wait_until="commit")
    except Error as error:
        # What Chromium answers when a form would have to be sent again.
        assert "ERR_CACHE_MISS" in str(error)  # noqa: PT017 - it may as well go back
    else:
        expect(page.locator("#what")).to_have_value("")
    assert TIP not in page.content()


def nothing_was_logged(demo: Demo, words: list[Canary]) -> None:
    assert scan_bytes(demo.output.read_bytes(), [*words, *SPOKEN]) == []


def test_a_client_that_is_no_browser_comes_as_far(demo: Demo, tmp_path: Path) -> None:
    curl = Curl(demo.info["gateway_url"], tmp_path)
    form, replies = f"/en/tip/{LINE}", "/en/replies"
    hidden = fields_of(curl(form), form)
    tip = {**hidden, "what": CURLED, "danger": "no"}
    receipt = curl(form, tip)
    words = words_of(receipt)
    assert words_of(curl(form, tip)) == words, "the same form again shows the same words"
    reader = LineReader.of(demo)
    told = until(
        lambda: [texts for texts in reader.all_texts().values() if CURLED in texts[0]],
        "the tip is in a thread",
    )
    assert len(told) == 1
    mailbox = curl(replies, {"words": words})
    assert number_of(mailbox) == number_of(receipt)
    curl.follow(mailbox, f"{replies}/message", text="It is a blue door.")
    until(
        lambda: any(texts == [*told[0], "It is a blue door."] for texts in all_of(reader)),
        "the further message is in the same thread",
    )
    assert re.search("no replies for these words", said(curl(replies, {"words": words})))
    assert not (tmp_path / "jar").exists() or "\t" not in (tmp_path / "jar").read_text()
    nothing_was_logged(demo, [Canary("words", words, "text")])


def all_of(reader: LineReader) -> list[list[str]]:
    return list(reader.all_texts().values())
