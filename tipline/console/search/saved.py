"""Searches kept for a while, so that no word stands in an address, in a log or in a history.

What was typed is encrypted under a key that is derived from the member's own, and its address is
random. A page of results can be opened again, and gone back to, while the search is kept.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, insert, select

from tipline.clock import Clock, day_of
from tipline.crypto.aead import decrypt, encrypt
from tipline.crypto.derivation import hkdf
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.padding import BUCKETS, pad, unpad
from tipline.db.reading import reading
from tipline.search.models import SearchQuery

TOKEN_BYTES = 16
DAYS_KEPT = 1


class SavedSearches:
    """Keeps searches until the end of the next day (UTC), for the member who made them."""

    def __init__(self, perishable: Engine, clock: Clock) -> None:
        """Take the perishable store."""
        self._engine = perishable
        self._clock = clock

    def keep(self, member_id: str, key: OpeningKey, fields: dict[str, str]) -> str:
        """Keep what was typed. Return the token under which it is found."""
        token = secrets.token_hex(TOKEN_BYTES)
        content = pad(json.dumps(fields).encode(), BUCKETS[1])
        row = {
            "token_hash": _hash(token),
            "member_id": member_id,
            "sealed": encrypt(_key(key, member_id), content, _context(member_id, token)),
            "day": day_of(self._clock()),
        }
        oldest = day_of(self._clock()) - timedelta(days=DAYS_KEPT)
        with self._engine.begin() as connection:
            connection.execute(delete(SearchQuery).where(SearchQuery.day < oldest))
            connection.execute(insert(SearchQuery), row)
        return token

    def load(self, member_id: str, key: OpeningKey, token: str) -> dict[str, str] | None:
        """Return what was typed, or None if it is not kept, or not for this member."""
        oldest = day_of(self._clock()) - timedelta(days=DAYS_KEPT)
        query = select(SearchQuery.sealed).where(
            SearchQuery.token_hash == _hash(token),
            SearchQuery.member_id == member_id,
            SearchQuery.day >= oldest,
        )
        with reading(self._engine) as connection:
            sealed = connection.execute(query).scalar_one_or_none()
        if sealed is None:
            return None
        try:
            content = decrypt(_key(key, member_id), sealed, _context(member_id, token))
        except CannotOpenError:
            return None
        fields: dict[str, str] = json.loads(unpad(content))
        return fields


def forget_searches(connection: Connection, member_id: str) -> None:
    """Delete what a member searched for: it was kept under a key that is not theirs any more."""
    connection.execute(delete(SearchQuery).where(SearchQuery.member_id == member_id))


def _hash(token: str) -> bytes:
    return hashlib.sha256(b"tipline search" + token.encode()).digest()


def _key(key: OpeningKey, member_id: str) -> bytes:
    return hkdf(key.seed, "saved search", member_id)


def _context(member_id: str, token: str) -> Context:
    return Context("saved search", thread=member_id, sequence=token)
