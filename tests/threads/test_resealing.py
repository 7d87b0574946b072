"""Re-sealing open threads to new keys, with messages and other processes in between."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select, update

from tests.lines.acts import Acts
from tests.support.house import ANNA, BEN, CLEO, LINE, OTHER_LINE, House
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.db.reading import reading
from tipline.lines.keyrings import LineKeyring
from tipline.threads.models import EraseKey, Thread
from tipline.threads.reading import ThreadSummary
from tipline.threads.resealing import Progress, anything_left, progress, reseal

PHONES = (ANNA, BEN, CLEO, "+12095550144", "+12095550145")


@pytest.fixture
def acts(house: House) -> Acts:
    """A line with five threads, whose supervisor has just removed somebody."""
    acts = Acts(house)
    for number, phone in enumerate(PHONES):
        house.text(phone, f"Tip {number}")
    house.text(ANNA, "A tip for the other line", line=OTHER_LINE)
    house.drain_intake()
    acts.remove(acts.of_cast("investigator"))
    return acts


def keyring_of(acts: Acts) -> LineKeyring:
    keyring = acts.keyring(acts.of_cast("supervisor"))
    assert keyring is not None
    return keyring


def run(acts: Acts, size: int = 2) -> tuple[int, int]:
    """Go through all of it; return how many threads were re-sealed and how many skipped."""
    batches = list(reseal(acts.house.stores, keyring_of(acts), size))
    return sum(batch.resealed for batch in batches), sum(batch.skipped for batch in batches)


def figure(acts: Acts) -> Progress:
    return progress(acts.house.stores, acts.line().id, 2)


def with_newest_alone(acts: Acts, line: str = LINE) -> dict[str, list[str]]:
    """What a member reads who holds the newest generation and no other, by alias."""
    acts.house.bundles[LINE] = keyring_of(acts).newest
    return {thread.alias: acts.house.texts(line, thread.alias) for thread in acts.house.threads()}


def change(acts: Acts, thread: ThreadSummary, **values: Any) -> None:
    with acts.house.stores.main.begin() as connection:
        connection.execute(update(Thread).where(Thread.id == thread.id).values(**values))


def wrapped(acts: Acts) -> dict[str, tuple[int, bytes]]:
    with reading(acts.house.stores.main) as connection:
        query = select(Thread.id, Thread.line_generation, Thread.wrapped_private)
        return {row.id: (row[1], row[2]) for row in connection.execute(query)}


@pytest.mark.parametrize("size", [1, 2, 200])
def test_everything_opens_with_the_newest_keys_alone(acts: Acts, size: int) -> None:
    line_id = acts.line().id
    assert anything_left(acts.house.stores, line_id, 2)
    assert figure(acts) == Progress(5, 5)
    assert run(acts, size) == (5, 0)
    assert not anything_left(acts.house.stores, line_id, 2)
    assert figure(acts) == Progress(0, 5)
    texts = with_newest_alone(acts)
    assert sorted(texts.values()) == [[f"Tip {number}"] for number in range(5)]
    assert acts.house.texts(OTHER_LINE) == ["A tip for the other line"]
    assert run(acts, size) == (0, 0)


def test_the_keys_of_whoever_was_removed_no_longer_open_what_was_resealed(acts: Acts) -> None:
    """Of the database as it is now; a copy from before stays open to them, and the page says so."""
    run(acts)
    for thread in acts.house.threads():
        with pytest.raises(CannotOpenError):
            acts.house.open(alias=thread.alias)


def test_messages_that_come_meanwhile_are_where_they_belong(acts: Acts) -> None:
    house = acts.house
    steps = reseal(house.stores, keyring_of(acts), 2)
    next(steps)
    house.clock.move(seconds=11)
    for phone in PHONES:
        house.text(phone, "More")
    house.text("+12095550149", "A new tip")
    house.drain_intake()
    assert sum(batch.resealed for batch in steps) == 3
    texts = with_newest_alone(acts)
    assert sorted(texts.values()) == [
        ["A new tip"],
        *([f"Tip {number}", "More"] for number in range(5)),
    ]


def test_what_was_killed_goes_on_where_it_stopped(acts: Acts) -> None:
    steps = reseal(acts.house.stores, keyring_of(acts), 2)
    next(steps)
    steps.close()
    assert figure(acts) == Progress(3, 5)
    assert run(acts) == (3, 0)
    assert len(with_newest_alone(acts)) == 5


def test_two_processes_at_once_do_no_harm(acts: Acts) -> None:
    first = reseal(acts.house.stores, keyring_of(acts), 2)
    second = reseal(acts.house.stores, keyring_of(acts), 3)
    done = 0
    for steps in (first, second, first, second, first, second):
        batch = next(steps, None)
        done += batch.resealed if batch else 0
    assert done == 5
    assert len(with_newest_alone(acts)) == 5


def test_what_somebody_else_resealed_meanwhile_is_not_overwritten(acts: Acts) -> None:
    """Else a slow process would put the key of an older generation over that of a newer."""
    from tipline.threads import resealing

    house, slow = acts.house, keyring_of(acts)
    rows = resealing._rows(house.stores, acts.line().id, 1, "", 200)
    assert run(acts) == (5, 0)
    before = wrapped(acts)
    batch = resealing._reseal_batch(house.stores, slow, rows)
    assert (batch.resealed, batch.skipped) == (0, 0)
    assert wrapped(acts) == before


def test_closed_and_restricted_threads_stay_as_they_are(acts: Acts) -> None:
    closed, restricted = acts.house.threads()[:2]
    change(acts, closed, is_closed=True)
    change(acts, restricted, is_restricted=True)
    before = wrapped(acts)
    assert figure(acts) == Progress(3, 3)
    assert run(acts) == (3, 0)
    after = wrapped(acts)
    assert {key for key in after if after[key] == before[key]} >= {closed.id, restricted.id}
    change(acts, closed, is_closed=False)
    assert run(acts) == (1, 0), "a thread that is opened again is re-sealed then"


BROKEN = {
    "no key at all": {"wrapped_private": b""},
    "another thread's key": {},
    "another public key": {"public": OpeningKey.generate().public.raw},
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_thread_that_does_not_open_blocks_no_other(acts: Acts, what: str) -> None:
    broken, other = acts.house.threads()[:2]
    values = BROKEN[what] or {"wrapped_private": wrapped(acts)[other.id][1]}
    change(acts, broken, **values)
    before = wrapped(acts)[broken.id]
    assert run(acts, 1) == (4, 1)
    assert wrapped(acts)[broken.id] == before
    assert figure(acts) == Progress(1, 5)


def test_a_destroyed_thread_is_neither_done_nor_counted_as_broken(acts: Acts) -> None:
    gone = acts.house.threads()[0]
    with acts.house.stores.perishable.begin() as connection:
        connection.execute(delete(EraseKey).where(EraseKey.thread_id == gone.id))
    assert run(acts) == (4, 0)


def test_several_generations_are_caught_up_with_at_once(acts: Acts) -> None:
    house = acts.house
    steps = reseal(house.stores, keyring_of(acts), 2)
    next(steps)
    acts.remove(acts.new_member("never-admitted"))
    assert {generation for generation, _ in wrapped(acts).values()} == {1, 2}
    assert run(acts) == (5, 0)
    assert len(with_newest_alone(acts)) == 5


def test_whoever_lacks_a_generation_leaves_its_threads_to_others(acts: Acts) -> None:
    newest = LineKeyring.of(keyring_of(acts).newest)
    assert list(reseal(acts.house.stores, newest)) == []
    assert figure(acts) == Progress(5, 5)
