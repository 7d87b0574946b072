"""Writing a batch's effects: the perishable store first, then the main store."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Connection,
    Integer,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from tipline.alerts.escalations import end_of_cared_for, start_waiting
from tipline.clock import Clock
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing
from tipline.delivery.locking import lock_rows
from tipline.delivery.models import Outgoing, ProviderRecord
from tipline.delivery.outbox import OutgoingState
from tipline.envelopes.leases import check_lanes, lease_in, release_lanes
from tipline.envelopes.models import Envelope, SetAside
from tipline.identity.models import AddressTag, Contact, DetailTag, OpenEnd, Suppression
from tipline.incidents.services import IncidentKind, report
from tipline.intake.effects import Effects, Row
from tipline.mailboxes.models import Letter, Mailbox
from tipline.threads.contents import MessageKind
from tipline.threads.models import EraseKey, Message, Thread, ThreadState

# What a message says of whether its resident waits for an answer.
WAITING, CLOSED, UNCHANGED = 1, 0, -1

# Built once: every batch runs them, and building them costs more than that.
NEWEST_MESSAGE = select(func.max(Message.id))
ADVANCE_THREADS = (
    update(Thread)
    .where(Thread.id == bindparam("thread"))
    .values(
        messages=bindparam("total"),
        last_hour=bindparam("hour"),
        activity=bindparam("latest"),
        # Staff were done with it, and now there is more: it must not stay out of sight.
        is_closed=case((bindparam("waiting") == WAITING, False), else_=Thread.is_closed),
        is_waiting=case(
            (bindparam("waiting") == WAITING, True),
            (bindparam("waiting") == CLOSED, False),
            else_=Thread.is_waiting,
        ),
        urgency=case((bindparam("urgent", type_=Boolean), 1), else_=Thread.urgency),
        resident_sequence=func.coalesce(
            bindparam("spoken", type_=Integer), Thread.resident_sequence
        ),
    )
    .execution_options(synchronize_session=False)
)
LOCK_THREADS = (
    select(Thread.id)
    .where(Thread.id.in_(bindparam("ids", expanding=True)))
    .order_by(Thread.id)
    .with_for_update()
)
DROP_DETAILS = delete(DetailTag).where(
    DetailTag.thread_id == bindparam("thread"), DetailTag.tag == bindparam("gone")
)
DROP_ENDS = delete(OpenEnd).where(
    OpenEnd.thread_id == bindparam("thread"), OpenEnd.sequence == bindparam("ended")
)


class BatchWriter:
    """Commits a batch's effects and gives its lanes back."""

    def __init__(self, stores: Stores, holder: str, clock: Clock) -> None:
        """Take both stores and the name under which the lanes are leased."""
        self._stores = stores
        self._holder = holder
        self._clock = clock

    def write(self, effects: Effects, lanes: list[int], and_lease: int = 0) -> list[int]:
        """Commit everything, and return up to `and_lease` lanes that are leased for what is next.

        Leased in the same transaction: another one for every batch would be another flush to disk.

        If the second commit fails, what the first left opens nothing; the next try replaces it.

        Raises:
            LeaseLostError: a lane was taken over, so the main store was left as it was.
        """
        letters: list[str] = []
        if effects.touches_perishable:
            with reading(self._stores.main) as connection:
                check_lanes(connection, self._holder, lanes)
            with self._stores.perishable.begin() as connection:
                self._write_perishable(connection, effects)
                letters = self._write_mailboxes(connection, effects)
        with self._stores.main.begin() as connection:
            self._write_main(connection, effects)
            self._forget_letters(connection, letters)
            release_lanes(connection, self._holder, lanes)
            leased = lease_in(connection, self._holder, self._clock, and_lease) if and_lease else []
        if effects.forgotten_tags or effects.forgotten_mailboxes:
            # Only now: had the main store refused, the message would be handled again, and it would
            # not be known any more whose thread it closes. A crash just here leaves tags of a
            # thread that says it is closed; nothing follows them, and the next message drops them.
            with self._stores.perishable.begin() as connection:
                self._drop_tags(connection, effects.forgotten_tags)
                # A letter may have been put there after the first transaction emptied it.
                self._drop_mailboxes(connection, effects.forgotten_mailboxes)
        return leased

    def _write_perishable(self, connection: Connection, effects: Effects) -> None:
        if effects.dropped_tags:
            self._drop_tags(connection, effects.dropped_tags)
        if effects.erase_keys:
            connection.execute(insert(EraseKey), effects.erase_keys)
        if effects.contacts:
            insert_ignoring_existing(connection, Contact, effects.contacts)
        if effects.address_tags:
            connection.execute(insert(AddressTag), effects.address_tags)
        for row in effects.suppressions:
            connection.execute(delete(Suppression).where(Suppression.tag == row["tag"]))
            connection.execute(insert(Suppression), row)
        if effects.lifted_suppressions:
            lifted = Suppression.tag.in_(effects.lifted_suppressions)
            connection.execute(delete(Suppression).where(lifted))
        self._write_languages(connection, effects.languages)
        self._write_memory(connection, effects)
        for model in (Contact, DetailTag, OpenEnd) if effects.closed_threads else ():
            closed = model.thread_id.in_(effects.closed_threads)
            connection.execute(delete(model).where(closed))

    def _write_memory(self, connection: Connection, effects: Effects) -> None:
        """Replace what is remembered of details and open ends."""
        if effects.dropped_details:
            connection.execute(DROP_DETAILS, effects.dropped_details)
        if effects.detail_tags:
            insert_ignoring_existing(connection, DetailTag, effects.detail_tags)
        if effects.outdated_ends:
            connection.execute(DROP_ENDS, effects.outdated_ends)
        if effects.open_ends:
            connection.execute(insert(OpenEnd), effects.open_ends)

    def _write_mailboxes(self, connection: Connection, effects: Effects) -> list[str]:
        """Make mailboxes and empty others; return the uids of the letters that were deleted."""
        if effects.dropped_mailboxes:
            self._drop_mailboxes(connection, effects.dropped_mailboxes)
        if effects.mailboxes:
            connection.execute(insert(Mailbox), effects.mailboxes)
        return self._empty_mailboxes(connection, effects.emptied_mailboxes)

    def _empty_mailboxes(self, connection: Connection, tags: list[bytes]) -> list[str]:
        """Delete all letters of some mailboxes and return their uids."""
        gone = delete(Letter).where(Letter.mailbox_tag.in_(tags)).returning(Letter.uid)
        return list(connection.execute(gone).scalars()) if tags else []

    def _forget_letters(self, connection: Connection, uids: list[str]) -> None:
        """Keep delivery from putting back what was deleted: it died before it noted its work."""
        if uids:
            lock_rows(connection, Outgoing.uid.in_(uids))
            queued = Outgoing.state == OutgoingState.QUEUED.value
            waiting = update(Outgoing).where(Outgoing.uid.in_(uids), queued)
            put = OutgoingState.IN_MAILBOX.value
            connection.execute(waiting.values(state=put, sealed=None))

    def _drop_mailboxes(self, connection: Connection, tags: list[bytes]) -> None:
        connection.execute(delete(Letter).where(Letter.mailbox_tag.in_(tags)))
        connection.execute(delete(Mailbox).where(Mailbox.tag.in_(tags)))

    def _write_languages(self, connection: Connection, languages: list[Row]) -> None:
        for row in languages:
            thread = EraseKey.thread_id == row["thread_id"]
            connection.execute(update(EraseKey).where(thread).values(language=row["language"]))

    def _drop_tags(self, connection: Connection, tags: list[bytes]) -> None:
        connection.execute(delete(AddressTag).where(AddressTag.tag.in_(tags)))

    def _write_main(self, connection: Connection, effects: Effects) -> None:
        self._lock_threads(connection, {row["thread_id"] for row in effects.messages})
        if effects.threads:
            connection.execute(insert(Thread), effects.threads)
        if effects.messages:
            connection.execute(insert(Message), effects.messages)
            self._advance_and_start_clocks(connection, effects)
        if effects.outbox:
            connection.execute(insert(Outgoing), effects.outbox)
        if effects.records:
            connection.execute(insert(ProviderRecord), effects.records)
        if effects.closed_threads:
            self._close_threads(connection, effects.closed_threads)
            self._cancel_queued(connection, effects.closed_threads)
        self._write_failures(connection, effects)
        if effects.done:
            connection.execute(delete(Envelope).where(Envelope.id.in_(effects.done)))

    def _lock_threads(self, connection: Connection, threads: set[str]) -> None:
        """Lock what a member's reply locks first, too, so that neither waits for the other."""
        if connection.dialect.name != "sqlite":  # which has one writer at a time
            connection.execute(LOCK_THREADS, {"ids": list(threads)})

    def _close_threads(self, connection: Connection, threads: list[str]) -> None:
        closed = update(Thread).where(Thread.id.in_(threads))
        connection.execute(closed.values(state=ThreadState.OPTED_OUT.value))

    def _advance_and_start_clocks(self, connection: Connection, effects: Effects) -> None:
        """Advance threads, and start the clock of those in which something urgent waits now."""
        said = [row for row in effects.messages if row["kind"] == MessageKind.RESIDENT.value]
        spoken = {row["thread_id"] for row in said}
        if spoken:
            # What was taken care of before this message came must not keep it from escalating.
            end_of_cared_for(connection, spoken)
        self._advance_threads(connection, effects)
        if spoken:
            start_waiting(connection, spoken, self._clock())

    def _advance_threads(self, connection: Connection, effects: Effects) -> None:
        newest = {row["thread_id"]: row for row in effects.messages}
        spoken = {
            row["thread_id"]: row["sequence"]
            for row in effects.messages
            if row["kind"] == MessageKind.RESIDENT.value
        }
        activity = connection.execute(NEWEST_MESSAGE).scalar_one()
        rows = [
            {
                "thread": row["thread_id"],
                "total": row["sequence"],
                "hour": row["hour"],
                "latest": activity,
                "waiting": _waiting(row, effects),
                "urgent": row["thread_id"] in effects.urgent_threads,
                "spoken": spoken.get(row["thread_id"]),
            }
            for row in newest.values()
        ]
        connection.execute(ADVANCE_THREADS, rows)

    def _cancel_queued(self, connection: Connection, threads: list[str]) -> None:
        """Withdraw what is still waiting to be sent to somebody who opted out."""
        lock_rows(connection, Outgoing.thread_id.in_(threads))
        statement = (
            update(Outgoing)
            .where(Outgoing.thread_id.in_(threads), Outgoing.state == OutgoingState.QUEUED.value)
            .values(state=OutgoingState.CANCELLED.value, sealed=None)
        )
        connection.execute(statement)
        # Without its body, what is being sent just now cannot be tried again either.
        in_flight = Outgoing.state == OutgoingState.SENDING.value
        connection.execute(
            update(Outgoing).where(Outgoing.thread_id.in_(threads), in_flight).values(sealed=None)
        )

    def _write_failures(self, connection: Connection, effects: Effects) -> None:
        if effects.set_aside:
            connection.execute(insert(SetAside), effects.set_aside)
        if effects.failed:
            failed = Envelope.id.in_(effects.failed)
            connection.execute(
                update(Envelope).where(failed).values(attempts=Envelope.attempts + 1)
            )
        for kind in effects.refused:
            report(connection, IncidentKind(kind), self._clock())


def _waiting(newest: Row, effects: Effects) -> int:
    if newest["kind"] == MessageKind.RESIDENT.value:
        return WAITING
    # Somebody who opted out cannot be answered; opting in again says nothing.
    return CLOSED if newest["thread_id"] in effects.closed_threads else UNCHANGED
