"""From what a member typed in during a call to a thread: once, signed by intake, with a mailbox."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tests.lines.acts import Acts
from tests.support.house import ANNA, LINE, OTHER_LINE, House
from tipline.alerts.models import Escalation
from tipline.crypto.opening import OpeningKey
from tipline.crypto.receipts import Receipt
from tipline.crypto.signing import SigningKey
from tipline.envelopes.call_ins import CalledInTip, call_in_row
from tipline.envelopes.models import CallIn, SetAside
from tipline.identity.models import Contact
from tipline.intake import called_in
from tipline.lines.keyrings import LineKeyring
from tipline.mailboxes.models import Mailbox, ReceiptSalt
from tipline.mailboxes.receipts import newest_salt
from tipline.published_keys.directory import KeyKind
from tipline.threads.contents import MessageContent, SealedMessage
from tipline.threads.models import EraseKey, Thread
from tipline.threads.set_aside import open_set_aside

SAID = "My neighbour keeps somebody locked up in the garage. Señora, venga rápido."


def tip(house: House, receipt: Receipt, **changes: Any) -> CalledInTip:
    salt = newest_salt(house.stores.perishable)
    made = CalledInTip(
        SAID,
        False,
        house.members["investigator"].id,
        receipt.mailbox_tag(salt),
        OpeningKey(receipt.mailbox_seed(salt)).public.raw,
        house.clock(),
    )
    return replace(made, **changes)


def row_of(
    house: House, content: CalledInTip, *, line: str = LINE, signer: SigningKey | None = None
) -> dict[str, Any]:
    bundle = house.bundles[line]
    intake = house._published(KeyKind.INTAKE, house.intake_keys.signing.public)
    return call_in_row(
        content,
        bundle.line_id,
        secrets.token_bytes(16),
        intake.current(KeyKind.INTAKE),
        signer or bundle.signing,
    )


def call_in(house: House, row: dict[str, Any]) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(insert(CallIn), row)


def test_it_becomes_a_thread_of_its_own_that_the_lines_members_open(house: House) -> None:
    receipt = Receipt.generate()
    call_in(house, row_of(house, tip(house, receipt)))
    house.drain()
    notice, said = house.read()
    assert (notice.notice, notice.author) == ("called_in", house.members["investigator"].id)
    assert (said.text, said.author) == (SAID, "")
    thread = house.only_thread()
    assert (thread.messages, thread.is_opened, thread.is_waiting) == (2, False, True)
    assert thread.urgency == 0
    assert house.rows(CallIn) == []
    assert house.rows(Contact) == [], "there is no number to reply to"
    assert house.outbox_states() == [], "and nobody to acknowledge it to"
    assert house.incidents() == {}


def test_the_words_lead_to_the_mailbox_and_open_what_is_sealed_to_it(house: House) -> None:
    receipt = Receipt.generate()
    call_in(house, row_of(house, tip(house, receipt)))
    house.drain()
    typed = Receipt.parse(receipt.text.upper())
    salt = newest_salt(house.stores.perishable)
    (mailbox,) = house.rows(Mailbox)
    assert mailbox.tag == typed.mailbox_tag(salt)
    assert mailbox.thread_id == house.only_thread().id
    assert OpeningKey(typed.mailbox_seed(salt)).public.raw == mailbox.public
    assert len(house.rows(ReceiptSalt)) == 1


def test_somebody_in_danger_is_urgent_and_its_clock_runs(house: House) -> None:
    call_in(house, row_of(house, tip(house, Receipt.generate(), is_danger=True)))
    house.drain()
    thread = house.only_thread()
    assert thread.urgency == 1
    (escalation,) = house.rows(Escalation)
    assert (escalation.thread_id, escalation.escalated) == (thread.id, False)


def test_it_stands_on_top_of_the_inbox(house: House) -> None:
    house.text(ANNA, "Before")
    house.drain()
    call_in(house, row_of(house, tip(house, Receipt.generate())))
    house.drain()
    first, second = house.threads()
    assert first.activity > second.activity
    assert house.texts(alias=first.alias) == ["", SAID]


def test_what_comes_again_after_it_was_handled_makes_no_second_thread(house: House) -> None:
    row = row_of(house, tip(house, Receipt.generate()))
    for _ in range(3):
        call_in(house, row)
        house.drain()
    assert len(house.threads()) == 1
    assert house.rows(CallIn) == []
    assert len(house.rows(Mailbox)) == 1


@pytest.mark.parametrize("who", ["another line", "intake", "a stranger", "nobody"])
def test_what_no_member_of_the_line_signed_is_set_aside_and_reported(
    house: House, who: str
) -> None:
    signer = {
        "another line": house.bundles[OTHER_LINE].signing,
        "intake": house.intake_keys.signing,
        "a stranger": SigningKey.generate(),
        "nobody": house.bundles[LINE].signing,
    }[who]
    row = row_of(house, tip(house, Receipt.generate()), signer=signer)
    if who == "nobody":
        row["signature"] = b""
    call_in(house, row)
    house.drain()
    assert house.threads() == []
    assert house.incidents() == {"forged_called_in_tip": 1}
    (aside,) = house.rows(SetAside)
    assert (aside.reason, aside.line_id, aside.sealed_for_line) == (
        "forged_called_in_tip",
        None,
        None,
    )


@pytest.mark.parametrize(("minutes", "threads"), [(59, 1), (60, 0)])
def test_what_a_removed_member_signs_later_becomes_no_thread(
    house: House, minutes: int, threads: int
) -> None:
    acts = Acts(house)
    acts.remove(acts.of_cast("investigator"))
    house.clock.move(minutes=minutes)
    house.keep_keys()
    call_in(house, row_of(house, tip(house, Receipt.generate())))
    house.drain()
    assert len(house.threads()) == threads
    assert house.incidents() == ({} if threads else {"forged_called_in_tip": 1})


def test_a_tip_of_one_line_is_none_of_another(house: House) -> None:
    row = row_of(house, tip(house, Receipt.generate()))
    call_in(house, row | {"line_id": house.bundles[OTHER_LINE].line_id})
    house.drain()
    assert (house.threads(), house.threads(OTHER_LINE)) == ([], [])
    assert house.incidents() == {"forged_called_in_tip": 1}


@pytest.mark.parametrize(
    "changes",
    [{"mailbox_tag": b"short"}, {"mailbox_public": b"no key"}, {"text": 5}],
    ids=["tag", "key", "text"],
)
def test_what_opens_but_is_no_tip_is_set_aside(house: House, changes: dict[str, Any]) -> None:
    call_in(house, row_of(house, tip(house, Receipt.generate(), **changes)))
    house.drain()
    assert house.threads() == []
    assert house.incidents() == {"unopenable_envelope": 1}
    assert len(house.rows(SetAside)) == 1


def test_a_crash_between_the_stores_leaves_nothing_that_counts(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_in(house, row_of(house, tip(house, Receipt.generate())))
    with monkeypatch.context() as patch:
        patch.setattr(called_in, "_thread_row", dies)
        with pytest.raises(KeyboardInterrupt):
            house.intake.drain(60)
    assert (len(house.rows(EraseKey)), len(house.rows(Mailbox))) == (1, 1)
    house.new_intake().drain(60)
    thread = house.only_thread()
    assert house.texts() == ["", SAID]
    assert [row.thread_id for row in house.rows(Mailbox)] == [thread.id]
    for _ in range(2):
        house.sweeper.sweep()
        house.clock.move(minutes=11)
    assert [row.thread_id for row in house.rows(EraseKey)] == [thread.id]
    assert [row.thread_id for row in house.rows(Mailbox)] == [thread.id]


def dies(*_arguments: object) -> None:
    raise KeyboardInterrupt


def fails(*_arguments: object) -> None:
    raise RuntimeError("of the garage")


def test_what_cannot_be_handled_is_set_aside_for_the_line_and_stops_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    row = row_of(house, tip(house, Receipt.generate()))
    call_in(house, row)
    with monkeypatch.context() as patch:
        patch.setattr(called_in, "_thread_row", fails)
        for _ in range(4):
            house.intake.drain(60)
    assert "garage" not in caplog.text
    assert house.threads() == []
    assert house.rows(CallIn) == []
    assert house.incidents() == {"message_set_aside": 1}
    (aside,) = house.rows(SetAside)
    content: MessageContent = open_set_aside(
        SealedMessage(aside.sealed_for_line, aside.signature),
        aside.line_id,
        aside.uid,
        LineKeyring.of(house.bundles[LINE]),
        house.console_keys.intake_pin,
    )
    assert content.text == SAID
    call_in(house, row_of(house, tip(house, Receipt.generate())))
    house.drain()
    assert len(house.threads()) == 1


def test_nothing_of_it_is_in_clear_in_either_store(house: House) -> None:
    receipt = Receipt.generate()
    row = row_of(house, tip(house, receipt))
    stored = repr(row)
    call_in(house, row)
    house.drain()
    for model in (Mailbox, ReceiptSalt, EraseKey, Thread):
        stored += repr(house.rows(model))
    assert "garage" not in stored
    for word in (w for w in receipt.words if len(w) > 6):
        assert word not in stored


def test_a_salt_is_made_once(house: House) -> None:
    assert newest_salt(house.stores.perishable) == newest_salt(house.stores.perishable)
    with house.stores.perishable.begin() as connection:
        connection.execute(insert(ReceiptSalt), {"generation": 2, "salt": b"n" * 32})
    assert newest_salt(house.stores.perishable) == b"n" * 32


def test_the_day_key_of_a_tip_that_waits_is_not_destroyed(house: House) -> None:
    from workers.intake import _waiting_key_ids

    row = row_of(house, tip(house, Receipt.generate()))
    call_in(house, row)
    assert _waiting_key_ids(house.stores) == {row["key_id"]}
    with house.stores.main.begin() as connection:
        connection.execute(update(CallIn).values(attempts=CallIn.attempts))
        assert connection.execute(select(CallIn.attempts)).scalar_one() == 0


def test_an_urgent_word_makes_a_call_urgent_as_it_does_a_text(house: House) -> None:
    said = tip(house, Receipt.generate(), text="He has a gun", is_danger=False)
    call_in(house, row_of(house, said))
    house.drain()
    assert house.only_thread().urgency == 1
    assert len(house.rows(Escalation)) == 1
