"""Somebody who can write to the database cannot make the gateway seal to a key of theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, insert

from tests.gateway.helpers import BODY, NOTHING, LogLines, kept, message_fields
from tests.support.house import MESSAGE_PATH, START, House
from tipline.crypto.opening import OpeningKey
from tipline.crypto.sealing import sealed_key_id
from tipline.crypto.signing import SigningKey
from tipline.envelopes.models import Envelope
from tipline.published_keys.directory import PURPOSE, KeyKind
from tipline.published_keys.models import PublishedKey

TODAY = START.date()
TOMORROW = TODAY + timedelta(days=1)

# Each makes the (public key, signature) that the attacker writes for a day.
Forgery = Callable[[House, date], tuple[bytes, bytes]]


def row_of(house: House, kind: KeyKind) -> PublishedKey:
    (row,) = [row for row in house.rows(PublishedKey) if row.kind == kind.value]
    return row


def signed_by(signer: SigningKey, kind: str, day: date, public: bytes) -> tuple[bytes, bytes]:
    return public, signer.sign(PURPOSE, kind, day.isoformat(), public)


def stranger() -> bytes:
    return OpeningKey.generate().public.raw


def own_signature(_house: House, day: date) -> tuple[bytes, bytes]:
    return signed_by(SigningKey.generate(), "intake", day, stranger())


def own_signature_under_the_right_id(house: House, day: date) -> tuple[bytes, bytes]:
    public, signature = own_signature(house, day)
    right = row_of(house, KeyKind.INTAKE).signature
    return public, right[:-64] + signature[-64:]


def no_signature(_house: House, _day: date) -> tuple[bytes, bytes]:
    return stranger(), b""


def zero_signature(_house: House, _day: date) -> tuple[bytes, bytes]:
    return stranger(), bytes(73)


def signature_of_the_right_key(house: House, _day: date) -> tuple[bytes, bytes]:
    return stranger(), row_of(house, KeyKind.INTAKE).signature


def other_kind(house: House, _day: date) -> tuple[bytes, bytes]:
    row = row_of(house, KeyKind.DELIVERY)
    return row.public, row.signature


def signed_by_the_other_process(house: House, day: date) -> tuple[bytes, bytes]:
    return signed_by(house.delivery_keys.signing, "intake", day, stranger())


def signed_for_another_kind(house: House, day: date) -> tuple[bytes, bytes]:
    return signed_by(house.intake_keys.signing, "delivery", day, stranger())


def signed_for_another_day(house: House, day: date) -> tuple[bytes, bytes]:
    return signed_by(house.intake_keys.signing, "intake", day + timedelta(days=30), stranger())


def signed_but_no_key(house: House, day: date) -> tuple[bytes, bytes]:
    return signed_by(house.intake_keys.signing, "intake", day, b"no key at all")


FORGERIES = [
    own_signature,
    own_signature_under_the_right_id,
    no_signature,
    zero_signature,
    signature_of_the_right_key,
    other_kind,
    signed_by_the_other_process,
    signed_for_another_kind,
    signed_for_another_day,
    signed_but_no_key,
]


def write(house: House, day: date, public: bytes, signature: bytes) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(
            delete(PublishedKey).where(PublishedKey.kind == "intake", PublishedKey.day == day)
        )
        connection.execute(
            insert(PublishedKey).values(kind="intake", day=day, public=public, signature=signature)
        )


def assert_shown_and_rightly_sealed(house: House, right: bytes) -> None:
    (envelope,) = house.rows(Envelope)
    assert envelope.key_id == sealed_key_id(envelope.sealed) == right
    house.drain()
    assert house.texts() == [BODY]


def right_key_id(house: House) -> bytes:
    public = row_of(house, KeyKind.INTAKE).public
    from tipline.crypto.sealing import SealingKey

    return SealingKey(public).key_id


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_in_place_of_the_right_key(house: House, log: LogLines, forge: Forgery) -> None:
    right, fields = right_key_id(house), message_fields()
    write(house, TODAY, *forge(house, TODAY))
    assert house.post(MESSAGE_PATH, fields).status_code == 503
    assert kept(house) == NOTHING
    assert log.codes() == ["published_key_refused", "not_kept"]
    log.assert_silent_about(fields)
    assert house.intake_ring.refuse_swapped() == 1
    assert house.post(MESSAGE_PATH, fields).status_code == 200
    assert_shown_and_rightly_sealed(house, right)


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_newer_than_the_right_key(house: House, log: LogLines, forge: Forgery) -> None:
    right = right_key_id(house)
    write(house, TOMORROW, *forge(house, TOMORROW))
    assert house.post(MESSAGE_PATH, message_fields()).status_code == 200
    assert "published_key_refused" in log.codes()
    assert_shown_and_rightly_sealed(house, right)


@pytest.mark.parametrize("days", [2, 365, 36500])
def test_a_key_of_the_far_future_is_left_alone(house: House, days: int) -> None:
    """Rightly signed or not: it would be the newest for ever."""
    right, day = right_key_id(house), TODAY + timedelta(days=days)
    write(house, day, *signed_by(house.intake_keys.signing, "intake", day, stranger()))
    assert house.post(MESSAGE_PATH, message_fields()).status_code == 200
    assert_shown_and_rightly_sealed(house, right)


def test_swapped_between_two_messages(house: House) -> None:
    """Whatever the cache holds, it is the right key."""
    right = right_key_id(house)
    assert house.post(MESSAGE_PATH, message_fields("first")).status_code == 200
    write(house, TODAY, *own_signature(house, TODAY))
    statuses = []
    for seconds in (0, 59, 2, 120):
        house.clock.move(seconds=seconds)
        statuses.append(house.post(MESSAGE_PATH, message_fields()).status_code)
    assert statuses == [200, 200, 503, 503]
    assert {envelope.key_id for envelope in house.rows(Envelope)} == {right}
