"""Handling what came from the web pages: a tip, more of it, and what ends the way back.

As with text messages, nothing is written here: the effects of one message are returned whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import select

from tipline.clock import hour_of
from tipline.crypto.encoding import bind
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.envelopes.reading import EnvelopeRow
from tipline.envelopes.web import WebKind, WebMessage
from tipline.errors import TiplineError
from tipline.incidents.services import IncidentKind
from tipline.intake.effects import Effects
from tipline.intake.lookup import Knowledge, KnownThread, open_threads
from tipline.intake.memory import Memory
from tipline.intake.urgency import Urgency
from tipline.lines.directory import CertifiedLine, LineDirectory, NoSuchLineError
from tipline.mailboxes.checking import MAILBOX_COLUMNS, MailboxRow, check_mailbox
from tipline.mailboxes.making import mailbox_row
from tipline.mailboxes.models import Mailbox
from tipline.mailboxes.receipts import MailboxAddress
from tipline.threads.contents import (
    MessageContent,
    MessageKind,
    MessagePlace,
    Notice,
    seal_message,
)
from tipline.threads.keys import new_thread
from tipline.threads.models import ThreadState

# What ends something must not share a batch with what it ends.
APART = frozenset({WebKind.DELETE_REPLIES, WebKind.FORGET})


class MailboxTakenError(TiplineError):
    """A tip for one line names a mailbox of another's: no program of ours makes one."""

    code = "mailbox_taken"
    message = "A tip names the mailbox of another line."


@dataclass(slots=True, repr=False)
class WebIncoming:
    """An opened envelope from the web pages. `line`: None while, or if, its mailbox is unknown."""

    row: EnvelopeRow
    message: WebMessage
    line: CertifiedLine | None


@dataclass(slots=True, repr=False)
class Mailboxes:
    """Threads by mailbox tag, kept up to date while a batch is handled."""

    by_tag: dict[bytes, KnownThread] = field(default_factory=dict)
    swapped: int = 0


def web_incoming(row: EnvelopeRow, message: WebMessage, lines: LineDirectory) -> WebIncoming:
    """Return an opened envelope with its line, if it says which.

    Raises:
        NoSuchLineError: it names one that is none.
    """
    is_tip = message.kind is WebKind.TIP
    return WebIncoming(row, message, lines.by_id(message.line_id) if is_tip else None)


def look_up_mailboxes(
    stores: Stores,
    batch: Collection[WebIncoming],
    lines: LineDirectory,
    intake_pin: VerifyingKey,
    knowledge: Knowledge,
) -> Mailboxes:
    """Read which threads the batch's mailboxes lead to, and give each message its line.

    A row that we did not sign leads nowhere, nor does one whose thread was never committed or whose
    resident closed the way back.
    """
    mailboxes = Mailboxes()
    if not batch:
        return mailboxes
    query = select(*MAILBOX_COLUMNS).where(Mailbox.tag.in_([i.message.mailbox_tag for i in batch]))
    with reading(stores.perishable) as connection:
        found = [MailboxRow(*row) for row in connection.execute(query)]
    genuine = []
    for row in found:
        try:
            check_mailbox(row, intake_pin)
            genuine.append(row)
        except NotAuthenticError:
            mailboxes.swapped += 1
    with reading(stores.main) as connection:
        ids = {row.thread_id for row in genuine}
        threads = open_threads(connection, ids, intake_pin, knowledge)
    for row in genuine:
        if row.thread_id in threads:
            mailboxes.by_tag[row.tag] = threads[row.thread_id]
    for item in batch:
        thread = mailboxes.by_tag.get(item.message.mailbox_tag)
        if item.line is None and thread is not None:
            item.line = _line_of(thread, lines)
    return mailboxes


def _line_of(thread: KnownThread, lines: LineDirectory) -> CertifiedLine | None:
    try:
        return lines.by_id(thread.line_id)
    except NoSuchLineError:
        return None


@dataclass(frozen=True, slots=True, repr=False)
class WebHandler:
    """Handles the web messages of one batch, one after the other."""

    signer: SigningKey
    mailboxes: Mailboxes
    aliases: list[str]
    memory: Memory
    urgency: Urgency

    def handle(self, item: WebIncoming) -> Effects:
        """Return what a message changes.

        Raises:
            MailboxTakenError: see there.
        """
        if item.message.kind is WebKind.TIP:
            return self._tip(item)
        if item.message.kind is WebKind.FOLLOW_UP:
            return self._follow_up(item)
        if item.message.kind is WebKind.DELETE_REPLIES:
            return Effects(emptied_mailboxes=[item.message.mailbox_tag])
        return self._forget(item)

    def _tip(self, item: WebIncoming) -> Effects:
        message = item.message
        known = self.mailboxes.by_tag.get(message.mailbox_tag)
        if known is not None:
            if known.line_id != message.line_id:
                raise MailboxTakenError
            return self._follow_up(item)
        thread, effects = self._start_thread(item)
        notice = MessageContent(
            "", message.received_at, notice=Notice.WEB_TIP.value, language=message.language
        )
        effects.messages.append(self._message(item, thread, MessageKind.NOTICE, notice))
        self._say(item, thread, effects)
        return effects

    def _follow_up(self, item: WebIncoming) -> Effects:
        """Add to the mailbox's thread. Without one the way was closed: nobody may follow it."""
        thread = self.mailboxes.by_tag.get(item.message.mailbox_tag)
        if thread is None:
            return Effects(refused=[IncidentKind.UNKNOWN_MAILBOX.value])
        effects = Effects()
        self._say(item, thread, effects)
        return effects

    def _forget(self, item: WebIncoming) -> Effects:
        """Delete letters and mailbox, and leave in the thread what an opt-out leaves."""
        tag = item.message.mailbox_tag
        effects = Effects(emptied_mailboxes=[tag], forgotten_mailboxes=[tag])
        thread = self.mailboxes.by_tag.pop(tag, None)
        if thread is not None:
            notice = MessageContent("", item.message.received_at, notice=Notice.OPTED_OUT.value)
            effects.closed_threads.append(thread.id)
            effects.messages.append(self._message(item, thread, MessageKind.NOTICE, notice))
        return effects

    def _say(self, item: WebIncoming, thread: KnownThread, effects: Effects) -> None:
        message = item.message
        redacted = self.memory.redact(message.text, thread)
        content = MessageContent(redacted.text, message.received_at)
        effects.messages.append(self._message(item, thread, MessageKind.RESIDENT, content))
        # By the words as they came: a tip must not wait because one was taken for a name.
        if self.urgency.is_urgent(thread.line_id, message.text, in_danger=message.is_danger):
            effects.urgent_threads.append(thread.id)

    def _start_thread(self, item: WebIncoming) -> tuple[KnownThread, Effects]:
        message = item.message
        if item.line is None:
            raise NoSuchLineError
        certificate = item.line.certificate
        fresh = new_thread(
            item.line.id,
            self.aliases.pop(),
            certificate.generation,
            certificate.sealing,
            self.signer,
        )
        address = MailboxAddress(message.mailbox_tag, message.mailbox_public)
        thread = KnownThread(fresh.id, item.line.id, fresh.public, 0)
        self.mailboxes.by_tag[message.mailbox_tag] = thread
        hour = hour_of(message.received_at)
        return thread, Effects(
            erase_keys=[
                {"thread_id": fresh.id, "key": fresh.erase_key, "language": message.language}
            ],
            # A try that was broken off may have left one of these words.
            dropped_mailboxes=[message.mailbox_tag],
            mailboxes=[mailbox_row(address, item.line.id, fresh.id, self.signer)],
            threads=[
                {
                    "id": fresh.id,
                    "line_id": item.line.id,
                    "alias": fresh.alias,
                    "line_generation": fresh.line_generation,
                    "public": fresh.public.raw,
                    "wrapped_private": fresh.wrapped_private,
                    "signature": fresh.signature,
                    "state": ThreadState.OPEN.value,
                    "messages": 0,
                    "is_opened": False,
                    "is_waiting": True,
                    "created_hour": hour,
                    "last_hour": hour,
                    "activity": 0,
                }
            ],
        )

    def _message(
        self, item: WebIncoming, thread: KnownThread, kind: MessageKind, content: MessageContent
    ) -> dict[str, object]:
        sequence = thread.messages + 1
        place = MessagePlace(thread.line_id, thread.id, sequence, kind)
        message = seal_message(content, place, thread.public, self.signer)
        thread.messages = sequence
        return {
            "thread_id": thread.id,
            "sequence": sequence,
            "kind": kind.value,
            "sealed": message.sealed,
            "signature": message.signature,
            "source": _source(item.row.uid, kind),
            "hour": hour_of(content.at),
        }


def _source(uid: bytes, kind: MessageKind) -> bytes:
    """Return the source of a message: one envelope may leave a notice and a text."""
    return hashlib.sha256(bind("web message", uid, kind.value)).digest()
