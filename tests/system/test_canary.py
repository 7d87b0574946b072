"""A copy of the disk, of the queue and of all output shows nobody; its key files open nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

import config
from tests.support.canary import Canary, scan_bytes, scan_tree
from tests.system import planting
from tests.system.forging import Forger
from tests.system.instance import REPOSITORY, Demo
from tests.system.planting import (
    ENCODINGS,
    LOCKED_OUT,
    NUMBER,
    REPLY,
    SPANISH,
    TIP,
    UNREACHABLE,
)
from tests.system.residents import Provider
from tests.system.staff import INVESTIGATOR, Desk, LineReader, Staff
from tests.system.waiting import until
from tipline.crypto.errors import CannotOpenError, UnlockError
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.members import MemberSecret
from tipline.crypto.opening import OpeningKey
from tipline.crypto.unlock import FD_VARIABLE, process_keys
from tipline.db.engines import open_stores
from tipline.db.reading import reading
from tipline.envelopes.models import SetAside
from tipline.instance.provisioning import PROCESSES
from tipline.threads.keys import open_thread_key
from tipline.threads.models import EraseKey, Thread

pytestmark = pytest.mark.timeout(400)


class Used:
    """A demo in which all that can happen to a tip has happened to the planted ones."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.provider = Provider(demo)
        self.staff = Staff(demo)
        self.desk = self.staff.sign_in(INVESTIGATOR)

    def use(self) -> None:
        provider = self.provider
        provider.turn(number=UNREACHABLE, delivery_error_code=30003)
        planting.text_everything(provider)
        aliases = until(self._aliases, "three threads")
        for number in (NUMBER, UNREACHABLE):
            path = f"/lines/police-tips/threads/{aliases[number]}"
            assert self.desk.reply(path, REPLY).status_code == 303
        until(lambda: REPLY in provider.received(NUMBER), "the reply is at the phone")
        unreachable = f"/lines/police-tips/threads/{aliases[UNREACHABLE]}"
        words = "The phone could not be reached."
        until(lambda: words in self.desk.get(unreachable).text, "the page says why it failed")
        provider.text(LOCKED_OUT, "STOP")
        closed = f"/lines/police-tips/threads/{aliases[LOCKED_OUT]}"
        until(lambda: "no way back" in self.desk.get(closed).text, "STOP is shown")
        planting.post_what_is_refused(provider)
        planting.sign_in_in_vain(Desk(self.demo))
        self._poison(aliases[NUMBER])
        self._raise_in_a_job()

    def _aliases(self) -> dict[str, str]:
        found = LineReader.of(self.demo).all_texts()
        if sum(map(len, found.values())) < 5:
            return {}
        kinds = {(TIP, 3): NUMBER, (TIP, 1): UNREACHABLE, (SPANISH, 1): LOCKED_OUT}
        return {kinds[texts[0], len(texts)]: alias for alias, texts in found.items()}

    def _poison(self, alias: str) -> None:
        """A message that conflicts whenever it is handled: set aside after a few tries."""
        forger = Forger(self.demo)
        with forger.swapped(Thread.messages, 0, Thread.alias == alias):
            self.provider.text(NUMBER, SPANISH)
            query = select(SetAside.id).where(SetAside.sealed_for_line.is_not(None))
            until(lambda: self._first(query), "the poison is set aside")
        assert SPANISH in self.desk.get("/lines/police-tips/set-aside").text

    def _raise_in_a_job(self) -> None:
        """A refused job whose arguments are canaries, which RQ keeps with what was raised."""
        Forger(self.demo).job("intake", "workers.intake.drain", ["x"])

    def _first(self, query: object) -> object:
        with reading(self.demo.stores.main) as connection:
            return connection.execute(query).first()


# The states of one instance, one after the other: tests stand in this order, too.


@pytest.fixture(scope="module")
def used() -> Iterator[Used]:
    demo = Demo()
    try:
        demo.start()
        used = Used(demo)
        used.use()
        yield used
    finally:
        demo.clean_up()


@pytest.fixture(scope="module")
def killed(used: Used) -> Demo:
    """Every process killed at once, as by a power cut."""
    used.demo.kill_everything()
    return used.demo


@pytest.fixture(scope="module")
def stopped(killed: Demo) -> Demo:
    """Started again and stopped cleanly."""
    killed.start()
    killed.stop()
    return killed


def test_nothing_planted_is_found_while_everything_runs(used: Used) -> None:
    demo = used.demo
    assert planting.scan_disk(demo) == []
    assert planting.scan_queue(demo) == []
    assert planting.scan_open_files(demo) == []
    # The scan has had something to look at.
    assert (demo.home / "main.sqlite3").stat().st_size > 200_000
    assert demo.output.stat().st_size > 1000
    with demo.queue() as queue:
        assert list(queue.scan_iter("rq:results:*")), "the queue keeps what a job raised"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_leak_planted_into_the_queue_is_found(used: Used, encoding: str) -> None:
    leak = planting.leaks(ENCODINGS[encoding])
    with used.demo.queue() as queue:
        kept = queue.keys("rq:results:*")[0]
        try:
            queue.hset("planted", "exc_string", leak)
            entry = queue.xadd(kept, {"exc_string": leak})
            found = planting.scan_queue(used.demo)
        finally:
            queue.delete("planted")
            queue.xdel(kept, entry)
    for place in ("planted", kept.decode()):
        names = {finding.canary for finding in found if place in finding.where}
        assert names >= planting.planted_names()


def test_nothing_planted_is_found_after_a_power_cut(killed: Demo) -> None:
    assert planting.scan_disk(killed) == []


def test_nothing_planted_is_found_after_a_clean_stop(stopped: Demo) -> None:
    assert planting.scan_disk(stopped) == []


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_leak_planted_on_the_disk_is_found(stopped: Demo, encoding: str) -> None:
    encode = ENCODINGS[encoding]
    length = stopped.output.stat().st_size
    rows = [(encode(value), "2026-11-02") for value in planting.PLANTED]
    planted = [stopped.home / "run" / "planted", stopped.scratch / "planted"]
    main = sqlite3.connect(stopped.home / "main.sqlite3")
    perishable = sqlite3.connect(stopped.home / "perishable.sqlite3")
    try:
        for path in (*planted, stopped.output):
            with path.open("ab") as file:
                file.write(planting.leaks(encode))
        main.executemany("INSERT INTO dedupe_tags (tag, day) VALUES (?, ?)", rows)
        perishable.executemany("INSERT INTO suppressions (tag, expires) VALUES (?, ?)", rows)
        main.commit()
        perishable.commit()
        found = planting.scan_disk(stopped)
    finally:
        os.truncate(stopped.output, length)
        for path in planted:
            path.unlink()
        for store, table in ((main, "dedupe_tags"), (perishable, "suppressions")):
            store.execute("PRAGMA secure_delete=ON")
            store.executemany(f"DELETE FROM {table} WHERE tag = ?", [row[:1] for row in rows])
            store.commit()
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            store.close()
    for place in ("i/run/planted", "t/planted", "output", "main.sqlite3", "perishable.sqlite3"):
        names = {finding.canary for finding in found if place in finding.where}
        assert names >= planting.planted_names(), place


def test_no_secret_of_the_demo_is_anywhere_but_in_its_own_file(stopped: Demo) -> None:
    info = stopped.info
    account = info["twilio"]
    secrets = {
        "unlock secret": info["unlock_secret"],
        **{name: account[name] for name in ("auth_token", "api_key_secret")},
        **{f"recovery key of {line['line']}": line["recovery_key"] for line in info["lines"]},
        **{f"password of {m['email']}": m["password"] for m in info["members"]},
        **{f"one-time secret of {m['email']}": m["totp_secret"] for m in info["members"]},
    }
    canaries = [Canary(name, value, "id") for name, value in secrets.items()]
    assert scan_tree(stopped.home, canaries, exclude=["demo.json"]) == []
    assert scan_tree(stopped.scratch, canaries) == []
    assert scan_tree(stopped.home, canaries)[0].where == "demo.json"


# -- key files without the unlock secret -------------------------------------------------------


@pytest.fixture(scope="module")
def stolen(stopped: Demo) -> Iterator[config.InstanceSettings]:
    """A copy of the disk, as a thief has it: all key files, and no demo.json."""
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    shutil.copytree(stopped.home, folder / "i")
    (folder / "i" / "demo.json").unlink()
    yield config.InstanceSettings.from_environment(
        {**stopped.environment, "TIPLINE_HOME": str(folder / "i")}
    )
    shutil.rmtree(folder)


def key_names(settings: config.InstanceSettings, process: str) -> list[str]:
    names = [file.name.removesuffix(".key") for file in (settings.keys / process).glob("*.key")]
    assert names
    return names


@pytest.mark.parametrize("process", PROCESSES)
def test_a_key_file_opens_with_its_own_key_and_no_other(
    stopped: Demo, stolen: config.InstanceSettings, process: str
) -> None:
    right = process_keys(stopped.info["unlock_secret"], stolen.keys, PROCESSES)
    wrong = process_keys("guessed, and long enough", stolen.keys, PROCESSES)
    others = {name: key for name, key in right.items() if name != process}
    for name in key_names(stolen, process):
        assert KeyFolder(stolen.keys / process, process, right[process]).read(name)
        for key in (*wrong.values(), *others.values(), bytes(32)):
            for claimed in PROCESSES:
                with pytest.raises(UnlockError):
                    KeyFolder(stolen.keys / process, claimed, key).read(name)


def test_no_unwrapped_key_is_on_the_disk(stopped: Demo, stolen: config.InstanceSettings) -> None:
    right = process_keys(stopped.info["unlock_secret"], stolen.keys, PROCESSES)
    keys = [
        KeyFolder(stolen.keys / process, process, right[process]).read(name)
        for process in PROCESSES
        for name in key_names(stolen, process)
        if not name.startswith("pin-")
    ]
    assert len(keys) > 12
    canaries = [Canary(f"key {n}", key.hex(), "id") for n, key in enumerate(keys)]
    for path in stolen.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(key in content for key in (*keys, *right.values()))
            assert scan_bytes(content, canaries) == []


@pytest.mark.parametrize("key", [None, bytes(32)], ids=["no key", "a guessed key"])
@pytest.mark.parametrize(
    "command",
    [
        ("-m", "tipline.instance.serving", "gateway"),
        ("-m", "tipline.instance.serving", "console"),
        ("-m", "workers", "intake"),
        ("-m", "workers", "delivery"),
        ("-m", "tipline", "run"),
        ("-m", "tipline.simulator.demo"),
    ],
    ids=lambda command: " ".join(command[1:]),
)
def test_no_process_starts_from_a_stolen_disk(
    stopped: Demo, stolen: config.InstanceSettings, command: tuple[str, ...], key: bytes | None
) -> None:
    account = stopped.info["twilio"]
    environment = {
        **stopped.environment,
        "TIPLINE_HOME": str(stolen.home),
        "TIPLINE_PUBLIC_URL": stopped.info["gateway_url"],
        "TIPLINE_CONSOLE_URL": stopped.info["console_url"],
        "TIPLINE_TWILIO_ACCOUNT_SID": account["account_sid"],
        "TIPLINE_TWILIO_AUTH_TOKEN": account["auth_token"],
        "TIPLINE_TWILIO_API_KEY_SID": account["api_key_sid"],
        "TIPLINE_TWILIO_API_KEY_SECRET": account["api_key_secret"],
    }
    read_end, write_end = os.pipe()
    os.write(write_end, key or b"")
    os.close(write_end)
    handed = {} if key is None else {FD_VARIABLE: str(read_end)}
    try:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=REPOSITORY,
            env={**environment, **handed},
            pass_fds=(read_end,),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(read_end)
    assert done.returncode > 0
    words = done.stdout + done.stderr
    assert b"unlock" in words.lower() or b"not a demo" in words
    assert b"Traceback" not in words


def test_a_members_password_opens_nothing_without_the_pepper(
    stopped: Demo, stolen: config.InstanceSettings
) -> None:
    member = Staff(stopped).member(INVESTIGATOR)
    with sqlite3.connect(stolen.home / "main.sqlite3") as store:
        ((name, blob),) = store.execute(
            "SELECT id, blob FROM members WHERE email = ?", [INVESTIGATOR]
        ).fetchall()
    wrapped = (stolen.keys / "console" / "pepper.key").read_bytes()
    for guess in (bytes(32), wrapped, wrapped[-32:]):
        with pytest.raises(CannotOpenError):
            MemberSecret.open(name, blob, member["password"], guess)


def test_whoever_has_the_unlock_secret_but_no_password_opens_no_thread(
    stopped: Demo, stolen: config.InstanceSettings
) -> None:
    """The admin of the machine holds no key that opens a tip."""
    right = process_keys(stopped.info["unlock_secret"], stolen.keys, PROCESSES)
    values = [
        KeyFolder(stolen.keys / process, process, right[process]).read(name)
        for process in PROCESSES
        for name in key_names(stolen, process)
    ]
    keys = [OpeningKey(value) for value in values if len(value) == 32]
    stores = open_stores(stolen.database_url, stolen.perishable_url)
    with reading(stores.perishable) as connection:
        erase_keys = dict(connection.execute(select(EraseKey.thread_id, EraseKey.key)).all())
    with reading(stores.main) as connection:
        threads = connection.execute(select(*Thread.__table__.columns)).all()
    stores.main.dispose()
    stores.perishable.dispose()
    assert len(threads) == 3
    assert len(keys) > 12
    for thread in threads:
        for key in keys:
            with pytest.raises(CannotOpenError):
                open_thread_key(
                    thread.wrapped_private, erase_keys[thread.id], key, thread.line_id,
                    thread.id, thread.line_generation,
                )  # fmt: skip
