"""Wrapping delivery's half of each contact under its newest contact key, a few at every sweep.

The rows themselves say what is left, so it goes on after a crash, and two workers may do it at
once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Row, bindparam, select, update

from tipline.crypto.errors import CannotOpenError, KeyMissingError, NotAuthenticError
from tipline.crypto.sealing import sealed_key_id
from tipline.crypto.verifying import VerifyingKey
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.identity.contacts import (
    EncryptedContact,
    check_contact,
    rewrap_for_delivery,
)
from tipline.identity.models import Contact
from tipline.published_keys.rotation import KeyRing
from tipline.threads.models import Thread

AT_ONCE = 200
SECONDS = 2.0
COLUMNS = (
    Contact.thread_id,
    Contact.encrypted,
    Contact.half_for_thread,
    Contact.half_for_delivery,
    Contact.signature,
)
ContactRow = Row[str, bytes, bytes, bytes, bytes]


class ContactRewrapper:
    """Walks over all contacts while there is more than one contact key, then destroys the old."""

    def __init__(self, stores: Stores, contacts: KeyRing, intake_pin: VerifyingKey) -> None:
        """Take the contact keys, and who signs contacts."""
        self._stores = stores
        self._contacts = contacts
        self._intake_pin = intake_pin
        self._cursor = ""
        self._in_use: set[bytes] = set()
        self._may_destroy = False

    def work(self, seconds: float = SECONDS) -> None:
        """Go on with the walk for a while. At its end, destroy keys that nothing needs any more."""
        if self._contacts.is_single:
            self._cursor = ""
            return
        if not self._cursor:
            self._in_use = set()
            # A walk that begins while others might still seal to an old key proves nothing.
            self._may_destroy = self._contacts.is_settled
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self._page():
                self._cursor = ""
                if self._may_destroy:
                    self._contacts.destroy_drained(self._in_use)
                return

    def _page(self) -> bool:
        query = select(*COLUMNS).where(Contact.thread_id > self._cursor)
        with reading(self._stores.perishable) as connection:
            rows = connection.execute(query.order_by(Contact.thread_id).limit(AT_ONCE)).all()
        if not rows:
            return False
        self._cursor = rows[-1].thread_id
        newest = self._contacts.newest.public.key_id
        self._rewrap([row for row in rows if _key_id(row) != newest])
        return True

    def _rewrap(self, rows: Sequence[ContactRow]) -> None:
        if not rows:
            return
        lines = self._lines([row.thread_id for row in rows])
        changed = []
        for row in rows:
            # Also of one that is wrapped anew just now: another worker may be reading it.
            self._in_use.add(_key_id(row))
            line_id = lines.get(row.thread_id)
            if line_id is None:
                continue  # its thread is being committed just now, or is an orphan: swept soon
            try:
                changed.append(self._changed(row, line_id))
            except (NotAuthenticError, CannotOpenError, KeyMissingError):
                # Nothing is ever sent to it, so it keeps no key alive.
                self._in_use.discard(_key_id(row))
        if changed:
            statement = (
                update(Contact)
                .where(
                    Contact.thread_id == bindparam("thread"),
                    Contact.half_for_delivery == bindparam("before"),
                )
                .values(half_for_delivery=bindparam("half"))
            )
            with self._stores.perishable.begin() as connection:
                connection.execute(statement.execution_options(synchronize_session=False), changed)

    def _changed(self, row: ContactRow, line_id: str) -> dict[str, object]:
        contact = EncryptedContact(row.encrypted, row.half_for_thread, row.half_for_delivery)
        check_contact(contact, row.signature, line_id, row.thread_id, self._intake_pin)
        old = self._contacts.opening_key(_key_id(row))
        newest = self._contacts.newest.public
        half = rewrap_for_delivery(contact, line_id, row.thread_id, old, newest)
        return {"thread": row.thread_id, "before": row.half_for_delivery, "half": half}

    def _lines(self, threads: list[str]) -> dict[str, str]:
        query = select(Thread.id, Thread.line_id).where(Thread.id.in_(threads))
        with reading(self._stores.main) as connection:
            return {row.id: row.line_id for row in connection.execute(query)}


def _key_id(row: ContactRow) -> bytes:
    """Return the id of the key to which delivery's half is sealed; empty if it says none."""
    try:
        return sealed_key_id(row.half_for_delivery)
    except CannotOpenError:
        return b""
