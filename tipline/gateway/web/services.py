"""What the public pages' views work with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Engine

from tipline.clock import Clock
from tipline.crypto.receipts import Receipt
from tipline.envelopes.web import WebMessage
from tipline.envelopes.writing import EnvelopeWriter
from tipline.gateway.web.seals import Seals, Use
from tipline.gateway.web.turnstile import Turnstile
from tipline.lines.directory import LineDirectory
from tipline.mailboxes.reading import MailboxReader, OpenMailbox
from tipline.mailboxes.receipts import MailboxAddress, address_of

EXTENSION = "public pages"


@dataclass(frozen=True, slots=True)
class PublicPages:
    """Everything behind the public pages. `onion_url`: the same pages over Tor, or nothing."""

    perishable: Engine
    writer: EnvelopeWriter
    mailboxes: MailboxReader
    lines: LineDirectory
    seals: Seals
    turnstile: Turnstile
    clock: Clock
    onion_url: str
    is_secure: bool

    def seal(self, use: Use, content: bytes, line_id: str = "") -> str:
        """Return a sealed field, as of now."""
        return self.seals.seal(use, content, self.clock(), line_id)

    def unseal(self, use: Use, value: str, lifetime: timedelta, line_id: str = "") -> bytes:
        """Return what a field holds.

        Raises:
            StaleFieldError: it is too old, was changed, or belongs elsewhere.
        """
        return self.seals.open(use, value, lifetime, self.clock(), line_id)

    def address_of(self, receipt: Receipt) -> MailboxAddress:
        """Return where replies for a new receipt are to wait."""
        return address_of(self.perishable, receipt)

    def open_mailbox(self, receipt: Receipt) -> tuple[bytes, OpenMailbox | None]:
        """Return the tag for messages to a receipt's mailbox, and the mailbox if there is one.

        Without one the tag leads nowhere. The work is the same, so that its time tells nothing.
        """
        address = self.address_of(receipt)
        mailbox = self.mailboxes.open(receipt)
        return (mailbox.tag if mailbox else address.tag), mailbox

    def keep(self, message: WebMessage, token: bytes) -> None:
        """Keep what a form posted, once.

        Raises:
            OtherWordsError, NoPublishedKeyError, SQLAlchemyError: it was not kept.
        """
        self.writer.keep_web(message, token)

    def now(self) -> datetime:
        """Return the time, UTC."""
        return self.clock()


def pages() -> PublicPages:
    """Return what this application's pages work with."""
    found: PublicPages = current_app.extensions[EXTENSION]
    return found
