"""A crash, or a callback that is quicker than we are, between `sending` and its outcome."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tests.delivery.acts import holdings, outbox, put_automatic, replies, say, sid_of, write_in
from tests.support.house import ANNA, House
from tests.support.recording_provider import RecordingProvider
from tipline.db.engines import open_stores
from tipline.delivery.claims import CLAIM, ClaimedRow, claim
from tipline.delivery.outbox import OutgoingState
from tipline.delivery.provider import OutgoingText, ProviderBusyError, ProviderUncertainError
from tipline.delivery.sending import Outcome, Result
from tipline.delivery.settling import Settler
from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT
from tipline.published_keys.directory import KeyKind, PublishedKeys

REPLY = "Thank you. Which side of the road?"


def claimed(house: House) -> list[ClaimedRow]:
    """What a worker that dies right after its claim leaves behind."""
    return claim(house.stores.main, house.delivery_keys.ref, house.clock, 8)


def test_a_crash_after_the_claim_leaves_it_uncertain(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    house.reply(REPLY)
    (row,) = claimed(house)
    assert claimed(house) == [], "one sender at a time"
    house.clock.move(seconds=CLAIM.total_seconds() - 1)
    assert house.delivery.give_up_on_crashed() == 0
    house.drain_delivery()
    assert house.progress()[2].state is OutgoingState.SENDING
    house.clock.move(seconds=2)
    assert house.delivery.give_up_on_crashed() == 1
    for _ in range(3):
        house.drain_delivery()
        house.delivery.give_up_on_crashed()
        house.clock.move(hours=8)
        house.keep_keys()
    assert provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]
    assert (replies(house)[0].state, replies(house)[0].sealed) == ("uncertain", None)
    # It did arrive, as the provider says at last.
    say(house, OutgoingText("", "", "", row.ref), "delivered")
    house.drain_delivery()
    assert house.progress()[2].state is OutgoingState.DELIVERED
    assert provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]


def test_a_crash_while_the_provider_answers(house: House, provider: RecordingProvider) -> None:
    """The process is gone and the text is not: KeyboardInterrupt passes every handler."""
    write_in(house)
    house.reply(REPLY)
    provider.lost_answers = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        house.drain_delivery()
    assert replies(house)[0].state == OutgoingState.SENDING
    again = house.new_delivery(provider)
    for _ in range(3):
        again.drain(60)
        again.give_up_on_crashed()
        house.clock.move(seconds=CLAIM.total_seconds() + 1)
    assert provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT, REPLY]
    assert house.progress()[2].state is OutgoingState.UNCERTAIN
    say(house, provider.sent[-1], "sent")
    house.drain_delivery()
    assert house.progress()[2].state is OutgoingState.SENT


def test_a_callback_settles_a_row_that_is_still_being_sent(
    house: House, provider: RecordingProvider
) -> None:
    """A second worker takes in the report before the first one hears its own answer."""
    write_in(house)
    house.reply(REPLY)
    other = house.new_delivery(RecordingProvider())
    quick = QuickProvider(house, provider, lambda: other.drain(60))
    house.new_delivery(quick).drain(60)
    (row,) = replies(house)
    assert (row.state, row.sealed) == (OutgoingState.DELIVERED, None)
    assert sid_of(provider, REPLY) in provider.erased, "its outcome came late and was final"
    assert sid_of(provider, REPLY) not in holdings(house)


@pytest.mark.parametrize(
    ("failure", "state"),
    [(None, OutgoingState.SENT), (ProviderBusyError(), OutgoingState.QUEUED)],
    ids=["taken", "not taken"],
)
def test_what_the_provider_said_outlives_a_store_that_is_away(
    house: House,
    provider: RecordingProvider,
    failure: Exception | None,
    state: OutgoingState,
) -> None:
    """The answer is known: nobody need decide what came of it, and nothing is sent twice."""
    write_in(house)
    house.reply(REPLY)
    delivery = house.new_delivery(outage := OutageProvider(house, provider))
    provider.failures = [failure] if failure else []
    with pytest.raises(OperationalError), outage:
        delivery.drain(60)
    assert replies(house)[0].state == OutgoingState.SENDING
    delivery.record_outcomes()
    house.clock.move(seconds=CLAIM.total_seconds() + 1)
    assert delivery.give_up_on_crashed() == 0
    assert house.progress()[2].state is state
    assert provider.bodies_to(ANNA)[1:] == ([] if failure else [REPLY])
    house.clock.move(minutes=10)
    house.drain_delivery()
    assert provider.bodies_to(ANNA)[1:] == [REPLY]


def test_an_answer_that_is_noted_twice_disturbs_no_later_sending(
    house: House, provider: RecordingProvider
) -> None:
    """Its commit got through, and the connection died before that was known."""
    write_in(house)
    house.reply(REPLY)
    (first,) = claimed(house)
    outcome = Outcome(first, Result.RETRY)
    settler = Settler(
        house.stores,
        house.delivery_keys,
        house.daily_ring,
        PublishedKeys(
            house.stores.main,
            {KeyKind.DELIVERY: house.delivery_keys.signing.public},
            house.clock,
        ),
        house.clock,
    )
    settler.record_outcomes([outcome])
    house.clock.move(minutes=10)
    (second,) = claimed(house)
    assert second.place == first.place
    settler.record_outcomes([outcome])
    assert claimed(house) == [], "it is still being sent"


class OutageProvider:
    """Within it, the main store is away from the moment at which a text is handed over."""

    def __init__(self, house: House, inner: RecordingProvider) -> None:
        self.engine, self.inner = house.stores_of("delivery").main, inner

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "begin", _away)

    def send(self, text: OutgoingText) -> str:
        event.listen(self.engine, "begin", _away)
        return self.inner.send(text)


def _away(_connection: object) -> None:
    raise OperationalError("BEGIN", {}, Exception())


class QuickProvider:
    """Calls back, and has something happen, before it answers the request itself."""

    def __init__(self, house: House, inner: RecordingProvider, meanwhile: object) -> None:
        self.house, self.inner, self.meanwhile = house, inner, meanwhile

    def send(self, text: OutgoingText) -> str:
        sid = self.inner.send(text)
        say(self.house, text, "delivered", sid=sid)
        assert callable(self.meanwhile)
        self.meanwhile()
        return sid

    def erase(self, provider_id: str) -> None:
        self.inner.erase(provider_id)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (None, OutgoingState.SENT),
        (ProviderBusyError(), OutgoingState.UNCERTAIN),
        (ProviderUncertainError(), OutgoingState.UNCERTAIN),
    ],
    ids=["taken", "busy", "uncertain"],
)
def test_an_outcome_after_the_row_was_given_up(
    house: House,
    provider: RecordingProvider,
    monkeypatch: pytest.MonkeyPatch,
    outcome: Exception | None,
    state: OutgoingState,
) -> None:
    write_in(house)
    house.reply(REPLY)
    send = provider.send

    def slow(text: OutgoingText) -> str:
        house.clock.move(seconds=CLAIM.total_seconds() + 1)
        assert house.delivery.give_up_on_crashed() == 1
        if outcome is not None:
            raise outcome
        return send(text)

    with monkeypatch.context() as patch:
        patch.setattr(provider, "send", slow)
        house.drain_delivery()
    (row,) = replies(house)
    assert (row.state, row.sealed) == (state, None)
    house.clock.move(hours=1)
    house.drain_delivery()
    assert provider.bodies_to(ANNA).count(REPLY) == (1 if outcome is None else 0)


def test_two_workers_hand_each_row_over_once(house: House, provider: RecordingProvider) -> None:
    numbers = [f"+1209555{number:04}" for number in range(200, 300)]
    put_automatic(house, {f"For {number}": number for number in numbers})
    others = open_stores(house.urls.main, house.urls.perishable)
    workers = [house.new_delivery(provider), house.new_delivery(provider, others)]
    together = threading.Barrier(len(workers))
    left: list[bool] = []

    def work(worker: int) -> None:
        together.wait(30)
        left.append(workers[worker].drain(60))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(len(workers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    others.main.dispose()
    others.perishable.dispose()
    assert left == [False, False], "both came to the end"
    assert sorted(text.body for text in provider.sent) == [f"For {number}" for number in numbers]
    assert len({text.ref for text in provider.sent}) == len(numbers)
    assert {row.state for row in outbox(house)} == {"sent"}
    assert len(holdings(house)) == len(numbers)
