"""Opening a mailbox with the words that its resident brought: for the gateway's pages.

Nothing is written: no store tells when somebody looked, or that anybody did.
"""

from __future__ import annotations

import hmac
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from tipline import logs
from tipline.clock import hour_of
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.mailboxes import MailboxKey, letter_context
from tipline.crypto.receipts import Receipt
from tipline.crypto.verifying import SIGNATURE_LENGTH, VERSION, VerifyingKey
from tipline.db.reading import reading
from tipline.lines.directory import CertifiedLine, LineDirectory, NoSuchLineError
from tipline.mailboxes.checking import MAILBOX_COLUMNS, MailboxRow, check_mailbox
from tipline.mailboxes.letters import PURPOSE, LetterContent
from tipline.mailboxes.models import Letter as LetterModel
from tipline.mailboxes.models import Mailbox, ReceiptSalt

# As many are opened, or tried, for every receipt: the time tells not whether there is a mailbox,
# nor, up to this many, how many letters are in it.
OPENINGS = 8
LETTER_LENGTH = 5300
NO_SALT = bytes(32)
NOWHERE = bytes(32)


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A reply as it is shown. `hour`: when it was written, UTC, rounded down to the hour."""

    text: str
    hour: datetime


@dataclass(frozen=True, slots=True, repr=False)
class OpenMailbox:
    """What seven words lead to. `tag` goes into a `WebMessage` that is to reach the same thread.

    `refused`: how many letters are not shown, because the line did not sign them or they do not
    open.
    """

    tag: bytes
    line_id: str
    line_name: str
    letters: tuple[Letter, ...]
    refused: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class LetterRow:
    """A letter as it stands in the store."""

    sequence: int
    sealed: bytes
    signature: bytes


class MailboxReader:
    """Opens mailboxes. Holds no private key: it is made of the words, and forgotten."""

    def __init__(self, perishable: Engine, lines: LineDirectory, intake_pin: VerifyingKey) -> None:
        """Take the perishable store, the certified lines, and the pin of who makes mailboxes."""
        self._perishable = perishable
        self._lines = lines
        self._pin = intake_pin

    def open(self, receipt: Receipt) -> OpenMailbox | None:
        """Return the mailbox of some words, its letters oldest first; None if they lead nowhere.

        Words that lead nowhere cost the same queries and at least as much opening.

        Raises:
            SQLAlchemyError: the store cannot be read just now.
        """
        self._lines.refresh()
        with reading(self._perishable) as connection:
            keys = _keys(connection, receipt)
            row = _mailbox(connection, [key.tag for key in keys])
            tag = row.tag if row is not None else NOWHERE
            letters = _letters(connection, tag)
        key = next((key for key in keys if hmac.compare_digest(key.tag, tag)), keys[0])
        line = self._line(row, key)
        opened: dict[int, Letter | None] = {}
        for letter in letters:
            # One that somebody stored a second time is shown once.
            opened[letter.sequence] = opened.get(letter.sequence) or self._opened(key, row, letter)
        for _ in range(OPENINGS - len(letters)):
            self._open_nothing(key)
        if row is None:
            self._check_nothing()
        if row is None or line is None:
            return None
        shown = tuple(letter for letter in opened.values() if letter is not None)
        return OpenMailbox(row.tag, row.line_id, line.name, shown, len(opened) - len(shown))

    def _line(self, row: MailboxRow | None, key: MailboxKey) -> CertifiedLine | None:
        """Return the line of a mailbox, if intake made it, and for these words' key."""
        if row is None:
            return None
        try:
            check_mailbox(row, self._pin)
            if not hmac.compare_digest(row.public, key.public.raw):
                raise NotAuthenticError
            return self._lines.by_id(row.line_id)
        except (NotAuthenticError, NoSuchLineError):
            logs.event("mailbox_refused", logging.ERROR)
            return None

    def _opened(self, key: MailboxKey, row: MailboxRow | None, letter: LetterRow) -> Letter | None:
        """Return a letter, or None for one that the line did not sign, or that does not open."""
        if row is None:
            return None
        place = (row.line_id, row.thread_id, letter.sequence)
        info = letter_context(*place).info()
        try:
            self._lines.check(row.line_id, letter.signature, PURPOSE, info, letter.sealed)
            content = LetterContent.from_bytes(key.open_letter(letter.sealed, *place))
        except (NotAuthenticError, CannotOpenError):
            logs.event("letter_refused", logging.ERROR)
            return None
        return Letter(content.text, hour_of(content.at))

    def _open_nothing(self, key: MailboxKey) -> None:
        """Do the work of checking and opening a letter."""
        self._check_nothing()
        key.open_nothing()

    def _check_nothing(self) -> None:
        """Do the work of checking a signature, with one that holds for nobody."""
        with suppress(NotAuthenticError):
            none = VERSION + self._pin.key_id + bytes(SIGNATURE_LENGTH)
            self._pin.verify(none, PURPOSE, bytes(LETTER_LENGTH))


def _keys(connection: Connection, receipt: Receipt) -> list[MailboxKey]:
    """Return the keys of a receipt with every salt there is, the newest first."""
    query = select(ReceiptSalt.salt).order_by(ReceiptSalt.generation.desc())
    salts = list(connection.execute(query).scalars())
    return [MailboxKey(receipt, salt) for salt in salts or [NO_SALT]]


def _mailbox(connection: Connection, tags: list[bytes]) -> MailboxRow | None:
    query = select(*MAILBOX_COLUMNS).where(Mailbox.tag.in_(tags)).limit(1)
    found = connection.execute(query).first()
    return MailboxRow(*found) if found is not None else None


def _letters(connection: Connection, tag: bytes) -> list[LetterRow]:
    query = (
        select(LetterModel.sequence, LetterModel.sealed, LetterModel.signature)
        .where(LetterModel.mailbox_tag == tag)
        .order_by(LetterModel.sequence, LetterModel.id)
    )
    return [LetterRow(*row) for row in connection.execute(query)]
