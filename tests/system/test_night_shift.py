"""A night at the console, walked by keyboard alone, on a small phone, and without script.

Signing in with a passkey is walked in tests/console/test_passkeys.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select, update

from tests.support.canary import Canary
from tests.system.crew import LINE, Desk, Member, Shift, hire
from tests.system.hands import MODES
from tests.system.handset import STEP_MS, conversation, pick_up, text
from tests.system.instance import Demo
from tests.system.staff import LineReader
from tests.system.waiting import until
from tipline.alerts.models import Escalation
from tipline.clock import stored, system_clock
from tipline.crypto.errors import CannotOpenError
from tipline.db.reading import reading
from tipline.lines.roles import Role

pytestmark = pytest.mark.timeout(240)

ALIAS = re.compile(r"^[a-z]+-[a-z]+-\d\d$")
NEW_PASSWORD = "seven quiet lanterns"
# What only the night's own tips say, so that a search finds one of them.
INSTRUMENTS = {"keyboard": "harpsichord", "phone": "bassoon", "no script": "glockenspiel"}
CREW = {
    "Ada Admin": Role.ADMIN,
    "Sue Supervisor": Role.SUPERVISOR,
    "Ann Investigator": Role.INVESTIGATOR,
    "Ben Investigator": Role.INVESTIGATOR,
    "Lea Leaver": Role.INVESTIGATOR,
    "Fay Forgetful": Role.INVESTIGATOR,
}
Resident = Callable[[str], Page]


class Night(Shift):
    """The shift of one way to work, with its members by their first names."""

    def __init__(self, demo: Demo, browser: Browser, mode: str) -> None:
        self.mode = mode
        # Numbers that belong to nobody, ten for each way to work.
        first = 10 + 10 * list(MODES).index(mode)
        self.numbers = [f"+120955501{first + count}" for count in range(10)]
        secrets = [
            Canary(f"number {at}", number, "number") for at, number in enumerate(self.numbers)
        ]
        super().__init__(demo, browser, MODES[mode], secrets)
        crew = hire(demo, {self.named(name): role for name, role in CREW.items()})
        self.crew = {name.partition(" ")[0].lower(): member for name, member in crew.items()}

    def named(self, name: str) -> str:
        """A name that nobody has in another way to work."""
        return f"{name} {self.mode}"

    @property
    def investigator_words(self) -> str:
        return "Investigator of Police Tips"


@pytest.fixture(scope="module", params=list(MODES))
def night(request: pytest.FixtureRequest, demo: Demo, browser: Browser) -> Iterator[Night]:
    night = Night(demo, browser, request.param)
    yield night
    night.end()


@pytest.fixture
def resident(night: Night, browser: Browser) -> Iterator[Resident]:
    """Texts from a phone that was never used before, and returns the page that shows it."""
    with ExitStack() as closing:

        def texts(words: str) -> Page:
            context = browser.new_context(base_url=night.demo.info["simulator_url"])
            context.set_default_timeout(STEP_MS)
            closing.callback(context.close)
            phone = context.new_page()
            pick_up(phone, night.numbers.pop())
            text(phone, words)
            return phone

        yield texts


# -- steps that several walks take ------------------------------------------------------------


def unopened(desk: Desk) -> Locator:
    """The rows of the inbox that nobody has opened."""
    return desk.page.locator("li[data-row]").filter(has_text="Not opened by anybody")


def row_of(desk: Desk, alias: str) -> Locator:
    return desk.page.locator("main").get_by_role("link", name=alias, exact=True)


def read_new_tip(desk: Desk, tip: str) -> str:
    """Wait in the inbox for a tip that nobody has opened, and open it. Return its alias."""
    desk.section("Inbox", "Inbox")
    desk.reload_until(unopened(desk).first)
    desk.press(unopened(desk).first.get_by_role("link"), then=desk.text(tip))
    alias = desk.page.get_by_role("heading", level=1).inner_text()
    assert ALIAS.fullmatch(alias)
    return alias


def path_of(desk: Desk, alias: str) -> str:
    assert desk.page.url.endswith(f"/lines/{LINE}/threads/{alias}")
    return f"/lines/{LINE}/threads/{alias}"


def expect_nothing_at(desk: Desk, path: str, tip: str) -> None:
    assert desk.open(path) == 404
    assert tip not in desk.page.content()


def handed_over(desk: Desk) -> str:
    """The link on the page that shows it once."""
    desk.expect(desk.page.get_by_text("This is shown once."))
    return desk.page.get_by_label("Link").input_value()


def enrol(desk: Desk, member: Member, link: str, password: str) -> None:
    """From the link to the inbox, as somebody who has it from an admin."""
    address, _, code = link.partition("#")
    desk.page.goto(link)
    field = desk.page.get_by_label("Code of your invitation")
    if desk.hands.is_scripted:
        expect(field).to_have_value(code)
        assert desk.page.url == address, "the code is out of the address bar"
    else:
        desk.write("Code of your invitation", code)
    desk.tick("I have read this notice and accept it")
    desk.write("New password", password)
    desk.write("The same password again", password)
    desk.button("Go on", desk.heading("One-time codes"))
    member.password = password
    member.totp_secret = desk.page.locator("#secret").inner_text().replace(" ", "")
    desk.write("Six digits from the app", desk.code(member.totp_secret))
    desk.button("Finish", desk.heading("Your account is ready"))
    desk.press(
        desk.page.get_by_role("main").get_by_role("link", name="Sign in"), desk.heading("Sign in")
    )
    desk.sign_in(member)


def admit(night: Night, newcomer: Desk, name: str) -> None:
    """The newcomer reads out what the inbox shows; the supervisor types it in."""
    newcomer.expect(newcomer.page.get_by_text("its keys were not granted to you yet"))
    fingerprint = newcomer.page.locator(".fingerprint").inner_text()
    desk = night.of(night.crew["sue"])
    members(desk)
    desk.write(f"Fingerprint that {name} reads out", fingerprint)
    holder = desk.page.get_by_role("heading", level=3, name=name, exact=True)
    desk.button(f"Admit {name}", holder)
    expect(desk.page.get_by_role("button", name=f"Admit {name}", exact=True)).to_have_count(0)


def members(desk: Desk) -> None:
    desk.section("Lines", "Lines that you supervise")
    desk.link("Police Tips", "Members of Police Tips")


# -- the walks ---------------------------------------------------------------------------------


def test_from_an_invitation_to_a_thread_that_opens_again(night: Night, resident: Resident) -> None:
    tip = "Someone sells stolen catalytic converters behind the old cannery."
    more = "They came back tonight. Ocho hombres, dos camionetas blancas."
    reply, note = "Thank you. Can you say which gate they use?", "Ask the harbour patrol first."
    zoe = Member(night.demo, night.named("Zoe Newcomer"))
    admin = night.of(night.crew["ada"])
    admin.section("Members", "Members")
    admin.link("Invite somebody", "Invite somebody")
    admin.write("Email", zoe.email)
    admin.write("Name", zoe.name)
    admin.tick(night.investigator_words)
    admin.button("Make the link", admin.heading(f"Link for {zoe.name}"))
    desk = night.desk()
    enrol(desk, zoe, handed_over(admin), NEW_PASSWORD)
    admit(night, desk, zoe.name)

    phone = resident(tip)
    alias = read_new_tip(desk, tip)
    desk.button("Claim", desk.text("You work on this thread."))
    desk.write("Reply", reply)
    desk.button("Send reply", desk.text(reply))
    received = conversation(phone).filter(has_text=reply)
    expect(received).to_contain_text("Delivered", timeout=STEP_MS)
    desk.write("Note for the line's members", note)
    desk.button("Add note", desk.text(note))
    written = desk.page.get_by_role("listitem").filter(has_text=note)
    expect(written).to_contain_text("Internal note, not sent")
    desk.button("Close", desk.page.get_by_role("button", name="Reopen"))
    desk.section("Inbox", "Inbox")
    expect(row_of(desk, alias)).to_have_count(0)

    text(phone, more)
    desk.reload_until(row_of(desk, alias))
    desk.press(row_of(desk, alias), then=desk.text(more))
    expect(desk.page.get_by_text("This message reopened the thread")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Close", exact=True)).to_be_visible()
    # The resident has what was meant for them: the line's own first answer, and the reply.
    from_line = conversation(phone).filter(has_text="Line:")
    expect(from_line).to_have_count(2)
    expect(from_line.first).to_contain_text("911")
    expect(from_line.last).to_contain_text(reply)
    assert note not in phone.content()


def test_who_is_removed_reads_nothing_from_then_on(night: Night, resident: Resident) -> None:
    tip = "The side door of the depot is left open every Sunday."
    lea, supervisor = night.crew["lea"], night.of(night.crew["sue"])
    desk = night.of(lea)
    desk.section("Inbox", "Inbox")
    keys = lea.keys()
    members(supervisor)
    supervisor.link(f"Remove {lea.name}", f"Remove {lea.name} from Police Tips?")
    supervisor.expect(supervisor.page.get_by_text("Earlier reading is not undone."))
    supervisor.button(f"Remove {lea.name}", supervisor.heading("Members of Police Tips"))
    expect(supervisor.page.get_by_role("heading", name=lea.name)).to_have_count(0)

    desk.press(
        desk.page.get_by_role("navigation", name="Console").get_by_role("link", name="Search"),
        then=desk.page.get_by_text("Your session has ended. Sign in again."),
    )
    resident(tip)
    alias = read_new_tip(supervisor, tip)
    path = path_of(supervisor, alias)
    desk.sign_in(lea)
    desk.expect(desk.page.get_by_text("You have no role on any line yet."))
    expect_nothing_at(desk, path, tip)
    # Nor with the keys that they may have kept, on the database itself. What came in before the
    # intake knew of the new keys is sealed to them within seconds of somebody's work at the line.
    supervisor.reload_until_true(lambda: is_closed_to(keys, alias), "the new keys alone open it")


def is_closed_to(keys: LineReader, alias: str) -> bool:
    try:
        keys.open(alias)
    except CannotOpenError:
        return True
    return False


def test_who_forgot_the_password_is_admitted_again(night: Night, resident: Resident) -> None:
    tip = "A grey van has stood at the school gate for three days."
    fay, admin = night.crew["fay"], night.of(night.crew["ada"])
    desk = night.of(fay)
    resident(tip)
    path = path_of(desk, read_new_tip(desk, tip))

    admin.section("Members", "Members")
    admin.link(fay.name, fay.name)
    admin.button("Make a link to start anew", admin.heading(f"Link for {fay.name}"))
    desk = night.desk()
    enrol(desk, fay, handed_over(admin), NEW_PASSWORD)
    expect_nothing_at(desk, path, tip)
    desk.open("/")
    admit(night, desk, fay.name)
    desk.open(path)
    desk.expect(desk.text(tip))


def test_an_urgent_tip_that_nobody_opens_is_heard_of(night: Night, resident: Resident) -> None:
    tip = "There is a man with a gun at the bus stop."
    supervisor = night.of(night.crew["sue"])
    supervisor.section("Lines", "Lines that you supervise")
    supervisor.link("Urgent tips of Police Tips", "Urgent tips of Police Tips")
    supervisor.write("Minutes until an urgent tip escalates", "1")
    supervisor.button("Save", supervisor.text("Saved."))
    # The page asks every twenty seconds; its clock is put forward instead of waiting for it.
    desk = night.desk(lambda page: page.clock.install() if night.hands.is_scripted else None)
    desk.open("/sign-in")
    desk.sign_in(night.crew["ann"])
    warning = desk.page.get_by_role("alert").filter(has_text="1 urgent tip waits")
    expect(warning).to_have_count(0)
    resident(tip)
    until(lambda: minute_is_up(night.demo), "the tip escalates")

    if night.hands.is_scripted:
        desk.page.clock.fast_forward("00:25")
        desk.expect(warning)
    else:
        desk.reload_until(warning)
    expect(warning).to_have_text("1 urgent tip waits: nobody has read it in time.")
    expect(desk.page).to_have_title("(!) 1 urgent tip waits - Inbox - Tipline")
    row = desk.page.locator("li[data-row]").filter(has_text="Urgent").first
    desk.press(desk.page.get_by_role("link", name="Refresh"), then=row)
    desk.expect(warning)
    desk.press(row.get_by_role("link"), then=desk.text(tip))
    desk.section("Inbox", "Inbox")
    expect(warning).to_have_count(0)
    expect(desk.page).to_have_title("Inbox - Tipline")


def minute_is_up(demo: Demo) -> bool:
    """Let the minute of what waits be over. Return whether it has escalated."""
    now = stored(system_clock())
    with reading(demo.stores.main) as connection:
        waiting = connection.execute(select(Escalation.due, Escalation.escalated)).all()
    if any(due > now for due, _ in waiting):
        assert all(due <= now + timedelta(minutes=2) for due, _ in waiting), (
            "one minute, rounded up"
        )
        with demo.stores.main.begin() as connection:
            connection.execute(update(Escalation).values(due=now))
    return any(is_escalated for _, is_escalated in waiting)


def test_a_restricted_thread_is_there_for_who_is_named(night: Night, resident: Resident) -> None:
    word = INSTRUMENTS[night.mode]
    tip = f"Your colleague hides a stolen {word} in his garage."
    resident(tip)
    owner, named = night.of(night.crew["sue"]), night.of(night.crew["ben"])
    other = night.of(night.crew["ann"])
    alias = read_new_tip(owner, tip)
    path = path_of(owner, alias)
    for colleague in (named, other):
        assert found(colleague, word) == [alias]

    owner.link("Restrict this thread to some members", f"Who may read {alias}")
    owner.tick(night.crew["ben"].name)
    owner.button("Restrict this thread", owner.heading(alias))
    expect(owner.page.get_by_role("main").get_by_text("Restricted", exact=True)).to_be_visible()

    expect_nothing_at(other, path, tip)
    assert found(other, word) == []
    other.section("Inbox", "Inbox")
    expect(row_of(other, alias)).to_have_count(0)
    assert found(named, word) == [alias]
    named.section("Inbox", "Inbox")
    named.press(row_of(named, alias), then=named.text(tip))


def found(desk: Desk, words: str) -> list[str]:
    """Search, and return the aliases of what is found."""
    desk.open("/")
    desk.section("Search", "Search")
    desk.write("Words", words)
    results = desk.page.get_by_role("heading", level=2, name="Results")
    desk.button("Search", results)
    return desk.page.locator(".search-results h3").all_inner_texts()
