"""Threads: for whom they open, and what somebody who writes to the database can do to them."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from tests.support.house import ANNA, BEN, CLEO, LINE, OTHER_LINE, House
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.db.engines import Stores, empty_write_ahead_log, open_stores, sqlite_url
from tipline.lines.bundles import LineBundle
from tipline.lines.keyrings import LineKeyring
from tipline.threads.contents import open_message
from tipline.threads.inbox import InboxFilter, inbox
from tipline.threads.keys import new_thread
from tipline.threads.models import EraseKey, Message, Thread
from tipline.threads.reading import (
    NoSuchThreadError,
    ThreadSummary,
    open_thread,
    stored_messages,
)
from tipline.threads.seen import mark_seen


def change(house: House, model: Any, *where: Any, **values: Any) -> None:
    with house.stores.main.begin() as connection:
        assert connection.execute(update(model).where(*where).values(**values)).rowcount


def alias_of(house: House, text: str, line: str = LINE) -> str:
    (alias,) = (t.alias for t in house.threads(line) if text in house.texts(line, t.alias))
    return alias


@pytest.fixture
def two_threads(house: House) -> tuple[str, str]:
    """Aliases of two threads on a line, each with two messages."""
    for sender, text in ((ANNA, "ice"), (BEN, "fire"), (ANNA, "more ice"), (BEN, "more fire")):
        assert house.text(sender, text).status_code == 200
    house.drain()
    return alias_of(house, "ice"), alias_of(house, "fire")


def test_another_lines_keys_open_nothing(house: House) -> None:
    house.text(ANNA, "ice")
    house.text(ANNA, "fire", line=OTHER_LINE)
    house.drain()
    mine, other = house.bundles[LINE], house.bundles[OTHER_LINE]
    pin = house.console_keys.intake_pin
    alias = house.only_thread(LINE).alias
    with pytest.raises(NoSuchThreadError):
        open_thread(house.stores, other.line_id, alias, LineKeyring.of(other), pin)
    with pytest.raises(CannotOpenError):
        open_thread(house.stores, mine.line_id, alias, LineKeyring.of(other), pin)
    # Nor when the thread is moved to the line whose keys one has.
    change(house, Thread, Thread.line_id == mine.line_id, line_id=other.line_id)
    with pytest.raises((NotAuthenticError, CannotOpenError)):
        open_thread(house.stores, other.line_id, alias, LineKeyring.of(other), pin)


def test_a_members_own_key_opens_no_thread(house: House) -> None:
    """Only what was granted does: the line's."""
    house.text(ANNA, "ice")
    house.drain()
    signing = house.bundles[LINE].signing
    for member in house.members.values():
        with pytest.raises(CannotOpenError):
            open_thread(
                house.stores,
                house.bundles[LINE].line_id,
                house.only_thread().alias,
                LineKeyring({1: LineBundle(house.bundles[LINE].line_id, 1, member.key, signing)}),
                house.console_keys.intake_pin,
            )


def test_an_alias_that_is_none(house: House) -> None:
    for alias in ("quiet-heron-48", "' OR 1=1 --", "%", "\U0001f6a8"):
        with pytest.raises(NoSuchThreadError):
            house.open(LINE, alias)


def test_deleting_the_erase_key_destroys_the_thread(house: House) -> None:
    house.text(ANNA, "ice")
    house.drain()
    thread = house.only_thread()
    with house.stores.perishable.begin() as connection:
        connection.execute(delete(EraseKey).where(EraseKey.thread_id == thread.id))
    with pytest.raises(NoSuchThreadError):
        house.open(LINE, thread.alias)


def test_an_old_backup_of_the_main_store_opens_no_destroyed_thread(sqlite_house: House) -> None:
    """With the line's keys and the perishable store as it is now, a backup's row stays shut."""
    house = sqlite_house
    house.text(ANNA, "ice")
    house.text(BEN, "fire")
    house.drain()
    destroyed, kept = alias_of(house, "ice"), alias_of(house, "fire")
    backup = house.home / "backup.sqlite3"
    empty_write_ahead_log(house.stores.main)
    shutil.copy(house.home / "main.sqlite3", backup)
    ids = {thread.alias: thread.id for thread in house.threads()}
    with house.stores.perishable.begin() as connection:
        connection.execute(delete(EraseKey).where(EraseKey.thread_id == ids[destroyed]))
    restored = open_stores(sqlite_url(backup), house.urls.perishable)
    bundle, pin = house.bundles[LINE], house.console_keys.intake_pin
    with pytest.raises(NoSuchThreadError):
        open_thread(restored, bundle.line_id, destroyed, LineKeyring.of(bundle), pin)
    assert (
        open_thread(restored, bundle.line_id, kept, LineKeyring.of(bundle), pin).summary.messages
        == 1
    )
    _no_other_key_helps(restored, house, ids[destroyed])
    restored.main.dispose()
    restored.perishable.dispose()


def _no_other_key_helps(restored: Stores, house: House, thread_id: str) -> None:
    """Neither as an erase key that somebody made up, nor one of another thread."""
    bundle, pin = house.bundles[LINE], house.console_keys.intake_pin
    others = [row.key for row in house.rows(EraseKey)]
    with restored.main.connect() as connection:
        alias = connection.execute(select(Thread.alias).where(Thread.id == thread_id)).scalar_one()
    for key in [bytes(32), *others]:
        with restored.perishable.begin() as connection:
            connection.execute(insert(EraseKey), {"thread_id": thread_id, "key": key})
        with pytest.raises(CannotOpenError):
            open_thread(restored, bundle.line_id, alias, LineKeyring.of(bundle), pin)
        with restored.perishable.begin() as connection:
            connection.execute(delete(EraseKey).where(EraseKey.thread_id == thread_id))


def test_a_swapped_public_key_is_not_believed(house: House, two_threads: tuple[str, str]) -> None:
    """Else a member's next reply would be sealed to the attacker."""
    attacker = OpeningKey.generate().public.raw
    change(house, Thread, Thread.alias == two_threads[0], public=attacker)
    with pytest.raises(NotAuthenticError):
        house.open(LINE, two_threads[0])
    assert house.texts(LINE, two_threads[1]) == ["fire", "more fire"]


def test_a_thread_made_by_an_attacker_is_not_believed(house: House) -> None:
    house.text(ANNA, "ice")
    house.drain()
    bundle = house.bundles[LINE]
    forged = new_thread(bundle.line_id, "false-heron-48", 1, bundle.opening.public, bundle.signing)
    (real,) = house.rows(Thread)
    row = {
        **real._mapping,
        "id": forged.id,
        "alias": "false-heron-48",
        "public": forged.public.raw,
        "wrapped_private": forged.wrapped_private,
        "signature": forged.signature,
    }
    with house.stores.perishable.begin() as connection:
        connection.execute(insert(EraseKey), {"thread_id": forged.id, "key": forged.erase_key})
    with house.stores.main.begin() as connection:
        connection.execute(insert(Thread), row)
    with pytest.raises(NotAuthenticError):
        house.open(LINE, "false-heron-48")


def test_aliases_cannot_be_swapped(house: House, two_threads: tuple[str, str]) -> None:
    """Else a member would answer one resident and mean another."""
    first, second = two_threads
    for old, new in ((first, "between"), (second, first), ("between", second)):
        change(house, Thread, Thread.alias == old, alias=new)
    for alias in two_threads:
        with pytest.raises(NotAuthenticError):
            house.open(LINE, alias)


def _unreadable(house: House, alias: str) -> list[int]:
    """Sequence numbers of a thread's messages that do not open for its members."""
    thread, bundle = house.open(LINE, alias), house.bundles[LINE]
    found = []
    for item in stored_messages(house.stores, thread.summary):
        authors = (house.console_keys.intake_pin, bundle.signing.public)
        for author in authors:
            try:
                open_message(item.message, item.place, thread.key, author)
                break
            except (NotAuthenticError, CannotOpenError):
                continue
        else:
            found.append(item.place.sequence)
    return found


def _swap_messages(house: House, one: tuple[str, int], other: tuple[str, int]) -> None:
    ids = {thread.alias: thread.id for thread in house.threads()}
    rows = {(row.thread_id, row.sequence): row for row in house.rows(Message)}
    first, second = rows[ids[one[0]], one[1]], rows[ids[other[0]], other[1]]
    for row, values in ((first, second), (second, first)):
        change(
            house,
            Message,
            Message.id == row.id,
            sealed=values.sealed,
            signature=values.signature,
        )


def test_messages_do_not_move(house: House, two_threads: tuple[str, str]) -> None:
    first, second = two_threads
    assert _unreadable(house, first) == _unreadable(house, second) == []
    _swap_messages(house, (first, 1), (first, 2))
    assert _unreadable(house, first) == [1, 2]
    _swap_messages(house, (first, 1), (first, 2))
    assert _unreadable(house, first) == []
    _swap_messages(house, (first, 1), (second, 1))
    assert _unreadable(house, first) == _unreadable(house, second) == [1]


@pytest.mark.parametrize("kind", ["reply", "notice", "nonsense"])
def test_a_message_does_not_change_its_kind(
    kind: str, house: House, two_threads: tuple[str, str]
) -> None:
    """A resident's text must not be shown as a member's reply."""
    ids = {thread.alias: thread.id for thread in house.threads()}
    where = (Message.thread_id == ids[two_threads[0]], Message.sequence == 1)
    change(house, Message, *where, kind=kind)
    bad = _unreadable(house, two_threads[0])
    assert bad == ([1] if kind != "nonsense" else [])


def test_a_reply_that_another_lines_member_signed_is_not_the_lines(house: House) -> None:
    house.text(ANNA, "ice")
    house.drain()
    thread = house.open()
    house.replier.reply(thread, house.bundles[OTHER_LINE], _reply("We know where you live"))
    assert _unreadable(house, house.only_thread().alias) == [2]
    house.drain()
    assert [text.body for text in house.provider.sent if "where" in text.body] == []


def _reply(text: str) -> Any:
    from tipline.delivery.replying import Reply

    return Reply(text, "member", "token")


def test_inbox_shows_ones_own_lines_the_newest_first(house: House) -> None:
    for sender, text in ((ANNA, "one"), (BEN, "two"), (CLEO, "three")):
        house.text(sender, text)
        house.drain()
    house.text(ANNA, "elsewhere", line=OTHER_LINE)
    house.text(ANNA, "again")
    house.drain()
    shown = [house.texts(LINE, thread.alias)[0] for thread in house.threads()]
    assert shown == ["one", "three", "two"]
    both = tuple(house.bundles[line].line_id for line in (LINE, OTHER_LINE))
    assert len(inbox(house.stores, InboxFilter(both), 10)) == 4
    assert inbox(house.stores, InboxFilter(()), 10) == []


def test_pages_of_the_inbox_show_each_thread_once(house: House) -> None:
    """Also those of one batch, which all came at the same moment, and while new ones come in."""
    for number in range(7):
        house.text(f"+1209555020{number}", "hello")
    house.drain()
    line, seen = InboxFilter((house.bundles[LINE].line_id,)), []
    page = inbox(house.stores, line, 3)
    house.text(ANNA, "newer than all")
    house.drain()
    while page:
        seen += [thread.id for thread in page]
        page = inbox(house.stores, line, 3, page[-1].position)
    assert len(seen) == len(set(seen)) == 7


def test_a_thread_is_opened_once_and_waits_until_answered(house: House) -> None:
    def state() -> tuple[bool, bool]:
        thread: ThreadSummary = house.only_thread()
        return thread.is_opened, thread.is_waiting

    house.text(ANNA, "ice")
    house.drain()
    assert state() == (False, True)
    mark_seen(house.stores, house.only_thread(), "member")
    assert state() == (True, True)
    house.reply("Where?")
    assert state() == (True, False)
    house.text(ANNA, "On Linden Street")
    house.drain()
    assert state() == (True, True)


def test_times_in_the_clear_are_whole_hours(house: House, two_threads: tuple[str, str]) -> None:
    house.reply("Where?", alias=two_threads[0])
    times = [row.hour for row in house.rows(Message)]
    times += [time for row in house.rows(Thread) for time in (row.created_hour, row.last_hour)]
    assert all((time.minute, time.second, time.microsecond) == (0, 0, 0) for time in times)


def test_stored_sizes_tell_nothing_about_short_texts(house: House) -> None:
    for text in ("", "x", "y" * 160, "ż" * 1600):
        house.text(ANNA, text)
    house.drain()
    house.reply("z")
    assert len({len(row.sealed) for row in house.rows(Message)}) == 1
