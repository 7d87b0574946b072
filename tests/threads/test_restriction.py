"""Restricted threads: the keys decide who reads, not a condition in a query."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, update

from tests.support.house import ANNA, BEN, LINE, OTHER_LINE, House
from tests.threads.casework import one_thread, staff_entries
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.lines.bundles import RECOVERY_HOLDER, recovery_key
from tipline.lines.holders import key_holders
from tipline.lines.keyrings import LineKeyring
from tipline.lines.models import KeyGrant
from tipline.members.models import Member
from tipline.threads.contents import open_message
from tipline.threads.grants import Holder
from tipline.threads.inbox import InboxFilter, inbox
from tipline.threads.models import EraseKey, Thread, ThreadGrant
from tipline.threads.reading import (
    NoSuchThreadError,
    OpenThread,
    open_thread,
    stored_messages,
)
from tipline.threads.restriction import (
    MustNameOneselfError,
    NotAHolderError,
    RestrictionChangedError,
    Restrictor,
    named_members,
)

NAMED, OTHER = "supervisor", "investigator"


def restrictor(house: House, name: str = NAMED) -> Restrictor:
    return Restrictor(house.stores, house.bundles[LINE], house.members[name].id, house.clock())


def holder(house: House, name: str) -> Holder:
    return Holder(house.members[name].id, house.members[name].key.public)


def open_as(house: House, name: str, alias: str) -> OpenThread:
    member, bundle = house.members[name], house.bundles[LINE]
    return open_thread(
        house.stores,
        bundle.line_id,
        alias,
        LineKeyring.of(bundle),
        house.console_keys.intake_pin,
        (member.id, member.key),
    )


@pytest.fixture
def alias(house: House) -> str:
    """The alias of a thread that is restricted to the supervisor."""
    thread = one_thread(house)
    restrictor(house).restrict(thread, [holder(house, NAMED)])
    return thread.summary.alias


def test_only_a_named_member_opens_it(house: House, alias: str) -> None:
    opened = open_as(house, NAMED, alias)
    assert opened.summary.is_restricted is True
    house.text(ANNA, "more")
    house.drain()
    [(_, event)] = staff_entries(house, opened)
    assert (event.notice, event.text) == ("restricted", house.members[NAMED].id)
    with pytest.raises(NoSuchThreadError):
        open_as(house, OTHER, alias)
    with pytest.raises(NoSuchThreadError):
        house.open(alias=alias)


def test_the_lines_keys_open_nothing_of_it_whatever_the_rows_say(house: House, alias: str) -> None:
    """Somebody who writes to the database cannot put a colleague's name into a grant."""
    [grant] = house.rows(ThreadGrant)
    other = house.members[OTHER]
    with house.stores.main.begin() as connection:
        connection.execute(update(Thread).values(is_restricted=False))
        connection.execute(insert(ThreadGrant), {**grant._mapping, "holder": other.id})
    with pytest.raises(NotAuthenticError):
        open_as(house, OTHER, alias)
    # Not even when a member of the line signs it: the key in it is sealed to somebody else.
    forged = OpeningKey.generate()
    row = restrictor(house)._row(
        OpenThread(open_as(house, NAMED, alias).summary, forged, forged.public),
        bytes(32),
        holder(house, OTHER),
    )
    with house.stores.main.begin() as connection:
        connection.execute(delete(ThreadGrant).where(ThreadGrant.holder == other.id))
        connection.execute(insert(ThreadGrant), row)
    with pytest.raises(CannotOpenError):
        open_as(house, OTHER, alias)
    [thread] = house.rows(Thread)
    assert thread.wrapped_private == b"", "what was sealed to the line is gone"


def test_a_key_that_is_not_the_threads_is_not_taken_for_it(house: House, alias: str) -> None:
    [erase_key] = house.rows(EraseKey)
    false = OpeningKey.generate()
    thread = OpenThread(open_as(house, NAMED, alias).summary, false, false.public)
    row = restrictor(house)._row(thread, erase_key.key, holder(house, NAMED))
    with house.stores.main.begin() as connection:
        connection.execute(update(ThreadGrant).values(**row))
    with pytest.raises(CannotOpenError):
        open_as(house, NAMED, alias)


def test_the_erase_key_still_destroys_it(house: House, alias: str) -> None:
    with house.stores.perishable.begin() as connection:
        connection.execute(delete(EraseKey))
    with pytest.raises(NoSuchThreadError):
        open_as(house, NAMED, alias)
    with house.stores.perishable.begin() as connection:
        thread_id = house.rows(Thread)[0].id
        connection.execute(insert(EraseKey), {"thread_id": thread_id, "key": bytes(32)})
    with pytest.raises(CannotOpenError):
        open_as(house, NAMED, alias)


def test_what_the_resident_writes_reaches_the_named(house: House, alias: str) -> None:
    house.text(ANNA, "He knows that I wrote")
    house.drain()
    thread = open_as(house, NAMED, alias)
    last = stored_messages(house.stores, thread.summary)[-1]
    pin = house.console_keys.intake_pin
    text = open_message(last.message, last.place, thread.key, pin).text
    assert text == "He knows that I wrote"


def test_the_inbox_lists_it_for_the_named_alone(house: House, alias: str) -> None:
    house.text(BEN, "fire")
    house.drain()
    line = (house.bundles[LINE].line_id,)
    for name, count in ((NAMED, 2), (OTHER, 1)):
        found = inbox(house.stores, InboxFilter(line, reader=house.members[name].id), 10)
        assert len(found) == count
        assert (alias in {thread.alias for thread in found}) is (name == NAMED)
    assert len(inbox(house.stores, InboxFilter(line), 10)) == 1


def test_another_member_is_let_in_and_sees_who_may_read(house: House, alias: str) -> None:
    thread = open_as(house, NAMED, alias)
    restrictor(house).name(thread, holder(house, OTHER))
    assert open_as(house, OTHER, alias).key.seed == thread.key.seed
    both = [holder(house, NAMED), holder(house, OTHER)]
    keyring = LineKeyring.of(house.bundles[LINE])
    assert set(named_members(house.stores, thread.summary, keyring, both)) == {
        one.id for one in both
    }
    with house.stores.main.begin() as connection:
        other = ThreadGrant.holder == house.members[OTHER].id
        connection.execute(update(ThreadGrant).where(other).values(signature=bytes(73)))
    assert named_members(house.stores, thread.summary, keyring, both) == [house.members[NAMED].id]
    # Naming somebody once more mends it, as after a new key of theirs.
    restrictor(house).name(thread, holder(house, OTHER))
    assert open_as(house, OTHER, alias).summary.alias == alias


def test_lifting_seals_it_to_the_line_again(house: House, alias: str) -> None:
    thread = open_as(house, NAMED, alias)
    restrictor(house).lift(thread)
    assert house.open(alias=alias).key.seed == thread.key.seed
    assert house.rows(ThreadGrant) == []
    for change in (
        lambda: restrictor(house).lift(thread),
        lambda: restrictor(house).name(thread, holder(house, OTHER)),
    ):
        with pytest.raises(RestrictionChangedError):
            change()
    assert house.rows(ThreadGrant) == []


def test_two_who_restrict_at_once_do_not_mix_their_lists(house: House, alias: str) -> None:
    thread = open_as(house, NAMED, alias)
    with pytest.raises(RestrictionChangedError):
        restrictor(house, OTHER).restrict(thread, [holder(house, OTHER)])
    assert [row.holder for row in house.rows(ThreadGrant)] == [house.members[NAMED].id]


def test_nobody_locks_themselves_out(house: House) -> None:
    thread = one_thread(house)
    with pytest.raises(MustNameOneselfError):
        restrictor(house).restrict(thread, [holder(house, OTHER)])
    assert house.open().summary.is_restricted is False


def test_the_recovery_key_opens_it(house: House) -> None:
    thread = one_thread(house)
    recovery = recovery_key(house.template.recovery[LINE])
    holders = [holder(house, NAMED), Holder(RECOVERY_HOLDER, recovery.public)]
    restrictor(house).restrict(thread, holders)
    bundle = house.bundles[LINE]
    opened = open_thread(
        house.stores,
        bundle.line_id,
        thread.summary.alias,
        LineKeyring.of(bundle),
        house.console_keys.intake_pin,
        (RECOVERY_HOLDER, recovery),
    )
    assert opened.key.seed == thread.key.seed


def test_whoever_was_removed_meanwhile_is_not_named(house: House) -> None:
    """Their keys of the line are gone, so nothing more is sealed to them."""
    thread, both = one_thread(house), [holder(house, NAMED), holder(house, OTHER)]
    keys = delete(KeyGrant).where(KeyGrant.holder == house.members[OTHER].id)
    with house.stores.main.begin() as connection:
        connection.execute(keys)
    with pytest.raises(NotAHolderError):
        restrictor(house).restrict(thread, both)
    assert house.rows(ThreadGrant) == []
    restrictor(house).restrict(thread, both[:1])
    thread = open_as(house, NAMED, thread.summary.alias)
    with pytest.raises(NotAHolderError):
        restrictor(house).name(thread, both[1])
    assert len(house.rows(ThreadGrant)) == 1


def test_no_thread_is_restricted_whose_words_could_not_be_forgotten(house: House) -> None:
    """The perishable store first: else a crash leaves words that others still find."""
    thread = one_thread(house)

    def dies(_connection: object) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        restrictor(house).restrict(thread, [holder(house, NAMED)], dies)
    assert house.open().summary.is_restricted is False
    assert house.rows(ThreadGrant) == []


def test_a_colleague_loses_the_thread_that_was_theirs(house: House) -> None:
    thread = one_thread(house)
    with house.stores.main.begin() as connection:
        connection.execute(update(Thread).values(assignee=house.members[OTHER].id))
    restrictor(house).restrict(thread, [holder(house, NAMED)])
    assert open_as(house, NAMED, thread.summary.alias).summary.assignee is None


def test_only_holders_of_the_lines_keys_can_be_named(house: House) -> None:
    bundle = house.bundles[LINE]
    found = key_holders(house.stores.main, bundle)
    assert {one.id for one in found} == {house.members[name].id for name in (NAMED, OTHER)}
    assert {one.id for one in key_holders(house.stores.main, house.bundles[OTHER_LINE])}.isdisjoint(
        one.id for one in found
    )
    # Neither a disabled account, nor a public key to which the line's keys were not sealed.
    with house.stores.main.begin() as connection:
        supervisor = Member.id == house.members[NAMED].id
        connection.execute(update(Member).where(supervisor).values(is_disabled=True))
        swapped = OpeningKey.generate().public.raw
        investigator = Member.id == house.members[OTHER].id
        connection.execute(update(Member).where(investigator).values(public=swapped))
    assert key_holders(house.stores.main, bundle) == []
