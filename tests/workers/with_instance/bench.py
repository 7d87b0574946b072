"""Working off a queue, writing to it by raw commands, and reading all that it holds."""

from __future__ import annotations

import base64
import json
import secrets
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from redis import Redis

from tests.support import canary_valkey
from tests.support.house import BEN, House
from tests.support.plain_words import in_words
from tipline.doorbell import QueueName
from workers.intake import IntakeProcess
from workers.worker import DrainWorker, connect

DRAIN = "workers.intake.drain"


def forge(
    queue: Redis,
    function: Any = DRAIN,
    args: Any = (),
    kwargs: Mapping[str, Any] | None = None,
    instance: Any = None,
    **fields: str | bytes,
) -> str:
    """A job by HSET and LPUSH, as RQ would have stored it; `fields` replace what it holds."""
    name = secrets.token_hex(16)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    job: dict[str | bytes, str | bytes] = {
        "data": zlib.compress(json.dumps([function, instance, args, kwargs or {}]).encode()),
        "origin": "intake",
        "created_at": now,
        "enqueued_at": now,
        "status": "queued",
        "timeout": "60",
        "result_ttl": "0",
        **fields,
    }
    queue.hset(f"rq:job:{name}", mapping=job)
    queue.sadd("rq:queues", "rq:queue:intake")
    queue.lpush("rq:queue:intake", name)
    return name


class Bench:
    """A house whose envelopes only a real drain worker drains."""

    def __init__(
        self,
        house: House,
        process: IntakeProcess,
        queue: Redis,
        lines: StringIO,
        capture: pytest.CaptureFixture[str],
    ) -> None:
        self.house, self.process, self.queue = house, process, queue
        self._lines, self._capture = lines, capture
        self._printed = ""

    @property
    def written(self) -> str:
        """All that was logged or printed in the course of the work."""
        return self._lines.getvalue() + self._printed

    def work(self) -> None:
        """All that is on the queue, by a worker that then goes home."""
        self._capture.readouterr()  # what this process itself wrote is none of the worker's
        connection = connect(self.process.doorbell.url)
        worker = DrainWorker(
            QueueName.INTAKE, connection, self.process.sweep, self.process.report_foreign_job
        )
        worker.work(burst=True, logging_level="WARNING")
        connection.close()
        self._printed += "".join(self._capture.readouterr())

    def ring(self) -> None:
        assert self.process.doorbell.ring(QueueName.INTAKE)

    def foreign_jobs(self) -> int:
        return self.house.incidents().get("foreign_job", 0)

    def still_works(self) -> None:
        """A rightful ring is answered: the worker is neither dead nor stuck."""
        before = len(self.house.threads())
        body = f"Still there? {in_words(secrets.randbelow(1_000_000))}"
        self.house.text(f"+1209555{1000 + before}", body)
        self.ring()
        self.work()
        assert len(self.house.threads()) == before + 1
        assert self.house.texts(alias=self.house.threads()[0].alias) == [body]

    def text(self, body: str, number: str = BEN) -> None:
        """A text whose ring nobody hears: the house's gateway has no queue."""
        assert self.house.text(number, body).status_code < 300


def all_bytes(queue: Redis) -> bytes:
    """Every key and value of a Valkey, and what is compressed in them."""
    found = []
    for _, key, parts in canary_valkey.everything(queue):
        found += [key, *(piece for _, value in parts for piece in _unpacked(value))]
    return b"\n".join(found)


def _unpacked(value: bytes) -> Iterator[bytes]:
    yield value
    with suppress(zlib.error):
        yield zlib.decompress(value)
    with suppress(ValueError, zlib.error):
        decoded = base64.b64decode(value, validate=True)
        yield decoded
        yield zlib.decompress(decoded)
