"""Members of one shift: hired for it, and each at a desk of their own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.canary import Canary, scan_bytes
from tests.system.hands import Hands
from tests.system.instance import Demo
from tests.system.staff import Codes, LineReader
from tests.system.waiting import until
from tipline.clock import system_clock
from tipline.crypto.members import new_totp_secret, totp_text
from tipline.lines.founding import grant
from tipline.lines.memberships import Memberships
from tipline.lines.roles import READING_ROLES, Role, home_of
from tipline.members.accounts import Accounts

STEP_MS = 30_000
LINE = "police-tips"
PASSWORD = "lunar sausage bridge"


class Member:
    """Somebody with a name, and with what they sign in with."""

    def __init__(self, demo: Demo, name: str, totp_secret: str = "") -> None:
        self.demo = demo
        self.name = name
        self.email = name.lower().replace(" ", ".") + "@example.org"
        self.password = PASSWORD
        self.totp_secret = totp_secret

    def keys(self) -> LineReader:
        """What the member's password opens now, taken as by a thief who knows it."""
        found = {"email": self.email, "password": self.password, "line": LINE}
        self.demo.info["members"].append(found)
        return LineReader.of(self.demo, self.email)


def hire(demo: Demo, roles: dict[str, Role]) -> dict[str, Member]:
    """Make members, by their names, as an admin and a supervisor would have done long ago."""
    reader = LineReader.of(demo)
    accounts = Accounts(demo.stores.main, reader.keys.pepper, system_clock)
    hired = {}
    for name, role in roles.items():
        secret = new_totp_secret()
        member = Member(demo, name, totp_text(secret))
        made = accounts.create(member.email, member.password, secret, name=name)
        home = home_of(role, reader.bundle.line_id)
        Memberships(demo.stores.main).add(made.member_id, home, role)
        if role in READING_ROLES:
            grant(demo.stores.main, reader.bundle, made.member_id, made.key.public)
        hired[name] = member
    return hired


class Desk:
    """A member's browser. Every page that it shows is looked at for the resident's number."""

    def __init__(self, page: Page, hands: Hands, codes: Codes, secrets: list[Canary]) -> None:
        self.page = page
        self.hands = hands
        self._codes = codes
        self._secrets = secrets
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    # -- acts ----------------------------------------------------------------------------------

    def press(self, wanted: Locator, then: Locator) -> None:
        """Press a button or a link, and wait until the page shows what it leads to."""
        self.hands.press(self.page, wanted)
        self.expect(then)

    def button(self, name: str, then: Locator) -> None:
        self.press(self.page.get_by_role("button", name=name, exact=True), then)

    def link(self, name: str, heading: str) -> None:
        """Follow a link to the page with this heading."""
        self.press(self.page.get_by_role("link", name=name, exact=True), self.heading(heading))

    def section(self, name: str, heading: str) -> None:
        """Follow a link of the frame."""
        frame = self.page.get_by_role("navigation", name="Console")
        self.press(frame.get_by_role("link", name=name, exact=True), self.heading(heading))

    def write(self, label: str, words: str) -> None:
        self.hands.write(self.page, self.page.get_by_label(label, exact=True), words)

    def tick(self, label: str) -> None:
        self.hands.tick(self.page, label)
        expect(self.page.get_by_label(label, exact=True)).to_be_checked()

    def sign_in(self, member: Member) -> None:
        """Sign in on the page that asks for it, and come to the inbox."""
        self.write("Email", member.email)
        self.write("Password", member.password)
        # A code belongs to its secret: a member who enrols anew starts with fresh ones.
        self.write("One-time code", self.code(member.totp_secret))
        self.button("Sign in", self.heading("Inbox"))

    def code(self, totp_secret: str) -> str:
        return self._codes.next(totp_secret, totp_secret)

    def open(self, path: str) -> int:
        """Open an address, as from a bookmark. Return the answer's status."""
        answer = self.page.goto(path)
        assert answer is not None
        self.look()
        return answer.status

    # -- what the page shows ---------------------------------------------------------------------

    def heading(self, words: str) -> Locator:
        return self.page.get_by_role("heading", level=1, name=words, exact=True)

    def text(self, words: str) -> Locator:
        return self.page.get_by_role("main").get_by_text(words, exact=True)

    def expect(self, shown: Locator) -> None:
        expect(shown).to_be_visible(timeout=STEP_MS)
        self.look()

    def reload_until(self, shown: Locator) -> None:
        """Refresh until the page shows this."""

        self.reload_until_true(shown.is_visible, f"the page shows {shown}")

    def reload_until_true(self, condition: Callable[[], bool], what: str) -> None:
        """Refresh, as somebody at work does, until something holds."""

        def holds() -> bool:
            self.page.reload()
            return condition()

        until(holds, what)
        self.look()

    def look(self) -> None:
        self.page.wait_for_load_state()
        content = f"{self.page.url} {self.page.content()}".encode()
        assert scan_bytes(content, self._secrets, self.page.url) == []
        assert self.errors == []
        self.hands.look(self.page)


class Shift:
    """Who works tonight, all in the same way, and their desks until the shift ends."""

    def __init__(self, demo: Demo, browser: Browser, hands: Hands, secrets: list[Canary]) -> None:
        self.demo = demo
        self.hands = hands
        self.codes = Codes()
        self._browser = browser
        self._secrets = secrets
        self._desks: dict[str, Desk] = {}
        self._closing = ExitStack()

    def desk(self, before: Callable[[Page], None] = lambda page: None) -> Desk:
        """Sit down at an empty desk. `before` prepares its browser."""
        context = self.hands.browser(self._browser, self.demo.info["console_url"])
        context.set_default_timeout(STEP_MS)
        self._closing.callback(context.close)
        page = context.new_page()
        before(page)
        return Desk(page, self.hands, self.codes, self._secrets)

    def of(self, member: Member) -> Desk:
        """The desk of a member who stays signed in for the whole shift."""
        if member.email not in self._desks:
            desk = self.desk()
            desk.open("/sign-in")
            desk.sign_in(member)
            self._desks[member.email] = desk
        return self._desks[member.email]

    def end(self) -> None:
        self._closing.close()
