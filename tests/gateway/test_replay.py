"""A captured request replays for ever: it is answered alike and shown once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from types import TracebackType

import pytest

from tests.gateway.helpers import BODY, ONE_MESSAGE, gateway_of, kept, message_fields
from tests.support.carrier_signature import new_sid
from tests.support.house import ANNA, BEN, MESSAGE_PATH, House
from tipline.envelopes.models import Envelope

AT_ONCE = 8


class AllTogether:
    """A lock that lets the first through when all have come: they then share one commit."""

    def __init__(self, count: int) -> None:
        self._all = Barrier(count, timeout=60)
        self._lock = Lock()

    def __enter__(self) -> None:
        self._all.wait()
        self._lock.acquire()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._lock.release()


def test_replay_before_processing(house: House) -> None:
    fields = message_fields()
    answers = [house.post(MESSAGE_PATH, fields) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.data for answer in answers}) == 1
    assert kept(house) == ONE_MESSAGE
    house.drain()
    assert house.texts() == [BODY]


def test_replay_after_the_thread_exists(house: House) -> None:
    fields = message_fields()
    for _ in range(3):
        assert house.post(MESSAGE_PATH, fields).status_code == 200
        house.drain()
        assert house.texts() == [BODY]
        assert house.rows(Envelope) == []


def test_replay_to_another_process_and_after_a_restart(house: House) -> None:
    fields = message_fields()
    for app in (house.app, house.new_gateway(), house.new_gateway()):
        assert house.post(MESSAGE_PATH, fields, app=app).status_code == 200
    assert kept(house) == ONE_MESSAGE


def test_replay_on_a_later_day(house: House) -> None:
    fields = message_fields()
    for _ in range(3):
        assert house.post(MESSAGE_PATH, fields).status_code == 200
        house.drain()
        house.clock.move(days=1)
        house.keep_keys()
    assert house.texts() == [BODY]


def test_replay_with_another_body_shows_the_first_only(house: House) -> None:
    sid = new_sid()
    for body in (BODY, "something else", ""):
        assert house.text(ANNA, body, sid=sid).status_code == 200
    assert house.text(BEN, "from somebody else", sid=sid).status_code == 200
    assert kept(house) == ONE_MESSAGE
    house.drain()
    assert house.texts() == [BODY]
    assert house.text(ANNA, "later", sid=sid).status_code == 200
    house.drain()
    assert house.texts() == [BODY]


def test_same_words_in_two_messages_are_two_messages(house: House) -> None:
    for _ in range(2):
        assert house.text(ANNA, BODY).status_code == 200
    house.drain()
    assert house.texts() == [BODY, BODY]


def test_posted_many_times_at_once(house: House) -> None:
    fields, start = message_fields(), Barrier(AT_ONCE)

    def post(_: int) -> int:
        start.wait()
        return house.post(MESSAGE_PATH, fields).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(post, range(AT_ONCE))) == [200] * AT_ONCE
    assert kept(house) == ONE_MESSAGE
    house.drain()
    assert house.texts() == [BODY]


def test_posted_many_times_into_one_commit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the message is in the store yet when its repetitions are looked for."""
    fields = message_fields()
    commits = gateway_of(house.app).writer._commits
    monkeypatch.setattr(commits, "_turn", AllTogether(AT_ONCE))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        posts = [pool.submit(house.post, MESSAGE_PATH, fields) for _ in range(AT_ONCE)]
        assert [post.result().status_code for post in posts] == [200] * AT_ONCE
    assert kept(house) == ONE_MESSAGE
    house.drain()
    assert house.texts() == [BODY]


def test_posted_to_two_processes_at_once(house: House) -> None:
    """Each has its own group commit: only the database can tell."""
    fields, start = message_fields(), Barrier(AT_ONCE)
    apps = [house.app, house.new_gateway()] * (AT_ONCE // 2)

    def post(number: int) -> int:
        start.wait()
        return house.post(MESSAGE_PATH, fields, app=apps[number]).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(post, range(AT_ONCE))) == [200] * AT_ONCE
    assert kept(house) == ONE_MESSAGE
    house.drain()
    assert house.texts() == [BODY]


def test_different_messages_at_once_are_all_kept(house: House) -> None:
    start = Barrier(AT_ONCE)

    def post(number: int) -> int:
        start.wait()
        return house.text(ANNA, f"message {number}").status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(post, range(AT_ONCE))) == [200] * AT_ONCE
    house.drain()
    assert sorted(house.texts()) == [f"message {number}" for number in range(AT_ONCE)]
