"""Replies signed with keys that newer ones have followed: sent for an hour, and then no more."""

from __future__ import annotations

import pytest

from tests.delivery.acts import put, replies, signed_row, write_in
from tests.lines.acts import Acts
from tests.support.house import LINE, House
from tests.support.recording_provider import RecordingProvider
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingContent, OutgoingKind, OutgoingState, new_place
from tipline.identity.contacts import open_thread_half
from tipline.identity.models import Contact
from tipline.lines.bundles import LineBundle
from tipline.threads.reading import OpenThread
from tipline.threads.resealing import reseal

GRACE_SECONDS = 3600


def reply_row(house: House, thread: OpenThread, bundle: LineBundle, text: str) -> dict[str, object]:
    """A reply that is right in everything, signed with these keys of the line."""
    (contact,) = house.rows(Contact)
    line_id, thread_id = bundle.line_id, thread.summary.id
    half = open_thread_half(contact.half_for_thread, line_id, thread_id, thread.key)
    place = new_place(line_id, thread_id, 2, OutgoingKind.REPLY)
    return signed_row(house, OutgoingContent(text, thread_half=half), place, bundle.signing)


def bodies(provider: RecordingProvider) -> list[str]:
    return [text.body for text in provider.sent][1:]  # the first one is the automatic answer


@pytest.mark.parametrize(("seconds", "is_sent"), [(0, True), (3599, True), (3600, False)])
def test_what_was_signed_with_the_older_key(
    house: House, provider: RecordingProvider, seconds: int, is_sent: bool
) -> None:
    """A member who was removed and kept the old key sends nothing after an hour."""
    write_in(house)
    old, thread = house.bundles[LINE], house.open()
    acts = Acts(house)
    acts.remove(acts.of_cast("investigator"))
    house.clock.move(seconds=seconds)
    house.keep_keys()
    put(house, reply_row(house, thread, old, "Signed with the older key"))
    house.drain_delivery()
    assert bodies(provider) == (["Signed with the older key"] if is_sent else [])
    (row,) = replies(house)
    assert (row.state == OutgoingState.REFUSED) is not is_sent
    assert house.incidents() == ({} if is_sent else {"unsigned_outbox_row": 1})


def test_the_newest_key_signs_what_is_sent_however_old_it_is(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    acts = Acts(house)
    acts.remove(acts.of_cast("investigator"))
    keyring = acts.keyring(acts.of_cast("supervisor"))
    assert keyring is not None
    assert sum(batch.resealed for batch in reseal(house.stores, keyring)) == 1
    house.bundles[LINE] = keyring.newest
    house.clock.move(days=40)
    house.keep_keys()
    house.reply("Signed with the newest key")
    house.drain_delivery()
    assert bodies(provider) == ["Signed with the newest key"]
    assert house.incidents() == {}


def test_a_later_removal_gives_no_further_hour_to_an_earlier_key(
    house: House, provider: RecordingProvider
) -> None:
    """Else each removal would let everybody send again who was removed before."""
    write_in(house)
    old, thread = house.bundles[LINE], house.open()
    acts = Acts(house)
    acts.remove(acts.of_cast("investigator"))
    house.clock.move(seconds=GRACE_SECONDS - 60)
    acts.remove(acts.new_member("never-admitted"))
    house.clock.move(seconds=60)
    house.keep_keys()
    put(house, reply_row(house, thread, old, "Signed two generations ago"))
    house.drain_delivery()
    assert bodies(provider) == []
    assert [row.state for row in house.rows(Outgoing) if row.kind == "reply"] == ["refused"]
