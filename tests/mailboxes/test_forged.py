"""Somebody who writes to both stores reads no letter, has none believed, and joins no thread."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.intake.steps import sealed_envelope, told
from tests.mailboxes.acts import REPLY, TIP, Resident, answered, put, write_in
from tests.support.house import LINE, OTHER_LINE, House
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.mailboxes import MailboxKey
from tipline.crypto.opening import OpeningKey
from tipline.crypto.receipts import Receipt
from tipline.crypto.signing import SigningKey
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingKind, OutgoingLetter, new_place, outbox_row
from tipline.envelopes.models import Envelope
from tipline.envelopes.web import WebKind
from tipline.mailboxes.letters import LetterContent
from tipline.mailboxes.making import LetterPlace, mailbox_row, seal_letter
from tipline.mailboxes.models import Letter, Mailbox
from tipline.mailboxes.receipts import MailboxAddress, newest_salt
from tipline.published_keys.directory import KeyKind

FORGED = "Come to the mill alone tonight"


def swaps(house: House) -> dict[str, dict[str, Any]]:
    """What could be put into the row of the only mailbox, to read what is sealed to it."""
    own = OpeningKey.generate().public.raw
    (mailbox,) = house.rows(Mailbox)
    address = MailboxAddress(mailbox.tag, own)
    stranger = SigningKey.generate()
    line = house.bundles[LINE].signing
    elsewhere = mailbox_row(address, mailbox.line_id, "e" * 32, house.intake_keys.signing)
    return {
        "another key": {"public": own},
        "no key": {"public": b""},
        "a stranger's signature": mailbox_row(
            address, mailbox.line_id, mailbox.thread_id, stranger
        ),
        "a member's signature": mailbox_row(address, mailbox.line_id, mailbox.thread_id, line),
        "another thread's row": {"public": own, "signature": elsewhere["signature"]},
        "no signature": {"signature": b""},
        "another line": {"line_id": house.bundles[OTHER_LINE].line_id},
    }


SWAPS = [
    "another key",
    "no key",
    "a stranger's signature",
    "a member's signature",
    "another thread's row",
    "no signature",
    "another line",
]


@pytest.mark.parametrize("what", SWAPS)
def test_nothing_is_sealed_to_a_mailbox_that_intake_did_not_make(house: House, what: str) -> None:
    resident = answered(house)
    write_in(house, Mailbox, **swaps(house)[what])
    with pytest.raises(NotAuthenticError):
        house.reply("for the resident alone")
    assert house.texts() == ["", TIP, REPLY]
    assert resident.look() is None
    resident.add("more of it")
    house.drain()
    assert told(house) == [["[web_tip]", TIP, REPLY]], "nor does it lead into a thread"
    assert house.incidents() == {"message_to_unknown_mailbox": 1, "swapped_mailbox": 1}
    resident.forget()
    house.drain()
    assert house.rows(Mailbox) == house.rows(Letter) == []


def test_words_of_ones_own_do_not_lead_into_anothers_thread(house: House) -> None:
    """The attacker makes a mailbox of their own words for somebody else's thread."""
    resident = answered(house)
    thread = house.only_thread()
    attacker = Resident(house)
    tag = attacker.message(WebKind.FOLLOW_UP).mailbox_tag
    write_in(house, Mailbox, tag=tag)
    assert attacker.look() is None
    attacker.add(FORGED)
    house.drain()
    assert FORGED not in house.texts(alias=thread.alias)
    assert resident.look() is None, "whoever writes can destroy"


def forged_letter(house: House, resident: Resident, signer: SigningKey, **place: Any) -> None:
    (mailbox,) = house.rows(Mailbox)
    where = LetterPlace(**{"line_id": mailbox.line_id, "thread_id": mailbox.thread_id} | place)
    public = MailboxKey(resident.receipt, salt_of(house)).public
    letter = seal_letter(LetterContent(FORGED, house.clock()), where, public, signer)
    put(
        house,
        Letter,
        uid=os.urandom(16).hex(),
        mailbox_tag=mailbox.tag,
        thread_id=mailbox.thread_id,
        sequence=where.sequence,
        sealed=letter.sealed,
        signature=letter.signature,
    )


def salt_of(house: House) -> bytes:
    return newest_salt(house.stores.perishable)


def test_letters_that_the_line_did_not_sign_are_not_shown(house: House) -> None:
    resident = answered(house)
    line = house.bundles[LINE].signing
    signers = (
        SigningKey.generate(),
        house.intake_keys.signing,
        house.delivery_keys.signing,
        house.bundles[OTHER_LINE].signing,
    )
    for sequence, signer in enumerate(signers, 10):
        forged_letter(house, resident, signer, sequence=sequence)
    forged_letter(house, resident, line, sequence=20, thread_id="e" * 32)
    opened = resident.look()
    assert opened is not None
    assert ([letter.text for letter in opened.letters], opened.refused) == ([REPLY], 5)


def test_one_persons_letter_is_not_shown_to_another(house: House) -> None:
    resident = answered(house)
    other = Resident(house)
    other.tip("another tip")
    house.drain()
    (letter,) = house.rows(Letter)
    (box,) = (row for row in house.rows(Mailbox) if row.tag != letter.mailbox_tag)
    write_in(house, Letter, mailbox_tag=box.tag, thread_id=box.thread_id)
    assert (resident.letters(), other.letters()) == ([], [])


def test_a_letter_that_was_copied_or_moved_is_shown_once(house: House) -> None:
    resident = answered(house)
    house.reply("the second")
    house.drain()
    first, second = (dict(row._mapping) for row in house.rows(Letter))
    put(house, Letter, **first | {"id": 90, "uid": "c" * 32})
    put(house, Letter, **first | {"id": 91, "uid": "d" * 32, "sequence": second["sequence"]})
    put(house, Letter, **second | {"id": 92, "uid": "e" * 32, "sequence": 1})
    assert resident.letters() == [REPLY, "the second"]


@pytest.mark.parametrize("who", ["a stranger", "intake", "another line"])
def test_an_outbox_row_that_no_member_signed_puts_no_letter(house: House, who: str) -> None:
    resident = answered(house)
    signer = {
        "a stranger": SigningKey.generate(),
        "intake": house.intake_keys.signing,
        "another line": house.bundles[OTHER_LINE].signing,
    }[who]
    (mailbox,) = house.rows(Mailbox)
    place = new_place(mailbox.line_id, mailbox.thread_id, 9, OutgoingKind.LETTER)
    letter = OutgoingLetter(mailbox.tag, b"sealed", b"signature")
    delivery = house.replier.published.current(KeyKind.DELIVERY)
    put(house, Outgoing, **outbox_row(letter, place, delivery, signer, house.clock()))
    house.drain()
    assert resident.letters() == [REPLY]
    assert len(house.rows(Letter)) == 1
    assert house.outbox_states() == ["in_mailbox", "refused"]
    assert house.incidents() == {"unsigned_outbox_row": 1}


def test_a_letter_row_made_into_a_text_is_not_sent(house: House) -> None:
    resident = Resident(house)
    resident.tip()
    house.drain()
    house.reply(REPLY)
    write_in(house, Outgoing, kind="reply")
    house.drain()
    assert house.provider.sent == []
    assert resident.letters() == []
    assert house.incidents() == {"unsigned_outbox_row": 1}


def test_a_web_message_that_the_gateway_did_not_write_is_refused(house: House) -> None:
    resident = answered(house)
    content = resident.message(WebKind.FORGET).to_bytes()
    put(house, Envelope, **sealed_envelope(house, content, tag_key=b"a" * 32))
    house.drain()
    assert resident.letters() == [REPLY]
    assert house.incidents() == {"forged_envelope": 1}


def test_a_receipt_of_other_words_opens_no_letter(house: House) -> None:
    answered(house)
    (letter,) = house.rows(Letter)
    (mailbox,) = house.rows(Mailbox)
    with pytest.raises(CannotOpenError):
        MailboxKey(Receipt.generate(), salt_of(house)).open_letter(
            letter.sealed, mailbox.line_id, mailbox.thread_id, letter.sequence
        )
