from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import redis

from tipline.doorbell import QueueName
from workers.worker import DrainWorker, connect, quiet_rq


@pytest.fixture
def valkey(valkey_url: str) -> Iterator[redis.Redis]:
    """An empty queue server."""
    client = redis.Redis.from_url(valkey_url)
    client.flushall()
    yield client
    client.flushall()
    client.close()


@pytest.fixture(autouse=True)
def undisturbed_process() -> Iterator[None]:
    """RQ's workers take over signals and add log handlers: give back what was there."""
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    loggers = [logging.getLogger(name) for name in ("rq.worker", "rq.job", "rq.queue")]
    handlers = [(logger, list(logger.handlers), logger.level) for logger in loggers]
    quiet_rq()
    yield
    for number, handler in signals.items():
        signal.signal(number, handler)
    for logger, kept, level in handlers:
        logger.handlers[:] = kept
        logger.setLevel(level)


@dataclass
class Bench:
    """A real worker on a real queue, with what it calls counted."""

    url: str
    sweeps: list[int] = field(default_factory=list)
    reports: list[int] = field(default_factory=list)
    sweep: Callable[[], None] = lambda: None

    def work(self, name: QueueName = QueueName.INTAKE, burst: bool = True) -> None:
        """Work as a process of ours does: until the queue is empty, or until it is told to stop."""
        client = connect(self.url)
        worker = DrainWorker(name, client, self._sweep, lambda: self.reports.append(1))
        worker.work(burst=burst, logging_level="WARNING")
        client.close()

    def _sweep(self) -> None:
        self.sweeps.append(1)
        self.sweep()


@pytest.fixture
def bench(valkey: redis.Redis, valkey_url: str) -> Bench:
    return Bench(valkey_url)


@pytest.fixture
def drained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often each worker's own job ran. What it does is tested with its process."""
    calls: list[str] = []
    monkeypatch.setattr("workers.intake.drain", lambda: calls.append("intake"))
    monkeypatch.setattr("workers.delivery.drain", lambda: calls.append("delivery"))
    monkeypatch.setattr("workers.records.drain", lambda: calls.append("records"))
    return calls
