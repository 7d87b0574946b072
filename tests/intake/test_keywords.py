"""Words that close and reopen the way back."""

from __future__ import annotations

import pytest

from tests.intake.steps import perishable, told
from tests.support.house import ANNA, BEN, LINE, OTHER_LINE, House
from tipline.delivery.models import Outgoing
from tipline.identity.addresses import normalise_address
from tipline.identity.models import AddressTag, Contact, Suppression
from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT
from tipline.redaction import find_identifiers
from tipline.threads.models import Thread, ThreadState

STOP_WORDS = ("STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL")


def test_stop_closes_the_way_back(house: House) -> None:
    house.text(ANNA, "a tip")
    house.text(BEN, "another")
    house.drain_intake()
    house.text(ANNA, "STOP")
    house.drain_intake()
    closed = next(row for row in house.rows(Thread) if row.state == ThreadState.OPTED_OUT)
    assert house.rows(Thread)
    assert sorted(told(house)) == [["a tip", "[opted_out]"], ["another"]]
    assert closed.is_waiting is False
    assert perishable(house) == (2, 1, 1, 1)
    assert closed.id not in [row.thread_id for row in house.rows(Contact)]
    assert closed.id not in [row.thread_id for row in house.rows(AddressTag)]
    withdrawn = next(row for row in house.rows(Outgoing) if row.thread_id == closed.id)
    assert (withdrawn.state, withdrawn.sealed) == ("cancelled", None)
    house.drain_delivery()
    assert [sent.recipient for sent in house.provider.sent] == [BEN]


@pytest.mark.parametrize("word", [*STOP_WORDS, "START", "UNSTOP", "YES", "HELP", "INFO"])
def test_a_keyword_is_nobodys_name(word: str) -> None:
    """Some of them are kept as messages, where they ask for nothing."""
    for spelling in (word, word.lower(), word.title()):
        assert find_identifiers(spelling) == []


@pytest.mark.parametrize("word", STOP_WORDS)
@pytest.mark.parametrize("spelling", ["{}", "  {}. ", "{}\n"])
def test_every_stop_word_in_any_spelling(sqlite_house: House, word: str, spelling: str) -> None:
    house = sqlite_house
    for number, case in ((ANNA, word.lower()), (BEN, word.title()), ("+12095550149", word)):
        house.text(number, "a tip")
        house.text(number, spelling.format(case))
    house.drain()
    assert told(house) == [["a tip", "[opted_out]"]] * 3
    assert perishable(house) == (3, 0, 0, 3)
    assert set(house.outbox_states()) == {"cancelled"}
    assert house.provider.sent == []


@pytest.mark.parametrize("body", ["please no more", "Arrêter", ""])
def test_what_the_provider_recognised_is_stop(house: House, body: str) -> None:
    house.text(ANNA, "a tip")
    house.drain_intake()
    house.text(ANNA, body, extra={"OptOutType": "STOP"})
    house.drain()
    assert told(house) == [["a tip", "[opted_out]"]]
    assert perishable(house) == (1, 0, 0, 1)
    assert house.provider.sent == []


@pytest.mark.parametrize(
    "body", ["stop him", "the end", "They cancel. Stop", "stops", "don't quit"]
)
def test_words_in_a_sentence_are_a_message(sqlite_house: House, body: str) -> None:
    sqlite_house.text(ANNA, body)
    sqlite_house.drain()
    assert told(sqlite_house) == [[body]]
    assert perishable(sqlite_house) == (1, 1, 1, 0)


def test_a_keyword_with_a_letter_too_many_closes_nothing(sqlite_house: House) -> None:
    """What it is kept as is not asked here: a strange word alone may be taken for a name."""
    sqlite_house.text(ANNA, "a tip")
    sqlite_house.text(ANNA, "stopp")
    sqlite_house.drain()
    ((first, second),) = told(sqlite_house)
    assert first == "a tip"
    assert second != "[opted_out]"
    assert [row.state for row in sqlite_house.rows(Thread)] == [ThreadState.OPEN]
    assert sqlite_house.rows(Contact)


def test_stop_of_a_stranger_is_remembered_and_makes_no_thread(house: House) -> None:
    house.text(ANNA, "STOP")
    house.drain()
    assert house.threads() == []
    assert perishable(house) == (0, 0, 0, 1)
    assert house.provider.sent == []


def test_stop_twice_is_remembered_once(house: House) -> None:
    for text in ("a tip", "STOP", "STOP"):
        house.text(ANNA, text)
        house.drain_intake()
    assert told(house) == [["a tip", "[opted_out]"]]
    assert perishable(house) == (1, 0, 0, 1)
    assert house.incidents() == {}


def test_stop_on_one_line_leaves_the_other_open(house: House) -> None:
    for line in (LINE, OTHER_LINE):
        house.text(ANNA, "a tip", line=line)
    house.text(ANNA, "STOP")
    house.drain()
    assert told(house, OTHER_LINE) == [["a tip"]]
    assert [row.thread_id for row in house.rows(Contact)] == [house.only_thread(OTHER_LINE).id]
    assert [sent.sender for sent in house.provider.sent] == [OTHER_LINE]


def test_stop_withdraws_a_members_queued_reply(house: House) -> None:
    house.text(ANNA, "a tip")
    house.drain()
    house.reply("an answer")
    house.text(ANNA, "STOP")
    house.drain()
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]
    assert house.outbox_states() == ["sent", "cancelled"]


def test_a_text_after_stop_is_a_new_thread_without_a_way_back(house: House) -> None:
    for text in ("a tip", "STOP", "another tip", "and more"):
        house.text(ANNA, text)
        house.drain()
    assert told(house) == [["a tip", "[opted_out]"], ["another tip", "and more"]]
    assert len({thread.alias for thread in house.threads()}) == 2
    assert perishable(house) == (2, 0, 1, 1)
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]
    assert len(house.rows(Outgoing)) == 1


@pytest.mark.parametrize("word", ["START", "unstop", " Yes. "])
def test_start_opens_the_way_again(house: House, word: str) -> None:
    for text in ("a tip", "STOP", "another tip", word):
        house.text(ANNA, text)
        house.drain()
    assert told(house) == [["a tip", "[opted_out]"], ["another tip", "[opted_in]"]]
    assert perishable(house) == (2, 1, 1, 0)
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]
    (alias,) = (t.alias for t in house.threads() if "another tip" in house.texts(alias=t.alias))
    house.reply("an answer", alias=alias)
    house.drain_delivery()
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT, "an answer"]


def test_start_without_a_thread_only_lifts_the_opt_out(house: House) -> None:
    for text in ("STOP", "START"):
        house.text(ANNA, text)
        house.drain()
    assert house.threads() == []
    assert perishable(house) == (0, 0, 0, 0)
    house.text(ANNA, "a tip")
    house.drain()
    assert told(house) == [["a tip"]]
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]


@pytest.mark.parametrize("body", ["yes", "START", "Unstop"])
@pytest.mark.parametrize("extra", [{}, {"OptOutType": "START"}], ids=["plain", "recognised"])
def test_start_of_somebody_who_never_opted_out_is_a_message(
    house: House, body: str, extra: dict[str, str]
) -> None:
    house.text(ANNA, "a tip")
    house.drain()
    house.text(ANNA, body, extra=extra)
    house.drain()
    assert told(house) == [["a tip", body]]
    assert perishable(house) == (1, 1, 1, 0)


@pytest.mark.parametrize("body", ["HELP", "help", "INFO"])
@pytest.mark.parametrize("extra", [{}, {"OptOutType": "HELP"}], ids=["plain", "recognised"])
def test_help_is_kept_as_a_message_and_answered_by_the_provider_alone(
    house: House, body: str, extra: dict[str, str]
) -> None:
    house.text(ANNA, body, extra=extra)
    house.drain()
    assert told(house) == [[body]]
    assert house.provider.sent == []
    house.text(ANNA, "he is at the door")
    house.drain()
    assert told(house) == [[body, "he is at the door"]]


def outcome(house: House, line: str) -> dict[str, object]:
    """Everything that a sequence of one sender's messages left on a line."""
    ids = {thread.id for thread in house.threads(line)}
    keys, line_id = house.intake_keys.index, house.bundles[line].line_id
    suppression = keys.suppression_tags(line_id, normalise_address(ANNA))[0]
    outbox = sorted(house.rows(Outgoing), key=lambda row: row.id)
    return {
        "told": told(house, line),
        "states": sorted(row.state for row in house.rows(Thread) if row.id in ids),
        "contacts": sum(row.thread_id in ids for row in house.rows(Contact)),
        "tags": sum(row.thread_id in ids for row in house.rows(AddressTag)),
        "suppressed": suppression in [row.tag for row in house.rows(Suppression)],
        "outbox": [row.state for row in outbox if row.thread_id in ids],
    }


NOTHING = {"told": [], "states": [], "contacts": 0, "tags": 0, "outbox": []}
FORMER = {
    "told": [["before", "[opted_out]"]], "states": ["opted_out"],
    "contacts": 0, "tags": 0, "outbox": ["cancelled"],
}  # fmt: skip
REOPENED = {
    "told": [["before", "[opted_out]"], ["a tip"]], "states": ["open", "opted_out"],
    "contacts": 1, "tags": 1, "suppressed": False, "outbox": ["cancelled", "sent"],
}  # fmt: skip
STOPPED = ("before", "STOP")


@pytest.mark.parametrize(
    ("before", "texts", "expected"),
    [
        (
            (),
            ("a tip", "STOP"),
            {
                "told": [["a tip", "[opted_out]"]], "states": ["opted_out"], "contacts": 0,
                "tags": 0, "suppressed": True, "outbox": ["cancelled"],
            },
        ),
        (STOPPED, ("START", "STOP"), {**FORMER, "suppressed": True}),
        (STOPPED, ("START", "a tip"), REOPENED),
        (
            ("before",),
            ("STOP", "a tip"),
            {
                "told": [["before", "[opted_out]"], ["a tip"]], "states": ["open", "opted_out"],
                "contacts": 0, "tags": 1, "suppressed": True, "outbox": ["cancelled"],
            },
        ),
        (("before",), ("STOP", "START", "a tip"), REOPENED),
        (
            ("before",),
            ("STOP", "a tip", "START"),
            {
                "told": [["before", "[opted_out]"], ["a tip", "[opted_in]"]],
                "states": ["open", "opted_out"],
                "contacts": 1, "tags": 1, "suppressed": False, "outbox": ["cancelled"],
            },
        ),
        ((), ("STOP", "START", "STOP"), {**NOTHING, "suppressed": True}),
        ((), ("STOP", "START"), {**NOTHING, "suppressed": False}),
        (
            ("before",),
            ("yes", "STOP", "yes", "yes"),
            {
                "told": [["before", "yes", "[opted_out]"], ["yes"]],
                "states": ["open", "opted_out"],
                "contacts": 1, "tags": 1, "suppressed": False, "outbox": ["cancelled", "sent"],
            },
        ),
    ],
    ids=lambda value: f"({' '.join(value) or 'new'})" if isinstance(value, tuple) else "",
)  # fmt: skip
def test_many_at_once_end_as_one_by_one(
    house: House, before: tuple[str, ...], texts: tuple[str, ...], expected: dict[str, object]
) -> None:
    for text in before:
        for line in (LINE, OTHER_LINE):
            house.text(ANNA, text, line=line)
        house.drain_intake()
    for text in texts:
        house.text(ANNA, text, line=OTHER_LINE)
        house.drain_intake()
    for text in texts:
        house.text(ANNA, text, line=LINE)
    house.drain()
    assert outcome(house, OTHER_LINE) == expected
    assert outcome(house, LINE) == expected
    assert house.incidents() == {}
