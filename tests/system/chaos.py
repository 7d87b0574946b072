"""Chaos: senders, members who reply, and a killer, coupled so that kills strike in full traffic."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psutil
import redis
import requests
from sqlalchemy import ColumnElement, func, select, update

from tests.support.carrier_signature import Fields, new_sid
from tests.system.instance import Demo
from tests.system.residents import Provider
from tests.system.staff import Desk, reply_form_in
from tests.system.waiting import until
from tipline.clock import stored
from tipline.db.reading import reading
from tipline.delivery.claims import CLAIM
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingState
from tipline.envelopes.leases import LEASE
from tipline.envelopes.models import Envelope, LaneLease, StatusReport

# How many messages may be under way when a kill strikes.
SLACK = 20
LONGEST_JITTER_SECONDS = 0.03
FLUSHALL = "FLUSHALL"
PATIENCE_SECONDS = 120.0
NO_LIMIT = 1_000_000
OVERTAKEN = "the conversation has gone on since you loaded it"


class Gate:
    """Lets senders start no more messages than the next kill is due for, so that none is idle."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._limit = self._started = self._settled = 0

    def pass_through(self) -> None:
        with self._changed:
            self._wait(lambda: self._started < self._limit)
            self._started += 1

    def note_settled(self) -> None:
        """A message was acknowledged, or given up."""
        with self._changed:
            self._settled += 1
            self._changed.notify_all()

    def wait_for(self, settled: int) -> None:
        with self._changed:
            self._wait(lambda: self._settled >= settled)

    def open_to(self, limit: int) -> None:
        with self._changed:
            self._limit = limit
            self._changed.notify_all()

    def _wait(self, condition: Callable[[], bool]) -> None:
        came = self._changed.wait_for(condition, PATIENCE_SECONDS)
        assert came, f"stuck: {self._started} started, {self._settled} settled of {self._limit}"


@dataclass
class Sender:
    """Texts one message after the other: the next one only after a 2xx for the one before.

    The last one is posted once, whatever comes of it.
    """

    number: str
    texts: list[str]
    provider: Provider
    gate: Gate
    acknowledged: list[str] = field(default_factory=list)
    tries: int = 0

    def run(self) -> None:
        for text in self.texts[:-1]:
            fields = self.provider.fields(self.number, text, sid=new_sid())
            self.gate.pass_through()
            until(lambda fields=fields: self._is_taken(fields), "a 2xx", PATIENCE_SECONDS)
            self.acknowledged.append(text)
            self.gate.note_settled()
        self.gate.pass_through()
        if self._is_taken(self.provider.fields(self.number, self.texts[-1], sid=new_sid())):
            self.acknowledged.append(self.texts[-1])
        self.gate.note_settled()

    def _is_taken(self, fields: Fields) -> bool:
        self.tries += 1
        return 200 <= self.provider.try_post(fields) < 300


@dataclass
class Answerer:
    """A member who replies in threads picked at random, whenever the killer is about to strike."""

    name: str
    desk: Desk
    turns: threading.Semaphore
    replies: int
    picks: random.Random
    accepted: list[str] = field(default_factory=list)

    def run(self) -> None:
        for number in range(self.replies):
            assert self.turns.acquire(timeout=PATIENCE_SECONDS)
            text = f"Reply {number:03d} of {self.name}: {self.picks.randbytes(6).hex()}"
            paths = until(self.desk.threads, "a thread in the inbox")
            path = self.picks.choice(paths)
            form = {**self.desk.reply_form(path), "reply": text}
            for _ in range(self.picks.choice((1, 1, 2))):  # some people click twice
                until(lambda path=path, form=form: self._post(path, form), "a reply")
            self.accepted.append(text)

    def _post(self, path: str, form: dict[str, str]) -> bool:
        """Press the button, again if need be: the form's token makes it one reply."""
        try:
            answer = self.desk.post(path, form)
        except requests.RequestException:
            return False
        assert answer.status_code in (303, 409, 503), answer.text
        if answer.status_code == 409 and OVERTAKEN in answer.text:
            # The resident wrote meanwhile. The member reads it, and sends the reply anyway.
            form |= reply_form_in(answer.text)
            return False
        assert answer.status_code != 409 or "already sent" in answer.text, answer.text
        return answer.status_code != 503


class Killer:
    """Strikes once a planned number of messages was acknowledged, at a random moment after it."""

    def __init__(self, demo: Demo, gate: Gate, plan: list[tuple[int, str]], seed: int) -> None:
        self._demo = demo
        self._gate = gate
        self._plan = plan
        self._random = random.Random(seed)
        self._killed_at: dict[str, datetime] = {}
        self.before_each: Callable[[], None] = lambda: None
        self.struck: list[str] = []

    def run(self) -> None:
        never = threading.Event()
        for count, target in self._plan:
            until(lambda target=target: self._is_there(target), f"{target} is there")
            self._gate.open_to(count + SLACK)
            self._gate.wait_for(count)
            self.before_each()
            never.wait(self._random.uniform(0, LONGEST_JITTER_SECONDS))
            self._strike(target)
            self.struck.append(target)
            self.let_time_pass()
        self._gate.open_to(NO_LIMIT)

    def let_time_pass(self) -> None:
        """End the leases and claims of dead workers as their one or two minutes would."""
        with self._demo.stores.main.begin() as connection:
            if intake := self._killed_at.get("intake"):
                dead = LaneLease.until < stored(intake + LEASE)
                connection.execute(update(LaneLease).where(dead).values(until=stored(intake)))
            if delivery := self._killed_at.get("delivery"):
                dead = Outgoing.claimed_until < stored(delivery + CLAIM)
                is_sending = Outgoing.state == OutgoingState.SENDING.value
                past = {"claimed_until": stored(delivery)}
                connection.execute(update(Outgoing).where(dead, is_sending).values(**past))

    def _is_there(self, target: str) -> bool:
        if target == FLUSHALL:
            return self._demo.socket.exists()
        process = self._demo.supervised().get(target.split(maxsplit=1)[0])
        is_server = target.startswith("gateway")
        return process is not None and (not is_server or bool(process.children()))

    def _strike(self, target: str) -> None:
        if target == FLUSHALL:
            until(self._flush, "the queue takes a FLUSHALL")
            return
        name, _, which = target.partition(" ")
        if name == "delivery":
            until(lambda: self._count(Outgoing.state == OutgoingState.SENDING.value), "it sends")
        until(lambda: self._kill(name, which), f"{target} could be killed")
        # Whatever it leased or claimed, it did so before this moment.
        self._killed_at[target] = datetime.now(UTC)

    def _kill(self, name: str, which: str) -> bool:
        """Kill the process itself, one of its children ("worker"), or both ("whole")."""
        try:
            process = self._demo.of(name)
            children = process.children()
            victims = [process] if which != "worker" else [self._random.choice(children)]
            for victim in [*victims, *(children if which == "whole" else ())]:
                victim.kill()
        except (psutil.NoSuchProcess, IndexError):
            return False
        return True

    def _count(self, condition: ColumnElement[bool]) -> int:
        with reading(self._demo.stores.main) as connection:
            query = select(func.count()).select_from(Outgoing).where(condition)
            return int(connection.execute(query).scalar_one())

    def _flush(self) -> bool:
        try:
            with self._demo.queue() as queue:
                return bool(queue.flushall())
        except redis.RedisError:
            return False


def is_drained(demo: Demo) -> bool:
    """Whether nothing waits any more: no envelope, no report, nothing to be sent."""
    unsent = (OutgoingState.QUEUED.value, OutgoingState.SENDING.value)
    queries = (
        select(func.count()).select_from(Envelope),
        select(func.count()).select_from(StatusReport),
        select(func.count()).select_from(Outgoing).where(Outgoing.state.in_(unsent)),
    )
    with reading(demo.stores.main) as connection:
        return all(connection.execute(query).scalar_one() == 0 for query in queries)
