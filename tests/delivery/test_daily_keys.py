"""The delivery worker's daily keys are destroyed, and not a moment too early."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

import config
import workers.delivery
from tests.delivery.acts import holdings, replies, write_in
from tests.support.carrier_signature import new_sid
from tests.support.house import BEN, House
from tests.support.recording_provider import RecordingProvider
from tipline.delivery.models import ProviderRecord
from tipline.delivery.provider import ProviderBusyError
from tipline.published_keys.models import PublishedKey
from workers.delivery import DeliveryProcess

PICTURE = [("https://api.twilio.com/2010-04-01/Accounts/AC0/Messages/MM0/Media/ME0", "image/jpeg")]
FIRST, SECOND = "delivery-2026-11-02", "delivery-2026-11-03"
MIDNIGHT = datetime(2026, 11, 3, tzinfo=UTC)


@pytest.fixture
def process(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeliveryProcess]:
    """The worker's own sweep, by the house's clock."""
    monkeypatch.setattr(workers.delivery, "system_clock", house.clock)
    process = start(house)
    yield process
    stop(process)


def start(house: House) -> DeliveryProcess:
    settings = config.DeliverySettings.from_environment(house.environment)
    return DeliveryProcess(settings, house.template.unlock_keys["delivery"])


def stop(process: DeliveryProcess) -> None:
    process.stores.main.dispose()
    process.stores.perishable.dispose()


def daily(house: House) -> list[str]:
    return house.folders.delivery.names("delivery-")


def published(house: House) -> list[str]:
    rows = house.rows(PublishedKey)
    return sorted(f"delivery-{row.day}" for row in rows if row.kind == "delivery")


def sweep(house: House, process: DeliveryProcess, *moments: datetime) -> None:
    for moment in moments:
        house.clock.now = moment
        process.sweep()


def test_a_record_outlives_its_key_and_the_key_goes(house: House, process: DeliveryProcess) -> None:
    sid = new_sid("MM")
    house.text(BEN, "Look", media=PICTURE, sid=sid)
    house.drain()
    assert daily(house) == published(house) == [FIRST]
    old = holdings(house)[sid].key_id
    sweep(house, process, MIDNIGHT)
    assert daily(house) == published(house) == [FIRST, SECOND]
    sweep(house, process, MIDNIGHT.replace(minute=2))
    assert holdings(house)[sid].key_id != old, "sealed to today's key"
    sweep(house, process, MIDNIGHT.replace(minute=59))
    assert daily(house) == [FIRST, SECOND], "others may have the old one in a cache"
    sweep(house, process, MIDNIGHT.replace(hour=1, minute=1))
    assert daily(house) == published(house) == [SECOND]
    assert sid in holdings(house)


def test_a_key_stays_as_long_as_a_record_needs_it(
    house: House, process: DeliveryProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers.delivery, "RENEWED_AT_ONCE", 1)
    for number in range(3):
        house.text(f"+1209555{number:04}", "Look", media=PICTURE)
    house.drain()
    count = len(house.rows(ProviderRecord))
    assert count >= 3
    sweep(house, process, MIDNIGHT, *[MIDNIGHT.replace(hour=h) for h in range(3, 1 + count)])
    assert daily(house) == [FIRST, SECOND], "a record is left that only the old one opens"
    sweep(house, process, MIDNIGHT.replace(hour=20), MIDNIGHT.replace(hour=21))
    assert daily(house) == [SECOND]
    assert len(holdings(house)) == count


def test_a_key_stays_as_long_as_something_waits_to_be_sent(
    house: House, process: DeliveryProcess, provider: RecordingProvider
) -> None:
    write_in(house)
    house.reply("The day after")
    provider.failures = [ProviderBusyError()]
    house.drain_delivery()
    later = [MIDNIGHT, MIDNIGHT.replace(hour=3), MIDNIGHT.replace(hour=4)]
    sweep(house, process, *later)
    assert daily(house) == [FIRST, SECOND]
    house.drain_delivery()
    assert [row.state for row in replies(house)] == ["sent"]
    sweep(house, process, MIDNIGHT.replace(hour=5), MIDNIGHT.replace(hour=6))
    assert daily(house) == [SECOND]


def test_a_key_stays_as_long_as_a_report_is_unread(
    house: House, process: DeliveryProcess, provider: RecordingProvider
) -> None:
    write_in(house)
    house.report(provider.sids[0], "delivered", provider.sent[0].ref)
    sweep(house, process, MIDNIGHT, MIDNIGHT.replace(hour=3), MIDNIGHT.replace(hour=4))
    assert daily(house) == [FIRST, SECOND]
    house.drain_delivery()
    assert house.outbox_states() == ["delivered"]
    sweep(house, process, MIDNIGHT.replace(hour=5), MIDNIGHT.replace(hour=6))
    assert daily(house) == [SECOND]


def test_an_hour_counts_from_the_new_key_not_from_midnight(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker was off over midnight: whoever cached the old key did so a minute ago."""
    monkeypatch.setattr(workers.delivery, "system_clock", house.clock)
    house.clock.now = MIDNIGHT.replace(hour=10)
    process = start(house)
    sweep(house, process, *[MIDNIGHT.replace(hour=10, minute=m) for m in (1, 30, 59)])
    assert daily(house) == [FIRST, SECOND]
    sweep(house, process, MIDNIGHT.replace(hour=11, minute=2))
    assert daily(house) == [SECOND]
    stop(process)


def test_the_contact_key_is_never_destroyed(house: House, process: DeliveryProcess) -> None:
    before = house.folders.delivery.names("contact-")
    sweep(house, process, *[datetime(2027, month, 1, tzinfo=UTC) for month in (1, 2, 3)])
    assert house.folders.delivery.names("contact-") == before
