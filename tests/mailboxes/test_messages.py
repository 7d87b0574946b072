"""What the gateway seals from the web, and opening it again, also when it is anything at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.delivery.outbox import OutgoingLetter
from tipline.envelopes.messages import InboundMessage, MalformedContentError
from tipline.envelopes.web import WebKind, WebMessage, holds_web
from tipline.mailboxes.letters import LetterContent

NOW = datetime(2026, 11, 2, 15, 4, 5, tzinfo=UTC)
PUBLIC = OpeningKey(bytes(32)).public.raw
TIP = WebMessage(WebKind.TIP, b"t" * 32, NOW, "words", True, "es", "a" * 32, PUBLIC)
SMS = InboundMessage("SM1", "+12095550141", "+12095550100", "text", (), "", NOW)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.sampled_from(WebKind),
    st.text(st.characters()),
    st.booleans(),
    st.binary(min_size=32, max_size=32),
)
def test_what_goes_in_comes_out(kind: WebKind, text: str, is_danger: bool, tag: bytes) -> None:
    message = replace(TIP, kind=kind, text=text, is_danger=is_danger, mailbox_tag=tag)
    raw = message.to_bytes()
    assert WebMessage.from_bytes(raw) == message
    assert holds_web(raw)


@given(st.sampled_from(sorted(json.loads(TIP.to_bytes()))), JSON)
def test_any_field_may_be_anything(name: str, value: Any) -> None:
    raw = json.dumps({**json.loads(TIP.to_bytes()), name: value}).encode()
    try:
        WebMessage.from_bytes(raw)
    except MalformedContentError:
        return


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_else_is_none(raw: bytes) -> None:
    with pytest.raises(MalformedContentError):
        WebMessage.from_bytes(raw)
    with pytest.raises(MalformedContentError):
        InboundMessage.from_bytes(raw)
    with pytest.raises(CannotOpenError):
        LetterContent.from_bytes(raw)
    assert not holds_web(raw)


@given(st.binary() | st.lists(st.text() | st.integers()).map(lambda v: json.dumps(v).encode()))
def test_a_letter_for_the_outbox_is_one_or_none(raw: bytes) -> None:
    try:
        letter = OutgoingLetter.from_bytes(raw)
    except CannotOpenError:
        return
    assert OutgoingLetter.from_bytes(letter.to_bytes()) == letter


@pytest.mark.parametrize(
    "changes",
    [
        {"mailbox_tag": b"short"},
        {"mailbox_public": b"no key"},
        {"line_id": ""},
        {"language": "xx"},
        {"received_at": NOW.replace(tzinfo=None)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_a_tip_needs_must_be_there(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedContentError):
        WebMessage.from_bytes(replace(TIP, **changes).to_bytes())


@pytest.mark.parametrize("missing", sorted(json.loads(TIP.to_bytes())))
def test_no_field_may_be_missing(missing: str) -> None:
    fields = {k: v for k, v in json.loads(TIP.to_bytes()).items() if k != missing}
    with pytest.raises(MalformedContentError):
        WebMessage.from_bytes(json.dumps(fields).encode())


def test_neither_is_taken_for_the_other_and_an_older_text_still_opens() -> None:
    assert not holds_web(SMS.to_bytes())
    with pytest.raises(MalformedContentError):
        InboundMessage.from_bytes(TIP.to_bytes())
    with pytest.raises(MalformedContentError):
        WebMessage.from_bytes(SMS.to_bytes())
    older = {k: v for k, v in json.loads(SMS.to_bytes()).items() if k != "holds"}
    assert InboundMessage.from_bytes(json.dumps(older).encode()) == SMS
