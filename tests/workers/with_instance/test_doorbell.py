"""The doorbell rings once, and never holds up who rings it."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis import Redis

from tests.support.house import wait_for_ringers
from tipline.doorbell import Doorbell, QueueName, Ringer


def rings(url: str) -> tuple[bool, float]:
    """What `ring` says, and after how many seconds."""
    start = time.monotonic()
    return Doorbell(url).ring(QueueName.INTAKE), time.monotonic() - start


@pytest.fixture
def hanging_socket() -> Iterator[Path]:
    """A server that takes a connection and never says a word."""
    with (
        tempfile.TemporaryDirectory(prefix="tl-") as folder,
        socket.socket(socket.AF_UNIX) as server,
    ):
        path = Path(folder) / "v.sock"
        server.bind(str(path))
        server.listen()
        yield path


@pytest.fixture
def full_socket(hanging_socket: Path) -> Iterator[Path]:
    """One that does not even take a connection any more."""
    clients = []
    for _ in range(200):
        client = socket.socket(socket.AF_UNIX)
        client.setblocking(False)
        clients.append(client)
        try:
            client.connect(str(hanging_socket))
        except BlockingIOError:
            break
    yield hanging_socket
    for client in clients:
        client.close()


def quickly(url: str) -> None:
    said, seconds = rings(url)
    assert said is False
    assert seconds < 1
    assert Doorbell(url).is_reachable() is False


def test_a_dead_queue(tmp_path: Path) -> None:
    quickly(f"unix://{tmp_path}/nobody.sock")
    quickly("redis://127.0.0.1:9/0")


def test_a_hanging_queue(hanging_socket: Path) -> None:
    quickly(f"unix://{hanging_socket}")


def test_a_queue_that_takes_no_connection(full_socket: Path) -> None:
    quickly(f"unix://{full_socket}")


def test_a_hanging_queue_on_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        quickly(f"redis://127.0.0.1:{server.getsockname()[1]}/0")


def test_a_queue_on_the_network_that_takes_no_connection() -> None:
    """What a machine that is gone looks like: nothing comes back at all."""
    with socket.socket() as server, ExitStack() as clients:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            client = clients.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        quickly(f"redis://127.0.0.1:{server.getsockname()[1]}/0")


def test_any_number_of_rings_is_one_job(valkey_url: str, queue: Redis) -> None:
    doorbell = Doorbell(valkey_url)
    for name in QueueName:
        assert [doorbell.ring(name) for _ in range(5)] == [True] * 5
        assert Doorbell(valkey_url).ring(name)
        assert queue.llen(f"rq:queue:{name.value}") == 1
    assert len(list(queue.scan_iter("rq:job:*"))) == len(QueueName)


def test_a_job_says_nothing_but_that_something_waits(valkey_url: str, queue: Redis) -> None:
    Doorbell(valkey_url).ring(QueueName.INTAKE)
    (key,) = queue.keys("rq:job:*")
    job = queue.hgetall(key)
    assert job[b"description"] == b"intake"
    assert job[b"result_ttl"] == b"0"
    for hook in (b"success_callback_name", b"failure_callback_name", b"webhooks", b"meta"):
        assert job.get(hook, b"") in (b"", b"{}")


# -- ringing from a thread of its own ----------------------------------------------------------


class SlowBell:
    """A queue that answers when it is told to, and remembers what was committed when asked."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.is_asked = threading.Event()
        self.committed = 0
        self.seen: list[tuple[QueueName, int]] = []

    def ring(self, name: QueueName) -> None:
        self.seen.append((name, self.committed))
        self.is_asked.set()
        assert self.may_answer.wait(60)


def test_nobody_waits_for_the_queue_and_many_rings_become_one() -> None:
    bell = SlowBell()
    ringer = Ringer(bell)
    ringer.ring(QueueName.INTAKE)
    assert bell.is_asked.wait(60)
    for committed in range(1, 101):
        bell.committed = committed
        ringer.ring(QueueName.INTAKE)
        ringer.ring(QueueName.DELIVERY)
    bell.may_answer.set()
    wait_for_ringers()
    assert bell.seen[0] == (QueueName.INTAKE, 0)
    assert sorted(bell.seen[1:]) == [(QueueName.DELIVERY, 100), (QueueName.INTAKE, 100)]


def test_the_last_ring_begins_after_the_last_was_asked_for() -> None:
    """Otherwise a message would wait for the sweep."""
    bell = SlowBell()
    bell.may_answer.set()
    ringer, guard = Ringer(bell), threading.Lock()

    def commit_and_ring() -> None:
        for _ in range(50):
            with guard:
                bell.committed += 1
            ringer.ring(QueueName.INTAKE)

    threads = [threading.Thread(target=commit_and_ring) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for_ringers()
    assert bell.seen[-1] == (QueueName.INTAKE, 400)


def test_a_ring_that_fails_is_not_the_last() -> None:
    class Broken(SlowBell):
        def ring(self, name: QueueName) -> None:
            self.seen.append((name, self.committed))
            raise ValueError

    bell = Broken()
    ringer = Ringer(bell)
    for number in (1, 2):
        ringer.ring(QueueName.INTAKE)
        wait_for_ringers()
        assert len(bell.seen) == number


def test_where_no_thread_is_to_be_had_it_rings_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    bell = SlowBell()
    bell.may_answer.set()
    ringer = Ringer(bell)
    for _ in range(2):
        ringer.ring(QueueName.DELIVERY)
    assert bell.seen == [(QueueName.DELIVERY, 0)] * 2


ASK_AND_END = """
import sys
from tipline.doorbell import Doorbell, QueueName, Ringer
Ringer(Doorbell(sys.argv[1])).ring(QueueName.INTAKE)
"""


def test_a_process_that_ends_rings_before(valkey_url: str, queue: Redis) -> None:
    subprocess.run([sys.executable, "-c", ASK_AND_END, valkey_url], check=True, timeout=60)
    assert queue.llen("rq:queue:intake") == 1
