"""What a message says survives sealing, and sealing tells who put it there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.threads.contents import (
    MessageContent,
    MessageKind,
    MessagePlace,
    SealedMessage,
    open_message,
    seal_message,
)
from tipline.threads.set_aside import open_set_aside, seal_set_aside

NOW = datetime(2026, 11, 2, 15, 4, 5, tzinfo=UTC)
KEY, AUTHOR, SOMEBODY = OpeningKey.generate(), SigningKey.generate(), SigningKey.generate()
PLACE = MessagePlace("line", "thread", 1, MessageKind.RESIDENT)

# Surrogates, too: a member's browser can post half of an emoji.
texts = st.text(st.characters(codec=None), max_size=2000)


@given(texts, st.integers(0, 10), texts, texts)
def test_every_text_comes_back(text: str, pictures: int, notice: str, author: str) -> None:
    content = MessageContent(text, NOW, pictures, notice, author)
    sealed = seal_message(content, PLACE, KEY.public, AUTHOR)
    assert open_message(sealed, PLACE, KEY, AUTHOR.public) == content


@given(st.binary(max_size=200) | st.sampled_from([b"{}", b"[]", b"null", b'{"at": 1}', b'"x"']))
def test_other_bytes_are_no_content(raw: bytes) -> None:
    with pytest.raises(CannotOpenError):
        MessageContent.from_bytes(raw)


@pytest.mark.parametrize(
    "place",
    [
        MessagePlace("other", "thread", 1, MessageKind.RESIDENT),
        MessagePlace("line", "other", 1, MessageKind.RESIDENT),
        MessagePlace("line", "thread", 2, MessageKind.RESIDENT),
        MessagePlace("line", "thread", 1, MessageKind.REPLY),
        MessagePlace("linet", "hread", 1, MessageKind.RESIDENT),
    ],
    ids=str,
)
def test_a_message_belongs_to_its_place(place: MessagePlace) -> None:
    sealed = seal_message(MessageContent("ice", NOW), PLACE, KEY.public, AUTHOR)
    with pytest.raises(NotAuthenticError):
        open_message(sealed, place, KEY, AUTHOR.public)
    # Signed anew for that place by whoever may sign, it does not open there either.
    moved = SealedMessage(
        sealed.sealed,
        AUTHOR.sign("thread message", place.context().info(), sealed.sealed),
    )
    with pytest.raises(CannotOpenError):
        open_message(moved, place, KEY, AUTHOR.public)


def test_anybody_can_seal_and_only_the_author_can_sign() -> None:
    forged = seal_message(MessageContent("ice", NOW), PLACE, KEY.public, SOMEBODY)
    with pytest.raises(NotAuthenticError):
        open_message(forged, PLACE, KEY, AUTHOR.public)
    assert open_message(forged, PLACE, KEY, SOMEBODY.public).text == "ice"


def test_a_signature_does_not_go_with_another_text() -> None:
    one, other = (
        seal_message(MessageContent(text, NOW), PLACE, KEY.public, AUTHOR) for text in ("a", "b")
    )
    with pytest.raises(NotAuthenticError):
        open_message(SealedMessage(one.sealed, other.signature), PLACE, KEY, AUTHOR.public)


def test_what_is_set_aside_belongs_to_its_line_and_envelope() -> None:
    content, uid = MessageContent("ice", NOW, pictures=1), bytes(16)
    sealed = seal_set_aside(content, "line", uid, KEY.public, AUTHOR)
    assert open_set_aside(sealed, "line", uid, KEY, AUTHOR.public) == content
    for line, envelope in (("other", uid), ("line", b"x" * 16)):
        with pytest.raises(NotAuthenticError):
            open_set_aside(sealed, line, envelope, KEY, AUTHOR.public)
    with pytest.raises(NotAuthenticError):
        open_set_aside(sealed, "line", uid, KEY, SOMEBODY.public)
    as_message = SealedMessage(sealed.sealed, sealed.signature)
    with pytest.raises(NotAuthenticError):
        open_message(as_message, PLACE, KEY, AUTHOR.public)
