"""A worker that is told to stop, wherever it is, ends what it does and stops."""

from __future__ import annotations

import os
import signal

import pytest
import redis
from sqlalchemy import create_engine, event, text

from tests.workers.conftest import Bench
from tests.workers.queue import DRAIN, call, contents, push

ENOUGH = 3


class HeardNothingError(SystemExit):
    """Ends a worker that goes on and on."""


def test_the_signal_is_not_lost_where_a_library_forgets_what_went_wrong(bench: Bench) -> None:
    engine = create_engine("sqlite://")

    @event.listens_for(engine, "reset")
    def strike(*_: object) -> None:
        """The connection goes back to its pool: whatever is raised here, the pool only logs."""
        if len(bench.sweeps) == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    done: list[int] = []

    def sweep() -> None:
        if len(bench.sweeps) > ENOUGH:
            raise HeardNothingError
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        done.append(1)

    bench.sweep = sweep
    bench.work(burst=False)
    assert done == [1], "the sweep was ended, and no other begun"


def test_a_job_is_ended_and_the_next_one_left(
    bench: Bench, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []

    def drain() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        done.append(1)

    monkeypatch.setattr("workers.intake.drain", drain)
    for _ in range(2):
        push(valkey, call(DRAIN))
    bench.work(burst=False)
    assert done == [1]
    assert valkey.llen("rq:queue:intake") == 1
    assert not any(b"Traceback" in content for content in contents(valkey))
