"""Daily keys between machines: workers of one kind agree on one key a day.

What is sealed to a key that one machine made must open on the others too, or its sender's messages
wait for that machine. A key travels as its file stands in the key folder, wrapped under the
process's unlock key, and only through a perishable store that other machines can reach.
"""

from __future__ import annotations

import logging
from typing import Self

from sqlalchemy import ColumnElement, Engine, delete, select

from tipline import logs
from tipline.crypto.errors import UnlockError
from tipline.crypto.keyfolder import KeyFolder
from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing, insert_or_replace
from tipline.published_keys.models import SharedKey


def forget_all(engine: Engine) -> None:
    """Delete what nobody can unwrap once the unlock secret was changed; workers offer it anew."""
    with engine.begin() as connection:
        connection.execute(delete(SharedKey))


class KeyExchange:
    """The keys that the machines of one process have in common."""

    def __init__(self, engine: Engine, folder: KeyFolder) -> None:
        """Take the perishable store and this machine's folder."""
        self._engine = engine
        self._folder = folder

    @classmethod
    def over(cls, engine: Engine, folder: KeyFolder) -> Self | None:
        """Return the exchange; None on SQLite, whose file no other machine works on."""
        return None if engine.dialect.name == "sqlite" else cls(engine, folder)

    def agree(self, name: str, key: bytes) -> bytes:
        """Offer a key and return the one that all machines use: that which was offered first."""
        key_of_row = {"process": self._folder.process, "name": name}
        offer = {"wrapped": self._folder.wrap(name, key)}
        with self._engine.begin() as connection:
            insert_ignoring_existing(connection, SharedKey, [key_of_row | offer])
            query = select(SharedKey.wrapped).where(self._is_own(), SharedKey.name == name)
            agreed = self._unwrapped(name, connection.execute(query).scalar_one())
            if agreed is None:
                # Nobody can use what stands there; whoever comes next finds this one.
                insert_or_replace(connection, SharedKey, key_of_row, offer)
        return agreed or key

    def all(self, prefix: str) -> dict[str, bytes]:
        """Return the shared keys whose names start with a prefix, by name."""
        query = select(SharedKey.name, SharedKey.wrapped).where(
            self._is_own(), SharedKey.name.startswith(prefix, autoescape=True)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        unwrapped = {name: self._unwrapped(name, wrapped) for name, wrapped in rows}
        return {name: key for name, key in unwrapped.items() if key is not None}

    def forget(self, name: str) -> None:
        """Delete a key that was destroyed here. One that is already gone is no error."""
        with self._engine.begin() as connection:
            connection.execute(delete(SharedKey).where(self._is_own(), SharedKey.name == name))

    def _is_own(self) -> ColumnElement[bool]:
        return SharedKey.process == self._folder.process

    def _unwrapped(self, name: str, wrapped: bytes) -> bytes | None:
        try:
            return self._folder.unwrap(name, wrapped)
        except UnlockError:
            logs.event("shared_key_refused", logging.ERROR)
            return None
