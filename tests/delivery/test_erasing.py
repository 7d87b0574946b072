"""Nothing stays with the provider: what residents wrote, nor what was written to them."""

from __future__ import annotations

from collections.abc import Callable

from tests.delivery.acts import handed_over, holdings, say, sid_of, write_in
from tests.support.carrier_signature import new_sid
from tests.support.house import ANNA, BEN, House
from tests.support.recording_provider import RecordingProvider
from tipline.clock import SteadyClock
from tipline.delivery.erasing import Pace
from tipline.delivery.models import ProviderRecord
from tipline.delivery.provider import ProviderBusyError, ProviderRefusedError
from tipline.delivery.records import RecordState

REPLY = "Thank you. Which side of the road?"
PICTURE = [("https://api.twilio.com/2010-04-01/Accounts/AC0/Messages/MM0/Media/ME0", "image/jpeg")]


def reply(house: House) -> None:
    write_in(house)
    house.reply(REPLY)
    house.drain_delivery()


def test_a_reply_is_erased_there_once_its_state_is_final(
    house: House, provider: RecordingProvider
) -> None:
    finals = ("delivered", "undelivered", "failed")
    for number, final in enumerate(finals):
        house.reply(final, alias=write_in(house, f"+1209555{number:04}"))
    house.drain_delivery()
    texts = {final: handed_over(provider, final) for final in finals}
    sids = {final: sid_of(provider, final) for final in finals}
    for status in ("queued", "sending", "sent"):
        for text in texts.values():
            say(house, text, status)
        house.drain_delivery()
        house.clock.move(hours=1)
        house.keep_keys()
        house.drain_delivery()
        assert not set(sids.values()) & set(provider.erased)
    for final, text in texts.items():
        say(house, text, final)
        house.drain_delivery()
        assert provider.erased[-1] == sids[final]
    assert len(set(provider.erased)) == len(provider.erased)
    assert not set(sids.values()) & set(holdings(house))


def test_a_reply_of_which_nothing_is_heard_is_erased_after_a_day(
    house: House, provider: RecordingProvider
) -> None:
    reply(house)
    sid = sid_of(provider, REPLY)
    for hours, is_erased in ((23, False), (2, True)):
        house.clock.move(hours=hours)
        house.keep_keys()
        house.drain_delivery()
        assert (sid in provider.erased) is is_erased


def test_a_refused_reply_leaves_nothing_to_erase(house: House, provider: RecordingProvider) -> None:
    write_in(house)
    before = len(house.rows(ProviderRecord))
    house.reply(REPLY)
    provider.failures = [ProviderRefusedError(21610)]
    house.drain_delivery()
    assert len(house.rows(ProviderRecord)) == before


def test_a_text_that_came_in_is_erased_there_and_one_with_pictures_is_kept(
    house: House, provider: RecordingProvider
) -> None:
    text, picture, stop = new_sid(), new_sid("MM"), new_sid()
    house.text(ANNA, "There is ice on Linden Street", sid=text)
    house.text(BEN, "Look", media=PICTURE, sid=picture)
    house.text(ANNA, "STOP", sid=stop)
    for _ in range(5):
        house.drain()
        house.clock.move(days=1)
        house.keep_keys()
    assert text in provider.erased
    assert stop in provider.erased
    assert picture not in provider.erased
    kept = holdings(house)[picture]
    assert kept.state == RecordState.MEDIA


def test_nothing_is_erased_there_before_it_is_kept_here(
    house: House, provider: RecordingProvider
) -> None:
    house.text(ANNA, "There is ice on Linden Street")
    house.drain_delivery()
    assert provider.erased == []
    assert house.rows(ProviderRecord) == []


def test_a_refused_erasure_is_tried_again_with_growing_pauses(
    house: House, provider: RecordingProvider
) -> None:
    tries = 10
    sid = new_sid()
    provider.erase_failures = [ProviderBusyError(), ValueError("anything else")] * (tries // 2)
    house.text(ANNA, "There is ice on Linden Street", sid=sid)
    pauses = []
    for attempt in range(1, tries + 1):
        house.drain()
        assert provider.erased == []
        assert len(provider.erase_failures) == tries - attempt, "once, not in a loop"
        row = holdings(house)[sid]
        pauses.append((row.not_before - house.clock().replace(tzinfo=None)).total_seconds())
        house.clock.move(seconds=pauses[-1])
        house.keep_keys()
    assert pauses == sorted(pauses)
    assert len(set(pauses[:6])) == 6
    assert pauses[-1] <= 3600
    house.drain()
    assert provider.erased == [sid]
    assert sid not in holdings(house)


def test_sending_does_not_wait_for_erasing(house: House, provider: RecordingProvider) -> None:
    """Nobody looks at a screen for an erasure."""
    order: list[str] = []
    send, erase = provider.send, provider.erase
    provider.send = lambda text: (order.append("send"), send(text))[1]
    provider.erase = lambda sid: (order.append("erase"), erase(sid))[1]
    for number in range(20):
        house.text(f"+1209555{number:04}", "Hello")
    house.drain_intake()
    house.drain_delivery()
    assert order == ["send"] * 20 + ["erase"] * 20


def erased_by(seconds: float, came: Callable[[float], float], at_once: int = 8) -> int:
    """How many are erased until then, if `came` says how many came until some time."""
    pace, now, erased = Pace(), 0.0, 0
    while now < seconds:
        newest = int(came(now))
        waiting = min(at_once, newest - erased)
        pause = pace.pause_after(waiting, newest, now) if waiting else 0.05
        erased += waiting
        now += pause
    return erased


def test_what_comes_at_a_usual_rate_is_erased_as_it_comes() -> None:
    for rate in (1, 20, 40):
        assert erased_by(60, lambda now, rate=rate: rate * now) >= rate * 59


def test_erasing_waits_for_the_end_of_a_flood_and_then_catches_up() -> None:
    def flood(now: float) -> float:
        return min(200 * now, 2000)

    assert 80 <= erased_by(10, flood) <= 130
    assert erased_by(40, flood) < 2000
    assert erased_by(50, flood) == 2000


def test_another_worker_that_erased_all_is_no_flood() -> None:
    pace = Pace()
    usual = pace.pause_after(8, 1000, 0)
    assert pace.pause_after(8, 0, 1) == usual
    assert pace.pause_after(8, 1001, 2) == usual


def test_a_worker_erases_at_that_pace(house: House) -> None:
    """Time stands still until the worker sleeps."""
    now = 0.0
    erased_at: list[float] = []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    class NotingProvider(RecordingProvider):
        def erase(self, provider_id: str) -> None:
            super().erase(provider_id)
            erased_at.append(round(now, 3))

    delivery = house.new_delivery(NotingProvider(), steady=SteadyClock(lambda: now, sleep))
    for texts in (8, 24):
        for number in range(texts):
            house.text(ANNA, f"Text {number}")
        house.drain_intake()
        assert delivery.drain(60) is False
    # The second time 24 came within 0.16 seconds: more than fifty a second. Then none came.
    assert erased_at == [0] * 8 + [0.16] * 8 + [0.96] * 8 + [1.12] * 8


def test_the_highest_record_is_what_the_pace_goes_by(house: House) -> None:
    assert house.delivery.eraser.newest() == 0
    for number in (ANNA, BEN):
        house.text(number, "There is ice on Linden Street")
        house.drain_intake()
    assert house.delivery.eraser.newest() == max(row.id for row in house.rows(ProviderRecord))
