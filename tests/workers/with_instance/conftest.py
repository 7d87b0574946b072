"""The intake worker's process in this one, and a queue that somebody else can write to."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from io import StringIO

import pytest
from redis import Redis

import config
import workers.intake
from tests.support.house import House
from tests.workers.with_instance.bench import Bench
from tipline import logs
from workers.intake import IntakeProcess
from workers.worker import quiet_rq

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
LOGGERS = ("", "tipline", "rq.worker", "rq.job", "rq.queue")


@pytest.fixture
def queue(valkey_url: str) -> Iterator[Redis]:
    """An empty Valkey, as somebody who can write to it sees it."""
    connection = Redis.from_url(valkey_url)
    connection.flushall()
    yield connection
    connection.flushall()
    connection.close()


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What a worker would log, and everything that RQ changes put back afterwards."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger, logger.handlers[:], logger.level) for logger in loggers]
    signals = {number: signal.getsignal(number) for number in SIGNALS}
    output = StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(logs.EventFormatter("intake-worker"))
    loggers[0].addHandler(handler)
    logging.getLogger("tipline").setLevel(logging.INFO)
    quiet_rq()
    yield output
    for number, old in signals.items():
        signal.signal(number, old)
    for logger, handlers, level in before:
        logger.handlers[:] = handlers
        logger.setLevel(level)


@pytest.fixture
def bench(
    sqlite_house: House,
    queue: Redis,
    valkey_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    lines: StringIO,
) -> Iterator[Bench]:
    """A real drain worker on a real Valkey, in burst mode, by the house's clock."""
    house = sqlite_house
    monkeypatch.setattr(workers.intake, "system_clock", house.clock)
    settings = config.InstanceSettings.from_environment(
        {**house.environment, "TIPLINE_REDIS_URL": valkey_url}
    )
    process = IntakeProcess(settings, house.template.unlock_keys["intake"])
    monkeypatch.setattr(workers.intake, "process", lambda: process)
    yield Bench(house, process, queue, lines, capfd)
    process.stores.main.dispose()
    process.stores.perishable.dispose()
