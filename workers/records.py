"""The records worker's job and its sweep: it keeps the audit log."""

from __future__ import annotations

import os
from functools import cache

import config
from tipline import logs
from tipline.audit.keys import RecordsKeys
from tipline.audit.publishing import Publisher
from tipline.audit.reading import stored_log
from tipline.audit.sequencing import NoLogError, Sequencer
from tipline.clock import system_clock
from tipline.crypto import unlock
from tipline.crypto.keyfolder import KeyFolder
from tipline.db.engines import open_store
from tipline.doorbell import Doorbell
from tipline.environment import with_files
from tipline.incidents.services import IncidentKind, report_alone

PROCESS = "records"


class RecordsProcess:
    """Everything that this process keeps open. Of the two stores it knows the main one alone.

    Any number of them may keep one log: the database lets one number entries at a time.
    """

    def __init__(self, settings: config.RecordsSettings, unlock_key: bytes) -> None:
        """Unlock the key; the store is reached when it is first needed.

        Raises:
            UnlockError, KeyMissingError, CannotOpenError: the key folder does not open, is
                incomplete or holds something else.
        """
        instance = settings.instance
        self.main = open_store(instance.database_url)
        folder = KeyFolder(instance.keys / PROCESS, PROCESS, unlock_key)
        self._keys = RecordsKeys.load(folder)
        self._url = settings.url
        self._sequencer = Sequencer(self.main, system_clock)
        self.doorbell = Doorbell(instance.redis_url)

    def drain(self) -> None:
        """Number what waits."""
        try:
            self._number()
        except Exception as error:
            # Caught here, because RQ would put the exception's text into the queue.
            logs.failure("drain_failed", error)

    def sweep(self) -> None:
        """Number what waits, whoever rang or did not, and publish the day's checkpoint.

        Raises:
            SQLAlchemyError: the store does not take it; the next sweep does what this one left.
            OtherLogError: another key began the log in use, so that none of its checkpoints can be
                signed here. What waits has its numbers all the same.
        """
        self._number()
        with stored_log(self.main) as log:
            signer = self._keys.signer(log.origin)
        Publisher(self.main, signer, system_clock).publish_if_due()

    def report_foreign_job(self) -> None:
        """Count a job that was refused."""
        report_alone(self.main, IncidentKind.FOREIGN_JOB, system_clock())

    def _number(self) -> None:
        try:
            self._sequencer.run()
        except NoLogError:
            first = self._keys.signer(self._keys.new_origin(self._url))
            self._sequencer.begin(first.verifier)
            self._sequencer.run()


@cache
def process() -> RecordsProcess:
    """Return this process's one instance, opened from its environment."""
    environment = with_files(os.environ)
    settings = config.RecordsSettings.from_environment(environment)
    return RecordsProcess(settings, unlock.receive(PROCESS, environment))


def drain() -> None:
    """Run as a job: carries no argument and returns nothing."""
    process().drain()
