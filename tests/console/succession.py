"""What tests of a member's new key share: renewing it, and what a key opens of the databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.console.house import OTHER_PHONE, PASSWORD, Browser, House, thread_path
from tests.console.test_restricted import restrict
from tipline.crypto.aead import decrypt
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.members import MemberSecret
from tipline.crypto.opening import OpeningKey
from tipline.crypto.totp import STEP_SECONDS
from tipline.db.base import MainBase, PerishableBase
from tipline.db.reading import reading
from tipline.members.models import Member
from tipline.threads.models import EraseKey, ThreadGrant

KEY = "/account/key"


def member_id(house: House, name: str) -> str:
    return house.people[name].signed_in.member_id


def renew(browser: Browser, **fields: str) -> TestResponse:
    """Make a new key on the account's page."""
    return browser.submit(KEY, browser.get(KEY), **{"password": PASSWORD, **fields})


def again(house: House, name: str) -> Browser:
    """Sign in once more, with a code that was not used."""
    house.clock.move(seconds=STEP_SECONDS)
    return house.signed_in(name)


def row_of(house: House, name: str) -> Any:
    """A member's row as it is stored."""
    [row] = [row for row in house.rows(Member) if row.id == member_id(house, name)]
    return row


def secret_of(house: House, name: str) -> MemberSecret:
    """What the password opens now."""
    row = row_of(house, name)
    return MemberSecret.open(row.id, row.blob, PASSWORD, house.console_keys.pepper)


def restricted_to(house: House, by: str, *others: str) -> str:
    """A thread that some members alone may read; return its page."""
    path = thread_path(house.text("About a colleague", sender=OTHER_PHONE))
    restrict(house, by, path, *others)
    return path


def sealed_to(house: House, key: OpeningKey) -> set[str]:
    """Return the tables of both stores in which a value is sealed to a key, or the key stands."""
    return {
        table.name
        for metadata, engine in (
            (MainBase.metadata, house.stores.main),
            (PerishableBase.metadata, house.stores.perishable),
        )
        for table in metadata.sorted_tables
        for row in _rows(engine, table)
        for value in (*row, *_unwrapped(house, table.name, row))
        if isinstance(value, bytes) and _names(value, key)
    }


def _rows(engine: Any, table: Any) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(table)))


def _names(value: bytes, key: OpeningKey) -> bool:
    return key.public.key_id in value or key.public.raw in value or key.seed in value


def _unwrapped(house: House, table: str, row: Any) -> list[bytes]:
    """A thread's grant lies under its erase key, which whoever has both databases has as well."""
    if table != ThreadGrant.__tablename__:
        return []
    erase_keys = {one.thread_id: one.key for one in house.rows(EraseKey)}
    for bundle in house.bundles.values():
        context = Context("thread grant", bundle.line_id, row.thread_id, row.holder)
        try:
            return [decrypt(erase_keys[row.thread_id], row.sealed, context)]
        except CannotOpenError:
            continue
    raise AssertionError("the erase key does not open the grant")
