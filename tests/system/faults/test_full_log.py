"""The disk is full while a member reads, replies and takes a thread on: nothing of it is unlogged.

Everything runs, the disk is a real one, and what the console acknowledged is counted as a member
would. Afterwards the log has an entry of each, and of nothing that was refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from tests.support.roles import temporary_roles
from tests.support.stores import PostgresServer, empty_stores, postgres_server
from tests.system.faults.disks import limited_disk
from tests.system.faults.installed import Installed
from tests.system.faults.staff import NOT_KEPT, SHOWN, TAKEN
from tests.system.logbook import checked_entries, is_up_to_date
from tests.system.residents import Provider
from tests.system.staff import INVESTIGATOR, Desk, LineReader, Staff, hidden, reply_form_in
from tests.system.waiting import until
from tipline.audit.acts import Act, Outcome
from tipline.audit.entries import Entry
from tipline.threads.contents import MessageKind

pytestmark = pytest.mark.timeout(420)

TIP = "A tip from a window across the road"
THREADS = 4
PATIENCE_SECONDS = 120.0

Place = tuple[Installed, PostgresServer | None]


@pytest.fixture
def place(backend: str) -> Iterator[Place]:
    """An installation all of whose data, and that of its database server, is on one small disk."""
    writing: list[Callable[[], list[psutil.Process]]] = []

    def processes() -> list[psutil.Process]:
        return [process for each in writing for process in each()]

    with ExitStack() as stack:
        disk = stack.enter_context(limited_disk(processes))
        server, settings = None, {}
        if backend == "postgresql":
            server = stack.enter_context(postgres_server(disk.folder, is_durable=True))
            server.run("ALTER SYSTEM SET max_wal_size = '64MB'")
            server.run("SELECT pg_reload_conf()")
            roles = stack.enter_context(temporary_roles(server))
            urls = stack.enter_context(empty_stores(backend, Path(), server))
            settings = {
                "TIPLINE_DATABASE_URL": urls.main,
                "TIPLINE_PERISHABLE_URL": urls.perishable,
                **roles.environment(urls),
            }
        installed = Installed(disk, settings, workers=1)
        writing.append(installed.processes if server is None else server.processes)
        yield stack.enter_context(installed), server


class Shift:
    """A member at work, who counts what the console let them do."""

    def __init__(self, demo: Installed, desk: Desk) -> None:
        self._desk = desk
        self._disk = demo.disk
        self.paths = until(lambda: self._all(desk.threads()), "the tips are in the inbox")
        self.shown, self.replies, self.claims = 0, 0, 0
        pages = {path: self.look(path) for path in self.paths}
        self._reply_forms = {path: reply_form_in(page) for path, page in pages.items()}
        self._claim_forms = {path: claim_form_in(page, path) for path, page in pages.items()}

    @staticmethod
    def _all(paths: list[str]) -> list[str]:
        return paths if len(paths) == THREADS else []

    def look(self, path: str) -> str:
        """Return a thread's page; nothing if it was refused, which shows nothing of it."""
        answer = self._desk.get(path)
        assert answer.status_code in (SHOWN, NOT_KEPT), answer.text
        assert (TIP in answer.text) == (answer.status_code == SHOWN)
        self.shown += answer.status_code == SHOWN
        return answer.text if answer.status_code == SHOWN else ""

    def reply(self, path: str) -> bool:
        """Press the button, as often as it takes: one form makes one reply."""
        form = self._reply_forms[path] | {"reply": reply_in(path)}
        answer = self._desk.post(path, form, {"Origin": self._desk.url})
        assert answer.status_code in (TAKEN, NOT_KEPT), answer.text
        if answer.status_code == NOT_KEPT:
            assert reply_in(path) in answer.text, "what was written is shown back"
        self.replies += answer.status_code == TAKEN
        return answer.status_code == TAKEN

    def claim(self, path: str) -> bool:
        answer = self._desk.post(
            f"{path}/triage/claim", self._claim_forms[path], {"Origin": self._desk.url}
        )
        assert answer.status_code in (TAKEN, NOT_KEPT), answer.text
        self.claims += answer.status_code == TAKEN
        return answer.status_code == TAKEN

    def is_refused(self, act: Callable[[str], object]) -> list[str]:
        """Do something on a disk that is full until it is refused. Return where it was not done."""
        left = list(self.paths)

        def refused() -> bool:
            self._disk.fill()
            # There is room as long as SQLite's log writes over what it holds already.
            if not act(left[0]):
                return True
            if act != self.look:
                del left[0]
            return False

        until(refused, "it is refused with 503", PATIENCE_SECONDS)
        return left


def claim_form_in(page: str, path: str) -> dict[str, str]:
    """The hidden fields of the form with which one takes a thread on."""
    (form,) = re.findall(rf'<form [^>]*action="{path}/triage/claim"[^>]*>(.*?)</form>', page, re.S)
    return {name: hidden(form, name) for name in re.findall(r'name="(\w+)" value=', form)}


def reply_in(path: str) -> str:
    return f"Where exactly? {path.rpartition('/')[2]}"


def done(entries: list[Entry], act: Act) -> list[Entry]:
    return [one for one in entries if (one.act, one.outcome) == (act, Outcome.DONE)]


def numbered(demo: Installed) -> list[Entry]:
    until(lambda: is_up_to_date(demo), "every entry has its number")
    return checked_entries(demo)


def test_nothing_is_done_or_shown_without_an_entry(place: Place) -> None:
    demo, server = place
    provider = Provider(demo)
    for number in range(THREADS):
        provider.text(f"+1209555{1000 + number}", TIP)
    shift = Shift(demo, Staff(demo).sign_in(INVESTIGATOR))
    before = numbered(demo)
    try:
        shift.is_refused(shift.look)
        unanswered = shift.is_refused(shift.reply)
        unclaimed = shift.is_refused(shift.claim)
        shift.is_refused(shift.look)
    finally:
        demo.disk.free()
        if server is not None:
            # It gives up when it cannot write its own log.
            server.resume()
    # The same buttons of the same pages do it now, and what was done already is done once.
    for path in unanswered:
        until(lambda path=path: shift.reply(path), "the reply is taken", PATIENCE_SECONDS)
    for path in unclaimed:
        until(lambda path=path: shift.claim(path), "the thread is taken on", PATIENCE_SECONDS)
    for path in shift.paths:
        assert until(lambda path=path: shift.look(path), "the thread is shown", PATIENCE_SECONDS)

    entries = numbered(demo)
    assert entries[: len(before)] == before, "what had a number has kept it"
    assert shift.replies == shift.claims == THREADS
    assert len(done(entries, Act.REPLY)) == THREADS
    assert len(done(entries, Act.ASSIGN)) == THREADS
    assert len({one.thread for one in done(entries, Act.REPLY)}) == THREADS
    assert len(done(entries, Act.VIEW_THREAD)) >= shift.shown
    reader = LineReader.of(demo)
    for path in shift.paths:
        assert reader.texts(path.rpartition("/")[2], MessageKind.REPLY) == [reply_in(path)]
    assert "Traceback" not in demo.output.read_text(errors="replace")
