"""What the tests of delivery do again and again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, update

from tests.support.carrier_signature import new_sid
from tests.support.house import ANNA, LINE, House
from tests.support.recording_provider import RecordingProvider
from tipline.clock import day_of
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.delivery.models import Outgoing, ProviderRecord
from tipline.delivery.outbox import (
    OutgoingContent,
    OutgoingKind,
    OutgoingPlace,
    new_place,
    outbox_row,
)
from tipline.delivery.provider import OutgoingText
from tipline.delivery.records import ProviderHolding, record_context
from tipline.identity.contacts import encrypt_contact, sign_contact
from tipline.identity.models import Contact
from tipline.published_keys.directory import KeyKind


def write_in(house: House, number: str = ANNA, line: str = LINE) -> str:
    """A resident's first text, acknowledged. Returns the thread's alias."""
    before = {thread.alias for thread in house.threads(line)}
    house.text(number, "There is ice on Linden Street", line=line)
    house.drain()
    (alias,) = {thread.alias for thread in house.threads(line)} - before
    return alias


def outbox(house: House, kind: OutgoingKind | None = None) -> list[Any]:
    rows = sorted(house.rows(Outgoing), key=lambda row: row.id)
    return [row for row in rows if kind is None or row.kind == kind.value]


def replies(house: House) -> list[Any]:
    return outbox(house, OutgoingKind.REPLY)


def handed_over(provider: RecordingProvider, body: str) -> OutgoingText:
    """The one text with this body that the provider was given."""
    (text,) = [text for text in provider.sent if text.body == body]
    return text


def sid_of(provider: RecordingProvider, body: str) -> str:
    return provider.sids[provider.sent.index(handed_over(provider, body))]


def say(house: House, text: OutgoingText, status: str, **more: Any) -> None:
    """A status callback for a text, under a provider's id that no callback had before."""
    assert house.report(more.pop("sid", new_sid()), status, text.ref, **more).status_code < 300


def put_automatic(house: House, numbers: Mapping[str, str]) -> None:
    """Genuine automatic answers, by body and number, each in a thread of its own."""
    line_id, signer = house.bundles[LINE].line_id, house.intake_keys.signing
    places = [new_place(line_id, secrets.token_hex(16), 0, OutgoingKind.AUTOMATIC) for _ in numbers]
    contacts = [
        _contact_row(house, number, place)
        for number, place in zip(numbers.values(), places, strict=True)
    ]
    with house.stores.perishable.begin() as connection:
        connection.execute(insert(Contact), contacts)
    rows = [
        signed_row(house, OutgoingContent(body, address=number), place, signer)
        for (body, number), place in zip(numbers.items(), places, strict=True)
    ]
    put(house, *rows)


def _contact_row(house: House, number: str, place: OutgoingPlace) -> dict[str, Any]:
    public = OpeningKey.generate().public  # nobody replies in these threads
    contact = encrypt_contact(number, place.line_id, place.thread_id, public, public)
    signature = sign_contact(contact, place.line_id, place.thread_id, house.intake_keys.signing)
    return {
        "thread_id": place.thread_id,
        "encrypted": contact.encrypted,
        "half_for_thread": contact.half_for_thread,
        "half_for_delivery": contact.half_for_delivery,
        "signature": signature,
        "day": day_of(house.clock()),
    }


def signed_row(
    house: House, content: OutgoingContent, place: OutgoingPlace, signer: SigningKey
) -> dict[str, Any]:
    key = house.replier.published.current(KeyKind.DELIVERY)
    return outbox_row(content, place, key, signer, house.clock())


def put(house: House, *rows: dict[str, Any]) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(insert(Outgoing), list(rows))


def change(house: House, uid: str, /, **columns: Any) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(update(Outgoing).where(Outgoing.uid == uid).values(**columns))


def holdings(house: House) -> dict[str, Any]:
    """What the provider is still to erase, by its id of the message."""
    rows = {}
    for row in house.rows(ProviderRecord):
        key = house.daily_ring.opening_key(row.key_id)
        opened = key.open(row.sealed, record_context(row.uid, row.thread_id))
        rows[ProviderHolding.from_bytes(opened).provider_id] = row
    return rows
