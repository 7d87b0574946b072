"""Seals, sizes, and the turnstile, each by itself."""

from __future__ import annotations

import re
import threading
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.house import START
from tipline.crypto.generations import Generation, Generations
from tipline.gateway.web.padding import BUCKETS, padded
from tipline.gateway.web.seals import Seals, StaleFieldError, Use
from tipline.gateway.web.turnstile import TooManyChecksError, Turnstile

SEALS = Seals(Generations.single(b"s" * 32))
HOUR = timedelta(hours=1)


@given(st.binary(max_size=200), st.sampled_from(Use), st.text("abc", max_size=3))
def test_a_field_opens_for_its_use_and_line_alone(content: bytes, use: Use, line: str) -> None:
    value = SEALS.seal(use, content, START, line)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", value)
    assert SEALS.open(use, value, HOUR, START, line) == content
    for other in set(Use) - {use}:
        with pytest.raises(StaleFieldError):
            SEALS.open(other, value, HOUR, START, line)
    with pytest.raises(StaleFieldError):
        SEALS.open(use, value, HOUR, START, line + "x")
    with pytest.raises(StaleFieldError):
        Seals(Generations.single(b"t" * 32)).open(use, value, HOUR, START, line)


@pytest.mark.parametrize(
    ("minutes", "opens"), [(-3, False), (-1, True), (0, True), (60, True), (61, False)]
)
def test_a_field_opens_within_its_time(minutes: int, opens: bool) -> None:
    value = SEALS.seal(Use.TIP, b"content", START)
    now = START + timedelta(minutes=minutes)
    if opens:
        assert SEALS.open(Use.TIP, value, HOUR, now) == b"content"
    else:
        with pytest.raises(StaleFieldError):
            SEALS.open(Use.TIP, value, HOUR, now)


def test_a_field_of_yesterday_opens_where_a_day_is_allowed() -> None:
    value = SEALS.seal(Use.TIP, b"content", START)
    assert SEALS.open(Use.TIP, value, 24 * HOUR, START + 23 * HOUR) == b"content"


@pytest.mark.parametrize(("days", "opens"), [(-1, True), (0, True), (1, True), (2, False)])
def test_a_secret_that_was_replaced_long_ago_makes_nothing_that_opens(
    days: int, opens: bool
) -> None:
    old, new = Generation(1, b"s" * 32), Generation(2, b"n" * 32, START.date())
    now = START + timedelta(days=days)
    value = SEALS.seal(Use.TIP, b"content", now)
    seals = Seals(Generations.of({1: old, 2: new}))
    assert seals.open(Use.TIP, seals.seal(Use.TIP, b"new", now), HOUR, now) == b"new"
    if opens:
        assert seals.open(Use.TIP, value, HOUR, now) == b"content"
    else:
        with pytest.raises(StaleFieldError):
            seals.open(Use.TIP, value, HOUR, now)


@given(st.text(max_size=80) | st.text("AB_-=", max_size=1100))
def test_what_was_not_sealed_does_not_open(value: str) -> None:
    with pytest.raises(StaleFieldError):
        SEALS.open(Use.TIP, value, HOUR, START)


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_changed_field_does_not_open(at: int, letter: int) -> None:
    value = SEALS.seal(Use.TIP, b"content", START)
    at %= len(value) - 1  # the last character has bits that say nothing
    changed = value[:at] + chr(letter) + value[at + 1 :]
    if changed != value:
        with pytest.raises(StaleFieldError):
            SEALS.open(Use.TIP, changed, HOUR, START)


@given(st.integers(0, 70_000))
def test_a_page_fills_a_bucket(length: int) -> None:
    page = padded(b"x" * length)
    assert len(page) in BUCKETS
    assert page.startswith(b"x" * length)
    assert page.count(b"-->") == 1
    assert len(padded(b"x" * (length + 1))) - len(page) in (0, 16384, 32768, 65536)


def test_a_page_larger_than_all_buckets_is_filled_up() -> None:
    assert len(padded(b"x" * (3 * 1024 * 1024))) == 4 * 1024 * 1024


def test_a_check_takes_its_time() -> None:
    turnstile = Turnstile(seconds=0.2)
    started = time.monotonic()
    with turnstile.passing():
        pass
    assert time.monotonic() - started >= 0.2
    started = time.monotonic()
    with pytest.raises(KeyError), turnstile.passing():
        raise KeyError
    assert time.monotonic() - started >= 0.2


class Crowd:
    """Threads that want to pass at once; who is inside stays until told to leave."""

    def __init__(self, turnstile: Turnstile) -> None:
        self.turnstile = turnstile
        self.may_leave = threading.Event()
        self.guard = threading.Condition()
        self.inside = self.most_inside = self.passed = self.sent_away = 0
        self.threads: list[threading.Thread] = []

    def come(self, turn: bytes = b"") -> None:
        thread = threading.Thread(target=self._pass, args=(turn,))
        self.threads.append(thread)
        thread.start()

    def _pass(self, turn: bytes) -> None:
        try:
            with self.turnstile.passing(turn):
                self._count(inside=1)
                self.may_leave.wait(30)
                self._count(inside=-1, passed=1)
        except TooManyChecksError:
            self._count(sent_away=1)

    def _count(self, inside: int = 0, passed: int = 0, sent_away: int = 0) -> None:
        with self.guard:
            self.inside += inside
            self.most_inside = max(self.most_inside, self.inside)
            self.passed += passed
            self.sent_away += sent_away
            self.guard.notify_all()

    def wait_for(self, **counts: int) -> None:
        with self.guard:
            assert self.guard.wait_for(
                lambda: all(getattr(self, name) == count for name, count in counts.items()), 30
            ), counts

    def end(self) -> None:
        self.may_leave.set()
        for thread in self.threads:
            thread.join(30)


def test_few_are_inside_some_wait_and_the_lot_falls_on_the_rest() -> None:
    crowd = Crowd(Turnstile(places=2, waiting=2, seconds=0.0))
    for _ in range(10):
        crowd.come()
    crowd.wait_for(inside=2, sent_away=6)
    crowd.end()
    assert (crowd.passed, crowd.sent_away, crowd.most_inside) == (4, 6, 2)
    late = Crowd(crowd.turnstile)
    late.come()
    late.end()
    assert late.passed == 1


def test_whoever_came_first_keeps_nobody_out() -> None:
    """With one place to wait, somebody new gets it about every second time."""
    turnstile = Turnstile(places=1, waiting=1, seconds=0.0)
    first = Crowd(turnstile)
    first.come()
    first.wait_for(inside=1)
    firm, new = Crowd(turnstile), Crowd(turnstile)
    firm.come()
    until_somebody_waits(turnstile)
    for _ in range(40):
        new.come()
    firm.wait_for(sent_away=1)
    new.wait_for(sent_away=39)
    first.end()
    for crowd in (firm, new):
        crowd.end()
    # 1 in 2**40: the one who came first still had the place.
    assert (new.passed, firm.sent_away) == (1, 1)


def until_somebody_waits(turnstile: Turnstile) -> None:
    deadline = time.monotonic() + 30
    while not turnstile._waiting and time.monotonic() < deadline:
        time.sleep(0.01)
    assert turnstile._waiting


def test_whoever_was_sent_away_comes_before_a_flood() -> None:
    turnstile = Turnstile(places=1, waiting=1, seconds=0.0)
    first, again, flood = (Crowd(turnstile) for _ in range(3))
    first.come()
    first.wait_for(inside=1)
    flood.come()
    until_somebody_waits(turnstile)
    again.come(b"turn")
    flood.wait_for(sent_away=1)
    for _ in range(40):
        flood.come()
    flood.wait_for(sent_away=41)
    first.end()
    again.wait_for(inside=1)
    again.end()
    flood.end()
    assert (again.passed, again.sent_away, flood.passed) == (1, 0, 0)


def test_a_turn_lets_in_once() -> None:
    turnstile = Turnstile(places=1, waiting=1, seconds=0.0)
    first, once, twice = (Crowd(turnstile) for _ in range(3))
    first.come()
    first.wait_for(inside=1)
    once.come(b"turn")
    until_somebody_waits(turnstile)
    for _ in range(20):
        twice.come(b"turn")
    twice.wait_for(sent_away=20)
    first.end()
    once.wait_for(inside=1)
    twice.come(b"turn")
    until_somebody_waits(turnstile)
    other = Crowd(turnstile)
    other.come(b"another")
    twice.wait_for(sent_away=21)
    for crowd in (once, twice, other):
        crowd.end()
    assert (once.passed, twice.passed, other.passed) == (1, 0, 1)


def test_turns_among_themselves_are_drawn_by_lot_and_stay_good() -> None:
    turnstile = Turnstile(places=1, waiting=1, seconds=0.0)
    first, many = Crowd(turnstile), Crowd(turnstile)
    first.come()
    first.wait_for(inside=1)
    for number in range(20):
        many.come(b"turn %d" % number)
    many.wait_for(sent_away=19)
    assert len(turnstile._taken) == 1
    first.end()
    many.end()
    assert many.passed == 1
