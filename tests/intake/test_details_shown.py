"""What members are shown when a message is set aside, and what reads a message as it came."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.intake.details import (
    AGAIN,
    OTHER,
    SPANISH_TIP,
    SPLIT,
    SUSPECT,
    TIP,
    memories,
    say,
)
from tests.mailboxes.acts import Resident
from tests.search import desk
from tests.support.house import ANNA, LINE, House
from tipline.envelopes.messages import InboundMessage
from tipline.envelopes.models import SetAside
from tipline.intake import memory
from tipline.intake.handling import Handler
from tipline.intake.web import WebHandler
from tipline.redaction import Identifier, find_identifiers
from tipline.threads.contents import SealedMessage
from tipline.threads.set_aside import open_set_aside, set_aside_context


class Unforeseen(Exception):
    """What no code foresaw."""


def unforeseen(*_: Any) -> None:
    raise Unforeseen


def set_aside_text(house: House) -> str:
    (row,) = house.rows(SetAside)
    bundle = house.bundles[LINE]
    message = SealedMessage(row.sealed_for_line, row.signature)
    pin = house.console_keys.intake_pin
    return open_set_aside(message, bundle.line_id, row.uid, bundle.opening, pin).text


@pytest.mark.parametrize("is_web", [False, True], ids=["text", "web"])
def test_members_read_what_is_set_aside_without_details(
    house: House, monkeypatch: pytest.MonkeyPatch, is_web: bool
) -> None:
    monkeypatch.setattr(WebHandler if is_web else Handler, "handle", unforeseen)
    if is_web:
        Resident(house).tip(TIP)
    else:
        house.text(ANNA, TIP)
    house.drain_intake()
    expected = f"My name is [name]. My number is [phone]. The dealer answers at {SUSPECT}."
    assert set_aside_text(house) == expected
    assert memories(house) == (0, 0)


def test_if_nothing_can_be_found_nothing_is_shown_and_all_is_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(memory, "find_identifiers", unforeseen)
        house.text(ANNA, TIP)
        house.drain_intake()
    assert house.threads() == []
    assert set_aside_text(house) == ""
    (row,) = house.rows(SetAside)
    context = set_aside_context("", row.uid)
    kept = house.intake_keys.set_aside.open(row.kept_for_intake, context)
    assert InboundMessage.from_bytes(kept).body == TIP


# -- what reads the text --------------------------------------------------------------------------


def test_urgent_words_are_read_as_they_came(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(text: str, *_: Any) -> list[Identifier]:
        return [Identifier(0, len(text), "NAME", "x")]

    monkeypatch.setattr(memory, "find_identifiers", everything)
    say(house, "He has a bomb")
    assert house.texts() == ["[name 1]"]
    assert house.only_thread().urgency == 1


@pytest.mark.parametrize("is_indexed", [True, False])
def test_words_around_a_placeholder_are_found(sqlite_house: House, is_indexed: bool) -> None:
    house = sqlite_house
    say(house, TIP)
    if is_indexed:
        desk.index(house)
    for words in ("dealer", "number phone", "phone", "answers"):
        assert desk.aliases(desk.search(house, words)) == [house.only_thread().alias], words
    for words in ("Marigold", "0142"):
        assert desk.aliases(desk.search(house, words)) == [], words


PIECES = st.sampled_from(
    [
        TIP, AGAIN, OTHER, SPANISH_TIP, *SPLIT, "call me", "I am Anna Lee", "mi casa es 17 Elm St",
        SUSPECT, "he sells meth", "marigold@example.net is my email", "?", "my plate is 7ABC123",
    ]
)  # fmt: skip


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(PIECES, min_size=1, max_size=3), min_size=1, max_size=3))
def test_nothing_that_is_found_is_in_what_is_stored(
    sqlite_house: House, messages: list[list[str]]
) -> None:
    house = sqlite_house
    before = {thread.alias for thread in house.threads()}
    sender = f"+1209777{len(before):04}"
    bodies = [" ".join(pieces) for pieces in messages]
    say(house, *bodies, sender=sender)
    (alias,) = {thread.alias for thread in house.threads()} - before
    for body, text in zip(bodies, house.texts(alias=alias), strict=True):
        found = find_identifiers(body)
        assert len(found) <= text.count("[")
        left = text
        for one in found:
            written = body[one.start : one.end]
            # What the same words say of somebody else, elsewhere in the message, may stay.
            assert left.count(written) <= body.count(written) - 1
