"""The intake worker's job and its sweep."""

from __future__ import annotations

import os
from functools import cache

from sqlalchemy import select, union

import config
from tipline import logs
from tipline.clock import system_clock
from tipline.crypto import unlock
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.watching import Watched
from tipline.db.engines import Stores, empty_write_ahead_log, open_stores
from tipline.db.reading import reading
from tipline.doorbell import Doorbell, QueueName
from tipline.envelopes.models import CallIn, Envelope
from tipline.environment import with_files
from tipline.incidents.services import IncidentKind, report_alone
from tipline.intake.keys import IntakeKeys
from tipline.intake.retiring import KeyRetirer
from tipline.intake.service import Intake, IntakeServices
from tipline.intake.sweeping import Sweeper
from tipline.lines.directory import LineDirectory
from tipline.mailboxes.receipts import newest_salt
from tipline.published_keys.directory import KeyKind, PublishedKeys
from tipline.published_keys.rotation import KeyRing
from tipline.published_keys.sharing import KeyExchange

PROCESS = "intake"
DRAIN_SECONDS = 5.0


class IntakeProcess:
    """Everything that this process keeps open."""

    def __init__(self, settings: config.InstanceSettings, unlock_key: bytes) -> None:
        """Unlock the keys and open the stores.

        Raises:
            UnlockError, KeyMissingError: the key folder does not open or is incomplete.
        """
        self.stores = open_stores(settings.database_url, settings.perishable_url)
        folder = KeyFolder(settings.keys / PROCESS, PROCESS, unlock_key)
        self._keys = Watched(folder, IntakeKeys.load)
        keys = self._keys.value
        self.ring = KeyRing(
            folder,
            KeyKind.INTAKE,
            keys.signing,
            self.stores.main,
            system_clock,
            KeyExchange.over(self.stores.perishable, folder),
        )
        pins = {KeyKind.DELIVERY: keys.delivery_pin, KeyKind.CONTACT: keys.delivery_pin}
        self._published = PublishedKeys(self.stores.main, pins, system_clock)
        self._lines = LineDirectory(self.stores.main, keys.console_pin, system_clock)
        self.doorbell = Doorbell(settings.redis_url)
        self.intake = self._new_intake()
        self._sweeper = Sweeper(self.stores, system_clock)
        self._retirer = KeyRetirer(folder, self.stores.perishable, system_clock)
        # The gateway's own database user need not be able to make it.
        newest_salt(self.stores.perishable)
        self.ring.ensure_current()
        self.ring.refuse_swapped()

    def drain(self) -> None:
        """Handle what waits, for a few seconds, and ring again if anything is left."""
        try:
            self._renew_keys()
            more = self.intake.drain(DRAIN_SECONDS)
        except Exception as error:
            # Caught here, because RQ would put the exception's text into the queue.
            logs.failure("drain_failed", error)
            return
        if more:
            self.doorbell.ring(QueueName.INTAKE)

    def sweep(self) -> None:
        """Find what a lost doorbell left, and keep the keys in order."""
        self._renew_keys()
        self.ring.ensure_current()
        self.ring.refuse_swapped()
        self.intake.refuse_unreachable()
        waiting = _waiting_key_ids(self.stores)
        if waiting:
            self.doorbell.ring(QueueName.INTAKE)
        self.ring.destroy_drained(waiting)
        self._retirer.retire()
        self._sweeper.sweep()
        empty_write_ahead_log(self.stores.main)
        empty_write_ahead_log(self.stores.perishable)

    def _renew_keys(self) -> None:
        """Go on with new keys if an operator has rotated one."""
        if self._keys.renew():
            self.intake = self._new_intake()

    def _new_intake(self) -> Intake:
        return Intake(
            IntakeServices(
                stores=self.stores,
                keys=self._keys.value,
                ring=self.ring,
                published=self._published,
                lines=self._lines,
                clock=system_clock,
                ring_delivery=lambda: self.doorbell.ring(QueueName.DELIVERY),
            )
        )

    def report_foreign_job(self) -> None:
        """Count a job that was refused."""
        report_alone(self.stores.main, IncidentKind.FOREIGN_JOB, system_clock())


@cache
def process() -> IntakeProcess:
    """Return this process's one instance, opened from its environment."""
    environment = with_files(os.environ)
    settings = config.InstanceSettings.from_environment(environment)
    return IntakeProcess(settings, unlock.receive(PROCESS, environment))


def drain() -> None:
    """Run as a job: carries no argument and returns nothing."""
    process().drain()


def _waiting_key_ids(stores: Stores) -> set[bytes]:
    with reading(stores.main) as connection:
        query = union(select(Envelope.key_id), select(CallIn.key_id))
        return set(connection.execute(query).scalars())
