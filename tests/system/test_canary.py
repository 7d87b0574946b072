"""Nothing planted is found anywhere, on either database, whatever happens to the installation."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import requests

from tests.support.canary import Canary, Finding, scan_bytes, scan_tree
from tests.support.stores import BACKENDS
from tests.system.instance import MARKS, Demo
from tests.system.machines import OnPostgres
from tests.system.planted import copies, log_files, places
from tests.system.planted.life import Life, installed
from tests.system.planted.values import CANARIES, MORE, NUMBER, TIP
from tests.system.planted.visitor import Visitor
from tests.system.waiting import until
from tipline.instance.rotation import Kind

pytestmark = pytest.mark.timeout(600)

CORE_LIMIT = "Max core file size        0                    0 "


class Scanned:
    """One installation's life, and everything that is looked at in it."""

    def __init__(self, demo: Demo, folder: Path) -> None:
        self.demo = demo
        self.folder = folder
        own = [demo.server.folder] if isinstance(demo, OnPostgres) else []
        self.elsewhere = places.Elsewhere(demo.folder, folder, *own)
        demo.start()
        self.life = Life(demo, folder)
        self.auditor = self.life.staff.sign_in(log_files.AUDITOR)

    def on_the_disk(self, canaries: Sequence[Canary]) -> list[Finding]:
        """What stays when no process runs any more."""
        return [
            *places.scan_disk(self.demo, canaries),
            *self.elsewhere.scan(canaries),
            *copies.scan_copies(self.demo, self.folder, canaries),
        ]

    def everywhere(self) -> list[Finding]:
        everything = self.life.everything()
        found = [
            *self.on_the_disk(everything),
            *places.scan_queue(self.demo, everything),
            *places.scan_queue_file(self.demo, everything),
            *places.scan_processes(self.demo, everything, CANARIES),
            *places.scan_metrics(self.demo, everything),
            *log_files.scan_log(self.demo, self.folder, self.auditor, everything),
        ]
        if isinstance(self.demo, OnPostgres):
            found += copies.scan_activity(self.demo, everything)
        for output in self.life.outputs:
            found += scan_bytes(output, everything, "a command")
        return found


# The states of one installation, one after the other: tests stand in this order, too.


@pytest.fixture(scope="module", params=BACKENDS)
def used(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scanned]:
    folder = tmp_path_factory.mktemp("credentials")
    with installed(request.param) as demo:
        scanned = Scanned(demo, folder)
        scanned.life.use()
        yield scanned


@pytest.fixture(scope="module")
def rotated(used: Scanned) -> Scanned:
    """Every key has been rotated, and what was begun with the old ones went on."""
    used.life.rotate()
    used.life.use_again()
    return used


def test_nothing_planted_is_found_while_everything_runs(used: Scanned) -> None:
    assert used.everywhere() == []
    # The scan has had something to look at.
    assert used.demo.output.stat().st_size > 1000
    secrets = used.life.secrets()
    assert len(secrets) > 60
    kept = scan_bytes((used.demo.home / "demo.json").read_bytes(), secrets)
    assert {one.canary for one in kept} >= {"unlock secret", "auth_token", "api_key_secret"}
    with used.demo.queue() as queue:
        assert list(queue.scan_iter("rq:results:*")), "the queue keeps what a job raised"


def test_nothing_planted_is_found_after_every_rotation(rotated: Scanned) -> None:
    keys = rotated.life.hoard.keys
    for kind in Kind:
        assert sum(f" {kind}-" in name for name in keys) >= 2, kind
    assert "line's opening key 2" in keys
    assert "unlock secret, 2" in rotated.life.hoard.words
    assert rotated.everywhere() == []


def test_the_doctor_names_nothing_that_is_planted(rotated: Scanned) -> None:
    more = ["--json"] if isinstance(rotated.demo, OnPostgres) else []
    everything = rotated.life.everything()
    assert places.scan_doctor(rotated.demo, rotated.folder, everything, *more) == []


def test_what_destroys_threads_is_not_where_backups_are_kept(rotated: Scanned) -> None:
    """Erase keys and salts: not in the main store, its copies and its files, nor in any output."""
    canaries = rotated.life.hoard.perishable_canaries()
    assert len(canaries) > 5
    demo = rotated.demo
    assert copies.scan_copies(demo, rotated.folder, canaries, ["main"]) == []
    for file in [*copies.main_store_files(demo), demo.output]:
        assert scan_bytes(file.read_bytes(), canaries, file.name) == []
    assert places.scan_queue(demo, canaries) == []
    found = copies.scan_copies(demo, rotated.folder, canaries, ["perishable"])
    assert {one.canary for one in found} >= {"salt of receipts"}, "it is where it belongs"


class Writers:
    """Residents who go on writing, by text and by form, whatever answers or does not."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._visitor = Visitor(life.demo)
        self._done = threading.Event()
        self._threads = [
            threading.Thread(target=self._go_on, args=(act,), daemon=True)
            for act in (self._text, self._write)
        ]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self, act: Callable[[], object]) -> None:
        # Something is always under way, and there is not too much to look through afterwards.
        while not self._done.wait(0.2):
            with suppress(requests.RequestException, AssertionError):
                act()

    def _text(self) -> None:
        self._life.provider.try_post(self._life.provider.fields(NUMBER, TIP))

    def _write(self) -> None:
        self._visitor.write_more(self._life.english, MORE)


def test_a_process_that_is_killed_leaves_nothing_behind(rotated: Scanned) -> None:
    demo = rotated.demo
    with Writers(rotated.life):
        for name in MARKS:
            kill(demo.of(name), signal.SIGKILL)
            assert rotated.elsewhere.scan(CANARIES) == [], name
            assert scan_tree(demo.scratch, CANARIES) == [], name
        until(demo.is_up, "it is up again")
        # Of an abort the kernel would keep all memory in a file.
        for name in MARKS:
            victim = demo.of(name)
            assert CORE_LIMIT in Path(f"/proc/{victim.pid}/limits").read_text(), name
            kill(victim, signal.SIGABRT)
    until(demo.is_up, "it is up again")
    assert list(demo.folder.rglob("core*")) == []
    assert [path for path in rotated.elsewhere.new() if path.name.startswith("core")] == []
    assert places.scan_disk(demo, CANARIES) == []


def kill(victim: psutil.Process, number: signal.Signals) -> None:
    """Kill a process and wait until it is gone."""
    os.kill(victim.pid, number)
    until(lambda: is_gone(victim), "it is gone")


def is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_nothing_planted_is_found_after_a_power_cut(rotated: Scanned) -> None:
    rotated.life.remember()
    rotated.demo.kill_everything()
    everything = rotated.life.everything()
    assert places.scan_disk(rotated.demo, everything) == []
    assert rotated.elsewhere.scan(everything) == []


def test_nothing_planted_is_found_after_a_clean_stop(rotated: Scanned) -> None:
    demo = rotated.demo
    demo.start()
    demo.stop()
    everything = rotated.life.everything()
    assert rotated.on_the_disk(everything) == []
    if isinstance(demo, OnPostgres):
        assert copies.scan_server(demo, everything) == []
