"""What cannot be kept is answered 503, leaves nothing behind, and may be sent again."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import event, text

from tests.gateway.helpers import (
    BODY,
    NOTHING,
    ONE_MESSAGE,
    LogLines,
    gateway_of,
    kept,
    message_fields,
)
from tests.support.house import MESSAGE_PATH, House, wait_for_ringers

Trouble = Callable[[House, Flask], AbstractContextManager[None]]


@contextmanager
def on_connect(app: Flask, sqlite: str, postgresql: str) -> Iterator[None]:
    """Run a statement on each new connection of the gateway."""
    engine = gateway_of(app).engine
    statement = sqlite if engine.dialect.name == "sqlite" else postgresql

    def run(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        if engine.dialect.name != "sqlite":
            connection.commit()

    event.listen(engine, "connect", run)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", run)
        engine.dispose()


@contextmanager
def read_only(_house: House, app: Flask) -> Iterator[None]:
    with on_connect(app, "PRAGMA query_only=ON", "SET default_transaction_read_only = on"):
        yield


@contextmanager
def locked(house: House, app: Flask) -> Iterator[None]:
    """Somebody holds the lock for longer than the gateway waits (made short here)."""
    short = on_connect(app, "PRAGMA busy_timeout=50", "SET lock_timeout = 50")
    with short, house.stores.main.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE envelopes IN ACCESS EXCLUSIVE MODE"))
        yield


def missing(table: str) -> Trouble:
    @contextmanager
    def hidden(house: House, _app: Flask) -> Iterator[None]:
        with house.stores.main.begin() as connection:
            connection.execute(text(f"ALTER TABLE {table} RENAME TO hidden"))
        yield
        with house.stores.main.begin() as connection:
            connection.execute(text(f"ALTER TABLE hidden RENAME TO {table}"))

    return hidden


@contextmanager
def failing_commit(_house: House, app: Flask) -> Iterator[None]:
    """All is written, and then the disk is full."""

    def fail(_connection: object) -> None:
        raise OSError(28, f"No space left on device: {BODY}")

    engine = gateway_of(app).engine
    event.listen(engine, "commit", fail)
    yield
    event.remove(engine, "commit", fail)


@contextmanager
def no_key(house: House, _app: Flask) -> Iterator[None]:
    with house.stores.main.begin() as connection:
        connection.execute(text("DELETE FROM published_keys WHERE kind = 'intake'"))
    yield
    house.keep_keys()


@contextmanager
def old_key(house: House, _app: Flask) -> Iterator[None]:
    """The worker has not been there for four days."""
    house.clock.move(days=4)
    yield
    house.keep_keys()


TROUBLES = [
    pytest.param(read_only, id="read-only"),
    pytest.param(locked, id="locked"),
    pytest.param(missing("envelopes"), id="no table of envelopes"),
    pytest.param(missing("dedupe_tags"), id="no table of tags"),
    pytest.param(missing("published_keys"), id="no table of keys"),
    pytest.param(missing("lines"), id="no table of lines"),
    pytest.param(failing_commit, id="commit fails"),
    pytest.param(no_key, id="no key"),
    pytest.param(old_key, id="key too old"),
]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_not_kept_and_then_kept_once(house: House, log: LogLines, trouble: Trouble) -> None:
    fields = message_fields(pictures=1)
    with trouble(house, house.app):
        for _ in range(2):
            answer = house.post(MESSAGE_PATH, fields)
            assert answer.status_code == 503
            assert answer.mimetype == "text/plain"
    assert log.codes() == ["not_kept"] * 2
    log.assert_silent_about(fields)
    assert kept(house) == NOTHING
    for _ in range(2):
        assert house.post(MESSAGE_PATH, fields).status_code == 200
    assert kept(house) == ONE_MESSAGE
    house.drain()
    assert house.texts() == [BODY]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_after_a_first_message(house: House, trouble: Trouble) -> None:
    """Keys and lines are cached by then: still nothing is answered 2xx that was not committed."""
    assert house.post(MESSAGE_PATH, message_fields("first")).status_code == 200
    fields = message_fields("second")
    with trouble(house, house.app):
        status = house.post(MESSAGE_PATH, fields).status_code
    assert kept(house) == ((2, 0, 2) if status == 200 else (1, 0, 1))
    assert status in (200, 503)
    assert house.post(MESSAGE_PATH, fields).status_code == 200
    house.drain()
    assert sorted(house.texts()) == ["first", "second"]


# -- the queue -------------------------------------------------------------------------------


def gateway_with_queue(house: House, url: str) -> Flask:
    return house.new_gateway(instance=replace(house.instance, redis_url=url))


def test_dead_queue_does_not_matter(house: House, log: LogLines) -> None:
    app = gateway_with_queue(house, "redis://user:password@127.0.0.1:1/0")
    assert house.post(MESSAGE_PATH, message_fields(), app=app).status_code == 200
    assert kept(house) == ONE_MESSAGE
    wait_for_ringers()
    assert sorted(log.codes()) == ["doorbell_failed", "message_kept"]
    assert "password" not in log.text
    house.drain()
    assert house.texts() == [BODY]


def test_hanging_queue_does_not_matter(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = gateway_with_queue(house, f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        assert house.post(MESSAGE_PATH, message_fields(), app=app).status_code == 200
    assert kept(house) == ONE_MESSAGE


def test_living_queue_is_rung_without_a_word(house: House, valkey_url: str, tmp_path: Path) -> None:
    app, fields = gateway_with_queue(house, valkey_url), message_fields()
    with Redis.from_url(valkey_url) as queue:
        queue.flushall()
        assert house.post(MESSAGE_PATH, fields, app=app).status_code == 200
        wait_for_ringers()
        assert queue.llen("rq:queue:intake") == 1
        held = b"".join(queue.dump(key) or b"" for key in queue.keys("*"))
        queue.flushall()
    values = dict(fields)
    for name in ("From", "To", "Body", "MessageSid"):
        assert values[name].encode() not in held
