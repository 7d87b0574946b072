"""A signal stops the worker, wherever it comes, and what is being done is done to its end."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from rq.job import Job

from tests.workers.with_instance.bench import Bench


def terminate(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("where", ["in the sweep", "while a job is read"])
def test_a_signal_is_not_lost(bench: Bench, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    bench.text("Wait for the next worker")
    bench.ring()
    with monkeypatch.context() as patch:
        if where == "in the sweep":
            patch.setattr(bench.process, "sweep", terminate)
        else:
            patch.setattr(Job, "restore", terminate)
        bench.work()
    assert bench.house.threads() == [], "it went home without another job"
    for taken_for in ("sweep_failed", "job_unreadable"):
        assert taken_for not in bench.written
    bench.work()
    assert bench.house.texts() == ["Wait for the next worker"]


def test_a_job_that_is_being_done_is_done_to_its_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.text("In the middle of it")
    bench.ring()
    drain = bench.process.intake.drain

    def interrupted(seconds: float) -> bool:
        terminate()
        return drain(seconds)

    with monkeypatch.context() as patch:
        patch.setattr(bench.process.intake, "drain", interrupted)
        bench.work()
    assert bench.house.texts() == ["In the middle of it"]
    assert "drain_failed" not in bench.written
