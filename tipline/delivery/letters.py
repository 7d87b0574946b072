"""Putting replies into mailboxes, where residents without a number look for them.

A letter comes sealed and signed by a member: delivery moves it from the outbox, which commits with
the reply, to the perishable store, where deleting it is deleting it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, select, update

from tipline import logs
from tipline.clock import Clock, hour_of, stored
from tipline.crypto.errors import CannotOpenError, KeyMissingError, NotAuthenticError
from tipline.crypto.sealing import sealed_key_id
from tipline.crypto.verifying import HEADER_LENGTH, VerifyingKey
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import (
    OutgoingKind,
    OutgoingLetter,
    OutgoingPlace,
    OutgoingState,
    open_outgoing_letter,
)
from tipline.incidents.services import IncidentKind, report
from tipline.lines.directory import LineDirectory, NoSuchLineError
from tipline.mailboxes.models import Letter, Mailbox
from tipline.published_keys.rotation import KeyRing
from tipline.threads.models import Thread, ThreadState

LONGEST_PAUSE_SECONDS = 300
MOST_COUNTED = 100
COLUMNS = (
    Outgoing.uid,
    Outgoing.line_id,
    Outgoing.thread_id,
    Outgoing.sequence,
    Outgoing.sealed,
    Outgoing.signature,
)
# Built once: the worker asks many times a second, and building it costs more than running it.
WAITING = (
    select(Outgoing.uid)
    .where(
        Outgoing.kind == OutgoingKind.LETTER.value,
        Outgoing.state == OutgoingState.QUEUED.value,
        Outgoing.not_before <= bindparam("now"),
    )
    .order_by(Outgoing.id)
    .limit(bindparam("most", type_=Integer))
)


@dataclass(frozen=True, slots=True)
class Postman:
    """Puts queued letters into their mailboxes, each in a transaction of its own."""

    stores: Stores
    intake_pin: VerifyingKey
    daily: KeyRing
    lines: LineDirectory
    clock: Clock

    def put(self, most: int) -> int:
        """Put what waits, the oldest first. Return how many are done with."""
        values = {"now": stored(self.clock()), "most": most}
        with reading(self.stores.main) as connection:
            waiting = list(connection.execute(WAITING, values).scalars())
        return sum(self._put_one(uid) for uid in waiting)

    def _put_one(self, uid: str) -> bool:
        """Put one letter; what fails is tried again later."""
        queued = Outgoing.state == OutgoingState.QUEUED.value
        locked = select(*COLUMNS).where(Outgoing.uid == uid, queued)
        try:
            with self.stores.main.begin() as connection:
                # Two workers may see the same row; the lock lets one of them have it. Intake waits
                # for it, too, when the way back is closed at the same moment.
                found = connection.execute(locked.with_for_update(skip_locked=True)).one_or_none()
                if found is None:
                    return False
                state = self._state_after(connection, found)
                settled = {"state": state.value, "sealed": None, "not_before": self._now()}
                of_this = Outgoing.uid == uid
                connection.execute(update(Outgoing).where(of_this).values(**settled))
        except Exception as error:
            # Anything: a letter that no code foresaw must not stop those behind it.
            logs.failure("letter_failed", error)
            self._postpone(uid)
            return False
        return True

    def _state_after(self, connection: Connection, row: Any) -> OutgoingState:
        place = OutgoingPlace(
            row.uid, row.line_id, row.thread_id, row.sequence, OutgoingKind.LETTER
        )
        try:
            letter = self._open(place, row.sealed or b"", row.signature)
        except (NotAuthenticError, CannotOpenError, KeyMissingError, NoSuchLineError):
            report(connection, IncidentKind.FORGED_OUTBOX, self.clock())
            return OutgoingState.REFUSED
        query = select(Thread.state).where(Thread.id == place.thread_id)
        state = connection.execute(query).scalar_one_or_none()
        if state == ThreadState.OPEN.value and self._deliver(place, letter):
            return OutgoingState.IN_MAILBOX
        return OutgoingState.CANCELLED

    def _open(self, place: OutgoingPlace, sealed: bytes, signature: bytes) -> OutgoingLetter:
        author = self.lines.sending_key(place.line_id, signature[1:HEADER_LENGTH])
        key = self.daily.opening_key(sealed_key_id(sealed))
        return open_outgoing_letter(sealed, signature, place, key, author)

    def _deliver(self, place: OutgoingPlace, letter: OutgoingLetter) -> bool:
        """Insert a letter, once. Return False if its mailbox is gone.

        A crash before the main store's commit has it inserted again, under the same uid.
        """
        mailbox = select(Mailbox.tag).where(
            Mailbox.tag == letter.mailbox_tag, Mailbox.thread_id == place.thread_id
        )
        with self.stores.perishable.begin() as connection:
            # Held until the letter is in: whoever forgets the mailbox afterwards finds it.
            if connection.execute(mailbox.with_for_update(read=True)).first() is None:
                return False
            row = {
                "uid": place.uid,
                "mailbox_tag": letter.mailbox_tag,
                "thread_id": place.thread_id,
                "sequence": place.sequence,
                "sealed": letter.sealed,
                "signature": letter.signature,
            }
            insert_ignoring_existing(connection, Letter, [row])
        return True

    def _postpone(self, uid: str) -> None:
        of_this = Outgoing.uid == uid
        with self.stores.main.begin() as connection:
            query = select(Outgoing.attempts).where(of_this)
            attempts = min(connection.execute(query).scalar_one_or_none() or 0, MOST_COUNTED)
            pause = min(2 ** min(attempts, 10), LONGEST_PAUSE_SECONDS)
            later = stored(self.clock() + timedelta(seconds=pause))
            values = {"attempts": attempts + 1, "not_before": later}
            connection.execute(update(Outgoing).where(of_this).values(**values))

    def _now(self) -> Any:
        return hour_of(self.clock())
