"""From what was typed into a web page to a thread: once, in order, and with a mailbox."""

from __future__ import annotations

import os
from itertools import pairwise

import pytest
from sqlalchemy import update

from tests.intake.steps import is_stored, once, told
from tests.mailboxes.acts import REPLY, TIP, Resident, answered, writer_of
from tests.support.house import ANNA, LINE, OTHER_LINE, House
from tipline.alerts.models import Escalation
from tipline.delivery.replying import NoContactError
from tipline.envelopes.models import DedupeTag, Envelope, SetAside
from tipline.envelopes.web import OtherWordsError, WebKind
from tipline.identity.models import Contact
from tipline.intake.web import WebHandler
from tipline.lines.keyrings import LineKeyring
from tipline.mailboxes.models import Letter, Mailbox
from tipline.threads.contents import SealedMessage
from tipline.threads.models import EraseKey, Thread
from tipline.threads.set_aside import open_set_aside


class Crash(Exception):
    """The process ends here."""


def crash(*_arguments: object) -> None:
    raise Crash


def test_a_tip_becomes_a_thread_with_a_mailbox_and_no_contact(house: House) -> None:
    resident = Resident(house)
    resident.tip(language="es")
    house.drain()
    notice, said = house.read()
    assert (notice.notice, notice.language, said.text) == ("web_tip", "es", TIP)
    thread = house.only_thread()
    assert (thread.messages, thread.is_opened, thread.is_waiting, thread.urgency) == (2, 0, 1, 0)
    (mailbox,) = house.rows(Mailbox)
    assert (mailbox.thread_id, mailbox.line_id) == (thread.id, house.bundles[LINE].line_id)
    assert house.rows(Contact) == house.rows(Envelope) == []
    assert house.outbox_states() == [], "the page itself answers"
    assert house.incidents() == {}
    opened = resident.look()
    assert opened is not None
    assert (opened.tag, opened.line_id) == (mailbox.tag, mailbox.line_id)
    assert (opened.line_name, opened.letters, opened.refused) == (
        house.new_intake()._services.lines.by_id(mailbox.line_id).name,
        (),
        0,
    )


@pytest.mark.parametrize("words", [{"is_danger": True}, {"text": "He has a gun"}])
def test_danger_and_a_lines_words_make_it_urgent(house: House, words: dict[str, object]) -> None:
    Resident(house).tip(**words)
    house.drain()
    assert house.only_thread().urgency == 1
    assert [row.thread_id for row in house.rows(Escalation)] == [house.only_thread().id]


def test_more_of_it_follows_in_order_and_brings_a_closed_thread_back(house: House) -> None:
    resident, other = Resident(house), Resident(house)
    resident.tip()
    other.tip("another one's tip")
    for number in range(5):
        resident.add(f"more {number}")
    house.drain()
    assert sorted(told(house)) == sorted(
        [
            ["[web_tip]", TIP, *(f"more {number}" for number in range(5))],
            ["[web_tip]", "another one's tip"],
        ]
    )

    with house.stores.main.begin() as connection:
        connection.execute(update(Thread).values(is_closed=True, is_waiting=False))
    resident.add("He has a gun", is_danger=True)
    house.drain()
    (back,) = (row for row in house.rows(Thread) if not row.is_closed)
    assert (back.is_waiting, back.urgency, back.messages) == (True, 1, 8)
    assert [row.thread_id for row in house.rows(Escalation)] == [back.id]


@pytest.mark.parametrize("kind", list(WebKind))
def test_a_form_posted_twice_is_kept_once(house: House, kind: WebKind) -> None:
    resident, token = Resident(house), os.urandom(16)
    resident.tip()
    house.drain()
    assert [resident.post(kind, "words", token=token) for _ in range(3)] == [True, False, False]
    assert len(house.rows(Envelope)) == 1
    house.drain()
    assert resident.post(kind, "words", token=token) is False
    assert house.rows(Envelope) == []
    with pytest.raises(OtherWordsError):
        resident.post(kind, "other words", token=token)
    assert house.rows(Envelope) == []
    # Another form, or another of its buttons, is another message.
    assert resident.post(kind, "words")
    assert len(house.rows(DedupeTag)) == 6


def test_all_of_one_mailbox_share_a_lane(house: House) -> None:
    for _ in range(4):
        resident = Resident(house)
        for kind in WebKind:
            resident.post(kind, "words")
    lanes = [row.lane for row in sorted(house.rows(Envelope), key=lambda row: row.id)]
    assert all(len(set(lanes[start : start + 4])) == 1 for start in range(0, 16, 4))
    assert len({len(row.sealed) for row in house.rows(Envelope)}) == 1, "one size"


def test_nothing_of_it_stands_in_clear_in_either_store(house: House) -> None:
    resident = answered(house)
    resident.add("the second gate, at four")
    house.drain()
    needles = [TIP, "cannery", REPLY, "Which gate", "second gate", resident.receipt.text]
    # Single words may stand there for other reasons.
    needles += [" ".join(pair) for pair in pairwise(resident.receipt.words)]
    assert [needle for needle in needles if is_stored(house, needle)] == []


def test_texts_and_web_messages_are_drained_together(house: House) -> None:
    resident = Resident(house)
    house.text(ANNA, "by text")
    resident.tip()
    house.text(ANNA, "more by text")
    resident.add("more on the page")
    house.drain()
    assert sorted(told(house)) == [
        ["[web_tip]", TIP, "more on the page"],
        ["by text", "more by text"],
    ]


# -- crashes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("another_worker", [False, True])
def test_a_crash_between_the_commits_leaves_nothing_that_counts(
    house: House, monkeypatch: pytest.MonkeyPatch, another_worker: bool
) -> None:
    resident = Resident(house)
    resident.tip()
    resident.add("more")
    once(monkeypatch, "_write_main", after=crash)
    with pytest.raises(Crash):
        house.drain_intake()
    assert (len(house.rows(Mailbox)), house.threads()) == (1, [])
    if another_worker:
        house.intake = house.new_intake()
        house.clock.move(seconds=31)
    house.drain()
    assert told(house) == [["[web_tip]", TIP, "more"]]
    assert [row.thread_id for row in house.rows(Mailbox)] == [house.only_thread().id]
    house.reply(REPLY)
    house.drain()
    assert resident.letters() == [REPLY]
    for _ in range(2):
        house.sweeper.sweep()
        house.clock.move(minutes=11)
    assert [row.thread_id for row in house.rows(EraseKey)] == [house.only_thread().id]
    assert resident.letters() == [REPLY]


@pytest.mark.parametrize("step", ["_write_main", "_drop_mailboxes"])
def test_a_crash_while_somebody_is_forgotten(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    resident = answered(house)
    resident.forget()
    with monkeypatch.context() as patch:
        once(patch, step, before=crash)
        with pytest.raises(Crash):
            house.drain_intake()
    assert house.rows(Letter) == [], "what they could read is gone with the first commit"
    house.drain()
    assert told(house) == [["[web_tip]", TIP, REPLY, "[opted_out]"]]
    for _ in range(2):
        house.sweeper.sweep()
        house.clock.move(minutes=11)
    assert house.rows(Mailbox) == []
    assert resident.look() is None
    assert house.incidents() == {}


def test_a_crash_while_replies_are_deleted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    resident = answered(house)
    resident.delete_replies()
    once(monkeypatch, "_write_main", after=crash)
    with pytest.raises(Crash):
        house.drain_intake()
    house.drain()
    assert resident.letters() == []
    assert told(house) == [["[web_tip]", TIP, REPLY]]


# -- deleting and forgetting -----------------------------------------------------------------


def test_deleted_replies_are_gone_and_later_ones_come(house: House) -> None:
    resident, other = answered(house), Resident(house)
    resident.delete_replies()
    house.drain()
    assert resident.letters() == []
    assert house.rows(Letter) == []
    house.reply("a later reply")
    house.drain()
    assert resident.letters() == ["a later reply"]
    assert other.look() is None


def test_forget_me_ends_the_way_back_both_ways(house: House) -> None:
    resident = answered(house)
    house.reply("still on its way")
    resident.forget()
    resident.add("after that")
    house.drain()
    assert told(house) == [["[web_tip]", TIP, REPLY, "still on its way", "[opted_out]"]]
    assert house.rows(Mailbox) == house.rows(Letter) == []
    assert house.outbox_states() == ["in_mailbox", "cancelled"]
    assert resident.look() is None
    assert house.incidents() == {"message_to_unknown_mailbox": 1}
    assert house.replier.way_back(house.only_thread().id) is None
    with pytest.raises(NoContactError):
        house.reply("are you there?")
    resident.forget()
    house.drain()
    assert told(house)[0].count("[opted_out]") == 1


def test_more_to_a_mailbox_that_never_was_is_counted_and_dropped(house: House) -> None:
    stranger = Resident(house)
    stranger.add("more of nothing")
    stranger.delete_replies()
    stranger.forget()
    house.drain()
    assert house.rows(Envelope) == house.rows(SetAside) == house.threads() == []
    assert house.incidents() == {"message_to_unknown_mailbox": 1}


# -- what cannot be handled ------------------------------------------------------------------


def test_what_cannot_be_handled_is_set_aside_for_its_line(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    resident = Resident(house)
    resident.tip()
    house.drain()

    def fails(*_arguments: object) -> None:
        raise RuntimeError("of the cannery")

    with monkeypatch.context() as patch:
        patch.setattr(WebHandler, "handle", fails)
        resident.add("the second gate")
        for _ in range(3):
            house.drain()
    assert house.rows(Envelope) == []
    assert "cannery" not in caplog.text
    (aside,) = house.rows(SetAside)
    content = open_set_aside(
        SealedMessage(aside.sealed_for_line, aside.signature),
        house.bundles[LINE].line_id,
        aside.uid,
        LineKeyring.of(house.bundles[LINE]),
        house.console_keys.intake_pin,
    )
    assert content.text == "the second gate"
    resident.add("and the third")
    house.drain()
    assert told(house) == [["[web_tip]", TIP, "and the third"]]


def test_a_tip_for_a_line_that_is_none_is_set_aside(house: House) -> None:
    Resident(house).tip(line_id="f" * 32)
    for _ in range(3):
        house.drain()
    assert [row.reason for row in house.rows(SetAside)] == ["no_such_line"]
    assert house.rows(Envelope) == []


def test_a_tip_for_one_line_does_not_get_into_anothers_thread(house: House) -> None:
    resident = Resident(house)
    resident.tip()
    house.drain()
    resident.tip("for the others", line_id=house.bundles[OTHER_LINE].line_id)
    for _ in range(3):
        house.drain()
    assert told(house) == [["[web_tip]", TIP]]
    (aside,) = house.rows(SetAside)
    assert aside.line_id == house.bundles[OTHER_LINE].line_id


def test_the_writer_says_no_word_of_what_was_typed(house: House) -> None:
    resident, token = Resident(house), os.urandom(16)
    resident.tip(token=token)
    with pytest.raises(OtherWordsError) as error:
        writer_of(house).keep_web(resident.message(WebKind.TIP, "changed words"), token)
    assert "changed" not in str(error.value)
