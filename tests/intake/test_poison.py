"""Messages that cannot be handled: never lost, never in the way of others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.intake.steps import (
    is_stored,
    living_contacts,
    perishable,
    put,
    reasons,
    sealed_envelope,
    told,
)
from tests.support.house import ANNA, BEN, LINE, House
from tipline.envelopes.messages import InboundMessage, MediaItem
from tipline.envelopes.models import Envelope, SetAside
from tipline.intake.handling import Handler
from tipline.intake.lookup import Incoming
from tipline.threads.contents import MessageContent, SealedMessage
from tipline.threads.set_aside import open_set_aside, set_aside_context

POISON = "poison"
TRIES = 3


class Unforeseen(Exception):
    """What no code foresaw."""


def fail_for(monkeypatch: pytest.MonkeyPatch, step: str, body: str = POISON) -> list[int]:
    """Let one step of handling fail for one text. Returns how often it did."""
    original, failures = getattr(Handler, step), []

    def patched(self: Handler, item: Incoming, *arguments: Any) -> Any:
        if item.message.body == body:
            failures.append(1)
            raise Unforeseen(item.message.sender)
        return original(self, item, *arguments)

    monkeypatch.setattr(Handler, step, patched)
    return failures


def opened(house: House, row: Any) -> MessageContent:
    """A set-aside message as a member of its line sees it."""
    bundle = house.bundles[LINE]
    assert row.line_id == bundle.line_id
    message = SealedMessage(row.sealed_for_line, row.signature)
    pin = house.console_keys.intake_pin
    return open_set_aside(message, bundle.line_id, row.uid, bundle.opening, pin)


# The first fails before anything was done, the last after nearly everything was.
STEPS = ("keyword", "handle", "_add_to_thread", "_record")


@pytest.mark.parametrize("step", STEPS)
def test_poison_is_set_aside_and_others_go_on(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    failures = fail_for(monkeypatch, step)
    for sender, body in (
        (ANNA, "one"), (ANNA, POISON), (BEN, "another"), (ANNA, "two"), (ANNA, "three"),
        (BEN, "and more"),
    ):  # fmt: skip
        house.text(sender, body)
    house.drain()
    assert sorted(told(house)) == [["another", "and more"], ["one", "two", "three"]]
    assert len(failures) == TRIES
    assert house.rows(Envelope) == []
    assert house.incidents() == {"message_set_aside": 1}
    assert sorted(sent.recipient for sent in house.provider.sent) == [ANNA, BEN]
    (row,) = house.rows(SetAside)
    assert row.reason == "handling"
    content = opened(house, row)
    assert (content.text, content.pictures, content.author) == (POISON, 0, "")


@pytest.mark.parametrize("step", STEPS)
def test_poison_as_first_message_leaves_nothing_behind(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    fail_for(monkeypatch, step)
    house.text(ANNA, POISON)
    house.text(ANNA, "one")
    house.drain()
    assert told(house) == [["one"]]
    assert perishable(house) == (1, 1, 1, 0)
    assert len(living_contacts(house)) == 1
    assert len(house.provider.sent) == 1


def test_one_try_a_batch_and_nobody_behind_it_overtakes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_for(monkeypatch, "handle")
    for body in ("one", POISON, "two"):
        house.text(ANNA, body)
    for attempt in range(1, TRIES):
        house.intake.drain_batch()
        assert told(house) == [["one"]]
        rows = sorted(house.rows(Envelope), key=lambda row: row.id)
        assert [row.attempts for row in rows] == [attempt, 0]
    house.intake.drain_batch()
    assert reasons(house) == ["handling"]
    house.drain_intake()
    assert told(house) == [["one", "two"]]


def test_a_failure_that_passes_loses_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for body in ("one", POISON, "two"):
        house.text(ANNA, body)
    with monkeypatch.context() as patch:
        fail_for(patch, "handle")
        house.intake.drain_batch()
        house.intake.drain_batch()
    house.drain()
    assert told(house) == [["one", POISON, "two"]]
    assert reasons(house) == []
    assert len(house.provider.sent) == 1


def test_set_aside_tells_no_number(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_for(monkeypatch, "handle")
    media = [("https://api.twilio.com/Media/ME1", "image/png")]
    house.text(ANNA, POISON, media=media)
    house.drain()
    (row,) = house.rows(SetAside)
    content = opened(house, row)
    assert (content.text, content.pictures) == (POISON, 1)
    assert ANNA[2:] not in content.to_bytes().decode()
    for needle in (ANNA[1:], ANNA[2:], POISON, "Media/ME1", "Unforeseen"):
        assert not is_stored(house, needle)
    kept = kept_content(house, row)
    assert (kept.body, kept.sender) == (POISON, ANNA)
    assert [item.url for item in kept.media] == [media[0][0]]


def kept_bytes(house: House, row: Any) -> bytes:
    """What intake's own long-lived key opens, with all daily keys destroyed."""
    for name in house.folders.intake.names("intake-2"):
        house.folders.intake.destroy(name)
    context = set_aside_context("", row.uid)
    return house.intake_keys.set_aside.open(row.kept_for_intake, context)


def kept_content(house: House, row: Any) -> InboundMessage:
    return InboundMessage.from_bytes(kept_bytes(house, row))


# -- what an opened envelope may hold ------------------------------------------------------------


def fields(house: House, **changed: Any) -> dict[str, Any]:
    media = (MediaItem("https://api.twilio.com/Media/ME1", "image/png"),)
    message = InboundMessage("SM" + "7" * 32, ANNA, LINE, "a tip", media, "", house.clock())
    return {**json.loads(message.to_bytes()), **changed}


def test_fields_of_a_newer_gateway_are_left_out(house: House) -> None:
    media = [{"url": "https://api.twilio.com/1", "content_type": "image/png", "size": 3}]
    newer = fields(house, media=media, priority="high", nested={"a": [1]})
    put(house, Envelope, sealed_envelope(house, json.dumps(newer).encode()))
    house.drain()
    (content,) = house.read()
    assert (content.text, content.pictures) == ("a tip", 1)
    assert house.incidents() == {}


MALFORMED: dict[str, Any] = {
    "not JSON": b"not JSON",
    "nothing": b"",
    "not UTF-8": b"\xff\xfe",
    "a list": b"[]",
    "deep": b"[" * 50_000,
    "no fields": b"{}",
    "number as body": {"body": 5},
    "number as sender": {"sender": 5},
    "nothing as recipient": {"recipient": None},
    "nothing as provider's id": {"provider_id": None},
    "list as opt-out": {"opt_out": ["STOP"]},
    "number as media": {"media": 7},
    "texts as media": {"media": ["https://api.twilio.com/1"]},
    "number as media address": {"media": [{"url": 5, "content_type": "image/png"}]},
    "no time": {"received_at": "yesterday"},
    "number as time": {"received_at": 5},
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_message_is_set_aside_and_kept(house: House, content: Any) -> None:
    raw = content
    if isinstance(content, dict):
        raw = json.dumps(fields(house, **content)).encode()
    put(house, Envelope, sealed_envelope(house, raw))
    house.text(ANNA, "one")
    house.text(BEN, "another")
    house.drain_intake()
    assert sorted(told(house)) == [["another"], ["one"]]
    assert house.rows(Envelope) == []
    (row,) = house.rows(SetAside)
    assert (row.reason, row.line_id) == ("malformed_content", None)
    assert (row.sealed_for_line, row.signature) == (None, None)
    assert house.incidents() == {"message_set_aside": 1}
    assert kept_bytes(house, row) == raw
