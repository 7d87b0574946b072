"""Libraries at their most talkative, given a number, a text and an address: none comes through."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from gunicorn.config import Config
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import create_engine, text
from werkzeug.serving import make_server

from tests.architecture.test_habits import log_calls
from tests.test_logs import NUMBER, OURS, TEXT, lines
from tipline import logs
from tipline.delivery.provider import OutgoingText, ProviderBusyError
from tipline.delivery.twilio import TwilioProvider
from tipline.instance.serving import SilentLogger
from tipline.logs import FIELDS
from workers.worker import quiet_rq

ADDRESS = "203.0.113.77"
SECRETS = (NUMBER.removeprefix("+"), TEXT, TEXT.replace(" ", "+"), ADDRESS)
CLOSED = "127.0.0.1:9"


@contextmanager
def talkative(*names: str) -> Iterator[None]:
    """Somebody turned a library's debugging on."""
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def twilio_sends() -> None:
    provider = TwilioProvider("AC" + "0" * 32, "SK", "secret", f"http://{CLOSED}", "http://x")
    with suppress(ProviderBusyError):
        provider.send(OutgoingText(NUMBER, NUMBER, TEXT, "ref"))


def urllib3_asks() -> None:
    def answer(_environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [])
        return [b""]

    server = make_server("127.0.0.1", 0, answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with requests.Session() as session:
        session.get(f"http://127.0.0.1:{server.port}/{NUMBER}", params={"Body": TEXT}, timeout=5)
    server.shutdown()
    server.server_close()
    thread.join()


def sqlalchemy_echoes() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection, suppress(Exception):
        connection.execute(text("SELECT :number, :body"), {"number": NUMBER, "body": TEXT}).all()
        connection.execute(text("SELECT nothing FROM nowhere WHERE a = :a"), {"a": NUMBER})
    engine.dispose()


def gunicorn_serves() -> None:
    log = SilentLogger(Config())
    environ = {"REMOTE_ADDR": ADDRESS, "RAW_URI": f"/{NUMBER}", "REQUEST_METHOD": "GET",
               "SERVER_PROTOCOL": "HTTP/1.1", "QUERY_STRING": TEXT}  # fmt: skip
    answer = SimpleNamespace(status="200 OK", sent=1, headers=[])
    asked = SimpleNamespace(headers=[("USER-AGENT", TEXT)])
    log.access(answer, asked, environ, SimpleNamespace(seconds=1, microseconds=1, days=0))
    log.error("Error handling request %s from %s", f"/{NUMBER}", ADDRESS)
    try:
        raise ValueError(TEXT)
    except ValueError:
        log.exception("Socket error processing request %s", NUMBER)


def rq_rings() -> None:
    quiet_rq()
    logger = logging.getLogger("rq.worker")
    logger.warning("Job %s (%s)", NUMBER, TEXT)
    with suppress(RedisError):
        redis = Redis(port=9, retry=Retry(NoBackoff(), 0))
        queue = Queue(NUMBER, connection=redis, serializer=JSONSerializer)
        queue.enqueue("workers.intake.drain", description=TEXT)


def anybody_names_a_logger() -> None:
    logging.getLogger(f"peer.{ADDRESS}").error("gone")
    logging.getLogger(NUMBER).error(TEXT)


LIBRARIES: dict[str, Callable[[], Any]] = {
    "twilio.http_client": twilio_sends,
    "urllib3": urllib3_asks,
    "werkzeug": urllib3_asks,
    "sqlalchemy.engine": sqlalchemy_echoes,
    "gunicorn.error": gunicorn_serves,
    "gunicorn.access": gunicorn_serves,
    "rq": rq_rings,
    "redis": rq_rings,
    "peer": anybody_names_a_logger,
}
# What is switched off altogether, or says nothing of this.
SILENT = {"gunicorn.access", "redis"}


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_talkative_library(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    with lines() as written, talkative(name, f"{name}.connectionpool"):
        LIBRARIES[name]()
    assert written or name in SILENT
    shown = str(written) + "".join(capfd.readouterr())
    assert [secret for secret in SECRETS if secret in shown] == []
    for line in written:
        assert set(line) <= OURS
        assert line["at"].endswith("Z"), "time is UTC, and says so"


def test_every_field_of_an_event_is_named() -> None:
    """The list is what somebody looks at who adds one."""
    used = {word.arg for _, call in log_calls() for word in call.keywords} - {"level"}
    assert used == FIELDS
    with lines() as written:
        logs.event("incident", kind="forged_status_report", sender="somebody")
    assert set(written[0]) == {"at", "process", "level", "event", "kind"}
