"""Somebody who can write to the database and the queue, and holds keys, but none of ours."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import psutil
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from tests.support.carrier_signature import new_sid
from tests.system.instance import Demo, answers
from tests.system.waiting import until
from tipline.clock import hour_of, stored
from tipline.crypto.opening import OpeningKey
from tipline.crypto.padding import MESSAGE_BUCKET
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.db.reading import reading
from tipline.delivery.models import Outgoing, ProviderRecord
from tipline.delivery.outbox import (
    OutgoingContent,
    OutgoingKind,
    new_place,
    outbox_row,
)
from tipline.envelopes.messages import InboundMessage, StatusNotice
from tipline.envelopes.models import Envelope, StatusReport
from tipline.envelopes.writing import envelope_context, status_context
from tipline.incidents.services import IncidentKind, counts
from tipline.lines.models import Line
from tipline.published_keys.models import PublishedKey

ATTACKERS_PHONE = "+12095550166"


class Forger:
    """Forges rows and jobs. Everything public, such as today's sealing keys, is within reach."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.engine = demo.stores.main
        self.opening = OpeningKey.generate()
        self.signing = SigningKey.generate()

    def published(self, kind: str) -> SealingKey:
        query = select(PublishedKey.public).where(PublishedKey.kind == kind)
        with reading(self.engine) as connection:
            newest = connection.execute(query.order_by(PublishedKey.day.desc())).scalars().first()
        assert newest is not None
        return SealingKey(newest)

    def line_id(self, slug: str = "police-tips") -> str:
        with reading(self.engine) as connection:
            query = select(Line.id).where(Line.slug == slug)
            return str(connection.execute(query).scalar_one())

    def write(self, statement: Any, rows: Any = None) -> None:
        with self.engine.begin() as connection:
            connection.execute(statement, rows)

    @contextmanager
    def swapped(self, column: InstrumentedAttribute[Any], value: Any, where: Any) -> Iterator[None]:
        """A column of one row with another value, for a while."""
        model = column.class_
        with reading(self.engine) as connection:
            genuine = connection.execute(select(column).where(where)).scalar_one()
        self.write(update(model).where(where).values({column.key: value}))
        try:
            yield
        finally:
            self.write(update(model).where(where).values({column.key: genuine}))

    def envelope(self, recipient: str, body: str, tag: bytes) -> None:
        """An envelope that opens with today's key, as anybody could seal it."""
        now, uid = datetime.now(UTC), os.urandom(16)
        message = InboundMessage(new_sid(), ATTACKERS_PHONE, recipient, body, (), "", now)
        key = self.published("intake")
        row = {
            "uid": uid,
            "lane": 7,
            "key_id": key.key_id,
            "sealed": key.seal(message.to_bytes(), envelope_context(uid), MESSAGE_BUCKET),
            "gateway_tag": tag,
            "received_hour": hour_of(now),
        }
        self.write(insert(Envelope), row)

    def status_report(self, status: str) -> None:
        now, uid = datetime.now(UTC), os.urandom(16)
        notice = StatusNotice(secrets.token_hex(16), new_sid(), status, "", now)
        key = self.published("delivery")
        row = {
            "uid": uid,
            "key_id": key.key_id,
            "sealed": key.seal(notice.to_bytes(), status_context(uid)),
            "gateway_tag": os.urandom(32),
            "received_hour": hour_of(now),
        }
        self.write(insert(StatusReport), row)

    def outgoing(self, thread_id: str, signed_as: OutgoingKind, body: str, **other: Any) -> str:
        """An outbox row to the attacker's phone, sealed properly; `other` replaces columns."""
        content = OutgoingContent(body, address=ATTACKERS_PHONE, thread_half=os.urandom(32))
        place = new_place(self.line_id(), thread_id, 0, signed_as)
        key = self.published("delivery")
        row = outbox_row(content, place, key, self.signing, datetime.now(UTC))
        self.write(insert(Outgoing), {**row, **other})
        return place.uid

    def state_of(self, uid: str) -> str:
        with reading(self.engine) as connection:
            query = select(Outgoing.state).where(Outgoing.uid == uid)
            return str(connection.execute(query).scalar_one())

    def holds_anything(self) -> bool:
        """Whether anything of this instance was sealed to the attacker's key."""
        mine = self.opening.public.key_id
        with reading(self.engine) as connection:
            return any(
                connection.execute(
                    select(func.count()).select_from(model).where(model.key_id == mine)
                ).scalar_one()
                for model in (Envelope, Outgoing, ProviderRecord, StatusReport)
            )

    def job(self, queue: str, function: str, args: list[Any], **fields: str | bytes) -> None:
        """A job by raw commands, as RQ stores one; `fields` replace what it holds."""
        name = secrets.token_hex(16)
        now = f"{stored(datetime.now(UTC)).isoformat()}Z"
        job: Mapping[str | bytes, bytes | float | int | str] = {
            "data": zlib.compress(json.dumps([function, None, args, {}]).encode()),
            "origin": queue,
            "created_at": now,
            "enqueued_at": now,
            "status": "queued",
            "timeout": "60",
            "result_ttl": "0",
            **fields,
        }
        with self.demo.queue() as connection:
            connection.hset(f"rq:job:{name}", mapping=dict(job))
            connection.sadd("rq:queues", f"rq:queue:{queue}")
            connection.rpush(f"rq:queue:{queue}", name)


class Incidents:
    """How often something was refused since this was made."""

    def __init__(self, demo: Demo) -> None:
        self._engine = demo.stores.main
        self._before = self._counts()

    def of(self, kind: IncidentKind) -> int:
        return self._counts().get(kind.value, 0) - self._before.get(kind.value, 0)

    def wait_for(self, kind: IncidentKind, count: int = 1) -> None:
        until(lambda: self.of(kind) >= count, f"{count} incidents of kind {kind.value}")

    def _counts(self) -> dict[str, int]:
        return {item.kind: item.count for item in counts(self._engine)}


@contextmanager
def paused(demo: Demo, name: str) -> Iterator[None]:
    """A process that neither works nor sweeps for a while, and holds no lock on a store."""
    process = demo.of(name)

    def is_paused() -> bool:
        process.suspend()
        if is_writable(demo.stores.main) and is_writable(demo.stores.perishable):
            return True
        process.resume()
        return False

    until(is_paused, f"{name} is between two transactions")
    try:
        yield
    finally:
        with suppress(psutil.NoSuchProcess):
            process.resume()


def is_writable(engine: Engine) -> bool:
    """Whether nobody holds a SQLite store's write lock."""
    with closing(sqlite3.connect(engine.url.database or "", timeout=0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
    return True


def restart(demo: Demo, name: str) -> None:
    """Kill a process so that its successor, with nothing cached, is what runs."""
    old = demo.of(name)
    kill([old, *old.children()])
    until(lambda: demo.of(name).pid != old.pid, f"another {name} runs")


def restart_workers(demo: Demo, name: str, url: str) -> None:
    """Kill a web server's workers alone, which it starts again at once, with nothing cached."""
    old = until(demo.of(name).children, f"{name} has workers")
    kill(old)
    until(lambda: not set(old) & set(demo.of(name).children()), f"{name} has other workers")
    until(lambda: answers(url), f"{name} answers")


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=30)
