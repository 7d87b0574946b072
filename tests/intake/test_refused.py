"""What somebody with the database in hand may write, and what becomes of it."""

from __future__ import annotations

import os
from typing import Any

import pytest
from sqlalchemy import text as sql

from tests.intake.steps import (
    change,
    perishable,
    put,
    reasons,
    sealed_envelope,
    thread_with,
    told,
)
from tests.support.house import ANNA, BEN, LINE, OTHER_LINE, House
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.envelopes.messages import InboundMessage
from tipline.envelopes.models import Envelope, SetAside
from tipline.identity.models import AddressTag
from tipline.lines.models import Line, LineKey
from tipline.threads.models import Message, Thread

FORGED, UNOPENABLE = "forged_envelope", "unopenable_envelope"
UNKNOWN_NUMBER = "+12095550177"


def message(house: House, body: str, sender: str = ANNA) -> bytes:
    """A message as the gateway would write it."""
    return InboundMessage("SM" + "7" * 32, sender, LINE, body, (), "", house.clock()).to_bytes()


def test_envelopes_made_here_pass_if_properly_tagged(house: House) -> None:
    """What the tests below forge differs from this in one thing."""
    put(house, Envelope, sealed_envelope(house, message(house, "genuine")))
    house.drain_intake()
    assert told(house) == [["genuine"]]
    assert house.incidents() == {}


def test_forged_envelope_without_the_gateways_tag(house: House) -> None:
    forged = sealed_envelope(house, message(house, "forged"), tag_key=os.urandom(32))
    house.text(ANNA, "one")
    put(house, Envelope, forged)
    house.text(ANNA, "two")
    house.text(BEN, "another")
    house.drain_intake()
    assert sorted(told(house)) == [["another"], ["one", "two"]]
    assert reasons(house) == [FORGED]
    assert house.incidents() == {FORGED: 1}
    assert house.rows(Envelope) == []
    (row,) = house.rows(SetAside)
    assert (row.uid, row.kept_for_intake) == (forged["uid"], forged["sealed"])
    assert (row.line_id, row.sealed_for_line, row.signature) == (None, None, None)


def test_sealed_part_moved_to_another_envelope(house: House) -> None:
    house.text(ANNA, "one")
    house.text(BEN, "another")
    first, second = sorted(house.rows(Envelope), key=lambda row: row.id)
    change(house, Envelope, Envelope.id == first.id, sealed=second.sealed)
    house.drain_intake()
    assert told(house) == [["another"]]
    assert house.incidents() == {FORGED: 1}


def test_changed_lane_is_refused(house: House) -> None:
    house.text(ANNA, "moved")
    (row,) = house.rows(Envelope)
    change(house, Envelope, lane=(row.lane + 1) % 64)
    house.text(ANNA, "stays")
    house.text(BEN, "another")
    house.drain_intake()
    assert sorted(told(house)) == [["another"], ["stays"]]
    assert reasons(house) == [FORGED]
    assert house.incidents() == {FORGED: 1}


@pytest.mark.parametrize("lane", [99, 64, -1])
def test_lane_that_does_not_exist(house: House, lane: int) -> None:
    house.text(ANNA, "moved")
    change(house, Envelope, lane=lane)
    house.text(BEN, "another")
    house.drain_intake()
    assert told(house) == [["another"]]
    assert house.incidents() == {}
    house.intake.refuse_unreachable()
    assert house.rows(Envelope) == []
    assert reasons(house) == [FORGED]
    assert house.incidents() == {FORGED: 1}
    house.intake.refuse_unreachable()
    assert house.incidents() == {FORGED: 1}


@pytest.mark.parametrize("column", ["uid", "sealed", "gateway_tag", "lane"])
@pytest.mark.parametrize("value", ["'a text'", "12.5", "''"])
def test_another_type_in_a_column(sqlite_house: House, column: str, value: str) -> None:
    house = sqlite_house
    house.text(ANNA, "changed")
    with house.stores.main.begin() as connection:
        connection.execute(sql(f"UPDATE envelopes SET {column} = {value}"))
    house.text(BEN, "another")
    house.drain_intake()
    house.intake.refuse_unreachable()
    assert told(house) == [["another"]]
    assert house.rows(Envelope) == []
    assert house.incidents() == {FORGED: 1}


def test_number_of_tries_of_another_type(sqlite_house: House) -> None:
    """A genuine envelope whose key is gone, put back with a text where tries are counted."""
    house = sqlite_house
    house.text(ANNA, "lost")
    with house.stores.main.begin() as connection:
        connection.execute(sql("UPDATE envelopes SET attempts = 'a text'"))
    lose_key(house)
    house.text(BEN, "another")
    house.drain_intake()
    assert told(house) == [["another"]]
    assert house.rows(Envelope) == []
    assert reasons(house) == [UNOPENABLE]


@pytest.mark.parametrize("with_others", [False, True])
def test_processed_envelope_put_back_is_shown_once(house: House, with_others: bool) -> None:
    house.text(ANNA, "one")
    copies = house.rows(Envelope)
    house.drain_intake()
    put(house, Envelope, *copies)
    expected = [["one"]]
    if with_others:
        house.text(ANNA, "two")
        house.text(BEN, "another")
        expected = [["another"], ["one", "two"]]
    house.drain()
    assert sorted(told(house)) == expected
    assert house.rows(Envelope) == []
    assert reasons(house) == ["conflict"]
    assert house.incidents() == {"message_set_aside": 1}
    assert len(house.provider.bodies_to(ANNA)) == 1


def lose_key(house: House) -> None:
    """Today's key file goes; a new one is made, and sealers' caches run out."""
    (name,) = house.folders.intake.names("intake-2")
    house.folders.intake.destroy(name)
    house.keep_keys()
    house.clock.move(seconds=61)


def test_envelope_whose_key_is_gone(house: House) -> None:
    house.text(ANNA, "lost")
    (lost,) = house.rows(Envelope)
    lose_key(house)
    house.text(ANNA, "kept")
    house.text(BEN, "another")
    house.drain_intake()
    assert sorted(told(house)) == [["another"], ["kept"]]
    assert reasons(house) == [UNOPENABLE]
    assert house.incidents() == {UNOPENABLE: 1, "swapped_public_key": 1}
    assert [row.kept_for_intake for row in house.rows(SetAside)] == [lost.sealed]


# -- threads and tags that lead elsewhere --------------------------------------------------------


def begin_three(house: House) -> tuple[Thread, Thread, Thread]:
    """Anna's thread, Ben's, and one of the other line; as rows."""
    house.text(ANNA, "the first of it")
    house.text(BEN, "another matter")
    house.text(BEN, "elsewhere", line=OTHER_LINE)
    house.drain()
    ids = (
        thread_with(house, "the first of it").id,
        thread_with(house, "another matter").id,
        thread_with(house, "elsewhere", OTHER_LINE).id,
    )
    rows = {row.id: row for row in house.rows(Thread)}
    return rows[ids[0]], rows[ids[1]], rows[ids[2]]


def check_new_thread(house: House, anna: Any, incident: str) -> None:
    """Anna goes on in a new thread; her old one and everybody else's stay as they were."""
    house.text(ANNA, "before ten")
    house.text(ANNA, "and on")
    house.text(BEN, "more of that")
    house.drain()
    fresh = thread_with_row(house, anna)
    assert told_of(house, fresh) == ["before ten", "and on"]
    assert [m.sequence for m in house.rows(Message) if m.thread_id == anna.id] == [1]
    assert house.texts(OTHER_LINE) == ["elsewhere"]
    assert told_of(house, thread_with_ben(house)) == ["another matter", "more of that"]
    assert house.incidents() == {incident: 1}
    house.text(ANNA, "and further")
    house.drain()
    assert told_of(house, fresh) == ["before ten", "and on", "and further"]
    assert house.incidents() == {incident: 1}


def told_of(house: House, thread: Any) -> list[str]:
    return house.texts(alias=thread.alias)


def thread_with_row(house: House, old: Any) -> Any:
    """The one thread of the line that is neither the old one nor Ben's."""
    ben = thread_with_ben(house).id
    (fresh,) = (t for t in house.threads() if t.id not in (old.id, ben))
    return fresh


def thread_with_ben(house: House) -> Any:
    (tag,) = (row for row in house.rows(AddressTag) if row.tag == tag_of(house, BEN))
    return next(t for t in house.threads() if t.id == tag.thread_id)


def tag_of(house: House, number: str, line: str = LINE) -> bytes:
    return house.intake_keys.index.tags(house.bundles[line].line_id, number)[1]


@pytest.mark.parametrize(
    "columns",
    [("public",), ("alias",), ("signature",), ("public", "signature")],
    ids="-".join,
)
def test_swapped_thread_key_or_alias(house: House, columns: tuple[str, ...]) -> None:
    anna, _, other = begin_three(house)
    fields = {"public", "signature"} & set(columns)
    values = {name: getattr(other, name) for name in fields}
    if "alias" in columns:
        values["alias"] = "Another Alias"
    change(house, Thread, Thread.id == anna.id, **values)
    check_new_thread(house, anna, "swapped_public_key")


def test_thread_key_of_the_attackers_own(house: House) -> None:
    anna, _, _ = begin_three(house)
    own = OpeningKey.generate().public.raw
    signature = SigningKey(os.urandom(32)).sign("thread key", anna.id, own)
    change(house, Thread, Thread.id == anna.id, public=own, signature=signature)
    check_new_thread(house, anna, "swapped_public_key")


def test_thread_moved_to_another_line(house: House) -> None:
    anna, _, other = begin_three(house)
    change(house, Thread, Thread.id == anna.id, line_id=other.line_id)
    house.text(ANNA, "before ten")
    house.drain()
    assert thread_with(house, "before ten").messages == 1
    assert house.incidents() == {"swapped_public_key": 1}


@pytest.mark.parametrize("target", ["same line", "other line", "no thread"])
@pytest.mark.parametrize("with_proof", [False, True])
def test_swapped_tag(house: House, target: str, with_proof: bool) -> None:
    anna, ben, other = begin_three(house)
    target_id = {"same line": ben.id, "other line": other.id}.get(target, "f" * 32)
    values: dict[str, Any] = {"thread_id": target_id}
    if with_proof:
        theirs = [row for row in house.rows(AddressTag) if row.thread_id == target_id]
        values["proof"] = theirs[0].proof if theirs else os.urandom(32)
    change(house, AddressTag, AddressTag.tag == tag_of(house, ANNA), **values)
    check_new_thread(house, anna, "swapped_address_tag")


@pytest.mark.parametrize("values", [{"generation": 2}, {"proof": b"short"}])
def test_other_changes_of_a_tag(house: House, values: dict[str, Any]) -> None:
    anna, _, _ = begin_three(house)
    change(house, AddressTag, AddressTag.tag == tag_of(house, ANNA), **values)
    check_new_thread(house, anna, "swapped_address_tag")


# -- lines ---------------------------------------------------------------------------------------


def swap_certificate(house: House, field: str) -> None:
    values: dict[str, Any] = {
        "address": UNKNOWN_NUMBER,
        "acknowledgement": "Call this number instead.",
        "name": "Somebody else",
        "slug": "elsewhere",
        "sealing_public": OpeningKey.generate().public.raw,
        "verifying_public": SigningKey(os.urandom(32)).public.raw,
        "certificate": SigningKey(os.urandom(32)).sign("line certificate", b""),
    }
    model = Line if field in ("address", "acknowledgement", "name", "slug") else LineKey
    key = Line.id if model is Line else LineKey.line_id
    line_id = house.bundles[LINE].line_id
    change(house, model, key == line_id, **{field: values[field]})
    house.clock.move(seconds=11)


CERTIFIED = (
    "address", "acknowledgement", "name", "slug", "sealing_public", "verifying_public",
    "certificate",
)  # fmt: skip


@pytest.mark.parametrize("field", CERTIFIED)
def test_swapped_line_is_no_line(house: House, field: str) -> None:
    house.text(ANNA, "before")
    swap_certificate(house, field)
    assert house.text(ANNA, "after").status_code == 404
    assert house.text(ANNA, "after", line=UNKNOWN_NUMBER).status_code == 404
    assert house.text(BEN, "elsewhere", line=OTHER_LINE).status_code == 200
    assert len(house.rows(Envelope)) == 2
    house.drain()
    assert house.threads(LINE) == []
    assert house.texts(OTHER_LINE) == ["elsewhere"]
    assert [(sent.sender, sent.recipient) for sent in house.provider.sent] == [(OTHER_LINE, BEN)]
    assert perishable(house) == (1, 1, 1, 0)
    assert reasons(house) == ["no_such_line"]
    assert house.incidents() == {"message_set_aside": 1}
