"""A contact opens for delivery and a member together, and for neither alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pytest

from tests.delivery.acts import write_in
from tests.support.house import ANNA, House
from tipline.crypto.aead import decrypt
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.identity.contacts import EncryptedContact, open_contact, open_thread_half
from tipline.identity.models import Contact


@dataclass
class Case:
    """A contact as it stands in the store, and where it belongs."""

    contact: EncryptedContact
    line_id: str
    thread_id: str

    def opens_with(self, key: bytes) -> bool:
        try:
            decrypt(key, self.contact.encrypted, Context("contact", self.line_id, self.thread_id))
        except CannotOpenError:
            return False
        return True


@pytest.fixture
def case(house: House) -> Case:
    write_in(house)
    (row,) = house.rows(Contact)
    contact = EncryptedContact(row.encrypted, row.half_for_thread, row.half_for_delivery)
    return Case(contact, house.only_thread().line_id, row.thread_id)


def folder_secrets(house: House) -> list[bytes]:
    """All that the delivery worker's folder holds, unlocked."""
    folder = house.folders.delivery
    return [folder.read(name) for name in folder.names()]


def opened(keys: list[OpeningKey], case: Case) -> Iterator[bytes]:
    """Every half that these keys open, under either half's name."""
    halves = (case.contact.half_for_thread, case.contact.half_for_delivery)
    purposes = ("contact half thread", "contact half delivery")
    for key, half, purpose in product(keys, halves, purposes):
        try:
            yield key.open(half, Context(purpose, case.line_id, case.thread_id))
        except CannotOpenError:
            continue


def combinations(known: list[bytes]) -> Iterator[bytes]:
    """Each secret and each two of them together, as the key that may open the contact."""
    yield from known
    for first, second in product(known, known):
        yield bytes(a ^ b for a, b in zip(first, second, strict=True))


def test_the_whole_delivery_folder_opens_no_contact(house: House, case: Case) -> None:
    secrets = folder_secrets(house)
    assert len(secrets) > 5
    halves = list(opened([OpeningKey(secret) for secret in secrets], case))
    assert len(halves) == 1, "its own half, and nothing else"
    assert not any(case.opens_with(key) for key in combinations([*secrets, *halves]))


def test_the_threads_key_alone_opens_no_contact(house: House, case: Case) -> None:
    thread = house.open()
    line = house.bundles[next(iter(house.bundles))]
    keys = [thread.key, line.opening]
    halves = list(opened(keys, case))
    assert len(halves) == 1
    known = [*halves, *(key.seed for key in keys), line.signing.seed]
    assert not any(case.opens_with(key) for key in combinations(known))


def test_both_together_do(house: House, case: Case) -> None:
    thread = house.open()
    half = open_thread_half(case.contact.half_for_thread, case.line_id, case.thread_id, thread.key)
    key = house.contact_ring.opening_key(case.contact.half_for_delivery[1:9])
    assert open_contact(case.contact, case.line_id, case.thread_id, half, key) == ANNA
