"""The delivery worker's job and its sweep."""

from __future__ import annotations

import os
from functools import cache

from sqlalchemy import or_, select, union

import config
from tipline import logs
from tipline.clock import stored, system_clock
from tipline.crypto import unlock
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.watching import Watched
from tipline.db.engines import empty_write_ahead_log, open_stores
from tipline.db.reading import reading
from tipline.delivery.keys import DeliveryKeys
from tipline.delivery.models import Outgoing, ProviderRecord
from tipline.delivery.outbox import OutgoingState
from tipline.delivery.records import RecordState
from tipline.delivery.rewrapping import ContactRewrapper
from tipline.delivery.service import Delivery, DeliveryServices
from tipline.delivery.twilio import TwilioProvider
from tipline.doorbell import Doorbell, QueueName
from tipline.envelopes.models import StatusReport
from tipline.environment import with_files
from tipline.incidents.services import IncidentKind, report_alone
from tipline.lines.directory import LineDirectory
from tipline.published_keys.directory import KeyKind, PublishedKeys
from tipline.published_keys.rotation import KeyRing
from tipline.published_keys.sharing import KeyExchange
from workers.alerting import build_alerts

PROCESS = "delivery"
DRAIN_SECONDS = 5.0
RENEWED_AT_ONCE = 200


class DeliveryProcess:
    """Everything that this process keeps open."""

    def __init__(self, settings: config.DeliverySettings, unlock_key: bytes) -> None:
        """Unlock the keys and open the stores.

        Raises:
            UnlockError, KeyMissingError: the key folder does not open or is incomplete.
        """
        instance = settings.instance
        self.stores = open_stores(instance.database_url, instance.perishable_url)
        folder = KeyFolder(instance.keys / PROCESS, PROCESS, unlock_key)
        self._keys = Watched(folder, DeliveryKeys.load)
        keys = self._keys.value
        self.daily = KeyRing(
            folder,
            KeyKind.DELIVERY,
            keys.signing,
            self.stores.main,
            system_clock,
            KeyExchange.over(self.stores.perishable, folder),
        )
        # Made with the instance and copied with the folder: no key that lasts stands in a store.
        self.contacts = KeyRing(
            folder, KeyKind.CONTACT, keys.signing, self.stores.main, system_clock
        )
        pins = {KeyKind.DELIVERY: keys.signing.public}
        self._published = PublishedKeys(self.stores.main, pins, system_clock)
        self._lines = lines = LineDirectory(self.stores.main, keys.console_pin, system_clock)
        self._provider = TwilioProvider(
            settings.account_sid,
            settings.api_key_sid,
            settings.api_key_secret,
            settings.provider_url,
            settings.gateway_url,
        )
        self.delivery = self._new_delivery()
        self._rewrapper = ContactRewrapper(self.stores, self.contacts, keys.intake_pin)
        self.alerts = build_alerts(
            settings.alerts, self.stores.main, folder, keys, lines, system_clock
        )
        self.doorbell = Doorbell(instance.redis_url)
        self._keep_keys()

    def drain(self) -> None:
        """Send and take in reports for a few seconds, and ring again if anything is left."""
        try:
            self._renew_keys()
            more = self.delivery.drain(DRAIN_SECONDS)
        except Exception as error:
            # Caught here, because RQ would put the exception's text into the queue.
            logs.failure("drain_failed", error)
            return
        if more:
            self.doorbell.ring(QueueName.DELIVERY)

    def sweep(self) -> None:
        """Find what a lost doorbell or a dead worker left, and keep the keys in order."""
        self._renew_keys()
        self._keep_keys()
        self.delivery.record_outcomes()
        self.delivery.give_up_on_crashed()
        self.delivery.refuse_unknown_kinds()
        if self._is_anything_due():
            self.doorbell.ring(QueueName.DELIVERY)
        self._sweep_alerts()
        self.delivery.eraser.renew(RENEWED_AT_ONCE)
        self.daily.destroy_drained(self._key_ids_in_use())
        self._rewrapper.work()
        empty_write_ahead_log(self.stores.main)

    def _sweep_alerts(self) -> None:
        try:
            self.alerts.sweep()
        except Exception as error:
            # Nothing of alerts may keep replies waiting.
            logs.failure("alerts_failed", error)

    def report_foreign_job(self) -> None:
        """Count a job that was refused."""
        report_alone(self.stores.main, IncidentKind.FOREIGN_JOB, system_clock())

    def _renew_keys(self) -> None:
        """Go on with new keys if an operator has rotated one."""
        if self._keys.renew():
            self.delivery = self._new_delivery()

    def _new_delivery(self) -> Delivery:
        return Delivery(
            DeliveryServices(
                stores=self.stores,
                keys=self._keys.value,
                daily=self.daily,
                contacts=self.contacts,
                published=self._published,
                lines=self._lines,
                provider=self._provider,
                clock=system_clock,
            )
        )

    def _keep_keys(self) -> None:
        for ring in (self.daily, self.contacts):
            ring.ensure_current()
            ring.refuse_swapped()

    def _is_anything_due(self) -> bool:
        now = stored(system_clock())
        queued = select(Outgoing.id).where(
            Outgoing.state == OutgoingState.QUEUED.value, Outgoing.not_before <= now
        )
        erasable = select(ProviderRecord.id).where(
            or_(
                ProviderRecord.state == RecordState.ERASE.value,
                ProviderRecord.state == RecordState.PENDING.value,
            ),
            ProviderRecord.not_before <= now,
        )
        queries = (queued, erasable, select(StatusReport.id))
        with reading(self.stores.main) as connection:
            return any(connection.execute(query.limit(1)).first() is not None for query in queries)

    def _key_ids_in_use(self) -> set[bytes]:
        query = union(
            select(Outgoing.key_id).where(Outgoing.sealed.is_not(None)),
            select(ProviderRecord.key_id),
            select(StatusReport.key_id),
        )
        with reading(self.stores.main) as connection:
            return set(connection.execute(query).scalars())


@cache
def process() -> DeliveryProcess:
    """Return this process's one instance, opened from its environment."""
    environment = with_files(os.environ)
    settings = config.DeliverySettings.from_environment(environment)
    return DeliveryProcess(settings, unlock.receive(PROCESS, environment))


def drain() -> None:
    """Run as a job: carries no argument and returns nothing."""
    process().drain()
