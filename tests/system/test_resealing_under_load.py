"""A member is removed from a line with 10,000 open threads, on the running instance.

Messages arrive all the while, and the console is killed twice on the way. Nothing is lost, and a
member who holds the newest keys alone reads everything.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import psutil
import pytest
import requests
from sqlalchemy import func, insert, select

from tests.support.plain_words import in_words
from tests.system.instance import Demo
from tests.system.residents import Provider
from tests.system.staff import Desk, LineReader, Staff, hidden
from tests.system.waiting import until
from tipline.clock import hour_of
from tipline.db.reading import reading
from tipline.incidents.services import counts
from tipline.instance import provisioning
from tipline.intake.keys import IntakeKeys
from tipline.lines.models import KeyGrant, LineKey
from tipline.members.models import Member
from tipline.threads.contents import (
    MessageContent,
    MessageKind,
    MessagePlace,
    SealedMessage,
    open_message,
    seal_message,
)
from tipline.threads.inbox import InboxFilter, inbox
from tipline.threads.keys import check_thread_key, new_thread, open_thread_key
from tipline.threads.models import EraseKey, Message, Thread, ThreadState

pytestmark = pytest.mark.timeout(300)

THREADS = 10_000
TOGETHER = 1_000
SUPERVISOR = "supervisor@example.org"
REMOVED = "investigator.two@example.org"
RESIDENTS = [f"+1209555{number:04d}" for number in range(1000, 1040)]
PEOPLE = "/lines/police-tips/members"


@pytest.fixture
def full_demo(stopped_demo: Demo) -> Demo:
    """A running instance whose first line has 10,000 open threads."""
    stopped_demo.start()
    for rows in threads(stopped_demo):
        erase_keys, threads_, messages = rows
        with stopped_demo.stores.perishable.begin() as connection:
            connection.execute(insert(EraseKey), erase_keys)
        with stopped_demo.stores.main.begin() as connection:
            connection.execute(insert(Thread), threads_)
            connection.execute(insert(Message), messages)
    return stopped_demo


Rows = list[dict[str, object]]


def threads(demo: Demo) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Threads with one message each, as intake makes them, many together."""
    reader = LineReader.of(demo)
    folders = provisioning.open_folders(demo.settings, demo.info["unlock_secret"])
    signer = IntakeKeys.load(folders.intake).signing
    now, line = datetime.now(UTC), reader.bundle
    for start in range(0, THREADS, TOGETHER):
        erase_keys, made, messages = [], [], []
        for number in range(start, start + TOGETHER):
            new = new_thread(line.line_id, f"thread-{number:05d}", 1, line.opening.public, signer)
            place = MessagePlace(line.line_id, new.id, 1, MessageKind.RESIDENT)
            content = MessageContent(f"Tip {number}", now)
            sealed = seal_message(content, place, new.public, signer)
            erase_keys.append({"thread_id": new.id, "key": new.erase_key})
            made.append(
                {
                    "id": new.id,
                    "line_id": new.line_id,
                    "alias": new.alias,
                    "line_generation": 1,
                    "public": new.public.raw,
                    "wrapped_private": new.wrapped_private,
                    "signature": new.signature,
                    "state": ThreadState.OPEN.value,
                    "messages": 1,
                    "is_opened": False,
                    "is_waiting": True,
                    "created_hour": hour_of(now),
                    "last_hour": hour_of(now),
                    "activity": 0,
                }
            )
            messages.append(
                {
                    "thread_id": new.id,
                    "sequence": 1,
                    "kind": MessageKind.RESIDENT.value,
                    "sealed": sealed.sealed,
                    "signature": sealed.signature,
                    "source": bytes.fromhex(new.id),
                    "hour": hour_of(now),
                }
            )
        yield erase_keys, made, messages


class Texters(threading.Thread):
    """Residents who go on texting, one after the other, until they are told to stop."""

    def __init__(self, demo: Demo) -> None:
        super().__init__(daemon=True)
        self.provider = Provider(demo)
        self.done = threading.Event()
        self.kept: dict[str, list[str]] = {number: [] for number in RESIDENTS}
        self.refused = 0

    def run(self) -> None:
        turn = 0
        while not self.done.is_set():
            number = RESIDENTS[turn % len(RESIDENTS)]
            text = f"Text {in_words(turn)} of {in_words(int(number[-4:]))}"
            if self.provider.try_post(self.provider.fields(number, text)) == 200:
                self.kept[number].append(text)
            else:
                self.refused += 1
            turn += 1
            self.done.wait(0.05)


def left(demo: Demo) -> int:
    """How many threads of the line still wait for its newest keys."""
    newest = select(func.max(LineKey.generation)).where(LineKey.line_id == Thread.line_id)
    query = select(func.count()).where(Thread.line_generation < newest.scalar_subquery())
    with reading(demo.stores.main) as connection:
        return int(connection.execute(query.correlate(Thread)).scalar_one())


def remove(desk: Desk, email: str) -> None:
    page = desk.get(PEOPLE).text
    path = re.findall(rf'href="([^"]*/remove)">Remove {re.escape(email)}<', page)[0]
    form = desk.get(path)
    assert "Earlier reading is not undone" in form.text
    answer = desk.post(path, {"csrf_token": hidden(form.text, "csrf_token")})
    assert answer.status_code == 303, answer.text


def kill_console(demo: Demo) -> None:
    """kill -9 of the whole console, its server and the worker that holds the keyring."""
    server = demo.of("console")
    victims = [*server.children(recursive=True), server]
    for process in victims:
        process.kill()
    psutil.wait_procs(victims, timeout=30)


def look(desk: Desk) -> str:
    """A key holder's request, as soon as the console is back."""

    def page() -> str:
        try:
            answer = desk.get(PEOPLE)
        except requests.RequestException:
            return ""
        assert answer.status_code == 200, "the session outlives the process"
        return answer.text

    return until(page, "the console answers")


def kill_at(demo: Demo, desk: Desk, limit: int) -> None:
    """Wait until re-sealing has come so far, kill the console, and see what it left."""
    look(desk)
    until(lambda: left(demo) <= limit, f"no more than {limit} threads are left", 120)
    kill_console(demo)
    stopped_at = left(demo)
    assert 0 < stopped_at <= limit, "killed on the way, and not after it"
    page = look(desk)
    assert re.search(r"[1-9]\d* of 10\d\d\d threads left", page), page


def grants_of(demo: Demo, email: str) -> int:
    query = select(func.count()).select_from(KeyGrant).join(Member, Member.id == KeyGrant.holder)
    with reading(demo.stores.main) as connection:
        return int(connection.execute(query.where(Member.email == email)).scalar_one())


def test_ten_thousand_threads_are_resealed_under_load_and_kills(full_demo: Demo) -> None:
    demo, staff = full_demo, Staff(full_demo)
    supervisor, removed = staff.sign_in(SUPERVISOR), staff.sign_in(REMOVED)
    assert removed.get("/").status_code == 200
    texters = Texters(demo)
    texters.start()
    until(lambda: len(texters.kept[RESIDENTS[-1]]) >= 1, "every resident has texted")
    remove(supervisor, REMOVED)
    assert removed.get("/").status_code == 303, "signed out"
    assert grants_of(demo, REMOVED) == 0
    for limit in (8_000, 4_000):
        kill_at(demo, supervisor, limit)
    before_the_end = sum(map(len, texters.kept.values()))
    look(supervisor)
    until(lambda: left(demo) == 0, "nothing is left", 120)
    assert sum(map(len, texters.kept.values())) > before_the_end, "messages came all the while"
    texters.done.set()
    texters.join(30)
    assert "threads left" not in look(supervisor)
    reader = LineReader.of(demo)
    assert reader.bundle.generation == 2
    until(lambda: is_everything_there(reader, texters), "intake has handled everything")
    check_everything_opens(demo, reader, texters)
    assert texters.refused == 0
    assert counts(demo.stores.main) == []


def is_everything_there(reader: LineReader, texters: Texters) -> bool:
    stores, line_id = reader.demo.stores, reader.bundle.line_id
    newest = [
        t for t in inbox(stores, InboxFilter((line_id,)), 200) if not t.alias.startswith("thread-")
    ]
    return sum(t.messages for t in newest) >= sum(map(len, texters.kept.values()))


def check_everything_opens(demo: Demo, reader: LineReader, texters: Texters) -> None:
    """With the newest generation alone: every old thread, and what residents texted meanwhile."""
    texts = texts_of_all(demo, reader)
    old = {alias: found for alias, found in texts.items() if alias.startswith("thread-")}
    assert old == {f"thread-{number:05d}": [f"Tip {number}"] for number in range(THREADS)}
    texted = [found for alias, found in texts.items() if alias not in old]
    assert sorted(texted) == sorted(texters.kept.values())


def texts_of_all(demo: Demo, reader: LineReader) -> dict[str, list[str]]:
    """What every thread of the line holds, by alias: all at once, and otherwise as members do."""
    line, pin = reader.bundle, reader.keys.intake_pin
    with reading(demo.stores.perishable) as connection:
        erase_keys = dict(connection.execute(select(EraseKey.thread_id, EraseKey.key)).all())
    keys, texts = {}, {}
    with reading(demo.stores.main) as connection:
        of_line = Thread.line_id == line.line_id
        for row in connection.execute(select(*Thread.__table__.columns).where(of_line)):
            check_thread_key(pin, row.line_id, row.id, row.alias, row.public, row.signature)
            keys[row.id] = open_thread_key(
                row.wrapped_private, erase_keys[row.id], line.opening, row.line_id, row.id, 2
            )
            texts[row.id] = (row.alias, [""] * row.messages)
        for row in connection.execute(select(*Message.__table__.columns)):
            place = MessagePlace(line.line_id, row.thread_id, row.sequence, MessageKind(row.kind))
            sealed = SealedMessage(row.sealed, row.signature)
            content = open_message(sealed, place, keys[row.thread_id], pin)
            texts[row.thread_id][1][row.sequence - 1] = content.text
    return dict(texts.values())
