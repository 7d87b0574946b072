"""Counts: a closed list of names and words, sent to nobody or to this machine, shown late."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from tests.gateway.helpers import message_fields
from tests.support.house import ANNA, LINE, MESSAGE_PATH, House
from tipline import counting
from tipline.counting import CODES, PROCESSES, REASONS, WORDS, Counted
from tipline.gateway.twilio_webhook import Refusal
from tipline.instance.processes import COMMANDS
from tipline.lines.directory import NoSuchLineError
from tipline.metrics.exposition import render
from tipline.metrics.tallies import HELP, HOURLY, LABELS, Tallies
from tipline.metrics.waiting import Queue

NOW = datetime(2026, 11, 2, 15, 4, 5, tzinfo=UTC)


def shown(tallies: Tallies) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(render(tallies.families()))
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.fixture
def heard() -> Iterator[socket.socket]:
    """What this process counts, as the metrics process gets it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind((counting.HOST, 0))
        ear.settimeout(10)
        counting.start(ear.getsockname()[1])
        yield ear
        counting.start(None)


def test_a_text_and_a_refusal_are_counted(sqlite_house: House, heard: socket.socket) -> None:
    sid = "SM" + "ab" * 16
    for _ in range(2):
        sqlite_house.text(ANNA, "A tip that nobody else may read", sid=sid)
    sqlite_house.post(MESSAGE_PATH, message_fields(), token="wrong")
    sqlite_house.text(ANNA, "To nobody", line="+12095550177")
    sqlite_house.drain()
    assert [heard.recv(999) for _ in range(5)] == [
        b"messages_kept ",
        b"messages_repeated ",
        b"webhooks_refused wrong_signature",
        b"webhooks_refused no_such_line",
        b"texts_taken ",
    ]


def test_nobody_listens() -> None:
    counting.start(9)
    for _ in range(3):
        counting.count(Counted.MESSAGE_KEPT)
    counting.start(None)
    counting.count(Counted.MESSAGE_KEPT)


def test_all_words_of_ours_are_known() -> None:
    assert {*REASONS} == {*(reason.value for reason in Refusal), NoSuchLineError.code}
    assert {*PROCESSES} == {*COMMANDS, "valkey"}
    assert set(HELP) == set(Counted)
    assert set(LABELS) == set(WORDS)


@given(st.text(max_size=40) | st.sampled_from([ANNA, LINE, "meet_me_behind_the_school", "20003x"]))
def test_a_word_of_somebody_else_is_other(word: str) -> None:
    known = {*REASONS, *CODES, *PROCESSES}
    for counted in Counted:
        told = counting.known_word(counted, word)
        assert told in ("", counting.OTHER) or word in known


@given(st.binary(max_size=100))
def test_any_datagram_is_a_count_or_nothing(datagram: bytes) -> None:
    tallies = Tallies(NOW)
    before = set(shown(tallies))
    tallies.take(datagram)
    tallies.renew(NOW + timedelta(hours=1))
    assert set(shown(tallies)) == before


def test_what_a_resident_did_is_shown_when_the_hour_is_over() -> None:
    tallies = Tallies(NOW)
    for datagram in (b"messages_kept ", b"texts_failed 30003", b"webhooks_refused not_signed"):
        tallies.take(datagram)
    tallies.renew(NOW + timedelta(minutes=1))
    found = shown(tallies)
    assert found["tipline_webhooks_refused_total", "not_signed"] == 1
    assert found["tipline_messages_kept_total", ""] == 0
    assert found["tipline_texts_failed_total", "30003"] == 0
    tallies.renew(NOW.replace(hour=16, minute=0, second=1))
    found = shown(tallies)
    assert found["tipline_messages_kept_total", ""] == 1
    assert found["tipline_texts_failed_total", "30003"] == 1
    tallies.take(b"messages_kept ")
    tallies.renew(NOW.replace(hour=16, minute=59))
    assert shown(tallies)["tipline_messages_kept_total", ""] == 1
    by_residents = {Counted.MESSAGE_KEPT, Counted.MESSAGE_REPEATED, Counted.TEXT_TAKEN,
                    Counted.TEXT_FAILED, Counted.TEXT_UNCERTAIN}  # fmt: skip
    assert by_residents == HOURLY


def at(minute: float) -> datetime:
    return NOW + timedelta(minutes=minute)


def test_what_has_just_come_is_not_shown_and_what_waits_is() -> None:
    queue = Queue()
    queue.look([1, 2], at(0))
    assert (queue.count, queue.oldest_seconds) == (0, 0)
    queue.look([2, 3], at(1))
    assert (queue.count, queue.oldest_seconds) == (1, 60)
    queue.look([2, 3, 4], at(2))
    assert (queue.count, queue.oldest_seconds) == (2, 120)
    queue.look([4], at(3))
    assert (queue.count, queue.oldest_seconds) == (1, 60)
    queue.look([], at(4))
    assert (queue.count, queue.oldest_seconds) == (0, 0)
    queue.look([9], at(5))
    assert (queue.count, queue.oldest_seconds) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 5), st.sets(st.integers(0, 60))), max_size=30))
def test_no_row_is_said_to_be_older_or_to_wait_shorter_than_it_is(
    steps: list[tuple[int, set[int]]],
) -> None:
    """Against a model that knows when each row came: the shown age is a lower bound."""
    queue, came, last, waiting = Queue(), dict[int, int](), 0, set[int]()
    for minute, (new, gone) in enumerate(steps):
        for number in range(last, last + new):
            came[number] = minute
            waiting.add(number)
        last += new
        waiting -= gone
        queue.look(sorted(waiting), at(minute))
        old = [number for number in waiting if came[number] < minute]
        # A row that nobody saw before a look emptied the queue is found a minute later.
        assert queue.count == len(old)
        oldest = min((came[number] for number in old), default=minute)
        assert queue.oldest_seconds == (minute - oldest) * 60
