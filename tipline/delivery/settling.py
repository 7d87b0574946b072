"""Writing down what became of sent messages: outcomes of sending, and the provider's reports."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, delete, insert, select, update

from tipline import logs
from tipline.clock import Clock, hour_of, stored
from tipline.counting import Counted, count
from tipline.crypto.errors import CannotOpenError, KeyMissingError, NotAuthenticError
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.delivery.claims import ref_tag
from tipline.delivery.details import DeliveryDetail
from tipline.delivery.keys import DeliveryKeys
from tipline.delivery.locking import lock_rows
from tipline.delivery.models import Outgoing, ProviderRecord
from tipline.delivery.outbox import OutgoingState
from tipline.delivery.records import ProviderHolding, RecordState, record_row
from tipline.delivery.sending import Outcome, Result
from tipline.delivery.states import BY_PROVIDER_STATUS, advance, is_final
from tipline.envelopes.messages import MalformedContentError, StatusNotice
from tipline.envelopes.models import StatusReport
from tipline.envelopes.reading import StatusRow, open_status, status_reports
from tipline.incidents.services import IncidentKind, report
from tipline.published_keys.directory import KeyKind, PublishedKeys
from tipline.published_keys.rotation import KeyRing
from tipline.threads.keys import check_thread_key
from tipline.threads.models import Thread

LONGEST_PAUSE_SECONDS = 300
# Without a callback, the provider is asked to erase after a day all the same.
ERASE_WITHOUT_CALLBACK = timedelta(days=1)
COUNTED = {
    Result.TAKEN: Counted.TEXT_TAKEN,
    Result.RETRY: Counted.TEXT_POSTPONED,
    Result.UNCERTAIN: Counted.TEXT_UNCERTAIN,
    Result.FAILED: Counted.TEXT_FAILED,
}
SETTLED = {
    Result.UNCERTAIN: OutgoingState.UNCERTAIN,
    Result.FAILED: OutgoingState.FAILED,
    Result.NOT_AUTHENTIC: OutgoingState.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Settler:
    """Moves outbox rows on. Every change is one transaction with what it follows from."""

    stores: Stores
    keys: DeliveryKeys
    daily: KeyRing
    published: PublishedKeys
    clock: Clock

    def record_outcomes(self, outcomes: list[Outcome]) -> None:
        """Write what came of sending: wipe bodies, note what the provider now holds."""
        now = self.clock()
        with self.stores.main.begin() as connection:
            lock_rows(connection, Outgoing.uid.in_([outcome.row.place.uid for outcome in outcomes]))
            for outcome in outcomes:
                self._record_outcome(connection, outcome, now)
        for outcome in outcomes:
            if outcome.result in COUNTED:
                count(COUNTED[outcome.result], str(outcome.code))

    def take_reports(self, most: int) -> int:
        """Take in the provider's reports, oldest first. Return how many there were."""
        with reading(self.stores.main) as connection:
            rows = status_reports(connection, most)
        if not rows:
            return 0
        with self.stores.main.begin() as connection:
            notices = [notice for row in rows if (notice := self._opened(connection, row))]
            lock_rows(connection, Outgoing.ref_tag.in_([self._tag(notice) for notice in notices]))
            for notice in notices:
                self._take_report(connection, notice)
            done = StatusReport.id.in_([row.id for row in rows])
            connection.execute(delete(StatusReport).where(done))
        return len(rows)

    def _record_outcome(self, connection: Connection, outcome: Outcome, now: datetime) -> None:
        if outcome.is_locked_out:
            report(connection, IncidentKind.PROVIDER_LOCKED_OUT, now)
        values = self._values(connection, outcome, now)
        statement = update(Outgoing).where(Outgoing.uid == outcome.row.place.uid)
        # This sending and no later one: an outcome may be noted twice (see `Delivery`).
        tag = ref_tag(self.keys.ref, outcome.row.ref)
        in_flight = and_(Outgoing.state == OutgoingState.SENDING.value, Outgoing.ref_tag == tag)
        moved = connection.execute(statement.where(in_flight).values(**values)).rowcount
        if not moved and outcome.result is not Result.RETRY:
            # A callback was quicker, or a sweep gave this row up; the body goes in any case.
            connection.execute(statement.values(sealed=None))
            if outcome.result is Result.TAKEN:
                self._settle_given_up(connection, outcome)
        if outcome.result is Result.TAKEN:
            self._note_holding(connection, outcome, now)

    def _settle_given_up(self, connection: Connection, outcome: Outcome) -> None:
        connection.execute(
            update(Outgoing)
            .where(
                Outgoing.uid == outcome.row.place.uid,
                Outgoing.state == OutgoingState.UNCERTAIN.value,
            )
            .values(state=OutgoingState.SENT.value)
        )

    def _values(self, connection: Connection, outcome: Outcome, now: datetime) -> dict[str, Any]:
        if outcome.result is Result.TAKEN:
            return {"state": OutgoingState.SENT.value, "sealed": None} | self._rounded(now)
        if outcome.result is Result.RETRY:
            pause = min(2 ** min(outcome.row.attempts, 10), LONGEST_PAUSE_SECONDS)
            # The body is gone when the resident opted out meanwhile.
            withdrawn = Outgoing.sealed.is_(None)
            queued, cancelled = OutgoingState.QUEUED.value, OutgoingState.CANCELLED.value
            return {
                "state": case((withdrawn, cancelled), else_=queued),
                "not_before": stored(now + timedelta(seconds=pause)),
            }
        if outcome.result is Result.NOT_AUTHENTIC:
            report(connection, IncidentKind.FORGED_OUTBOX, now)
        values: dict[str, Any] = {"state": SETTLED[outcome.result].value, "sealed": None}
        values |= self._rounded(now)
        if outcome.code:
            place = outcome.row.place
            detail = DeliveryDetail(outcome.code, now)
            values |= self._detail(connection, detail, place.thread_id, place.uid)
        return values

    def _rounded(self, now: datetime) -> dict[str, Any]:
        """Return the times of a row that is done: exact ones would name the resident's text."""
        return {"not_before": hour_of(now), "claimed_until": None}

    def _note_holding(self, connection: Connection, outcome: Outcome, now: datetime) -> None:
        """Remember the provider's id, sealed, until the message has been erased there."""
        place = outcome.row.place
        state = connection.execute(
            select(Outgoing.state).where(Outgoing.uid == place.uid)
        ).scalar_one_or_none()
        final = state is None or is_final(_state(state))
        self._insert_record(connection, outcome.provider_id, place.thread_id, place.uid, final)

    def _insert_record(
        self, connection: Connection, provider_id: str, thread_id: str, uid: str, final: bool
    ) -> None:
        now = self.clock()
        row = record_row(
            ProviderHolding(provider_id),
            thread_id,
            RecordState.ERASE if final else RecordState.PENDING,
            self.published.current(KeyKind.DELIVERY),
            now if final else now + ERASE_WITHOUT_CALLBACK,
            uid,
        )
        connection.execute(insert(ProviderRecord), row)

    def _opened(self, connection: Connection, row: StatusRow) -> StatusNotice | None:
        try:
            return open_status(row, self.keys.status_tags, self.daily)
        except (NotAuthenticError, CannotOpenError, KeyMissingError, MalformedContentError):
            report(connection, IncidentKind.FORGED_STATUS, self.clock())
            return None

    def _tag(self, notice: StatusNotice) -> bytes:
        return ref_tag(self.keys.ref, notice.ref)

    def _take_report(self, connection: Connection, notice: StatusNotice) -> None:
        reported = BY_PROVIDER_STATUS.get(notice.status)
        if reported is None:
            logs.event("status_unknown", logging.WARNING)
            return
        self._apply(connection, notice, reported)

    def _apply(self, connection: Connection, notice: StatusNotice, reported: OutgoingState) -> None:
        query = select(Outgoing.uid, Outgoing.state, Outgoing.thread_id).where(
            Outgoing.ref_tag == self._tag(notice)
        )
        row = connection.execute(query).one_or_none()
        if row is None:
            logs.event("status_without_row", logging.WARNING)
            return
        self._note_reported(connection, notice, row.uid, row.thread_id, is_final(reported))
        present = _state(row.state)
        state = advance(present, reported)
        if state is present:
            return
        values: dict[str, Any] = {"state": state.value, "sealed": None}
        if state in (OutgoingState.UNDELIVERED, OutgoingState.FAILED):
            count(Counted.TEXT_FAILED, notice.error_code)
        if is_final(state) and notice.error_code.isdigit():
            detail = DeliveryDetail(int(notice.error_code), notice.received_at)
            values |= self._detail(connection, detail, row.thread_id, row.uid)
        connection.execute(update(Outgoing).where(Outgoing.uid == row.uid).values(**values))

    def _note_reported(
        self, connection: Connection, notice: StatusNotice, uid: str, thread_id: str, final: bool
    ) -> None:
        """Have a message erased that the provider reports about, once it says nothing more.

        Also one of which we know only from the report: its sender died before the answer came.
        """
        now = self.clock()
        of_this = ProviderRecord.outbox_uid == uid
        known = connection.execute(select(ProviderRecord.id).where(of_this)).first()
        if known is None:
            self._insert_record(connection, notice.provider_id, thread_id, uid, final)
        elif final:
            erasable = {"state": RecordState.ERASE.value, "not_before": hour_of(now)}
            connection.execute(update(ProviderRecord).where(of_this).values(**erasable))

    def _detail(
        self, connection: Connection, detail: DeliveryDetail, thread_id: str, uid: str
    ) -> dict[str, Any]:
        query = select(Thread.line_id, Thread.alias, Thread.public, Thread.signature).where(
            Thread.id == thread_id
        )
        thread = connection.execute(query).one_or_none()
        if thread is None:
            return {}
        try:
            public = check_thread_key(
                self.keys.intake_pin,
                thread.line_id,
                thread_id,
                thread.alias,
                thread.public,
                thread.signature,
            )
        except (NotAuthenticError, CannotOpenError):
            report(connection, IncidentKind.SWAPPED_KEY, self.clock())
            return {}
        sealed, signature = detail.seal(thread.line_id, thread_id, uid, public, self.keys.signing)
        return {"detail": sealed, "detail_signature": signature}


def _state(word: str) -> OutgoingState:
    """Return a row's state; a word that is none of ours is taken for refused, which stays so."""
    try:
        return OutgoingState(word)
    except ValueError:
        return OutgoingState.REFUSED
