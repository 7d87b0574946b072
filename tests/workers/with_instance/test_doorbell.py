"""The doorbell rings once, and never holds up who rings it."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis import Redis

from tipline.doorbell import Doorbell, QueueName


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
