"""Ringing the queue: the database is the truth, the queue only wakes somebody up.

A job carries no argument and no result. A ring that fails is no error: the worker's sweep finds
what a lost doorbell left.
"""

from __future__ import annotations

import threading
import time
from enum import StrEnum
from typing import Protocol

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from tipline import logs

RING_TIMEOUT_SECONDS = 0.2
JOB_TIMEOUT_SECONDS = 60
FAILURE_TTL_SECONDS = 3600
# A worker that was just woken finds what comes meanwhile; so much later it is asked for again.
PAUSE_SECONDS = 0.01


class QueueName(StrEnum):
    """The queues, one a kind of worker."""

    INTAKE = "intake"
    DELIVERY = "delivery"
    RECORDS = "records"


JOB_FUNCTIONS = {
    QueueName.INTAKE: "workers.intake.drain",
    QueueName.DELIVERY: "workers.delivery.drain",
    QueueName.RECORDS: "workers.records.drain",
}


class Bell(Protocol):
    """What wakes workers: the doorbell itself, or somebody who rings it."""

    def ring(self, name: QueueName) -> object:
        """Have the workers of a queue woken."""


class Doorbell:
    """Wakes workers. Waits at most a fraction of a second for a queue that is dead or hangs."""

    def __init__(self, redis_url: str) -> None:
        """Connect lazily; redis-py's own defaults would wait for up to a minute."""
        self.url = redis_url
        self._redis = Redis.from_url(
            redis_url,
            socket_timeout=RING_TIMEOUT_SECONDS,
            socket_connect_timeout=RING_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._queues = {
            name: Queue(name.value, connection=self._redis, serializer=JSONSerializer)
            for name in QueueName
        }

    def ring(self, name: QueueName) -> bool:
        """Ring unless somebody already has. Return False when the queue could not be reached."""
        queue = self._queues[name]
        try:
            if queue.count == 0:
                queue.enqueue(
                    JOB_FUNCTIONS[name],
                    description=name.value,
                    result_ttl=0,
                    failure_ttl=FAILURE_TTL_SECONDS,
                    job_timeout=JOB_TIMEOUT_SECONDS,
                )
        except (RedisError, OSError) as error:
            logs.failure("doorbell_failed", error, queue=name.value)
            return False
        return True

    def is_reachable(self) -> bool:
        """Tell whether the queue answers."""
        try:
            return bool(self._redis.ping())
        except (RedisError, OSError):
            return False


class Ringer:
    """Rings the doorbell from a thread of its own: whoever asks does not wait for the queue.

    What is asked for while it rings, or within `PAUSE_SECONDS` after, becomes one ring. That one
    begins after the last of them was asked for, so the worker finds what was committed before.
    """

    def __init__(self, doorbell: Bell) -> None:
        """Take the doorbell. The thread lasts as long as there is something to ring for."""
        self._doorbell = doorbell
        self._guard = threading.Lock()
        self._asked: set[QueueName] = set()
        self._is_ringing = False

    def ring(self, name: QueueName) -> None:
        """Have it rung soon. A process that ends meanwhile rings first."""
        with self._guard:
            self._asked.add(name)
            if self._is_ringing:
                return
            self._is_ringing = True
        try:
            threading.Thread(target=self._ring_all, name="ringer").start()
        except RuntimeError:
            # No thread is to be had, as when the interpreter is ending.
            self._ring_all()

    def _ring_all(self) -> None:
        while names := self._take_asked():
            for name in names:
                try:
                    self._doorbell.ring(name)
                except Exception as error:
                    # A thread that died would never ring again.
                    logs.failure("doorbell_failed", error, queue=name.value)
            time.sleep(PAUSE_SECONDS)

    def _take_asked(self) -> set[QueueName]:
        with self._guard:
            asked, self._asked = self._asked, set()
            self._is_ringing = bool(asked)
            return asked
