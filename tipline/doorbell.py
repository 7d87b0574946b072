"""Ringing the queue: the database is the truth, the queue only wakes somebody up.

A job carries no argument and no result. A ring that fails is no error: the worker's sweep finds
what a lost doorbell left.
"""

from __future__ import annotations

from enum import StrEnum

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from tipline import logs

RING_TIMEOUT_SECONDS = 0.2
JOB_TIMEOUT_SECONDS = 60
FAILURE_TTL_SECONDS = 3600


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
