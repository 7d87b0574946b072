"""The gateway's writer under a crowd: what the provider posts twice at once is kept once."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError

from tests.db.crowd import commit_in_one_group
from tipline.crypto.generations import Generations
from tipline.crypto.opening import OpeningKey
from tipline.db.reading import reading
from tipline.doorbell import QueueName
from tipline.envelopes.keys import GatewayKeys
from tipline.envelopes.messages import InboundMessage, StatusNotice
from tipline.envelopes.models import DedupeTag, Envelope, StatusReport
from tipline.envelopes.writing import EnvelopeWriter, envelope_context

NOW = datetime(2026, 11, 2, 15, 4, 5, tzinfo=UTC)
KEY = OpeningKey(bytes(range(32)))


class Published:
    def current(self, _kind: object) -> Any:
        return KEY.public


class Bell:
    def __init__(self) -> None:
        self.rung: list[QueueName] = []

    def ring(self, name: QueueName) -> bool:
        self.rung.append(name)
        return True


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def writer(main: Engine, bell: Bell) -> EnvelopeWriter:
    keys = GatewayKeys(b"l" * 32, Generations.single(b"d" * 32), b"i" * 32, b"s" * 32)
    return EnvelopeWriter(main, keys, Published(), bell, lambda: NOW)


def message(sid: str, body: str = "text") -> InboundMessage:
    return InboundMessage(sid, "+12095550141", "+12095550100", body, (), "", NOW)


def notice(sid: str, status: str) -> StatusNotice:
    return StatusNotice("ref", sid, status, "", NOW)


def count(engine: Engine, model: Any) -> int:
    with reading(engine) as connection:
        return len(connection.execute(select(model.__table__)).all())


def test_of_a_message_posted_many_times_at_once_one_is_new(
    main: Engine, writer: EnvelopeWriter, bell: Bell
) -> None:
    calls = [partial(writer.keep_message, message("SM1"), "line") for _ in range(12)]
    results = commit_in_one_group(writer._commits, calls)
    assert sorted(results) == [False] * 11 + [True]
    assert (count(main, Envelope), count(main, DedupeTag)) == (1, 1)
    assert bell.rung == [QueueName.INTAKE]
    # A repetition rings again: the first ring may have been the one that was lost.
    assert writer.keep_message(message("SM1"), "line") is False
    assert bell.rung == [QueueName.INTAKE] * 2


def test_messages_and_statuses_that_come_together_are_all_kept_and_open(
    main: Engine, writer: EnvelopeWriter, bell: Bell
) -> None:
    calls = [partial(writer.keep_message, message(f"SM{n}", f"text {n}"), "line") for n in range(9)]
    calls += [partial(writer.keep_message, message("SM0"), "line")]
    statuses = [notice("SM1", "sent"), notice("SM1", "delivered"), notice("SM1", "sent")]
    calls += [partial(writer.keep_status, status) for status in statuses]
    assert commit_in_one_group(writer._commits, calls) == (
        [True] * 9 + [False] + [True, True, False]
    )
    with reading(main) as connection:
        rows = connection.execute(select(Envelope.uid, Envelope.sealed)).all()
    texts = {
        InboundMessage.from_bytes(KEY.open(row.sealed, envelope_context(row.uid))).body
        for row in rows
    }
    assert texts == {f"text {n}" for n in range(9)}
    assert count(main, StatusReport) == 2
    assert sorted(bell.rung) == [QueueName.DELIVERY, QueueName.INTAKE]


def test_a_message_whose_row_fails_is_not_taken_for_kept_when_it_is_posted_again(
    main: Engine, writer: EnvelopeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dedupe tag and the envelope are one transaction: no tag stays without its envelope."""
    broken = {Envelope: text("INSERT INTO envelopes (uid) VALUES (:uid)")}
    with monkeypatch.context() as patch:
        patch.setattr("tipline.envelopes.writing.INSERTS", broken)
        results = commit_in_one_group(
            writer._commits,
            [partial(writer.keep_message, message(f"SM{n}"), "line") for n in range(3)],
        )
    assert [type(result) for result in results] == [IntegrityError] * 3
    assert (count(main, Envelope), count(main, DedupeTag)) == (0, 0)
    assert writer.keep_message(message("SM0"), "line") is True
