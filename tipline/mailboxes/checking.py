"""Whose a mailbox's row is: intake signs it, and nobody else's leads anywhere."""

from __future__ import annotations

from dataclasses import dataclass

from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.sealing import SealingKey
from tipline.crypto.verifying import VerifyingKey
from tipline.mailboxes.models import Mailbox

PURPOSE = "mailbox"
MAILBOX_COLUMNS = (
    Mailbox.tag,
    Mailbox.line_id,
    Mailbox.thread_id,
    Mailbox.public,
    Mailbox.signature,
)


@dataclass(frozen=True, slots=True, repr=False)
class MailboxRow:
    """A mailbox as it stands in the store."""

    tag: bytes
    line_id: str
    thread_id: str
    public: bytes
    signature: bytes


def check_mailbox(row: MailboxRow, intake_pin: VerifyingKey) -> SealingKey:
    """Return the key to which letters are sealed, if intake made this mailbox for this thread.

    Raises:
        NotAuthenticError: it did not: letters sealed to this key would be somebody else's.
    """
    intake_pin.verify(row.signature, PURPOSE, row.line_id, row.thread_id, row.tag, row.public)
    try:
        return SealingKey(row.public)
    except CannotOpenError:
        raise NotAuthenticError from None
