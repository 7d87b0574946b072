"""Somebody who can write to the stores has nothing sent: not a word, and not to another number."""

from __future__ import annotations

import os
from typing import Any

import pytest
from sqlalchemy import update

from tests.delivery.acts import change, handed_over, outbox, put, replies, signed_row, write_in
from tests.support.house import ANNA, BEN, CLEO, LINE, OTHER_LINE, House
from tests.support.recording_provider import RecordingProvider
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.delivery.outbox import OutgoingContent, OutgoingKind, OutgoingState, new_place
from tipline.identity.contacts import (
    EncryptedContact,
    encrypt_contact,
    open_thread_half,
    sign_contact,
)
from tipline.identity.models import Contact
from tipline.lines.models import Line
from tipline.published_keys.directory import PURPOSE, KeyKind, NoPublishedKeyError
from tipline.published_keys.models import PublishedKey

ATTACKER = "+12095550166"
FORGED = "Meet us at the mill tonight"


def refused(house: House, provider: RecordingProvider, rows: int) -> None:
    """Each of the newest rows was refused, wiped and reported, and the provider saw nothing."""
    before = list(provider.sent)
    for _ in range(2):
        house.drain_delivery()
        house.clock.move(hours=1)
        house.keep_keys()
    assert provider.sent == before
    newest = outbox(house)[-rows:]
    assert [(row.state, row.sealed) for row in newest] == [(OutgoingState.REFUSED, None)] * rows
    assert house.incidents() == {"unsigned_outbox_row": rows}


def thread_half(house: House) -> bytes:
    thread = house.open()
    (contact,) = house.rows(Contact)
    line_id, thread_id = thread.summary.line_id, thread.summary.id
    return open_thread_half(contact.half_for_thread, line_id, thread_id, thread.key)


def test_replies_that_the_line_did_not_sign(house: House, provider: RecordingProvider) -> None:
    """Everything about them is right, the thread's half included, but the signature."""
    write_in(house)
    house.reply("Genuine")
    copied = replies(house)[0].signature
    house.drain_delivery()
    thread = house.only_thread()
    content = OutgoingContent(FORGED, "", thread_half(house))
    line = house.bundles[LINE].signing
    header = line.sign("any", "thing")[:9]
    signers = {
        "another line": house.bundles[OTHER_LINE].signing,
        "intake": house.intake_keys.signing,
        "delivery itself": house.delivery_keys.signing,
        "an attacker": SigningKey.generate(),
    }
    signatures = {
        "none": b"",
        "copied": copied,
        "zeros": bytes(len(copied)),
        "the line's key id over nothing": header + bytes(64),
        "short": header,
    }
    rows = []
    for signer in signers.values():
        place = new_place(thread.line_id, thread.id, 2, OutgoingKind.REPLY)
        rows.append(signed_row(house, content, place, signer))
    for signature in signatures.values():
        place = new_place(thread.line_id, thread.id, 2, OutgoingKind.REPLY)
        rows.append({**signed_row(house, content, place, line), "signature": signature})
    # Signed for another purpose: a line signs messages, too.
    place = new_place(thread.line_id, thread.id, 2, OutgoingKind.REPLY)
    row = signed_row(house, content, place, line)
    message = line.sign("thread message", place.context().info(), row["sealed"])
    rows.append({**row, "signature": message})
    put(house, *rows)
    refused(house, provider, len(rows))
    # The control: the line's own signature is what was missing.
    place = new_place(thread.line_id, thread.id, 2, OutgoingKind.REPLY)
    put(house, signed_row(house, content, place, line))
    house.drain_delivery()
    assert handed_over(provider, FORGED).recipient == ANNA


def test_automatic_answers_that_intake_did_not_sign(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    thread = house.only_thread()
    content = OutgoingContent(FORGED, address=ATTACKER)
    rows = []
    for signer in (
        house.bundles[LINE].signing,
        house.bundles[OTHER_LINE].signing,
        house.console_keys.signing,
        SigningKey.generate(),
    ):
        place = new_place(thread.line_id, thread.id, 0, OutgoingKind.AUTOMATIC)
        rows.append(signed_row(house, content, place, signer))
    rows.append({**signed_row(house, content, place, signer), "signature": b"", "uid": "0" * 32})
    copied = {"signature": outbox(house)[0].signature, "uid": "1" * 32}
    rows.append({**signed_row(house, content, place, signer), **copied})
    put(house, *rows)
    refused(house, provider, len(rows))


def test_columns_of_two_genuine_replies_that_were_swapped(
    house: House, provider: RecordingProvider
) -> None:
    columns = ("sealed", "signature", "uid", "thread_id", "sequence")
    numbers = [(f"+1209555{i:04}", f"+1209555{i + 100:04}") for i in range(len(columns))]
    aliases = [(write_in(house, anna), write_in(house, ben)) for anna, ben in numbers]
    for column, (anna, ben), (_, bens_number) in zip(columns, aliases, numbers, strict=True):
        house.reply("For Anna's eyes", alias=anna)
        house.text(bens_number, "One more thing")  # so that the replies' sequences differ
        house.drain_intake()
        house.reply("For Ben's eyes", alias=ben)
        swap(house, replies(house)[-2:], column)
    refused(house, provider, 2 * len(columns))


def swap(house: House, rows: list[Any], column: str) -> None:
    first, second = (getattr(row, column) for row in rows)
    assert first != second
    interim = "f" * 32 if column == "uid" else second
    change(house, rows[0].uid, **{column: interim})
    change(house, rows[1].uid, **{column: first})
    if column == "uid":
        change(house, interim, uid=second)


def test_rows_moved_to_another_line_or_kind(house: House, provider: RecordingProvider) -> None:
    write_in(house)
    house.reply("Moved to another line")
    house.text(CLEO, "A second thread")
    house.drain_intake()
    automatic, reply = outbox(house)[-1], replies(house)[0]
    change(house, reply.uid, line_id=house.bundles[OTHER_LINE].line_id)
    change(house, automatic.uid, kind=OutgoingKind.REPLY.value)
    refused(house, provider, 2)


def test_a_genuine_row_put_in_again_is_refused_by_its_uid(
    house: House, provider: RecordingProvider
) -> None:
    """A copy of a row that was kept from before it was sent."""
    write_in(house)
    house.reply("Sent once")
    (row,) = replies(house)
    house.drain_delivery()
    again = {"id": row.id + 1, "uid": os.urandom(16).hex(), "ref_tag": None}
    put(house, {**row._mapping, **again})
    before = list(provider.sent)
    house.drain_delivery()
    assert provider.sent == before
    assert house.incidents() == {"unsigned_outbox_row": 1}


def test_nonsense_stands_in_nobodys_way(house: House, provider: RecordingProvider) -> None:
    nonsense = {"kind": "none", "state": "none", "line_id": "none", "sealed": b"\1none"}
    for number, (column, value) in enumerate(nonsense.items()):
        alias = write_in(house, f"+1209555{number:04}")
        house.reply("Spoiled", alias=alias)
        change(house, replies(house)[-1].uid, **{column: value})
    alias = write_in(house, BEN)
    house.reply("Unspoiled", alias=alias)
    house.drain_delivery()
    house.delivery.refuse_unknown_kinds()  # the sweep's part
    assert handed_over(provider, "Unspoiled").recipient == BEN
    assert "Spoiled" not in [text.body for text in provider.sent]
    assert house.incidents() == {"unsigned_outbox_row": 3}


def forged_contact(house: House) -> tuple[EncryptedContact, bytes]:
    """The attacker's number, properly encrypted, with the best signature that is to be had."""
    thread, contacts = (
        house.open(),
        house.contact_ring.opening_key(house.rows(Contact)[0].half_for_delivery[1:9]),
    )
    line_id, thread_id = thread.summary.line_id, thread.summary.id
    contact = encrypt_contact(ATTACKER, line_id, thread_id, thread.public, contacts.public)
    return contact, sign_contact(contact, line_id, thread_id, SigningKey.generate())


def put_contact(house: House, contact: EncryptedContact, signature: bytes) -> None:
    values = {
        "encrypted": contact.encrypted,
        "half_for_thread": contact.half_for_thread,
        "half_for_delivery": contact.half_for_delivery,
        "signature": signature,
    }
    thread_id = house.only_thread().id
    with house.stores.perishable.begin() as connection:
        connection.execute(update(Contact).where(Contact.thread_id == thread_id).values(**values))


def test_a_forged_contact(house: House, provider: RecordingProvider) -> None:
    write_in(house)
    genuine = house.rows(Contact)[0].signature
    contact, by_attacker = forged_contact(house)
    place = (contact, house.only_thread().line_id, house.only_thread().id)
    signatures = (
        by_attacker,
        genuine,
        sign_contact(*place, house.bundles[LINE].signing),
        sign_contact(*place, house.delivery_keys.signing),
        b"",
    )
    for signature in signatures:
        put_contact(house, contact, signature)
        with pytest.raises(NotAuthenticError):
            house.reply("To whom?")
        assert replies(house) == [] or replies(house)[-1].state == OutgoingState.REFUSED
        # Even if the console had not looked: the line signs, with the half of the forged contact.
        reply_by_the_line(house)
        house.drain_delivery()
    refused(house, provider, len(signatures))
    # The control: intake's signature is what was missing.
    put_contact(house, contact, sign_contact(*place, house.intake_keys.signing))
    reply_by_the_line(house)
    house.drain_delivery()
    assert handed_over(provider, "To whom?").recipient == ATTACKER


def reply_by_the_line(house: House) -> None:
    thread = house.only_thread()
    place = new_place(thread.line_id, thread.id, 2, OutgoingKind.REPLY)
    content = OutgoingContent("To whom?", "", thread_half(house))
    put(house, signed_row(house, content, place, house.bundles[LINE].signing))


def test_a_contact_moved_from_another_thread(house: House, provider: RecordingProvider) -> None:
    anna = write_in(house, ANNA)
    anna_row = house.rows(Contact)[0]
    write_in(house, BEN)
    (ben_row,) = [row for row in house.rows(Contact) if row.thread_id != anna_row.thread_id]
    house.reply("For Anna's eyes", alias=anna)
    columns = ("encrypted", "half_for_thread", "half_for_delivery", "signature")
    with house.stores.perishable.begin() as connection:
        connection.execute(
            update(Contact)
            .where(Contact.thread_id == anna_row.thread_id)
            .values({name: getattr(ben_row, name) for name in columns})
        )
    refused(house, provider, 1)


@pytest.mark.parametrize("kind", [KeyKind.DELIVERY, KeyKind.CONTACT])
def test_a_published_key_that_delivery_did_not_sign(
    house: House, provider: RecordingProvider, kind: KeyKind
) -> None:
    alias = write_in(house)
    mine = OpeningKey.generate()
    (genuine,) = [row for row in house.rows(PublishedKey) if row.kind == kind.value]
    statement = (PURPOSE, kind.value, genuine.day.isoformat(), mine.public.raw)
    house.text(BEN, "A first text")
    for signature in (
        SigningKey.generate().sign(*statement),
        genuine.signature,
        house.intake_keys.signing.sign(*statement),
    ):
        publish(house, kind, mine.public.raw, signature)
        house.clock.move(seconds=61)  # nobody has the genuine key in a cache any more
        if kind is KeyKind.DELIVERY:
            with pytest.raises(NoPublishedKeyError):
                house.reply("To whom?", alias=alias)
        with pytest.raises(NoPublishedKeyError):
            house.new_intake().drain(60)
        house.clock.move(minutes=5)  # until the lanes' lease is over
    assert replies(house) == []
    assert mine.public.key_id not in {row.key_id for row in outbox(house)}
    house.keep_keys()
    assert house.incidents() == {"swapped_public_key": 1}
    (mended,) = [row for row in house.rows(PublishedKey) if row.kind == kind.value]
    assert mended.public == genuine.public
    house.drain()
    house.reply("All is well again", alias=alias)
    house.drain_delivery()
    assert handed_over(provider, "All is well again").recipient == ANNA
    assert len(provider.bodies_to(BEN)) == 1


def publish(house: House, kind: KeyKind, public: bytes, signature: bytes) -> None:
    statement = update(PublishedKey).where(PublishedKey.kind == kind.value)
    with house.stores.main.begin() as connection:
        connection.execute(statement.values(public=public, signature=signature))


def test_a_line_with_a_number_that_is_not_certified(
    house: House, provider: RecordingProvider
) -> None:
    """Replies would come from another number than the one that residents know."""
    write_in(house)
    house.reply("From where?")
    with house.stores.main.begin() as connection:
        line_id = house.bundles[LINE].line_id
        connection.execute(update(Line).where(Line.id == line_id).values(address=ATTACKER))
    house.clock.move(seconds=11)
    house.drain_delivery()
    assert replies(house)[0].state == OutgoingState.REFUSED
    assert {text.sender for text in provider.sent} == {LINE}
