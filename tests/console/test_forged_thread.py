from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from tests.console.house import OTHER_PHONE, TIPS, House, incidents, thread_path
from tipline.delivery.models import Outgoing
from tipline.incidents.services import IncidentKind
from tipline.threads.models import EraseKey, Message, Thread


@pytest.mark.parametrize(
    "change",
    [
        {"signature": bytes(73)},
        {"signature": b""},
        {"sealed": b"x" * 5000},
        {"sealed": b""},
        {"kind": "reply"},
        {"kind": "bogus", "signature": bytes(73)},
        {"sequence": 7},
    ],
    ids=["signature", "unsigned", "content", "empty", "kind", "no-kind", "moved"],
)
def test_a_changed_message_is_reported_and_not_shown(
    house: House, change: dict[str, object]
) -> None:
    alias = house.text("The first words")
    house.text("The second words")
    with house.stores.main.begin() as connection:
        connection.execute(update(Message).where(Message.sequence == 1).values(**change))
    page = house.signed_in("ann").get(thread_path(alias))
    assert page.status_code == 200
    assert page.text.count("This message is not authentic and is not shown.") == 1
    assert "The first words" not in page.text
    assert "The second words" in page.text
    assert IncidentKind.FORGED_MESSAGE in incidents(house)


def test_a_message_of_another_thread_is_not_authentic_here(house: House) -> None:
    alias = house.text("The first words")
    house.text("Foreign words", sender=OTHER_PHONE)
    first, other = house.rows(Message)
    with house.stores.main.begin() as connection:
        connection.execute(
            update(Message)
            .where(Message.id == first.id)
            .values(sealed=other.sealed, signature=other.signature)
        )
    page = house.signed_in("ann").get(thread_path(alias)).text
    assert "This message is not authentic and is not shown." in page
    assert "Foreign words" not in page


def test_a_reply_that_no_member_signed_is_not_shown(house: House) -> None:
    """Another line's members, and the intake worker, can seal to a thread but not sign a reply."""
    from tipline.crypto.sealing import SealingKey
    from tipline.crypto.signing import SigningKey
    from tipline.intake.keys import SIGNING
    from tipline.threads.contents import MessageContent, MessageKind, MessagePlace, seal_message

    alias = house.text("A tip")
    browser = house.signed_in("ann")
    browser.reply(thread_path(alias), "A true reply")
    [thread] = house.rows(Thread)
    content = MessageContent("A forged reply", house.clock(), author="ann")
    place = MessagePlace(thread.line_id, thread.id, 2, MessageKind.REPLY)
    for signer in (
        house.bundles["complaints"].signing,
        SigningKey(house.folders.intake.read(SIGNING)),
        SigningKey.generate(),
    ):
        forged = seal_message(content, place, SealingKey(thread.public), signer)
        with house.stores.main.begin() as connection:
            connection.execute(
                update(Message)
                .where(Message.sequence == 2)
                .values(sealed=forged.sealed, signature=forged.signature)
            )
        page = browser.get(thread_path(alias)).text
        assert "A forged reply" not in page
        assert "This message is not authentic and is not shown." in page
    # The same bytes, signed by the line, are shown: it was the signature that was missed.
    true = seal_message(content, place, SealingKey(thread.public), house.bundles[TIPS].signing)
    with house.stores.main.begin() as connection:
        connection.execute(
            update(Message)
            .where(Message.sequence == 2)
            .values(sealed=true.sealed, signature=true.signature)
        )
    page = browser.get(thread_path(alias)).text
    assert "A forged reply" in page
    assert "a former member" in page


def test_a_swapped_thread_key_is_reported_and_nothing_is_sent(house: House) -> None:
    from tipline.crypto.opening import OpeningKey

    alias = house.text("A tip")
    house.deliver()
    browser = house.signed_in("ann")
    path = thread_path(alias)
    page = browser.get(path)
    with house.stores.main.begin() as connection:
        connection.execute(update(Thread).values(public=OpeningKey.generate().public.raw))
    answer = browser.get(path)
    assert answer.status_code == 409
    assert "This thread is not authentic" in answer.text
    assert IncidentKind.SWAPPED_KEY in incidents(house)
    assert browser.submit(path, page, reply="Where?").status_code == 409
    assert house.deliver() == []


def test_a_thread_whose_private_key_was_changed_does_not_open(house: House) -> None:
    alias = house.text("A tip")
    with house.stores.main.begin() as connection:
        connection.execute(update(Thread).values(wrapped_private=bytes(2000)))
    answer = house.signed_in("ann").get(thread_path(alias))
    assert answer.status_code == 409
    assert "This thread does not open" in answer.text


def test_without_its_erase_key_a_thread_is_gone(house: House) -> None:
    alias = house.text("A tip")
    browser = house.signed_in("ann")
    with house.stores.perishable.begin() as connection:
        connection.execute(delete(EraseKey))
    answer = browser.get(thread_path(alias))
    assert answer.status_code == 404
    assert "There is no such thread" in answer.text


def test_a_state_that_is_none_does_not_hide_the_thread(house: House) -> None:
    alias = house.text("A tip")
    browser = house.signed_in("ann")
    browser.reply(thread_path(alias), "Where?")
    with house.stores.main.begin() as connection:
        connection.execute(update(Outgoing).values(state="bogus"))
    page = browser.get(thread_path(alias))
    assert page.status_code == 200
    assert "How far this has come is not known" in page.text
