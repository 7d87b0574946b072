"""A member's reply waits where the resident looks with seven words, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from tests.intake.test_called_in import call_in, row_of
from tests.intake.test_called_in import tip as called_in_tip
from tests.mailboxes.acts import REPLY, TIP, Resident, answered, put, remove, write_in
from tests.support.house import LINE, House
from tipline.clock import hour_of
from tipline.console.wording import NOTICES, STATES
from tipline.crypto.mailboxes import MailboxKey
from tipline.crypto.receipts import Receipt
from tipline.delivery.letters import Postman
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingState
from tipline.delivery.replying import AlreadySentError, NoContactError, Reply, WayBack
from tipline.mailboxes.models import Letter, Mailbox, ReceiptSalt
from tipline.threads.models import EraseKey, Thread


def test_replies_wait_for_the_words_in_the_order_in_which_they_were_written(house: House) -> None:
    resident = Resident(house)
    resident.tip()
    house.drain()
    assert house.replier.way_back(house.only_thread().id) is WayBack.LETTER
    written = [f"reply {number}: ¿quién? 🚚" for number in range(3)]
    for reply in written:
        house.reply(reply)
    assert resident.letters() == []
    assert [house.progress()[n].state for n in (3, 4, 5)] == [OutgoingState.QUEUED] * 3
    house.drain()
    assert resident.letters() == written
    opened = resident.look()
    assert opened is not None
    hour = hour_of(house.clock())
    assert [letter.hour for letter in opened.letters] == [hour] * 3
    assert [house.progress()[n].state for n in (3, 4, 5)] == [OutgoingState.IN_MAILBOX] * 3
    assert "not recorded" in STATES[OutgoingState.IN_MAILBOX]
    assert "web page" in NOTICES["web_tip"]
    assert [row.sealed for row in house.rows(Outgoing)] == [None] * 3
    assert house.provider.sent == []


def test_looking_leaves_no_trace(house: House) -> None:
    resident = answered(house)

    def everything() -> list[Any]:
        models = (Letter, Mailbox, ReceiptSalt, Thread, Outgoing)
        return [house.rows(model) for model in models]

    before = everything()
    for _ in range(3):
        assert resident.letters() == [REPLY]
        house.clock.move(minutes=1)
    assert everything() == before


def test_a_caller_finds_replies_with_the_words_that_were_read_out(house: House) -> None:
    caller = Resident(house)
    call_in(house, row_of(house, called_in_tip(house, caller.receipt)))
    house.drain()
    house.reply(REPLY)
    house.drain()
    assert caller.letters() == [REPLY]
    caller.add("They use the north gate")
    house.drain()
    assert house.texts()[-1] == "They use the north gate"


def test_a_form_sent_twice_makes_one_letter(house: House) -> None:
    resident = Resident(house)
    resident.tip()
    house.drain()
    thread, bundle = house.open(), house.bundles[LINE]
    house.replier.reply(thread, bundle, Reply(REPLY, "member", "token"))
    with pytest.raises(AlreadySentError):
        house.replier.reply(thread, bundle, Reply(REPLY, "member", "token"))
    house.drain()
    assert resident.letters() == [REPLY]


@pytest.mark.parametrize("length", [1, 1600])
def test_letters_of_any_length_look_alike(house: House, length: int) -> None:
    answered(house, "x" * length)
    (letter,) = house.rows(Letter)
    assert 4096 < len(letter.sealed) < 4096 + 1300


def test_wrong_words_lead_nowhere(house: House) -> None:
    resident = answered(house)
    words = list(resident.receipt.words)
    swapped = (words[1], words[0], *words[2:])
    for wrong in (Receipt.generate(), Receipt(swapped), Receipt(("zoom", *words[1:]))):
        assert Resident(house, wrong).look() is None


def test_wrong_words_cost_what_right_ones_do(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same queries, and as much opening: counted, for a clock would tell less surely."""
    resident = answered(house)
    counted: list[str] = []

    def count(
        _connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool
    ) -> None:
        counted.append(statement)

    def opens(name: str) -> Callable[..., Any]:
        original = getattr(MailboxKey, name)

        def counting(self: MailboxKey, *arguments: Any) -> Any:
            counted.append("opens")
            return original(self, *arguments)

        return counting

    for name in ("open_letter", "open_nothing"):
        monkeypatch.setattr(MailboxKey, name, opens(name))
    for engine in (house.stores.main, house.stores.perishable):
        event.listen(engine, "before_cursor_execute", count)
    costs = []
    for who in (resident, Resident(house)):
        counted.clear()
        who.look()
        costs.append(list(counted))
    assert costs[0] == costs[1]
    assert costs[0].count("opens") == 8


def test_with_a_newer_salt_older_words_still_lead_to_their_mailbox(house: House) -> None:
    resident = answered(house)
    put(house, ReceiptSalt, generation=2, salt=b"n" * 32)
    assert resident.letters() == [REPLY]
    newer = Resident(house)
    newer.tip("with the newer salt")
    house.drain()
    assert newer.letters() == []
    assert Resident(house).look() is None
    remove(house, ReceiptSalt, ReceiptSalt.generation == 1)
    assert resident.look() is None, "once its salt is gone no words lead there"


def test_without_any_salt_there_is_nothing_to_find(house: House) -> None:
    remove(house, ReceiptSalt, ReceiptSalt.generation == 1)
    assert Resident(house).look() is None
    assert house.rows(ReceiptSalt) == []


# -- crashes and full disks ------------------------------------------------------------------


class Crash(BaseException):
    """The process ends here: no handler sees it."""


def test_a_crash_between_mailbox_and_outbox_doubles_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = Resident(house)
    resident.tip()
    house.drain()
    house.reply(REPLY)
    put_letter = Postman._deliver

    def dies(self: Postman, *arguments: Any) -> bool:
        put_letter(self, *arguments)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Postman, "_deliver", dies)
        with pytest.raises(Crash):
            house.drain_delivery()
    assert (resident.letters(), house.outbox_states()) == ([REPLY], ["queued"])
    house.drain()
    assert (resident.letters(), house.outbox_states()) == ([REPLY], ["in_mailbox"])
    assert len(house.rows(Letter)) == 1


def test_what_was_deleted_after_such_a_crash_does_not_come_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = Resident(house)
    resident.tip()
    house.drain()
    house.reply(REPLY)
    put_letter = Postman._deliver

    def dies(self: Postman, *arguments: Any) -> bool:
        put_letter(self, *arguments)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Postman, "_deliver", dies)
        with pytest.raises(Crash):
            house.drain_delivery()
    resident.delete_replies()
    house.drain()
    assert resident.letters() == []
    assert house.outbox_states() == ["in_mailbox"]


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Somebody holds the perishable store for longer than delivery waits (made short here)."""
    engine = house.stores.perishable
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE letters IN ACCESS EXCLUSIVE MODE"))
        yield


@contextmanager
def full(house: House) -> Iterator[None]:
    def fail(_connection: object) -> None:
        raise OSError(28, f"No space left on device: {REPLY}")

    engine = house.stores_of("delivery").perishable
    event.listen(engine, "commit", fail)
    yield
    event.remove(engine, "commit", fail)


def short_waits(house: House) -> None:
    engine = house.stores_of("delivery").perishable
    is_sqlite = engine.dialect.name == "sqlite"
    statement = "PRAGMA busy_timeout=50" if is_sqlite else "SET lock_timeout = 50"

    def run(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        if not is_sqlite:
            connection.commit()

    event.listen(engine, "connect", run)
    engine.dispose()


@pytest.mark.parametrize("trouble", [locked, full])
def test_what_cannot_be_put_now_is_put_later(
    house: House,
    trouble: Callable[[House], AbstractContextManager[None]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    resident = Resident(house)
    resident.tip()
    house.drain()
    house.reply(REPLY)
    short_waits(house)
    with trouble(house):
        house.drain_delivery()
    assert house.outbox_states() == ["queued"]
    assert REPLY not in caplog.text
    assert resident.letters() == []
    house.clock.move(seconds=2)
    house.drain_delivery()
    assert resident.letters() == [REPLY]
    assert len(house.rows(Letter)) == 1


# -- what leads nowhere is swept -------------------------------------------------------------


def swept(house: House) -> None:
    for _ in range(2):
        house.sweeper.sweep()
        house.clock.move(minutes=11)


def test_letters_of_a_destroyed_thread_go_with_it(house: House) -> None:
    resident, other = answered(house), Resident(house)
    other.tip("another tip")
    house.drain()
    thread = next(row.thread_id for row in house.rows(Letter))
    remove(house, EraseKey, EraseKey.thread_id == thread)
    swept(house)
    assert house.rows(Letter) == []
    assert [row.thread_id == thread for row in house.rows(Mailbox)] == [False]
    assert (resident.look(), other.letters()) == (None, [])


@pytest.mark.parametrize("what", ["no thread", "no mailbox"])
def test_orphans_go_and_the_living_stay(house: House, what: str) -> None:
    resident = answered(house)
    (letter,) = house.rows(Letter)
    row = dict(letter._mapping) | {"id": 99, "uid": "f" * 32}
    if what == "no thread":
        row["thread_id"] = "e" * 32
    else:
        house.text("+12095550141", "by text")
        house.drain()
        (texted,) = (t for t in house.threads() if t.id != letter.thread_id)
        row |= {"thread_id": texted.id, "mailbox_tag": b"t" * 32}
    with house.stores.perishable.begin() as connection:
        connection.execute(insert(Letter), row)
    keys = sorted(row.thread_id for row in house.rows(EraseKey))
    swept(house)
    assert [row.id for row in house.rows(Letter)] == [letter.id]
    assert sorted(row.thread_id for row in house.rows(EraseKey)) == keys
    assert resident.letters() == [REPLY]


def test_a_reply_to_somebody_who_was_forgotten_is_refused(house: House) -> None:
    resident = answered(house)
    resident.forget()
    house.drain()
    with pytest.raises(NoContactError):
        house.reply("too late")
    assert house.texts()[1:3] == [TIP, REPLY]


def test_a_letter_on_its_way_to_a_closed_thread_is_withdrawn(house: House) -> None:
    """The member's form came between the two commits of forgetting."""
    resident = answered(house)
    house.reply("too late")
    write_in(house, Thread, state="opted_out")
    house.drain_delivery()
    assert house.outbox_states() == ["in_mailbox", "cancelled"]
    assert resident.letters() == [REPLY]
