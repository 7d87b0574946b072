"""Reads all that a Valkey or Redis server holds, as bytes, for the canary scan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import redis

Part = tuple[str, bytes]


def everything(client: redis.Redis) -> Iterator[tuple[str, bytes, list[Part]]]:
    """(place, key, parts) for every key of every database, and for the server's own memory."""
    settings = dict(client.connection_pool.connection_kwargs)
    settings["decode_responses"] = False  # the scan wants bytes, however the caller reads
    kind = client.connection_pool.connection_class
    for database in _databases(client):
        pool = redis.ConnectionPool(connection_class=kind, **{**settings, "db": database})
        with redis.Redis(connection_pool=pool) as own:
            yield from _keys(own, f"db{database}")
            if database == 0:
                yield "server", b"commands and clients", list(_flat("", _memory(own)))
        pool.disconnect()


def _databases(client: redis.Redis) -> list[int]:
    keyspace: dict[str, Any] = client.info("keyspace")
    return sorted({0, *(int(name.removeprefix("db")) for name in keyspace)})


def _keys(client: redis.Redis, place: str) -> Iterator[tuple[str, bytes, list[Part]]]:
    for key in client.scan_iter(count=1000):
        kind = _bytes(client.type(key)).decode()
        if kind == "none":
            continue  # expired since the scan listed it
        if kind not in _READERS:
            raise NotImplementedError(f"the canary scan cannot read keys of type {kind}")
        yield f"{place} {kind}", key, list(_flat("", _READERS[kind](client, key)))


def _stream(client: redis.Redis, key: bytes) -> Any:
    groups = client.xinfo_groups(key)
    consumers = [client.xinfo_consumers(key, group["name"]) for group in groups]
    return {"entries": client.xrange(key), "groups": groups, "consumers": consumers}


_READERS: dict[str, Callable[[redis.Redis, bytes], Any]] = {
    "string": lambda client, key: client.get(key),
    "hash": lambda client, key: client.hgetall(key),
    "list": lambda client, key: client.lrange(key, 0, -1),
    "set": lambda client, key: client.smembers(key),
    "zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
    "stream": _stream,
}


def _memory(client: redis.Redis) -> Any:
    return {
        "slow log": client.slowlog_get(10_000),
        "clients": client.client_list(),
        "channels": client.pubsub_channels(),
        "functions": client.function_list(withcode=True),
    }


def _flat(part: str, value: Any) -> Iterator[Part]:
    """Every leaf of a reply as bytes. A leaf is named by its number: its name may be what leaks."""
    if isinstance(value, dict):
        value = [leaf for pair in value.items() for leaf in pair]
    if isinstance(value, (list, tuple, set, frozenset)):
        for number, leaf in enumerate(value):
            yield from _flat(f"{part}[{number}]", leaf)
    elif value is not None:
        yield part or "value", _bytes(value)


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, float):
        return f"{value:.0f} {value!r}".encode()  # a score reads 12095550143.0, or 1.2e+10
    return str(value).encode()
