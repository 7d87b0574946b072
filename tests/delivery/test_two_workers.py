"""Two delivery workers on PostgreSQL write about the same texts at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest
from sqlalchemy import select, text

from tests.delivery.acts import handed_over, outbox, put_automatic, say
from tests.support.house import BEN, House
from tests.support.recording_provider import RecordingProvider
from tests.system.waiting import until
from tipline.db.reading import reading
from tipline.delivery.claims import claim
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingState

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
BODIES = ("first", "second", "third")


def until_waiting(house: House, count: int) -> None:
    def is_waiting() -> bool:
        with reading(house.stores.main) as connection:
            return connection.execute(WAITING).scalar_one() == count

    until(is_waiting, f"{count} transactions wait for a row")


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_what_was_sent_and_what_is_reported_are_both_written_down(
    house: House, provider: RecordingProvider
) -> None:
    """In opposite orders, each would wait for the other, and the server would stop one of them."""
    put_automatic(house, dict.fromkeys(BODIES, BEN))
    sending, reporting = (house.new_delivery(provider) for _ in range(2))
    rows = claim(house.stores.main, house.delivery_keys.ref, house.clock, len(BODIES))
    outcomes = [sending._sender.send(row) for row in rows]
    for body in BODIES[:2]:
        say(house, handed_over(provider, body), "delivered")
    third = select(Outgoing.id).where(Outgoing.uid == outcomes[2].row.place.uid)
    # They write the second, then the third, then the first; the reports are of first and second.
    outcomes = [outcomes[1], outcomes[2], outcomes[0]]
    failed: list[Exception] = []

    def beside(work: Callable[[], object]) -> Thread:
        def run() -> None:
            try:
                work()
            except Exception as error:
                failed.append(error)

        thread = Thread(target=run)
        thread.start()
        return thread

    with house.stores.main.begin() as connection:
        connection.execute(third.with_for_update())
        threads = [beside(lambda: sending._settler.record_outcomes(outcomes))]
        until_waiting(house, 1)
        threads.append(beside(lambda: reporting._settler.take_reports(10)))
        until_waiting(house, 2)
    for thread in threads:
        thread.join(30)
    assert failed == []
    states = [OutgoingState.DELIVERED, OutgoingState.DELIVERED, OutgoingState.SENT]
    assert [row.state for row in outbox(house)] == states
