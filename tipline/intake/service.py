"""The intake worker's work: drain lanes in batches, set aside what cannot be handled."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import DataError, IntegrityError

from tipline import logs
from tipline.clock import Clock
from tipline.crypto.errors import CannotOpenError, KeyMissingError, NotAuthenticError
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.envelopes.leases import LeaseLostError, lease_lanes
from tipline.envelopes.messages import MalformedContentError
from tipline.envelopes.reading import (
    EnvelopeRow,
    envelopes_in,
    envelopes_without_lane,
    has_envelopes,
    open_content,
    open_envelope,
)
from tipline.envelopes.web import WebMessage
from tipline.errors import TiplineError
from tipline.incidents.services import IncidentKind
from tipline.intake.called_in import CalledIn
from tipline.intake.effects import Effects
from tipline.intake.handling import Handler, HandlingKeys
from tipline.intake.keys import IntakeKeys
from tipline.intake.keywords import Keyword
from tipline.intake.knowing import Item, Looking
from tipline.intake.lookup import incoming
from tipline.intake.setting_aside import SettingAside
from tipline.intake.urgency import UrgencyReader
from tipline.intake.web import APART, WebHandler, WebIncoming, web_incoming
from tipline.intake.writing import BatchWriter
from tipline.lines.directory import LineDirectory, NoSuchLineError
from tipline.published_keys.directory import KeyKind, PublishedKeys
from tipline.published_keys.rotation import KeyRing
from tipline.threads.set_aside import set_aside_context

BATCH = 100
# Of a batch, one lane may have so many: in a flood from one number, whoever writes meanwhile waits
# for a batch that is soon done. Fewer would cost more: a batch itself costs what five messages do.
OF_A_LANE = 8
LANES_AT_ONCE = 32
# While messages come close together, the worker waits so long for the next: to end a job of the
# queue and begin another costs more than a batch, and whoever writes meanwhile waits for that, too.
LINGER_SECONDS = 0.02
LOOK_SECONDS = 0.002
TRIES = 3
# Counts of failed tries after which there is another. SQLite may hold anything but a count there.
AGAIN = range(TRIES - 1)


class HandlingFailedError(TiplineError):
    """One message of a batch could not be handled; the others are handled without it."""

    code = "handling_failed"
    message = "A message could not be handled."

    def __init__(self, item: Item) -> None:
        """Say which one."""
        super().__init__()
        self.item = item


@dataclass(frozen=True, slots=True)
class IntakeServices:
    """What the intake worker works with."""

    stores: Stores
    keys: IntakeKeys
    ring: KeyRing
    published: PublishedKeys
    lines: LineDirectory
    clock: Clock
    ring_delivery: Callable[[], object]


class _Lanes:
    """Keeps a keyword apart from its lane's other messages: each batch takes it alone or not.

    A batch's effects are written by kind and not by message, so what STOP or "forget me" destroys
    must not have been made, nor be made again, in the same batch.
    """

    def __init__(self) -> None:
        self._begun: set[int] = set()
        self._ended: set[int] = set()

    def may_follow(self, lane: int, *, apart: bool) -> bool:
        """Tell whether a message may be handled in this batch, and note that it is."""
        if lane in self._ended or (apart and lane in self._begun):
            self._ended.add(lane)
            return False
        self._begun.add(lane)
        if apart:
            self._ended.add(lane)
        return True


class Intake:
    """Drains envelopes into threads."""

    def __init__(self, services: IntakeServices) -> None:
        """Take the services; the worker's name for its leases is random."""
        self._services = services
        self._holder = secrets.token_hex(16)
        self._writer = BatchWriter(services.stores, self._holder, services.clock)
        self._batch = BATCH
        self._has_records = False
        self._looking = Looking(services.stores, services.keys, services.ring, services.lines)
        self._setting_aside = SettingAside(self._looking, services.keys.signing, services.clock)
        self._urgency = UrgencyReader(services.stores.main, services.lines, services.clock)
        self._called_in = CalledIn(
            services.stores,
            services.keys.signing,
            services.keys.set_aside,
            services.ring,
            services.lines,
            services.clock,
            self._urgency,
        )

    def drain(self, seconds: float) -> bool:
        """Work until nothing is left, or for `seconds`. Return whether anything may be left."""
        deadline = time.monotonic() + seconds
        try:
            self._called_in.drain()
            return self._drain_lanes(deadline)
        finally:
            self._ring_for_records()

    def _drain_lanes(self, deadline: float) -> bool:
        lanes = self._lease()
        batches = 0
        while lanes:
            if time.monotonic() >= deadline:
                self._handle(lanes, 0)
                return True
            lanes = self._handle(lanes, LANES_AT_ONCE)
            batches += 1
            if not lanes and batches > 1:
                lanes = self._linger()
        return False

    def _linger(self) -> list[int]:
        """Wait a moment for the next envelope, and return the lanes leased for it, if it came."""
        until = time.monotonic() + LINGER_SECONDS
        while time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            with reading(self._services.stores.main) as connection:
                is_any = has_envelopes(connection)
            if is_any:
                return self._lease()
        return []

    def drain_batch(self) -> bool:
        """Handle one batch. Return whether there was anything to do."""
        lanes = self._lease()
        if lanes:
            self._handle(lanes, 0)
        self._ring_for_records()
        return bool(lanes)

    def _lease(self) -> list[int]:
        services = self._services
        return lease_lanes(services.stores.main, self._holder, services.clock, LANES_AT_ONCE)

    def _handle(self, lanes: list[int], and_lease: int) -> list[int]:
        """Handle a batch of some lanes' envelopes, and return the lanes leased for the next one."""
        services = self._services
        with reading(services.stores.main) as connection:
            rows = envelopes_in(connection, lanes, self._batch, OF_A_LANE)
        try:
            effects = self._plan(rows)
            leased = self._writer.write(effects, lanes, and_lease)
        except LeaseLostError:
            logs.event("lease_lost", logging.WARNING)
        except (IntegrityError, DataError) as error:
            self._narrow(error, rows, lanes)
        else:
            self._batch = BATCH
            # What is to be erased at the provider can wait for the end of this drain.
            self._has_records |= bool(effects.records)
            if effects.outbox:
                self._has_records = False
                services.ring_delivery()
            return leased
        return self._lease() if and_lease else []

    def _ring_for_records(self) -> None:
        if self._has_records:
            self._has_records = False
            self._services.ring_delivery()

    def refuse_unreachable(self) -> None:
        """Refuse envelopes in lanes that do not exist: nobody of ours wrote them."""
        with reading(self._services.stores.main) as connection:
            rows = envelopes_without_lane(connection, BATCH)
        if rows:
            effects = Effects()
            for row in rows:
                effects.merge(self._refuse(row, IncidentKind.FORGED_ENVELOPE))
            self._writer.write(effects, [])

    def _narrow(self, error: Exception, rows: list[EnvelopeRow], lanes: list[int]) -> None:
        """After a conflict, try a smaller batch; what conflicts all alone counts as a failed try.

        A member may have replied in a thread between our look-up and our commit, which the next
        try mends. The perishable store's part is replaced then, too.
        """
        logs.failure("batch_conflict", error, size=len(rows))
        if len(rows) == 1:
            self._writer.write(self._failure(rows[0], None, "conflict"), lanes)
        self._batch = max(1, len(rows) // 4)

    def _plan(self, rows: list[EnvelopeRow]) -> Effects:
        """Return what a batch changes, leaving out what fails and what stands behind it."""
        items, effects = self._open_all(rows)
        while True:
            try:
                return self._handle_all(items, effects)
            except HandlingFailedError as failed:
                row = failed.item.row
                effects.merge(self._failure(row, failed.item, "handling"))
                items = [i for i in items if i.row.lane != row.lane or i.row.id < row.id]

    def _handle_all(self, items: list[Item], failures: Effects) -> Effects:
        effects = Effects()
        effects.merge(failures)
        if not items:
            return effects
        services = self._services
        keys = HandlingKeys(
            services.keys.signing,
            services.keys.index,
            services.published.current(KeyKind.DELIVERY),
            services.published.current(KeyKind.CONTACT),
        )
        known = self._looking.look_up(items)
        effects.refused.extend(known.incidents)
        urgency = self._urgency.read({item.line.id for item in items if item.line is not None})
        handler = Handler(keys, known.senders, known.memory, urgency, services.clock)
        aliases = known.senders.aliases
        web = WebHandler(services.keys.signing, known.mailboxes, aliases, known.memory, urgency)
        lanes = _Lanes()
        for item in items:
            try:
                if not lanes.may_follow(item.row.lane, apart=_is_apart(item, handler)):
                    continue
                if isinstance(item, WebIncoming):
                    effects.merge(web.handle(item))
                else:
                    effects.merge(handler.handle(item))
            except Exception as error:
                # Anything: a message that no code foresaw must not stop those behind it.
                logs.failure("handling_failed", error)
                raise HandlingFailedError(item) from None
            effects.done.append(item.row.id)
        effects.merge(known.memory.effects())
        return effects

    def _open_all(self, rows: list[EnvelopeRow]) -> tuple[list[Item], Effects]:
        items: list[Item] = []
        effects = Effects()
        stopped: set[int] = set()
        for row in rows:
            if row.lane in stopped:
                continue
            try:
                items.append(self._open(row))
            except NotAuthenticError:
                effects.merge(self._refuse(row, IncidentKind.FORGED_ENVELOPE))
            except CannotOpenError:
                effects.merge(self._refuse(row, IncidentKind.UNOPENABLE_ENVELOPE))
            except KeyMissingError:
                stopped.add(row.lane)
                effects.merge(self._without_key(row))
            except (NoSuchLineError, MalformedContentError) as error:
                stopped.add(row.lane)
                effects.merge(self._failure(row, None, error.code))
        return items, effects

    def _open(self, row: EnvelopeRow) -> Item:
        services = self._services
        message = open_envelope(row, services.keys.envelope_tags, services.ring)
        if isinstance(message, WebMessage):
            return web_incoming(row, message, services.lines)
        line = services.lines.by_address(message.recipient)
        return incoming(row, message, line, services.keys.index)

    def _refuse(self, row: EnvelopeRow, kind: IncidentKind) -> Effects:
        """Take out of the way what the gateway did not write, or what does not open."""
        return Effects(
            set_aside=[self._setting_aside.row(row, None, kind.value, row.sealed)],
            refused=[kind.value],
            done=[row.id],
        )

    def _without_key(self, row: EnvelopeRow) -> Effects:
        """Try again before giving up: another process may be writing the key just now."""
        if row.attempts in AGAIN:
            return Effects(failed=[row.id])
        return self._refuse(row, IncidentKind.UNOPENABLE_ENVELOPE)

    def _failure(self, row: EnvelopeRow, item: Item | None, reason: str) -> Effects:
        """Count a failed try; after a few, set the message aside, sealed to its line."""
        if row.attempts in AGAIN:
            return Effects(failed=[row.id])
        item = item or self._open_again(row)
        return Effects(
            set_aside=[self._setting_aside.row(row, item, reason, self._kept(row))],
            refused=[IncidentKind.MESSAGE_SET_ASIDE.value],
            done=[row.id],
        )

    def _open_again(self, row: EnvelopeRow) -> Item | None:
        try:
            return self._open(row)
        except (NoSuchLineError, MalformedContentError):
            return None

    def _kept(self, row: EnvelopeRow) -> bytes:
        """Return the whole message under the long-lived set-aside key: its daily key will go."""
        services = self._services
        content = open_content(row, services.keys.envelope_tags, services.ring)
        context = set_aside_context("", row.uid)
        return services.keys.set_aside.public.seal(content, context)


def _is_apart(item: Item, handler: Handler) -> bool:
    """Tell whether a message may destroy what another of its batch makes."""
    if isinstance(item, WebIncoming):
        return item.message.kind in APART
    return handler.keyword(item) is not Keyword.NONE
