"""Replying: from a member's text to a row in the thread and a row in the outbox."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Connection, insert, literal, select, union_all, update
from sqlalchemy.exc import IntegrityError

from tipline.clock import Clock
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.verifying import VerifyingKey
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import (
    OutgoingContent,
    OutgoingKind,
    OutgoingLetter,
    OutgoingState,
    new_place,
    outbox_row,
)
from tipline.errors import TiplineError
from tipline.identity.contacts import EncryptedContact, check_contact, open_thread_half
from tipline.identity.models import Contact
from tipline.language.marking import marked
from tipline.lines.bundles import LineBundle
from tipline.mailboxes.checking import MAILBOX_COLUMNS, MailboxRow, check_mailbox
from tipline.mailboxes.letters import LetterContent
from tipline.mailboxes.making import LetterPlace, seal_letter
from tipline.mailboxes.models import Mailbox
from tipline.published_keys.directory import KeyKind, PublishedKeys
from tipline.text.segments import MAX_BODY_CHARACTERS
from tipline.threads.appending import StaffMessage, append_signed
from tipline.threads.contents import MessageContent, MessageKind
from tipline.threads.models import Message
from tipline.threads.reading import OpenThread


class ReplyRefusedError(TiplineError):
    """A reply cannot be taken; nothing was kept or sent."""

    code = "reply_refused"


class EmptyReplyError(ReplyRefusedError):
    """There is nothing to send."""

    code = "reply_empty"
    message = marked("Write something first.")


class LongReplyError(ReplyRefusedError):
    """A text is longer than the provider takes."""

    code = "reply_too_long"
    message = marked("A reply can have at most %(most)d characters. Send it in two parts.")
    figures: ClassVar = {"most": MAX_BODY_CHARACTERS}


class NoContactError(ReplyRefusedError):
    """There is no way back to the resident."""

    code = "no_contact"
    message = marked(
        "There is no way back to this person: they opted out, or their number is no longer kept."
    )


class AlreadySentError(ReplyRefusedError):
    """The same form was sent twice; the first one counts."""

    code = "already_sent"
    message = marked("This reply was already sent. It was not sent a second time.")


class OvertakenError(ReplyRefusedError):
    """The conversation went on after the member had last seen it."""

    code = "overtaken"
    message = marked(
        "Nothing was sent yet: the conversation has gone on since you loaded it. "
        "Read what is new, then send it anyway or change it."
    )


# What a member must have seen before their own reply follows it.
CONVERSATION = (MessageKind.RESIDENT, MessageKind.REPLY, MessageKind.NOTICE)


class WayBack(StrEnum):
    """How a reply gets to whoever wrote; the first that there is."""

    LETTER = "letter"
    TEXT = "text"


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """A member's reply. `token` is the form's one-time token, `author` the member's id.

    `seen` is the sequence up to which the author has seen the thread; None does not ask.
    """

    text: str
    author: str
    token: str
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Replier:
    """Takes replies of members who hold a line's keys."""

    stores: Stores
    published: PublishedKeys
    intake_pin: VerifyingKey
    clock: Clock

    def way_back(self, thread_id: str) -> WayBack | None:
        """Return how a reply gets to the resident: a mailbox goes before a contact; or None."""
        contact = select(literal(WayBack.TEXT.value)).where(Contact.thread_id == thread_id)
        mailbox = select(literal(WayBack.LETTER.value)).where(Mailbox.thread_id == thread_id)
        with reading(self.stores.perishable) as connection:
            found = set(connection.execute(union_all(contact, mailbox)).scalars())
        return next((way for way in WayBack if way.value in found), None)

    def reply(self, thread: OpenThread, bundle: LineBundle, reply: Reply) -> None:
        """Seal a reply to the thread and to delivery, sign it, and commit both at once.

        Raises:
            ReplyRefusedError: see its subclasses; nothing was kept.
            NotAuthenticError, NoPublishedKeyError: a contact or key is not to be trusted.
        """
        text = reply.text.replace("\r\n", "\n").strip()
        if not text:
            raise EmptyReplyError
        if len(text) > MAX_BODY_CHARACTERS:
            raise LongReplyError
        post = self._way_back(thread, bundle, text)
        content = MessageContent(text, self.clock(), author=reply.author)
        source = _source(thread, reply.token)
        try:
            with self.stores.main.begin() as connection:
                message = StaffMessage(MessageKind.REPLY, content, source)
                sequence = append_signed(connection, thread, bundle, message)
                # Only now: from here on the thread is locked, and nobody else adds to it.
                _check_seen(connection, thread, reply.seen, sequence)
                connection.execute(insert(Outgoing), post(sequence))
        except IntegrityError:
            raise AlreadySentError from None

    def was_sent(self, thread: OpenThread, token: str) -> bool:
        """Tell whether a form with this one-time token has made a reply already."""
        query = select(Message.id).where(Message.source == _source(thread, token))
        with reading(self.stores.main) as connection:
            return connection.execute(query).first() is not None

    def _thread_half(self, thread: OpenThread) -> bytes:
        summary = thread.summary
        query = select(
            Contact.encrypted,
            Contact.half_for_thread,
            Contact.half_for_delivery,
            Contact.signature,
        ).where(Contact.thread_id == summary.id)
        with reading(self.stores.perishable) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NoContactError
        contact = EncryptedContact(row.encrypted, row.half_for_thread, row.half_for_delivery)
        check_contact(contact, row.signature, summary.line_id, summary.id, self.intake_pin)
        return open_thread_half(contact.half_for_thread, summary.line_id, summary.id, thread.key)

    def _way_back(
        self, thread: OpenThread, bundle: LineBundle, text: str
    ) -> Callable[[int], dict[str, Any]]:
        """Return what makes the outbox row of a reply, once its sequence is known.

        Raises:
            NoContactError: there is neither a mailbox nor a contact.
            NotAuthenticError: there is one that the intake worker did not make.
        """
        mailbox = self._mailbox(thread)
        if mailbox is not None:
            return lambda sequence: self._letter(thread, bundle, mailbox, text, sequence)
        content = OutgoingContent(text, "", self._thread_half(thread))
        return lambda sequence: self._row(thread, bundle, content, sequence, OutgoingKind.REPLY)

    def _mailbox(self, thread: OpenThread) -> MailboxRow | None:
        """Return the mailbox of a thread, if intake made it: nobody puts a key in its place."""
        query = select(*MAILBOX_COLUMNS).where(Mailbox.thread_id == thread.summary.id)
        with reading(self.stores.perishable) as connection:
            found = connection.execute(query).one_or_none()
        if found is None:
            return None
        mailbox = MailboxRow(*found)
        check_mailbox(mailbox, self.intake_pin)
        if mailbox.line_id != thread.summary.line_id:
            raise NotAuthenticError
        return mailbox

    def _letter(
        self,
        thread: OpenThread,
        bundle: LineBundle,
        mailbox: MailboxRow,
        text: str,
        sequence: int,
    ) -> dict[str, Any]:
        """Return a row whose letter delivery can put into the mailbox, and not open."""
        letter = seal_letter(
            LetterContent(text, self.clock()),
            LetterPlace(mailbox.line_id, mailbox.thread_id, sequence),
            check_mailbox(mailbox, self.intake_pin),
            bundle.signing,
        )
        content = OutgoingLetter(mailbox.tag, letter.sealed, letter.signature)
        return self._row(thread, bundle, content, sequence, OutgoingKind.LETTER)

    def _row(
        self,
        thread: OpenThread,
        bundle: LineBundle,
        content: OutgoingContent | OutgoingLetter,
        sequence: int,
        kind: OutgoingKind,
    ) -> dict[str, Any]:
        place = new_place(thread.summary.line_id, thread.summary.id, sequence, kind)
        delivery = self.published.current(KeyKind.DELIVERY)
        return outbox_row(content, place, delivery, bundle.signing, self.clock())

    def send_again(self, thread: OpenThread, bundle: LineBundle, sequence: int, text: str) -> None:
        """Send a reply once more whose fate is uncertain: a person decided so.

        Raises:
            AlreadySentError: its fate is no longer uncertain.
            NoContactError, NotAuthenticError, NoPublishedKeyError: as `reply` does.
        """
        content = OutgoingContent(text, "", self._thread_half(thread))
        settle = (
            update(Outgoing)
            .where(
                Outgoing.thread_id == thread.summary.id,
                Outgoing.sequence == sequence,
                Outgoing.state == OutgoingState.UNCERTAIN.value,
            )
            .values(state=OutgoingState.CANCELLED.value)
        )
        with self.stores.main.begin() as connection:
            if connection.execute(settle).rowcount != 1:
                raise AlreadySentError
            row = self._row(thread, bundle, content, sequence, OutgoingKind.REPLY)
            connection.execute(insert(Outgoing), row)


def _source(thread: OpenThread, token: str) -> bytes:
    """A form that is posted twice has the same token, and so the same source."""
    return hashlib.sha256(f"reply {thread.summary.id} {token}".encode()).digest()


def _check_seen(
    connection: Connection, thread: OpenThread, seen: int | None, sequence: int
) -> None:
    if seen is None:
        return
    query = select(Message.id).where(
        Message.thread_id == thread.summary.id,
        Message.sequence > seen,
        Message.sequence < sequence,
        Message.kind.in_([kind.value for kind in CONVERSATION]),
    )
    if connection.execute(query.limit(1)).first() is not None:
        raise OvertakenError
