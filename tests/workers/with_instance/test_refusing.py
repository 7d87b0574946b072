"""Whoever can write to the queue can wake the worker: tips still arrive, and nothing else runs."""

from __future__ import annotations

import json
import pickle
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workers.with_instance.bench import DRAIN, Bench, forge
from tests.workers.with_instance.trap import SPRUNG, Trap
from tipline.doorbell import QueueName
from workers.worker import DrainWorker, connect

SPRING = "tests.workers.with_instance.trap.spring"


@pytest.fixture(autouse=True)
def nothing_springs() -> Iterator[None]:
    SPRUNG.clear()
    yield
    assert SPRUNG == []


def refused(bench: Bench, jobs: int) -> None:
    """Each was reported, none is left waiting, and the worker goes on."""
    bench.work()
    assert bench.foreign_jobs() == jobs
    assert bench.queue.llen("rq:queue:intake") == 0
    bench.still_works()
    assert bench.foreign_jobs() == jobs


@pytest.mark.parametrize("origin", ["intake", "delivery", "nobody", ""])
def test_a_job_that_names_another_function(bench: Bench, tmp_path: Path, origin: str) -> None:
    written = tmp_path / "written"
    shell = ["/bin/sh", "-c", f"echo broken into > {written}"]
    forge(bench.queue, "subprocess.check_output", [shell], origin=origin)
    forge(bench.queue, "os.system", [" ".join(shell)], origin=origin)
    forge(bench.queue, SPRING, origin=origin)
    forge(bench.queue, "workers.delivery.drain", origin=origin)
    forge(bench.queue, "workers.intake.process", origin=origin)
    refused(bench, 5)
    assert not written.exists()


def test_the_right_name_with_anything_to_it(bench: Bench) -> None:
    forge(bench.queue, args=["one"])
    forge(bench.queue, kwargs={"seconds": 1})
    forge(bench.queue, "drain", instance={"py/object": SPRING})
    forge(bench.queue, instance="tests.workers.with_instance.trap.Trap")
    refused(bench, 4)


def test_callbacks(bench: Bench) -> None:
    for when in ("success", "failure", "stopped"):
        forge(bench.queue, **{f"{when}_callback_name": SPRING})
        forge(bench.queue, SPRING, **{f"{when}_callback_name": SPRING})
    refused(bench, 6)


def test_webhooks_are_never_posted(bench: Bench) -> None:
    """Else a write to the queue would be a request from inside, and tell when somebody texts."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/hook"
        hooks = json.dumps(
            [{"url": url, "job_status": status, "timeout": 1} for status in ("finished", "failed")]
        )
        forge(bench.queue, webhooks=hooks)
        forge(bench.queue, SPRING, webhooks=hooks)
        refused(bench, 1)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_data_that_no_doorbell_wrote(bench: Bench) -> None:
    written = (
        pickle.dumps((SPRING, None, (), {})),
        pickle.dumps(Trap()),
        b"\xff\xfe no JSON",
        b"",
        b"{}",
        b"null",
        f'["{DRAIN}"]'.encode(),
        f'[["{DRAIN}"], null, [], {{}}]'.encode(),
        b"[" * 100_000,
    )
    for data in written:
        forge(bench.queue, data=data)
    refused(bench, len(written))


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "nonsense"},
        {"created_at": "yesterday"},
        {"result_ttl": b"\xff"},
        {"dependency_ids": "["},
        {"success_callback_name": b"\xff"},
    ],
    ids=["status", "created_at", "result_ttl", "dependency_ids", "success_callback_name"],
)
def test_a_job_that_cannot_be_read_ends_no_worker(bench: Bench, fields: dict[str, Any]) -> None:
    forge(bench.queue, SPRING, **fields)
    forge(bench.queue, **fields)
    bench.work()
    bench.still_works()
    bench.still_works()  # it may still lie where RQ's maintenance looks


@pytest.mark.parametrize("name", [b"no-such-job", b"\xff\xfe", b"rq:job:" * 100, b""])
def test_a_name_without_a_job_ends_no_worker(bench: Bench, name: bytes) -> None:
    bench.queue.lpush("rq:queue:intake", name)
    bench.work()
    bench.still_works()
    bench.still_works()


@pytest.mark.parametrize(
    "key", ["rq:wip:intake", "rq:failed:intake", "rq:queue:intake:intermediate"]
)
def test_a_registry_that_is_none_stops_no_sweep(bench: Bench, key: str) -> None:
    """RQ's own maintenance fails; ours must not, or a lost doorbell would be lost for good."""
    swept: list[str] = []
    bench.queue.set(key, "nonsense")
    connection = connect(bench.process.doorbell.url)
    worker = DrainWorker(QueueName.INTAKE, connection, lambda: swept.append("swept"), lambda: None)
    worker.run_maintenance_tasks()
    connection.close()
    assert swept == ["swept"]
    assert not worker.should_run_maintenance_tasks, "and not again without a pause"


def test_nobody_suspends_the_worker(bench: Bench) -> None:
    bench.queue.set("rq:suspended", "1")
    bench.still_works()


def test_an_abandoned_job_of_somebody_elses_is_not_called_back(bench: Bench) -> None:
    """RQ's maintenance calls the failure callback of whatever it finds in its registry."""
    name = forge(bench.queue, SPRING, failure_callback_name=SPRING)
    bench.queue.delete("rq:queue:intake")
    bench.queue.zadd("rq:wip:intake", {f"{name}:0": 1})
    bench.work()
    bench.still_works()


def test_the_right_job_is_run(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what is refused above differs from this only in what it names."""
    monkeypatch.setattr(bench.process, "sweep", lambda: None)
    bench.text("Found by a job that was forged, but right")
    bench.work()
    assert bench.house.threads() == []
    forge(bench.queue)
    bench.work()
    assert bench.house.texts() == ["Found by a job that was forged, but right"]
    assert bench.foreign_jobs() == 0
