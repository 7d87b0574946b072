"""Every key is rotated on the running instance while residents text and staff answer."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.carrier_signature import Fields, new_sid
from tests.system.instance import REPOSITORY, Demo
from tests.system.residents import Provider
from tests.system.staff import INVESTIGATOR, LineReader, Staff
from tests.system.waiting import until
from tipline.crypto.errors import UnlockError
from tipline.crypto.generations import Generations
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.unlock import process_keys
from tipline.incidents.services import counts
from tipline.instance.provisioning import PROCESSES, check_secret, open_folders
from tipline.instance.rotation import Kind
from tipline.threads.inbox import InboxFilter, inbox

pytestmark = pytest.mark.timeout(600)

NEW_SECRET = "another unlock secret of the demo"
RESIDENTS = [f"+1209555{number:04d}" for number in range(2000, 2012)]
PAUSE = "8"
PATIENCE_SECONDS = 120.0


class Texters(threading.Thread):
    """Residents who text in turn, each message until it is acknowledged, and some of them twice."""

    def __init__(self, demo: Demo) -> None:
        super().__init__(daemon=True)
        self.provider = Provider(demo)
        self.done = threading.Event()
        self.kept: dict[str, list[str]] = {number: [] for number in RESIDENTS}
        self.problem: BaseException | None = None

    def run(self) -> None:
        turn = 0
        try:
            while not self.done.is_set():
                number = RESIDENTS[turn % len(RESIDENTS)]
                text = f"Text {turn} of {number[-4:]}"
                fields = self.provider.fields(number, text, sid=new_sid())
                for _ in range(1 + (turn % 5 == 0)):
                    until(partial(self._is_kept, fields), "a 200", PATIENCE_SECONDS)
                self.kept[number].append(text)
                turn += 1
                self.done.wait(0.05)
        except BaseException as error:
            self.problem = error

    def _is_kept(self, fields: Fields) -> bool:
        return self.provider.try_post(fields) == 200

    def stop(self) -> None:
        self.done.set()
        self.join()
        if self.problem is not None:
            raise self.problem


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    return tmp_path


def rotate(demo: Demo, credentials: Path, kind: str, secret: str) -> subprocess.Popen[str]:
    (credentials / "tipline-unlock-secret").write_text(secret)
    (credentials / "tipline-new-unlock-secret").write_text(NEW_SECRET)
    return subprocess.Popen(
        [sys.executable, "-m", "tipline", "rotate", kind, "--pause", PAUSE],
        cwd=REPOSITORY,
        env={**demo.environment, "CREDENTIALS_DIRECTORY": str(credentials)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, output + errors
    return output


def texts_by_thread(reader: LineReader, demo: Demo) -> list[list[str]]:
    found = inbox(demo.stores, InboxFilter((reader.bundle.line_id,)), 10_000)
    return [reader.texts(thread.alias) for thread in found]


def test_every_key_is_rotated_while_messages_arrive(demo: Demo, credentials: Path) -> None:
    secret, picks = demo.info["unlock_secret"], random.Random(4)
    reader, texters = LineReader.of(demo), Texters(demo)
    texters.start()
    until(lambda: all(len(texts) > 1 for texts in texters.kept.values()), "texts")
    before = {name: set(folder_names(demo, secret, name)) for name in PROCESSES}
    # Each is killed once at a random moment, and then given again.
    for kind in Kind:
        killed = rotate(demo, credentials, kind.value, secret)
        threading.Event().wait(picks.uniform(0.2, 4.0))
        killed.kill()
        killed.wait()
        killed.communicate()
        ended(rotate(demo, credentials, kind.value, secret))
    output = ended(rotate(demo, credentials, "unlock", secret))
    assert "The running processes were started anew with it." in output
    assert NEW_SECRET not in output
    kept = {number: len(texts) for number, texts in texters.kept.items()}
    until(
        lambda: all(len(texts) > kept[number] for number, texts in texters.kept.items()),
        "texts after the last rotation",
        PATIENCE_SECONDS,
    )
    texters.stop()
    folders = open_folders(demo.settings, NEW_SECRET)
    check_secret(folders)
    with pytest.raises(UnlockError):
        check_secret(open_folders(demo.settings, secret))
    for kind, folder in (
        (Kind.INDEX, folders.intake),
        (Kind.DEDUPE, folders.gateway),
        (Kind.ENVELOPE_TAG, folders.gateway),
        (Kind.STATUS_TAG, folders.delivery),
    ):
        assert Generations.load(folder, kind.value).current.number >= 2
    for process in ("gateway", "intake"):
        assert f"{Kind.ENVELOPE_TAG}-1" in before[process]
        assert f"{Kind.ENVELOPE_TAG}-1" not in folder_names(demo, NEW_SECRET, process)
    expected = sorted(texts for texts in texters.kept.values())
    assert sum(len(texts) for texts in expected) > 200
    until(
        lambda: sorted(texts_by_thread(reader, demo)) == expected,
        "every text in its resident's one thread, once and in order",
        PATIENCE_SECONDS,
    )
    assert {item.kind: item.count for item in counts(demo.stores.main)} == {}
    # And a reply still finds its way.
    desk = Staff(demo).sign_in(INVESTIGATOR)
    path = desk.threads()[0]
    desk.reply(path, "We have read it.")
    until(
        lambda: any(
            "We have read it." in texters.provider.received(number) for number in RESIDENTS
        ),
        "the reply",
        PATIENCE_SECONDS,
    )


def folder_names(demo: Demo, secret: str, process: str) -> list[str]:
    keys = process_keys(secret, demo.settings.keys, PROCESSES)
    return KeyFolder(demo.settings.keys / process, process, keys[process]).names()


@pytest.fixture(scope="module")
def once_started() -> Iterator[Demo]:
    """An instance with all its keys, stopped: to be copied."""
    demo = Demo()
    try:
        demo.start()
        demo.stop()
        yield demo
    finally:
        demo.clean_up()


@pytest.mark.parametrize("moment", [0.0, 0.02, 0.05, 0.1, 0.3])
def test_killed_while_the_unlock_secret_changes_one_secret_starts_it(
    stopped_demo: Demo, once_started: Demo, credentials: Path, moment: float
) -> None:
    demo = stopped_demo
    demo.copy(once_started)
    secret = demo.info["unlock_secret"]
    process = rotate(demo, credentials, "unlock", secret)
    until(lambda: (demo.settings.keys / "unlock.json.next").exists() or process.poll() is not None,
          "it has begun", PATIENCE_SECONDS)  # fmt: skip
    threading.Event().wait(moment)
    process.kill()
    process.communicate()
    opened = []
    for each in (secret, NEW_SECRET):
        try:
            check_secret(open_folders(demo.settings, each))
        except UnlockError:
            continue
        opened.append(each)
    assert len(opened) == 1
    assert not list(demo.settings.keys.rglob("*.next"))
    if opened == [secret]:
        ended(rotate(demo, credentials, "unlock", secret))
    check_secret(open_folders(demo.settings, NEW_SECRET))
