"""Where a receipt leads: a mailbox, found by a tag of its words."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, select

from tipline.crypto.aead import random_key
from tipline.crypto.mailboxes import MailboxKey
from tipline.crypto.receipts import Receipt
from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing
from tipline.mailboxes.models import ReceiptSalt

FIRST_GENERATION = 1
# Built once: building a statement costs more than running it.
NEWEST_SALT = select(ReceiptSalt.salt).order_by(ReceiptSalt.generation.desc()).limit(1)


@dataclass(frozen=True, slots=True, repr=False)
class MailboxAddress:
    """What a tip says of its mailbox: tag (32 bytes) and public key (1,216 bytes)."""

    tag: bytes
    public: bytes


def address_of(perishable: Engine, receipt: Receipt) -> MailboxAddress:
    """Return tag and public key of a new receipt's mailbox, with the newest salt."""
    key = MailboxKey(receipt, newest_salt(perishable))
    return MailboxAddress(key.tag, key.public.raw)


def newest_salt(perishable: Engine) -> bytes:
    """Return the salt of new receipts, and make the first one."""
    with reading(perishable) as connection:
        found = connection.execute(NEWEST_SALT).scalar_one_or_none()
    if found is not None:
        return found
    row = {"generation": FIRST_GENERATION, "salt": random_key()}
    with perishable.begin() as connection:
        # Two that make it at once agree on one.
        insert_ignoring_existing(connection, ReceiptSalt, [row])
        return connection.execute(NEWEST_SALT).scalar_one()
