"""Where a receipt leads: a mailbox, found by a tag of its words."""

from __future__ import annotations

from sqlalchemy import Engine, select

from tipline.crypto.aead import random_key
from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing
from tipline.identity.models import ReceiptSalt

FIRST_GENERATION = 1


def newest_salt(perishable: Engine) -> bytes:
    """Return the salt of new receipts, and make the first one."""
    query = select(ReceiptSalt.salt).order_by(ReceiptSalt.generation.desc()).limit(1)
    with reading(perishable) as connection:
        found = connection.execute(query).scalar_one_or_none()
    if found is not None:
        return found
    row = {"generation": FIRST_GENERATION, "salt": random_key()}
    with perishable.begin() as connection:
        # Two that make it at once agree on one.
        insert_ignoring_existing(connection, ReceiptSalt, [row])
        return connection.execute(query).scalar_one()
