"""Rotating keys by command, while messages arrive.

Every step is one file in a key folder, which running processes read again; so a command that was
interrupted goes on where it stopped when it is given again. docs/operating.md says of each kind
when the old key is destroyed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Engine, Select, func, select

from tipline.clock import Clock, day_of
from tipline.crypto.generations import Generation, Generations, destroy_older, prepare, use
from tipline.crypto.keyfolder import KeyFolder
from tipline.db.reading import reading
from tipline.envelopes.models import Envelope, StatusReport
from tipline.errors import TiplineError
from tipline.gateway import keys as gateway_keys
from tipline.instance.provisioning import Folders
from tipline.intake import keys as intake_keys
from tipline.published_keys.directory import KeyKind
from tipline.published_keys.rotation import replace_key

# Longer than a request may take, and than any process goes on without looking at its folder.
SPREAD_SECONDS = 60.0
DRAIN_SECONDS = 300.0
POLL_SECONDS = 0.5


class Kind(StrEnum):
    """What can be rotated by command."""

    INTAKE = "intake"
    DELIVERY = "delivery"
    CONTACT = "contact"
    INDEX = "index"
    SUPPRESSION = "suppression"
    DEDUPE = "dedupe"
    ENVELOPE_TAG = "envelope-tag"
    STATUS_TAG = "status-tag"


class NotDrainedError(TiplineError):
    """Rows that were written with the old key are still waiting."""

    code = "not_drained"
    message = (
        "The new key is in use, but rows tagged with the old one still wait for their worker, so "
        "the old one is kept. Give the same command again when the workers have caught up."
    )


@dataclass(frozen=True, slots=True)
class Rotation:
    """Rotates one kind at a time. `say` tells the operator what happens; it is given no key.

    `pause` waits until every process has surely read its folder again.
    """

    folders: Folders
    engine: Engine
    clock: Clock
    say: Callable[[str], object]
    pause: Callable[[], object] = lambda: time.sleep(SPREAD_SECONDS)
    drain_seconds: float = DRAIN_SECONDS

    def rotate(self, kind: Kind) -> None:
        """Rotate a kind of key, or finish a rotation of it that was interrupted.

        Raises:
            UnlockError, KeyMissingError: a folder does not open or is incomplete.
            NotDrainedError: it is rotated, but the old key is still needed.
        """
        steps: Mapping[Kind, Callable[[], None]] = {
            Kind.INTAKE: lambda: self._replace(self.folders.intake, KeyKind.INTAKE),
            Kind.DELIVERY: lambda: self._replace(self.folders.delivery, KeyKind.DELIVERY),
            Kind.CONTACT: lambda: self._replace(self.folders.delivery, KeyKind.CONTACT),
            Kind.INDEX: lambda: self._renew(self.folders.intake, intake_keys.INDEX),
            Kind.SUPPRESSION: lambda: self._renew(self.folders.intake, intake_keys.SUPPRESSION),
            Kind.DEDUPE: self._renew_dedupe,
            Kind.ENVELOPE_TAG: lambda: self._share(
                self.folders.intake, gateway_keys.ENVELOPE_TAG, Envelope
            ),
            Kind.STATUS_TAG: lambda: self._share(
                self.folders.delivery, gateway_keys.STATUS_TAG, StatusReport
            ),
        }
        steps[kind]()
        self.say(AFTERWARDS[kind])

    def _replace(self, folder: KeyFolder, kind: KeyKind) -> None:
        name = replace_key(folder, kind, day_of(self.clock()))
        self.say(f"Made {name}.")

    def _renew(self, folder: KeyFolder, kind: str) -> None:
        """Make a generation known, wait until everybody knows it, and use it."""
        fresh = prepare(folder, kind)
        self.say(f"Made generation {fresh.number}; waiting until every process knows it.")
        self.pause()
        use(folder, kind, fresh.number, day_of(self.clock()))
        self.say(f"Generation {fresh.number} is in use.")

    def _renew_dedupe(self) -> None:
        folder = self.folders.gateway
        self._renew(folder, gateway_keys.DEDUPE)
        # A gateway of systemd or of a container cannot: it only reads its folder.
        present = Generations.load(folder, gateway_keys.DEDUPE)
        gateway_keys.destroy_outlived(present, folder, day_of(self.clock()))

    def _share(
        self, worker: KeyFolder, kind: str, model: type[Envelope] | type[StatusReport]
    ) -> None:
        """Rotate a key that the gateway tags rows with, and that a worker checks them with."""
        gateway = self.folders.gateway
        present = Generations.load(worker, kind)
        if not (present.older and not present.known):
            fresh = self._hand_over(worker, kind)
            self.say(f"Made generation {fresh.number}; waiting until the worker knows it.")
            self.pause()
            # The gateway first: while the worker's says "known", an interrupted command goes on.
            _use_shared(gateway, kind, fresh.key, self.clock)
            use(worker, kind, fresh.number, day_of(self.clock()))
        self.say("The new generation is in use; waiting until what bears the old tag is handled.")
        self.pause()
        self._wait_until_drained(model)
        for folder in (gateway, worker):
            destroy_older(folder, kind, Generations.load(folder, kind).current.number)

    def _hand_over(self, worker: KeyFolder, kind: str) -> Generation:
        """Make a generation, first in the worker's folder: it must know what the gateway uses."""
        fresh = prepare(worker, kind)
        if fresh.key not in Generations.load(self.folders.gateway, kind).keys:
            prepare(self.folders.gateway, kind, fresh.key)
        return fresh

    def _wait_until_drained(self, model: type[Envelope] | type[StatusReport]) -> None:
        newest = self._scalar(select(func.max(model.id)))
        deadline = time.monotonic() + self.drain_seconds
        while newest and self._scalar(select(func.count()).where(model.id <= newest)):
            if time.monotonic() > deadline:
                raise NotDrainedError
            time.sleep(POLL_SECONDS)

    def _scalar(self, query: Select[int]) -> int:
        with reading(self.engine) as connection:
            return connection.execute(query).scalar() or 0


def _use_shared(folder: KeyFolder, kind: str, key: bytes, clock: Clock) -> None:
    for each in Generations.load(folder, kind).known:
        if each.key == key:
            use(folder, kind, each.number, day_of(clock()))


AFTERWARDS = {
    Kind.INTAKE: (
        "The intake worker publishes it within seconds, and destroys the one before five minutes "
        "after that at the earliest, when no message is sealed to it any more."
    ),
    Kind.DELIVERY: (
        "The delivery worker publishes it within seconds, and destroys the one before five minutes "
        "after that at the earliest, when nothing in the outbox is sealed to it any more."
    ),
    Kind.CONTACT: (
        "The delivery worker wraps all contacts anew, and destroys the old key when it is done."
    ),
    Kind.INDEX: (
        "Residents are found by both. The old one is destroyed when each of its residents has "
        "written again or was forgotten."
    ),
    Kind.SUPPRESSION: "Opt-outs are found by both. The old one is destroyed in five years.",
    Kind.DEDUPE: "Repeated webhooks are known by both. The old one is destroyed in 400 days.",
    Kind.ENVELOPE_TAG: "The old one is destroyed.",
    Kind.STATUS_TAG: "The old one is destroyed.",
}
