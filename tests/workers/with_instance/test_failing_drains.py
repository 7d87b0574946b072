"""A drain that fails tells nobody what it was about, and one that nobody asked for comes."""

from __future__ import annotations

import pytest

import workers.intake
from tests.support.house import BEN
from tests.workers.with_instance.bench import Bench, all_bytes

BODY = "They meet behind the old mill"
SECRETS = (BODY.encode(), BEN.encode(), BEN[2:].encode())


def told(bench: Bench) -> bytes:
    return bench.written.encode() + all_bytes(bench.queue)


def fail(*_: object) -> None:
    raise RuntimeError(f"could not handle {BODY!r} from {BEN}")


@pytest.mark.parametrize("where", ["in the drain", "around the drain"])
def test_what_failed_is_told_by_type_and_place(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    with monkeypatch.context() as patch:
        if where == "in the drain":
            patch.setattr(bench.process.intake, "drain", fail)
        else:
            patch.setattr(workers.intake, "process", fail)
        bench.text(BODY)
        bench.ring()
        bench.work()
    assert bench.house.threads() == []
    assert "RuntimeError at " in bench.written
    for secret in SECRETS:
        assert secret not in told(bench)
    bench.ring()
    bench.work()
    assert bench.house.texts() == [BODY], "nothing is lost by it"


def test_a_database_that_fails_in_the_middle(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(bench.process.intake, "_writer", None)
        bench.text(BODY)
        bench.ring()
        bench.work()
    assert "drain_failed" in bench.written
    for secret in SECRETS:
        assert secret not in told(bench)


def test_a_failing_sweep_is_tried_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(bench.process, "sweep", fail)
        bench.text(BODY)
        bench.work()
    assert bench.house.threads() == []
    assert "sweep_failed" in bench.written
    for secret in SECRETS:
        assert secret not in told(bench)
    bench.work()
    assert bench.house.texts() == [BODY]


def test_the_sweep_finds_what_a_lost_doorbell_left(bench: Bench) -> None:
    bench.text("Nobody heard the bell")
    bench.ring()
    bench.queue.flushall()
    bench.work()
    assert bench.house.texts() == ["Nobody heard the bell"]


def test_what_is_done_leaves_nothing_on_the_queue(bench: Bench) -> None:
    bench.text(BODY)
    bench.ring()
    bench.work()
    assert bench.house.texts() == [BODY]
    for secret in SECRETS:
        assert secret not in told(bench)
    left = [job.decode().removeprefix("rq:job:") for job in bench.queue.keys("rq:job:*")]
    rung = [name.decode() for name in bench.queue.lrange("rq:queue:delivery", 0, -1)]
    assert left == rung, "nothing but the ring for the acknowledgement"
