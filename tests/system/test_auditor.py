"""An auditor at the console: by keyboard, on a small phone, and without script.

They see who did what, and no tip on the way; what they take along is checked on a bare laptop.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect
from sqlalchemy import select

from tests.support.barriers import violations
from tests.support.canary import Canary, scan_bytes
from tests.system.crew import Desk, Member, Shift, hire
from tests.system.hands import MODES
from tests.system.instance import Demo
from tests.system.laptop import Laptop
from tests.system.logbook import checked_entries, is_up_to_date
from tests.system.operating import operate
from tests.system.residents import Provider
from tests.system.staff import Desk as Session
from tests.system.staff import LineReader
from tests.system.waiting import until
from tipline.audit.acts import Act
from tipline.audit.entries import Entry
from tipline.audit.unusual import MANY_REFUSALS
from tipline.db.reading import reading
from tipline.lines.roles import Role
from tipline.threads.models import Thread

pytestmark = pytest.mark.timeout(400)

# Nobody's numbers, and instruments that nothing else speaks of, for each way to work.
NUMBERS = {"keyboard": "+12095550171", "phone": "+12095550172", "no script": "+12095550173"}
WORDS = {"keyboard": "clavichord", "phone": "saxhorn", "no script": "marimbaphone"}
CHECK = (
    'witness/bin/python -m tipline audit check-proof "$HOME/log.json" '
    "--key 'tips.example.org/log/…'"
)


class Seat(Desk):
    """The auditor's. Every page that is shown there is looked at for barriers as well."""

    def look(self) -> None:
        super().look()
        if self.hands.is_scripted:
            assert violations(self.page) == []

    def rows(self) -> list[str]:
        """The rows of the page's last table, each in one line."""
        rows = self.page.locator("table.usa-table--stacked tbody tr").all_inner_texts()
        return [" ".join(row.split()) for row in rows]

    def main_link(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("main").get_by_role("link", name=name).first

    def fetch(self, name: str) -> bytes:
        """Download what a link leads to."""
        with self.page.expect_download() as download:
            self.hands.press(self.page, self.main_link(name))
        return download.value.path().read_bytes()


class Case:
    """What was done at the console before the auditor comes."""

    def __init__(self, demo: Demo, browser: Browser, mode: str) -> None:
        self.demo = demo
        self.tip = f"My neighbour hides a stolen {WORDS[mode]} in the boat house."
        self.reply = f"Which colour has the {WORDS[mode]}?"
        texts = {"tip": self.tip, "reply": self.reply}
        self.secrets = [
            Canary("number", NUMBERS[mode], "number"),
            *(Canary(name, words, "text") for name, words in texts.items()),
        ]
        self.shift = Shift(demo, browser, MODES[mode], self.secrets)
        roles = {f"Ann {mode}": Role.INVESTIGATOR, f"Aud {mode}": Role.AUDITOR}
        self.ann, self.aud = hire(demo, roles).values()
        Provider(demo).text(NUMBERS[mode], self.tip)
        self.alias = until(self._alias, "the tip is shown")

    def _alias(self) -> str:
        told = LineReader.of(self.demo).all_texts()
        return next((alias for alias, texts in told.items() if self.tip in texts), "")

    def session(self, member: Member) -> Session:
        session = Session(self.demo)
        code = self.shift.codes.next(member.totp_secret, member.totp_secret)
        assert session.try_to_sign_in(member.email, member.password, code).status_code == 303
        return session

    def work(self) -> None:
        """Ann reads and answers the tip, and then goes where she may not."""
        session = self.session(self.ann)
        path = f"/lines/police-tips/threads/{self.alias}"
        assert self.tip in session.get(path).text
        assert session.reply(path, self.reply).status_code == 303
        for _ in range(MANY_REFUSALS):
            assert session.get("/log").status_code == 404
        until(lambda: is_up_to_date(self.demo), "the log is up to date")

    def history(self) -> list[Entry]:
        """All that the log has of the thread, the newest first."""
        with reading(self.demo.stores.main) as connection:
            query = select(Thread.id).where(Thread.alias == self.alias)
            thread = connection.execute(query).scalar_one()
        return [one for one in reversed(checked_entries(self.demo)) if one.thread == thread]

    def seat(self) -> Seat:
        """The auditor, who comes to an empty desk and signs in."""
        desk = self.shift.desk()
        seat = Seat(desk.page, self.shift.hands, self.shift.codes, self.secrets)
        seat.open("/sign-in")
        seat.sign_in(self.aud)
        return seat


@pytest.fixture(params=list(MODES))
def case(request: pytest.FixtureRequest, demo: Demo, browser: Browser) -> Iterator[Case]:
    case = Case(demo, browser, request.param)
    case.work()
    yield case
    case.shift.end()


@pytest.fixture
def laptop(demo: Demo) -> Iterator[Laptop]:
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    vkey = operate(demo, "audit", "key").strip()
    laptop = Laptop(folder, demo.info["gateway_url"], vkey)
    laptop.install()
    yield laptop
    shutil.rmtree(folder, ignore_errors=True)


def test_from_signing_in_to_proofs_in_other_hands(case: Case, laptop: Laptop) -> None:
    seat = case.seat()
    sees_how_the_log_stands(seat)
    follows_the_thread(seat, case)
    finds_what_is_unusual(seat, case)
    signs_the_review(seat, case)
    takes_it_along(seat, case, laptop)


def sees_how_the_log_stands(seat: Seat) -> None:
    seat.section("Log", "Log")
    stands = seat.page.get_by_role("main").locator("dl")
    expect(stands).to_contain_text("Newest checkpoint")
    expect(seat.page.get_by_role("alert")).to_have_count(0)
    # Today's bar, and by it the entries of today alone; then back to all.
    bar = seat.page.locator("svg.activity").get_by_role("link").last
    expect(bar).to_have_accessible_name(re.compile(r"\d+ (entry|entries)"))
    listed = seat.page.get_by_text("What was found, the newest first")
    seat.press(bar, then=listed)
    assert re.search(r"since=(\d{4}-\d\d-\d\d)&until=\1$", seat.page.url)
    assert seat.rows()
    seat.press(seat.page.get_by_text("The same as a table"), then=seat.text("Entries"))
    seat.press(seat.main_link("The last weeks"), then=seat.text("All entries, the newest first"))


def follows_the_thread(seat: Seat, case: Case) -> None:
    """From one entry to the whole history of its thread: nothing is left out of it."""
    seat.press(seat.main_link(case.alias), then=seat.text("What was found, the newest first"))
    history = case.history()
    assert [one.act for one in history][:2] == [Act.REPLY, Act.VIEW_THREAD]
    words = {Act.REPLY: "Replied", Act.VIEW_THREAD: "Viewed a thread"}
    assert len(seat.rows()) == len(history)
    for row, entry in zip(seat.rows(), history, strict=True):
        assert words[entry.act] in row
        assert case.ann.name in row


def finds_what_is_unusual(seat: Seat, case: Case) -> None:
    seat.link("Weekly review", "Weekly review")
    (row,) = (row for row in seat.rows() if case.ann.name in row and "asked" in row)
    assert f"asked {MANY_REFUSALS} times for what is not for them" in row
    assert "10 pages or more on a day that were not for them" in row
    line = seat.page.get_by_role("row").filter(has_text=case.ann.name).filter(has_text="asked")
    seat.press(line.get_by_role("link"), then=seat.text("What was found, the newest first"))
    refused = [row for row in seat.rows() if "Viewed this log" in row]
    assert len(refused) == MANY_REFUSALS
    assert all("not done" in row and case.ann.name in row for row in refused)


def signs_the_review(seat: Seat, case: Case) -> None:
    seat.link("Weekly review", "Weekly review")
    signed = seat.page.get_by_text(re.compile(f"^{case.aud.name} reviewed the log on"))
    seat.button("I have reviewed the last seven days", seat.heading("Weekly review"))
    seat.reload_until(signed)
    expect(seat.page.get_by_text("has not been reviewed for a week")).to_have_count(0)
    assert Act.REVIEW_LOG in [one.act for one in checked_entries(case.demo)]


def takes_it_along(seat: Seat, case: Case, laptop: Laptop) -> None:
    """A table to read, and proofs that somebody checks who has the log's key and nothing else."""
    operate(case.demo, "audit", "checkpoint")
    history = case.history()
    seat.section("Log", "Log")
    seat.write("Alias of a thread (optional)", case.alias)
    seat.button("Show", seat.text("What was found, the newest first"))
    table = seat.fetch("Download as a table (CSV)")
    rows = list(csv.DictReader(io.StringIO(table.decode())))
    assert [row["act"] for row in rows] == [one.act for one in history]
    assert {row["name"] for row in rows} == {case.ann.name}

    proofs = seat.fetch("Download with proofs (JSON)")
    for content in (table, proofs):
        assert scan_bytes(content, case.secrets) == []
    file = laptop.home / "log.json"
    file.write_bytes(proofs)
    checked = laptop.run(CHECK)
    assert (checked.code, checked.errors) == (0, "")
    for entry in history:
        assert entry.to_bytes().decode() in checked.output
    assert f"\nProved to be in the log: {len(history)}. No file proves" in checked.output

    file.write_bytes(proofs.replace(b"reply", b"close"))
    checked = laptop.run(CHECK)
    assert (checked.code, checked.output) == (2, "")
    assert checked.errors.startswith("NOTHING IS PROVED.")
