"""Sessions: the server keeps a hash of the id and a key that it cannot open by itself.

The cookie carries id and session key; the member's private key is encrypted under the latter. CJIS
Security Policy 5.9.5: locked after 30 idle minutes, signed out after 12 hours.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, insert, or_, select, update

from tipline.clock import Clock, stored
from tipline.console.models import Session
from tipline.crypto.aead import decrypt, encrypt
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.tags import keyed_tag
from tipline.db.reading import reading

IDLE_LIMIT = timedelta(minutes=30)
ABSOLUTE_LIMIT = timedelta(hours=12)
# Written at most once a minute, so that reading pages does not write to the disk each time.
SEEN_PRECISION = timedelta(minutes=1)
ID_LENGTH = 16
KEY_LENGTH = 32


@dataclass(frozen=True, slots=True, repr=False)
class MemberSession:
    """A signed-in member, with the private key opened for this one request."""

    member_id: str
    key: OpeningKey
    csrf_token: str


class Sessions:
    """Starts, resumes and ends sessions."""

    def __init__(self, perishable: Engine, clock: Clock) -> None:
        """Take the perishable store."""
        self._engine = perishable
        self._clock = clock

    def start(self, member_id: str, key: OpeningKey) -> str:
        """Start a session and return its cookie's value."""
        session_id, session_key = os.urandom(ID_LENGTH), os.urandom(KEY_LENGTH)
        now = stored(self._clock())
        row = {
            "id_hash": _hash(session_id),
            "member_id": member_id,
            "encrypted_key": encrypt(session_key, key.seed, _context(session_id, member_id)),
            "started_at": now,
            "seen_at": now,
        }
        with self._engine.begin() as connection:
            self._end_expired(connection)
            connection.execute(insert(Session), row)
        return base64.urlsafe_b64encode(session_id + session_key).decode()

    def resume(self, cookie: str, *, prolongs: bool = True) -> MemberSession | None:
        """Return the session of a cookie, or None if there is none or it has ended.

        A request that nobody made by hand does not prolong it.
        """
        parts = _parts(cookie)
        if parts is None:
            return None
        session_id, session_key = parts
        query = select(
            Session.member_id, Session.encrypted_key, Session.started_at, Session.seen_at
        ).where(Session.id_hash == _hash(session_id))
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        now = stored(self._clock())
        if row is None or now - row.seen_at >= IDLE_LIMIT or now - row.started_at >= ABSOLUTE_LIMIT:
            return None
        try:
            seed = decrypt(session_key, row.encrypted_key, _context(session_id, row.member_id))
        except CannotOpenError:
            return None
        if prolongs and now - row.seen_at >= SEEN_PRECISION:
            self._touch(session_id)
        token = keyed_tag(session_key, "csrf", session_id).hex()
        return MemberSession(row.member_id, OpeningKey(seed), token)

    def end(self, cookie: str) -> None:
        """End a session. One that is gone is no error."""
        parts = _parts(cookie)
        if parts is not None:
            with self._engine.begin() as connection:
                connection.execute(delete(Session).where(Session.id_hash == _hash(parts[0])))

    def end_all(self, member_id: str) -> None:
        """End all sessions of a member."""
        with self._engine.begin() as connection:
            connection.execute(delete(Session).where(Session.member_id == member_id))

    def _touch(self, session_id: bytes) -> None:
        statement = update(Session).where(Session.id_hash == _hash(session_id))
        with self._engine.begin() as connection:
            connection.execute(statement.values(seen_at=stored(self._clock())))

    def _end_expired(self, connection: Connection) -> None:
        now = stored(self._clock())
        expired = or_(
            Session.seen_at <= now - IDLE_LIMIT, Session.started_at <= now - ABSOLUTE_LIMIT
        )
        connection.execute(delete(Session).where(expired))


def _hash(session_id: bytes) -> bytes:
    return hashlib.sha256(b"tipline session" + session_id).digest()


def _parts(cookie: str) -> tuple[bytes, bytes] | None:
    try:
        raw = base64.urlsafe_b64decode(cookie)
    except ValueError:
        return None
    if len(raw) != ID_LENGTH + KEY_LENGTH:
        return None
    return raw[:ID_LENGTH], raw[ID_LENGTH:]


def _context(session_id: bytes, member_id: str) -> Context:
    return Context("session key", thread=member_id, sequence=session_id.hex())
