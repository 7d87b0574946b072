"""A write to the queue must not be code execution in a worker, nor stop it."""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.workers.conftest import Bench
from tests.workers.queue import DRAIN, call, push, put_job
from tipline.doorbell import Doorbell, QueueName

MODULE = "a_module_that_nobody_should_import"


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that appears when a foreign function is called or its module merely imported."""
    mark = tmp_path / "mark"
    source = f"def touch(*a, **k):\n    open({str(mark)!r}, 'a').close()\ntouch()\n"
    (tmp_path / f"{MODULE}.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield mark
    sys.modules.pop(MODULE, None)


class Touching:
    """Unpickling this creates a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def foreign_jobs(mark: Path) -> dict[str, tuple[bytes, dict[str, Any]]]:
    touch = f"{MODULE}.touch"
    command = ["touch", str(mark)]
    plain = call(DRAIN)
    return {
        "a program": (call("subprocess.check_output", command), {}),
        "a program by keyword": (call("subprocess.run", args=command), {}),
        "a function of a module": (call(touch), {}),
        "a method": (f'["touch", "{mark}", [], {{}}]'.encode(), {}),
        "our function with an argument": (call(DRAIN, "x"), {}),
        "our function with a keyword": (call(DRAIN, x=1), {}),
        "our function on an instance": (f'["drain", "{DRAIN}", [], {{}}]'.encode(), {}),
        "another worker's function": (call("workers.delivery.drain"), {}),
        "another queue's name": (call("workers.delivery.drain"), {"origin": "delivery"}),
        "a queue that is none": (call(touch), {"origin": "nonsense"}),
        "no queue": (call(touch), {"origin": ""}),
        "called on success": (plain, {"success_callback_name": touch}),
        "called on failure": (plain, {"failure_callback_name": touch}),
        "called on stopping": (plain, {"stopped_callback_name": touch}),
        "a foreign one called on failure": (call(touch), {"failure_callback_name": touch}),
        "pickled": (pickle.dumps(Touching(mark)), {}),
        "pickled call": (pickle.dumps((touch, None, (), {})), {}),
        "no JSON": (b"\x00\xff", {}),
        "JSON of another shape": (b'{"touch": 1}', {}),
        "a private function of ours": (call("workers.intake.process"), {}),
    }


NAMES = list(foreign_jobs(Path("/nowhere")))


@pytest.mark.parametrize("name", NAMES)
def test_is_refused_and_reported_and_the_worker_goes_on(
    name: str, trap: Path, bench: Bench, valkey: redis.Redis, drained: list[str]
) -> None:
    data, fields = foreign_jobs(trap)[name]
    push(valkey, data, **fields)
    push(valkey, call(DRAIN))
    bench.work()
    assert not trap.exists()
    assert MODULE not in sys.modules
    assert drained == ["intake"], "the genuine job behind it ran, and nothing else did"
    assert len(bench.reports) == 1


def test_the_genuine_job_runs_and_is_not_reported(
    bench: Bench, valkey_url: str, drained: list[str]
) -> None:
    doorbell = Doorbell(valkey_url)
    assert doorbell.ring(QueueName.INTAKE)
    assert doorbell.ring(QueueName.DELIVERY)
    bench.work()
    assert drained == ["intake"]
    bench.work(QueueName.DELIVERY)
    assert drained == ["intake", "delivery"]
    assert bench.reports == []


UNREADABLE = {
    "time limit": {"timeout": "soon"},
    "creation": {"created_at": "yesterday"},
    "status": {"status": "well"},
    "lifetime": {"result_ttl": "long"},
    "callback": {"success_callback_name": b"\xff\xfe"},
    "dependencies": {"dependency_ids": "["},
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_unreadable_job_stops_nothing(
    what: str, bench: Bench, valkey: redis.Redis, drained: list[str]
) -> None:
    push(valkey, call(DRAIN), **UNREADABLE[what])
    push(valkey, call(DRAIN))
    bench.work()
    assert "intake" in drained


@pytest.mark.parametrize("name", ["absent", "no id at all", "", "a" * 100_000, "string", "list"])
def test_id_without_a_job_stops_nothing(
    name: str, bench: Bench, valkey: redis.Redis, drained: list[str]
) -> None:
    valkey.set("rq:job:string", "no hash")
    valkey.rpush("rq:job:list", "no hash")
    valkey.rpush("rq:queue:intake", name)
    push(valkey, call(DRAIN))
    bench.work()
    assert drained == ["intake"]


def test_own_time_limit_of_a_job_does_not_count(
    bench: Bench, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[float] = []

    def drain() -> None:
        import signal

        left.append(signal.getitimer(signal.ITIMER_REAL)[0])

    monkeypatch.setattr("workers.intake.drain", drain)
    push(valkey, call(DRAIN), timeout=1)
    push(valkey, call(DRAIN), timeout=-1)
    bench.work()
    assert all(30 < seconds <= 60 for seconds in left)
    assert len(left) == 2


def test_job_that_wants_to_be_tried_again_for_ever_is_refused_once(
    trap: Path, bench: Bench, valkey: redis.Redis, drained: list[str]
) -> None:
    again = {"retries_left": 1000, "number_of_retries": 0, "enqueue_at_front_on_retry": 1}
    push(valkey, call(f"{MODULE}.touch"), **again)
    push(valkey, call(DRAIN))
    bench.work()
    assert len(bench.reports) == 1
    assert drained == ["intake"]


def test_job_that_wants_to_be_repeated_runs_once(
    bench: Bench, valkey: redis.Redis, drained: list[str]
) -> None:
    push(valkey, call(DRAIN), repeats_left=1000, repeat_intervals="[0]")
    bench.work()
    assert drained == ["intake"]


@pytest.mark.parametrize("registry", ["wip", "finished", "failed", "deferred"])
def test_abandoned_job_calls_nothing_when_registries_are_cleaned(
    registry: str, trap: Path, bench: Bench, valkey: redis.Redis, drained: list[str]
) -> None:
    fields = {
        "origin": "intake",
        "status": "started",
        **{f"{when}_callback_name": f"{MODULE}.touch" for when in ("success", "failure")},
        "webhooks": f'[{{"url": "file://{trap}"}}]',
    }
    put_job(valkey, "abandoned", call(f"{MODULE}.touch"), fields)
    valkey.zadd(f"rq:{registry}:intake", {"abandoned": 1, "abandoned:execution": 1})
    push(valkey, call(DRAIN))
    bench.work()
    assert not trap.exists()
    assert drained == ["intake"]


def test_worker_listens_to_no_commands(
    bench: Bench, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RQ's commands stop a job or the whole worker."""
    channels: list[Any] = []
    monkeypatch.setattr("workers.intake.drain", lambda: channels.append(valkey.pubsub_channels()))
    push(valkey, call(DRAIN))
    bench.work()
    assert channels == [[]]


def test_webhooks_of_a_job_are_not_posted(
    bench: Bench, valkey: redis.Redis, drained: list[str]
) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        push(valkey, call(DRAIN), webhooks=f'[{{"url": "{url}", "events": ["finished"]}}]')
        push(valkey, call("os.getcwd"), webhooks=f'[{{"url": "{url}", "events": ["failed"]}}]')
        bench.work()
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert drained == ["intake"]


def test_many_foreign_jobs_do_not_delay_the_genuine_one_for_long(
    trap: Path, bench: Bench, valkey: redis.Redis, drained: list[str]
) -> None:
    for _ in range(200):
        push(valkey, call(f"{MODULE}.touch"))
    push(valkey, call(DRAIN))
    started = time.monotonic()
    bench.work()
    assert drained == ["intake"]
    assert len(bench.reports) == 200
    assert time.monotonic() - started < 30
