"""The canary scan can fail: what is planted into each kind of place is found there."""

from __future__ import annotations

import http.server
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from tests.support.canary import Finding
from tests.system.forging import Forger
from tests.system.instance import Demo, free_port
from tests.system.planted import copies, places, values
from tests.system.planted.values import ENCODINGS, MADE_UP
from tests.system.waiting import until

pytestmark = pytest.mark.timeout(300)

HOLDING = """
import os, sys
path = sys.argv[1]
with open(path, "w+b") as file:
    file.write(sys.stdin.buffer.read())
    file.flush()
    os.unlink(path)
    print("ready", flush=True)
    sys.stdin = open("/dev/null")
    import time
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """A running demo, with something in each place."""
    demo = Demo()
    try:
        demo.start()
        Forger(demo).job("intake", "workers.intake.drain", ["x"])
        with demo.queue() as queue:
            until(lambda: queue.keys("rq:results:*"), "the queue keeps what a job raised")
        yield demo
    finally:
        demo.clean_up()


# -- every encoding, in the queue ------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_is_found_in_the_queue(demo: Demo, encoding: str) -> None:
    leak = values.leaks(ENCODINGS[encoding])
    with demo.queue() as queue:
        kept = queue.keys("rq:results:*")[0]
        try:
            queue.hset("planted", "exc_string", leak)
            entry = queue.xadd(kept, {"exc_string": leak})
            found = places.scan_queue(demo, MADE_UP)
        finally:
            queue.delete("planted")
            queue.xdel(kept, entry)
    for place in ("planted", kept.decode()):
        assert names(found, place) >= values.planted_names()


@contextmanager
def rows_planted(demo: Demo, planted: list[bytes]) -> Iterator[None]:
    """Rows in both stores, which nothing shows any more afterwards."""
    rows = [(value, "2026-11-02") for value in planted]
    with (
        closing(sqlite3.connect(demo.home / "main.sqlite3")) as main,
        closing(sqlite3.connect(demo.home / "perishable.sqlite3")) as perishable,
    ):
        main.executemany("INSERT INTO dedupe_tags (tag, day) VALUES (?, ?)", rows)
        perishable.executemany("INSERT INTO suppressions (tag, expires) VALUES (?, ?)", rows)
        main.commit()
        perishable.commit()
        try:
            yield
        finally:
            for store, table in ((main, "dedupe_tags"), (perishable, "suppressions")):
                store.execute("PRAGMA secure_delete=ON")
                store.executemany(f"DELETE FROM {table} WHERE tag = ?", [row[:1] for row in rows])
                store.commit()
                store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# -- every kind of value in every kind of place ----------------------------------------------------


def in_a_copy(demo: Demo, folder: Path) -> list[Finding]:
    with rows_planted(demo, [values.leak_of_everything()]):
        found = copies.scan_copies(demo, folder, MADE_UP)
    for kind in ("dump", "online backup"):
        for store in copies.STORES:
            assert names(found, f"{kind} of the {store}") == values.made_up_names()
    return found


def in_the_queues_file(demo: Demo, _folder: Path) -> list[Finding]:
    with demo.queue() as queue:
        queue.set("planted", values.leak_of_everything())
        try:
            return places.scan_queue_file(demo, MADE_UP)
        finally:
            queue.delete("planted")


def in_a_deleted_file(demo: Demo, folder: Path) -> list[Finding]:
    with running(demo, [sys.executable, "-c", HOLDING, str(folder / "held")]):
        return places.scan_processes(demo, MADE_UP, MADE_UP)


def in_the_memory_folder(demo: Demo, _folder: Path) -> list[Finding]:
    path = f"/dev/shm/planted-{os.getpid()}"
    with running(demo, [sys.executable, "-c", HOLDING, path]):
        return places.scan_processes(demo, MADE_UP, MADE_UP)


def in_a_command_line(demo: Demo, _folder: Path) -> list[Finding]:
    words = [one.value for one in MADE_UP]
    with running(demo, ["sh", "-c", "cat >&2; echo ready; sleep 600", *words]):
        return places.scan_processes(demo, MADE_UP, MADE_UP)


def in_an_environment(demo: Demo, _folder: Path) -> list[Finding]:
    more = {f"PLANTED_{number}": one.value for number, one in enumerate(MADE_UP)}
    with running(demo, ["sh", "-c", "cat >&2; echo ready; sleep 600"], more):
        return places.scan_processes(demo, MADE_UP, MADE_UP)


def in_the_metrics(demo: Demo, _folder: Path) -> list[Finding]:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"tipline_stores_up 1\n" + values.leak_of_everything())

        def log_message(self, *_: object) -> None:
            pass

    port = free_port()
    server = http.server.HTTPServer(("127.0.0.1", port), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    own = demo.environment["TIPLINE_METRICS_PORT"]
    demo.environment["TIPLINE_METRICS_PORT"] = str(port)
    try:
        return places.scan_metrics(demo, MADE_UP)
    finally:
        demo.environment["TIPLINE_METRICS_PORT"] = own
        server.shutdown()
        server.server_close()


def in_shared_folders(demo: Demo, folder: Path) -> list[Finding]:
    elsewhere = places.Elsewhere(demo.folder, folder)
    planted = [
        Path(shared) / f"planted-{os.getpid()}"
        for shared in places.SHARED_FOLDERS
        if os.access(shared, os.W_OK)
    ]
    assert len(planted) > 3
    try:
        for path in planted:
            path.write_bytes(values.leak_of_everything())
        found = elsewhere.scan(MADE_UP)
        assert set(planted) <= set(elsewhere.new())
    finally:
        for path in planted:
            path.unlink()
    for path in planted:
        assert names(found, str(path)) == values.made_up_names()
    return found


Planting = Callable[[Demo, Path], list[Finding]]
PLANTINGS: tuple[Planting, ...] = (
    in_a_copy,
    in_the_queues_file,
    in_a_deleted_file,
    in_the_memory_folder,
    in_a_command_line,
    in_an_environment,
    in_the_metrics,
    in_shared_folders,
)


@pytest.mark.parametrize("planting", PLANTINGS, ids=lambda planting: planting.__name__)
def test_everything_is_found_in_a_place(demo: Demo, planting: Planting, tmp_path: Path) -> None:
    found = planting(demo, tmp_path)
    # A key is no text: no command line and no environment holds its bytes, but its digits.
    assert names(found) == values.made_up_names()


# -- every encoding, where nobody writes any more ------------------------------------------------


@pytest.fixture(scope="module")
def stopped(demo: Demo) -> Demo:
    demo.stop()
    return demo


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_is_found_on_the_disk(stopped: Demo, encoding: str) -> None:
    demo, encode = stopped, ENCODINGS[encoding]
    length = demo.output.stat().st_size
    planted = [demo.home / "run" / "planted", demo.scratch / "planted"]
    try:
        with rows_planted(demo, [encode(value) for value in values.PLANTED]):
            for path in (*planted, demo.output):
                with path.open("ab") as file:
                    file.write(values.leaks(encode))
            found = places.scan_disk(demo, MADE_UP)
    finally:
        os.truncate(demo.output, length)
        for path in planted:
            path.unlink()
    for place in ("i/run/planted", "t/planted", "output", "main.sqlite3", "perishable.sqlite3"):
        assert names(found, place) >= values.planted_names(), place


def names(found: list[Finding], place: str = "") -> set[str]:
    return {finding.canary for finding in found if place in finding.where}


def running(
    demo: Demo, command: list[str], more: dict[str, str] | None = None
) -> AbstractContextManager[None]:
    """A process of this instance, as the scan sees it, which was given everything to read."""

    @contextmanager
    def run() -> Iterator[None]:
        process = subprocess.Popen(
            command,
            env={**demo.environment, **(more or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(values.leak_of_everything())
            process.stdin.close()
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            os.killpg(process.pid, 9)
            process.wait()
            process.stdout.close()

    return run()
