"""From a called-in tip to a thread of its own, with a mailbox instead of a contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from tipline import logs
from tipline.alerts.escalations import start_escalation
from tipline.clock import Clock, hour_of
from tipline.crypto.errors import CannotOpenError, KeyMissingError, NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.sealing import sealed_key_id
from tipline.crypto.signing import SigningKey
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.envelopes.call_ins import (
    CalledInTip,
    CallInRow,
    check_call_in,
    notice_source,
    open_call_in,
    text_source,
)
from tipline.envelopes.messages import MalformedContentError
from tipline.envelopes.models import CallIn, SetAside
from tipline.identity.aliases import random_alias
from tipline.incidents.services import IncidentKind, report
from tipline.intake.urgency import UrgencyReader
from tipline.lines.directory import LineDirectory, NoSuchLineError
from tipline.mailboxes.making import mailbox_row
from tipline.mailboxes.models import Mailbox
from tipline.mailboxes.receipts import MailboxAddress
from tipline.published_keys.rotation import KeyRing
from tipline.threads.contents import (
    MessageContent,
    MessageKind,
    MessagePlace,
    Notice,
    seal_message,
)
from tipline.threads.keys import NewThread, new_thread
from tipline.threads.models import EraseKey, Message, Thread, ThreadState
from tipline.threads.set_aside import seal_set_aside, set_aside_context

AT_ONCE = 20
# Counts of failed tries after which there is another. SQLite may hold anything but a count there.
AGAIN = range(3)
MOST_COUNTED = 100
URGENT = 1
COLUMNS = (
    CallIn.id,
    CallIn.uid,
    CallIn.line_id,
    CallIn.sealed,
    CallIn.signature,
    CallIn.attempts,
)


@dataclass(frozen=True, slots=True, repr=False)
class CalledIn:
    """Makes threads of called-in tips, each in a transaction of its own."""

    stores: Stores
    signing: SigningKey
    set_aside: OpeningKey
    ring: KeyRing
    lines: LineDirectory
    clock: Clock
    urgency: UrgencyReader

    def drain(self) -> int:
        """Handle what waits, the oldest first. Return how many were handled."""
        with reading(self.stores.main) as connection:
            query = select(CallIn.id).order_by(CallIn.id).limit(AT_ONCE)
            waiting = list(connection.execute(query).scalars())
        return sum(self._handle(row_id) for row_id in waiting)

    def _handle(self, row_id: int) -> bool:
        """Handle one tip. Return whether it is done with; what fails is tried again."""
        try:
            with self.stores.main.begin() as connection:
                # Two workers may see the same row; the lock lets one of them have it.
                locked = select(*COLUMNS).where(CallIn.id == row_id)
                found = connection.execute(locked.with_for_update(skip_locked=True)).one_or_none()
                if found is None:
                    return False
                self._take(connection, CallInRow(*found))
                connection.execute(delete(CallIn).where(CallIn.id == row_id))
        except Exception as error:
            # Anything: a tip that no code foresaw must not stop those behind it.
            logs.failure("call_in_failed", error)
            self._count_failure(row_id)
            return False
        return True

    def _take(self, connection: Connection, row: CallInRow) -> None:
        """Make a thread of a tip, or set aside what is not a member's or does not open."""
        try:
            check_call_in(row, self.lines.sending_key(row.line_id, row.signer_id))
            tip = open_call_in(row, self.ring.opening_key(sealed_key_id(row.sealed)))
        except (NotAuthenticError, NoSuchLineError):
            self._put_aside(connection, row, IncidentKind.FORGED_CALL)
            return
        except KeyMissingError:
            if row.attempts in AGAIN:
                raise  # another process may be writing the key just now
            self._put_aside(connection, row, IncidentKind.UNOPENABLE_ENVELOPE)
            return
        except (CannotOpenError, MalformedContentError):
            self._put_aside(connection, row, IncidentKind.UNOPENABLE_ENVELOPE)
            return
        if self._is_known(connection, text_source(row.uid)):
            return
        # Two texts of one form came at the same moment: the second is kept for the line to read.
        is_taken = self._is_known(connection, notice_source(row.uid))
        if row.attempts in AGAIN and not is_taken:
            self._make_thread(connection, row, tip)
        else:
            self._give_up(connection, row, tip)

    def _make_thread(self, connection: Connection, row: CallInRow, tip: CalledInTip) -> None:
        certificate = self.lines.by_id(row.line_id).certificate
        thread = new_thread(
            row.line_id,
            _free_alias(connection),
            certificate.generation,
            certificate.sealing,
            self.signing,
        )
        # The perishable store first: what a crash leaves there opens nothing and is swept.
        self._keep_keys(thread, tip)
        urgency = self.urgency.read({row.line_id})
        is_urgent = urgency.is_urgent(row.line_id, tip.text, in_danger=tip.is_danger)
        connection.execute(insert(Thread), _thread_row(thread, tip, is_urgent))
        notice = MessageContent(
            "", tip.received_at, notice=Notice.CALLED_IN.value, author=tip.author
        )
        self._add(connection, thread, row, 1, MessageKind.NOTICE, notice)
        said = MessageContent(tip.text, tip.received_at)
        self._add(connection, thread, row, 2, MessageKind.RESIDENT, said)
        activity = select(func.max(Message.id)).scalar_subquery()
        connection.execute(update(Thread).where(Thread.id == thread.id).values(activity=activity))
        if is_urgent:
            start_escalation(connection, thread.id, thread.line_id, self.clock())

    def _keep_keys(self, thread: NewThread, tip: CalledInTip) -> None:
        address = MailboxAddress(tip.mailbox_tag, tip.mailbox_public)
        mailbox = mailbox_row(address, thread.line_id, thread.id, self.signing)
        with self.stores.perishable.begin() as connection:
            # A try that was broken off may have left one of these words.
            connection.execute(delete(Mailbox).where(Mailbox.tag == tip.mailbox_tag))
            connection.execute(insert(EraseKey), {"thread_id": thread.id, "key": thread.erase_key})
            connection.execute(insert(Mailbox), mailbox)

    def _add(
        self,
        connection: Connection,
        thread: NewThread,
        row: CallInRow,
        sequence: int,
        kind: MessageKind,
        content: MessageContent,
    ) -> None:
        place = MessagePlace(thread.line_id, thread.id, sequence, kind)
        message = seal_message(content, place, thread.public, self.signing)
        connection.execute(
            insert(Message),
            {
                "thread_id": thread.id,
                "sequence": sequence,
                "kind": kind.value,
                "sealed": message.sealed,
                "signature": message.signature,
                "source": notice_source(row.uid) if sequence == 1 else text_source(row.uid),
                "hour": hour_of(content.at),
            },
        )

    def _is_known(self, connection: Connection, source: bytes) -> bool:
        """Tell whether a form that was posted twice has its thread already."""
        query = select(Message.id).where(Message.source == source)
        return connection.execute(query).first() is not None

    def _put_aside(self, connection: Connection, row: CallInRow, kind: IncidentKind) -> None:
        connection.execute(insert(SetAside), self._aside(row, kind.value, row.sealed))
        report(connection, kind, self.clock())

    def _give_up(self, connection: Connection, row: CallInRow, tip: CalledInTip) -> None:
        """Set aside what could not be made a thread, readable for the line's members."""
        line = self.lines.by_id(row.line_id)
        content = MessageContent(tip.text, tip.received_at)
        for_line = seal_set_aside(content, line.id, row.uid, line.certificate.sealing, self.signing)
        kept = self.set_aside.public.seal(tip.to_bytes(), set_aside_context("", row.uid))
        aside = self._aside(row, "handling", kept) | {
            "line_id": line.id,
            "sealed_for_line": for_line.sealed,
            "signature": for_line.signature,
        }
        connection.execute(insert(SetAside), aside)
        report(connection, IncidentKind.MESSAGE_SET_ASIDE, self.clock())

    def _aside(self, row: CallInRow, reason: str, kept: bytes) -> dict[str, Any]:
        return {
            "uid": row.uid,
            "line_id": None,
            "reason": reason,
            "sealed_for_line": None,
            "signature": None,
            "kept_for_intake": kept,
            "created_hour": hour_of(self.clock()),
        }

    def _count_failure(self, row_id: int) -> None:
        statement = update(CallIn).where(CallIn.id == row_id, CallIn.attempts < MOST_COUNTED)
        with self.stores.main.begin() as connection:
            connection.execute(statement.values(attempts=CallIn.attempts + 1))


def _thread_row(thread: NewThread, tip: CalledInTip, is_urgent: bool) -> dict[str, Any]:
    return {
        "id": thread.id,
        "line_id": thread.line_id,
        "alias": thread.alias,
        "line_generation": thread.line_generation,
        "public": thread.public.raw,
        "wrapped_private": thread.wrapped_private,
        "signature": thread.signature,
        "state": ThreadState.OPEN.value,
        "messages": 2,
        "resident_sequence": 2,
        "is_opened": False,
        "is_waiting": True,
        "created_hour": hour_of(tip.received_at),
        "last_hour": hour_of(tip.received_at),
        "activity": 0,
        "urgency": URGENT if is_urgent else 0,
    }


def _free_alias(connection: Connection) -> str:
    while True:
        alias = random_alias()
        if connection.execute(select(Thread.id).where(Thread.alias == alias)).first() is None:
            return alias
