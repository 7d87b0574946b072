"""Opening a mailbox with the words that its resident brought: for the gateway's pages.

Nothing is written: no store tells when somebody looked, or that anybody did.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from tipline.crypto.receipts import Receipt
from tipline.crypto.verifying import VerifyingKey
from tipline.lines.directory import LineDirectory

# As many are opened, or tried, for every receipt: the time tells not whether there is a mailbox,
# nor, up to this many, how many letters are in it.
OPENINGS = 8
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
        raise NotImplementedError
