"""A copy of the disk with all key files, but without the unlock secret, opens nothing."""

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
from tests.support.canary import Canary, scan_bytes
from tests.system.instance import REPOSITORY, Demo
from tests.system.planted import ways
from tests.system.residents import Provider
from tests.system.staff import INVESTIGATOR, LineReader, Staff
from tests.system.waiting import until
from tipline.crypto.errors import CannotOpenError, UnlockError
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.members import MemberSecret
from tipline.crypto.opening import OpeningKey
from tipline.crypto.unlock import FD_VARIABLE, process_keys
from tipline.db.engines import open_stores
from tipline.db.reading import reading
from tipline.instance.provisioning import PROCESSES
from tipline.threads.keys import open_thread_key
from tipline.threads.models import EraseKey, Thread

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def stopped() -> Iterator[Demo]:
    """Used, and stopped cleanly."""
    demo = Demo()
    try:
        demo.start()
        ways.text_everything(Provider(demo))
        until(lambda: len(LineReader.of(demo).all_texts()) == 3, "three threads")
        demo.stop()
        yield demo
    finally:
        demo.clean_up()


@pytest.fixture(scope="module")
def stolen(stopped: Demo) -> Iterator[config.InstanceSettings]:
    """A copy of the disk, as a thief has it: all key files, and no demo.json."""
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    shutil.copytree(stopped.home, folder / "i", ignore=shutil.ignore_patterns("*.sock"))
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
        ("-m", "workers", "records"),
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
