"""Making mailboxes (intake) and letters (a line's members): what is signed, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tipline.crypto.mailboxes import letter_context
from tipline.crypto.padding import MESSAGE_BUCKET
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.mailboxes import checking, letters
from tipline.mailboxes.letters import LetterContent
from tipline.mailboxes.receipts import MailboxAddress


@dataclass(frozen=True, slots=True)
class LetterPlace:
    """Where a letter belongs: the place of the reply that it is."""

    line_id: str
    thread_id: str
    sequence: int


@dataclass(frozen=True, slots=True, repr=False)
class SealedLetter:
    """A letter's sealed content and the line's signature over it."""

    sealed: bytes
    signature: bytes


def mailbox_row(
    address: MailboxAddress, line_id: str, thread_id: str, intake: SigningKey
) -> dict[str, Any]:
    """Return the columns of a new mailbox, signed by the intake worker."""
    fields = (line_id, thread_id, address.tag, address.public)
    return {
        "tag": address.tag,
        "line_id": line_id,
        "thread_id": thread_id,
        "public": address.public,
        "signature": intake.sign(checking.PURPOSE, *fields),
    }


def seal_letter(
    content: LetterContent, place: LetterPlace, mailbox: SealingKey, line: SigningKey
) -> SealedLetter:
    """Return a letter that only the receipt's words open, signed with the line's key."""
    context = letter_context(place.line_id, place.thread_id, place.sequence)
    sealed = mailbox.seal(content.to_bytes(), context, MESSAGE_BUCKET)
    return SealedLetter(sealed, line.sign(letters.PURPOSE, context.info(), sealed))
