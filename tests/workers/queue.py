"""Writing jobs straight into a queue, as somebody does who has broken into it."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import redis

from tests.support.canary_valkey import everything
from tipline.doorbell import JOB_FUNCTIONS, QueueName

DRAIN = JOB_FUNCTIONS[QueueName.INTAKE]
STARTED_AT = "2026-11-02T15:00:00.000000Z"


def call(function: str, *args: Any, **kwargs: Any) -> bytes:
    """A job's data as RQ's JSON serializer writes it: function, instance, arguments."""
    return json.dumps([function, None, args, kwargs]).encode()


def push(client: redis.Redis, data: bytes, queue: str = "intake", **fields: Any) -> str:
    """One HSET and one RPUSH, with RQ's library not involved."""
    name = secrets.token_hex(8)
    put_job(client, name, data, {"origin": queue, **fields})
    client.rpush(f"rq:queue:{queue}", name)
    return name


def put_job(client: redis.Redis, name: str, data: bytes, fields: Mapping[str, Any]) -> None:
    job = {"created_at": STARTED_AT, "status": "queued", "data": zlib.compress(data), **fields}
    client.hset(f"rq:job:{name}", mapping=job)


def contents(client: redis.Redis) -> Iterator[bytes]:
    """Every value in the server, as it stands and inflated."""
    for place, key, parts in everything(client):
        if place == "server":
            continue  # the commands of this test itself
        yield key
        for _, value in parts:
            yield value
            yield from _inflated(value)


def _inflated(value: bytes) -> Iterator[bytes]:
    candidates = [value]
    with contextlib.suppress(ValueError):
        candidates.append(base64.b64decode(value, validate=True))
    for candidate in candidates:
        try:
            yield zlib.decompress(candidate)
        except zlib.error:
            continue
