"""A message finds its sender's thread, or starts one."""

from __future__ import annotations

from datetime import date

import pytest

from tests.intake.steps import is_stored, perishable, put, stored_values, told
from tests.support.house import ACCOUNT_SID, ANNA, BEN, LINE, OTHER_LINE, House
from tipline.crypto.generations import prepare, use
from tipline.delivery.models import Outgoing, ProviderRecord
from tipline.delivery.outbox import OutgoingKind
from tipline.envelopes.models import Envelope
from tipline.identity.models import AddressTag, Contact
from tipline.intake.keys import INDEX
from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT
from tipline.threads.models import EraseKey, Message, Thread

TODAY = date(2026, 11, 2)
PICTURE = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/ME1"


def test_first_message_makes_thread_alias_and_contact(house: House) -> None:
    assert house.text(ANNA, "There is a fire").status_code == 200
    house.drain_intake()
    thread = house.only_thread()
    assert thread.line_id == house.bundles[LINE].line_id
    assert thread.alias
    assert (thread.messages, thread.is_waiting, thread.is_opened) == (1, True, False)
    assert house.texts() == ["There is a fire"]
    assert house.threads(OTHER_LINE) == []
    assert [row.thread_id for row in house.rows(Contact)] == [thread.id]
    assert [row.thread_id for row in house.rows(AddressTag)] == [thread.id]
    assert [row.thread_id for row in house.rows(EraseKey)] == [thread.id]
    assert house.rows(Envelope) == []
    assert house.incidents() == {}


def test_acknowledgement_goes_to_that_number_in_the_lines_words(house: House) -> None:
    house.text(ANNA, "There is a fire")
    house.drain_intake()
    (row,) = house.rows(Outgoing)
    assert (row.state, row.kind) == ("queued", OutgoingKind.AUTOMATIC.value)
    assert row.thread_id == house.only_thread().id
    assert house.rings == 1
    house.drain_delivery()
    (sent,) = house.provider.sent
    assert (sent.sender, sent.recipient) == (LINE, ANNA)
    assert sent.body == DEFAULT_ACKNOWLEDGEMENT


def test_later_messages_join_in_order_and_are_not_acknowledged(house: House) -> None:
    for text in ("one", "two", "three"):
        house.text(ANNA, text)
        house.drain()
    for text in ("four", "five", "six"):
        house.text(ANNA, text)
    house.drain()
    assert told(house) == [["one", "two", "three", "four", "five", "six"]]
    assert house.only_thread().messages == 6
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]
    assert perishable(house) == (1, 1, 1, 0)


def test_several_messages_of_a_new_sender_in_one_batch_make_one_thread(house: House) -> None:
    texts = [f"part {number}" for number in range(7)]
    for text in texts:
        house.text(ANNA, text)
    assert house.intake.drain_batch() is True
    assert house.rows(Envelope) == []
    assert told(house) == [texts]
    assert len(house.rows(Outgoing)) == 1
    assert perishable(house) == (1, 1, 1, 0)


def test_one_phone_on_two_lines_is_two_aliases(house: House) -> None:
    house.text(ANNA, "for the police")
    house.text(ANNA, "a complaint", line=OTHER_LINE)
    house.drain()
    one, other = house.only_thread(LINE), house.only_thread(OTHER_LINE)
    assert one.alias != other.alias
    assert (house.texts(LINE), house.texts(OTHER_LINE)) == (["for the police"], ["a complaint"])
    assert len({row.tag for row in house.rows(AddressTag)}) == 2
    assert {sent.sender for sent in house.provider.sent} == {LINE, OTHER_LINE}


def test_two_phones_are_two_threads(house: House) -> None:
    for number in (ANNA, BEN, ANNA, BEN):
        house.text(number, "one" if number == ANNA else "two")
    house.drain()
    assert sorted(told(house)) == [["one"] * 2, ["two"] * 2]
    assert len({thread.alias for thread in house.threads()}) == 2
    assert sorted(sent.recipient for sent in house.provider.sent) == [ANNA, BEN]


@pytest.mark.parametrize("spelling", ["+1 (209) 555-0141", " +12095550141 "])
def test_another_spelling_of_a_number_is_the_same_person(
    sqlite_house: House, spelling: str
) -> None:
    sqlite_house.text(ANNA, "one")
    sqlite_house.drain_intake()
    sqlite_house.text(spelling, "two")
    sqlite_house.drain_intake()
    assert told(sqlite_house) == [["one", "two"]]


def test_pictures_are_counted_and_their_addresses_kept_sealed(house: House) -> None:
    media = [(PICTURE, "image/jpeg"), (PICTURE + "b", "image/png")]
    house.text(ANNA, "look", media=media)
    assert not is_stored(house, "Media/ME1")
    house.drain_intake()
    (content,) = house.read()
    assert (content.text, content.pictures) == ("look", 2)
    (record,) = house.rows(ProviderRecord)
    assert (record.state, record.thread_id) == ("media", house.only_thread().id)
    for needle in ("Media/ME1", "api.twilio.com", "image/jpeg", ANNA, ANNA[1:]):
        assert not is_stored(house, needle)


def test_a_picture_without_words_is_a_message(house: House) -> None:
    house.text(ANNA, "", media=[(PICTURE, "image/jpeg")])
    house.drain_intake()
    (content,) = house.read()
    assert (content.text, content.pictures) == ("", 1)


def test_a_message_without_pictures_is_to_be_erased(house: House) -> None:
    house.text(ANNA, "words", sid="SM" + "ab" * 16)
    house.drain_intake()
    (record,) = house.rows(ProviderRecord)
    assert record.state == "erase"
    assert not is_stored(house, "ab" * 16)


def test_nothing_that_is_stored_tells_number_or_text(house: House) -> None:
    house.text(ANNA, "There is a fire")
    house.drain_intake()
    values = list(stored_values(house))
    assert len(values) > 50
    for needle in (ANNA[2:], "There is a fire"):
        assert not is_stored(house, needle)


def test_a_repeated_post_is_one_message(house: House) -> None:
    for _ in range(3):
        assert house.text(ANNA, "a tip", sid="SM" + "01" * 16).status_code == 200
        house.drain_intake()
    assert told(house) == [["a tip"]]


def test_an_older_index_generation_is_found_and_tagged_anew(house: House) -> None:
    house.text(ANNA, "one")
    house.text(BEN, "another")
    house.drain_intake()
    before = {row.thread_id: row for row in house.rows(AddressTag)}
    assert {row.generation for row in before.values()} == {1}
    use(house.folders.intake, INDEX, prepare(house.folders.intake, INDEX).number, TODAY)
    house.intake = house.new_intake()
    house.text(ANNA, "two")
    house.text(ANNA, "three")
    house.drain_intake()
    assert sorted(told(house)) == [["another"], ["one", "two", "three"]]
    anna = next(thread for thread in house.threads() if thread.messages == 3)
    after = {row.thread_id: row for row in house.rows(AddressTag)}
    assert len(house.rows(AddressTag)) == 2
    assert after[anna.id].generation == 2
    assert after[anna.id].tag != before[anna.id].tag
    house.text(ANNA, "four")
    house.drain_intake()
    assert sorted(told(house)) == [["another"], ["one", "two", "three", "four"]]
    assert perishable(house) == (2, 2, 2, 0)
    assert house.incidents() == {}


def test_stop_drops_the_tags_of_all_index_generations(house: House) -> None:
    house.text(ANNA, "one")
    house.drain_intake()
    old = house.rows(AddressTag)
    use(house.folders.intake, INDEX, prepare(house.folders.intake, INDEX).number, TODAY)
    house.intake = house.new_intake()
    house.text(ANNA, "two")
    house.drain_intake()
    put(house, AddressTag, *old)  # As if the old one had been restored from a backup.
    house.text(ANNA, "STOP")
    house.drain_intake()
    assert perishable(house) == (1, 0, 0, 1)
    assert told(house) == [["one", "two", "[opted_out]"]]


def test_rows_belong_together(house: House) -> None:
    """The number that a thread says it has is the number that it has."""
    for number in (ANNA, BEN):
        for index in range(3):
            house.text(number, f"{index}")
    house.drain_intake()
    for thread in house.rows(Thread):
        sequences = [m.sequence for m in house.rows(Message) if m.thread_id == thread.id]
        assert sorted(sequences) == [1, 2, 3]
        assert thread.messages == 3
        assert thread.activity == max(m.id for m in house.rows(Message))
