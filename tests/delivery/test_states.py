"""How far a message has come, whatever the order of the provider's callbacks."""

from __future__ import annotations

import os
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from tests.delivery.acts import change, handed_over, put_automatic, replies, say, sid_of, write_in
from tests.support.house import ANNA, BEN, House
from tests.support.recording_provider import RecordingProvider
from tipline.clock import hour_of
from tipline.crypto.tags import keyed_tag
from tipline.delivery.outbox import OutgoingState
from tipline.delivery.states import BY_PROVIDER_STATUS, advance, is_final
from tipline.envelopes.messages import StatusNotice
from tipline.envelopes.models import StatusReport
from tipline.envelopes.writing import STATUS_TAG, status_context
from tipline.published_keys.directory import KeyKind

HAPPY = ("queued", "sending", "sent", "delivered")
UNHAPPY = ("queued", "sending", "sent", "undelivered")


def test_callbacks_in_any_order(house: House, provider: RecordingProvider) -> None:
    orders = [*permutations(HAPPY), *permutations(UNHAPPY)]
    put_automatic(house, {str(number): BEN for number in range(len(orders))})
    house.drain_delivery()
    texts = [handed_over(provider, str(number)) for number in range(len(orders))]
    for place in range(len(HAPPY)):
        for order, text in zip(orders, texts, strict=True):
            say(house, text, order[place])
        house.drain_delivery()
    wanted = ["delivered" if "delivered" in order else "undelivered" for order in orders]
    assert house.outbox_states() == wanted
    assert len(provider.sent) == len(orders)


def test_nothing_late_undoes_delivered(house: House, provider: RecordingProvider) -> None:
    late = ("accepted", "queued", "sending", "sent", "undelivered", "failed", "canceled")
    put_automatic(house, dict.fromkeys(late, BEN))
    house.drain_delivery()
    for status in late:
        say(house, handed_over(provider, status), "delivered")
    house.drain_delivery()
    for status in late:
        say(house, handed_over(provider, status), status)
    house.drain_delivery()
    assert set(house.outbox_states()) == {"delivered"}


def test_delivered_after_undelivered_counts(house: House, provider: RecordingProvider) -> None:
    """Seen with handsets that were switched off: the later good news is the truth."""
    write_in(house)
    house.reply("Hello")
    house.drain_delivery()
    text = handed_over(provider, "Hello")
    say(house, text, "undelivered", error_code=30003)
    house.drain_delivery()
    assert house.progress()[2].code == 30003
    say(house, text, "delivered")
    house.drain_delivery()
    assert replies(house)[0].state == OutgoingState.DELIVERED


def test_doubled_callbacks_change_nothing_twice(house: House, provider: RecordingProvider) -> None:
    write_in(house)
    house.reply("Hello")
    house.drain_delivery()
    text, sid = handed_over(provider, "Hello"), sid_of(provider, "Hello")
    for _ in range(3):
        say(house, text, "delivered", sid=sid)  # stopped by the gateway
        say(house, text, "delivered")  # reaches delivery
    house.drain_delivery()
    assert replies(house)[0].state == OutgoingState.DELIVERED
    assert provider.erased.count(sid) == 1
    assert house.incidents() == {}


def test_why_it_did_not_arrive_is_for_the_line_alone(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    house.reply("Hello")
    house.drain_delivery()
    say(house, handed_over(provider, "Hello"), "undelivered", error_code=30006)
    house.drain_delivery()
    progress = house.progress()[2]
    assert (progress.state, progress.code) == (OutgoingState.UNDELIVERED, 30006)
    # One that delivery did not sign says nothing.
    (row,) = replies(house)
    change(house, row.uid, detail_signature=row.detail_signature[:-1] + b"\xff")
    assert house.progress()[2].code == 0


def test_a_word_that_nobody_knows_changes_nothing(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    house.reply("Hello")
    house.drain_delivery()
    say(house, handed_over(provider, "Hello"), "teleported")
    house.drain_delivery()
    assert replies(house)[0].state == OutgoingState.SENT
    assert house.rows(StatusReport) == []


def test_a_report_with_an_unknown_ref_moves_no_row(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    house.report(provider.sids[0], "delivered", "0" * 32)
    house.drain_delivery()
    assert house.outbox_states() == ["sent"]
    assert house.rows(StatusReport) == []


def test_status_rows_that_the_gateway_did_not_write(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    row, other, third, fourth, fifth = [_status_row(house, provider.sent[0].ref) for _ in range(5)]
    forged = [
        {**row, "gateway_tag": bytes(32)},
        {**third, "uid": other["uid"]},
        {**fourth, "sealed": other["sealed"]},
        {**fifth, "sealed": b""},
    ]
    _insert(house, *forged)
    house.drain_delivery()
    assert house.outbox_states() == ["sent"]
    assert house.incidents() == {"forged_status_report": len(forged)}
    assert house.rows(StatusReport) == [], "they stand in nobody's way"
    # What the gateway does write is believed, so nothing else was wrong with those above.
    _insert(house, other)
    house.drain_delivery()
    assert house.outbox_states() == ["delivered"]


def _insert(house: House, *rows: dict[str, Any]) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(insert(StatusReport), list(rows))


def _status_row(house: House, ref: str) -> dict[str, Any]:
    uid = os.urandom(16)
    key = house.replier.published.current(KeyKind.DELIVERY)
    notice = StatusNotice(ref, "SM" + "0" * 32, "delivered", "", house.clock())
    sealed = key.seal(notice.to_bytes(), status_context(uid))
    tag = keyed_tag(house.delivery_keys.status_tags[0], STATUS_TAG, uid, sealed)
    return {
        "uid": uid,
        "key_id": key.key_id,
        "sealed": sealed,
        "gateway_tag": tag,
        "received_hour": hour_of(house.clock()),
    }


ALL_STATUSES = st.lists(st.sampled_from(sorted(BY_PROVIDER_STATUS)), max_size=12)
IN_FLIGHT = st.sampled_from([OutgoingState.SENDING, OutgoingState.UNCERTAIN, OutgoingState.SENT])


def _after(state: OutgoingState, statuses: list[str]) -> OutgoingState:
    for status in statuses:
        state = advance(state, BY_PROVIDER_STATUS[status])
    return state


@given(IN_FLIGHT, ALL_STATUSES)
def test_whatever_comes_the_best_news_wins(start: OutgoingState, statuses: list[str]) -> None:
    said = {BY_PROVIDER_STATUS[status] for status in statuses}
    bad = [
        BY_PROVIDER_STATUS[status]
        for status in statuses
        if BY_PROVIDER_STATUS[status] in (OutgoingState.UNDELIVERED, OutgoingState.FAILED)
    ]
    end = _after(start, statuses)
    if OutgoingState.DELIVERED in said:
        assert end is OutgoingState.DELIVERED
    elif bad:
        assert end is bad[0]
    elif said:
        assert end is OutgoingState.SENT
    else:
        assert end is start


@given(IN_FLIGHT, ALL_STATUSES)
def test_hearing_everything_twice_is_like_hearing_it_once(
    start: OutgoingState, statuses: list[str]
) -> None:
    once = _after(start, statuses)
    assert _after(once, statuses) in (once, OutgoingState.DELIVERED)
    assert _after(start, [status for status in statuses for _ in range(2)]) is once


@given(IN_FLIGHT, ALL_STATUSES, ALL_STATUSES)
def test_final_stays_final(start: OutgoingState, statuses: list[str], later: list[str]) -> None:
    before = _after(start, statuses)
    if is_final(before):
        assert is_final(_after(before, later))


@given(st.sampled_from([OutgoingState.CANCELLED, OutgoingState.REFUSED]), ALL_STATUSES)
def test_what_was_settled_here_stays_settled(state: OutgoingState, statuses: list[str]) -> None:
    assert _after(state, statuses) is state


def test_a_cancelled_row_does_not_become_delivered(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    house.reply("Hello")
    house.text(ANNA, "STOP")
    house.drain_intake()
    house.report("SM" + "1" * 32, "delivered", "1" * 32)
    house.drain_delivery()
    assert replies(house)[0].state == OutgoingState.CANCELLED
