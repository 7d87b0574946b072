"""Sessions: the server keeps a hash of the id and a key that it cannot open by itself.

The cookie carries id and session key; the member's private key is encrypted under the latter. CJIS
Security Policy 5.9.5: locked after 30 idle minutes, signed out after 12 hours. What is privileged
wants a proof of identity that is not older than five minutes.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, or_, select, update

from tipline.clock import Clock, stored
from tipline.console.models import Session
from tipline.crypto.aead import decrypt, encrypt
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.db.reading import reading

IDLE_LIMIT = timedelta(minutes=30)
ABSOLUTE_LIMIT = timedelta(hours=12)
# Written at most once a minute, so that reading pages does not write to the disk each time.
SEEN_PRECISION = timedelta(minutes=1)
PROOF_LIFETIME = timedelta(minutes=5)
ID_LENGTH = 16
KEY_LENGTH = 32
SEED_LENGTH = 32
TOKEN_LENGTH = 32


@dataclass(frozen=True, slots=True, repr=False)
class MemberSession:
    """A signed-in member, with the private key opened for this one request."""

    member_id: str
    key: OpeningKey
    csrf_token: str
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session as its member sees it: nothing says from where, because nothing is kept of that."""

    id: str
    started_at: datetime
    seen_at: datetime
    is_this: bool


class Sessions:
    """Starts, resumes and ends sessions."""

    def __init__(self, perishable: Engine, clock: Clock) -> None:
        """Take the perishable store."""
        self._engine = perishable
        self._clock = clock

    def start(self, member_id: str, key: OpeningKey) -> str:
        """Start a session and return its cookie's value."""
        now = stored(self._clock())
        with self._engine.begin() as connection:
            self._end_expired(connection)
            content = key.seed + os.urandom(TOKEN_LENGTH)
            return _insert(connection, member_id, content, started=now, now=now)

    def resume(self, cookie: str, *, prolongs: bool = True) -> MemberSession | None:
        """Return the session of a cookie, or None if there is none or it has ended.

        Unless it `prolongs`, a request leaves the idle minutes running: a page that asks for news
        by itself must not keep a session open for somebody who has gone.
        """
        parts = _parts(cookie)
        if parts is None:
            return None
        session_id, session_key = parts
        with reading(self._engine) as connection:
            row = _row(connection, session_id)
        now = stored(self._clock())
        if row is None or now - row.seen_at >= IDLE_LIMIT or now - row.started_at >= ABSOLUTE_LIMIT:
            return None
        content = _content(row, session_id, session_key)
        if content is None:
            return None
        if prolongs and now - row.seen_at >= SEEN_PRECISION:
            self._touch(session_id)
        key, token = OpeningKey(content[:SEED_LENGTH]), content[SEED_LENGTH:].hex()
        is_fresh = row.proved_at is not None and now - row.proved_at < PROOF_LIFETIME
        return MemberSession(row.member_id, key, token, is_fresh)

    def renew(self, cookie: str) -> str:
        """Put a new session in the place of one whose member has just proved who they are.

        The cookie changes (ASVS 5.0, 7.2.4). The forms' token stays, so that what is being
        written in another window is not lost, and so does the start: twelve hours are twelve hours.
        Nothing is returned when the session is gone: renewed by a second click, or ended.
        """
        session_id, session_key = _parts(cookie) or (b"", b"")
        now = stored(self._clock())
        with self._engine.begin() as connection:
            row = _row(connection, session_id)
            content = _content(row, session_id, session_key) if row else None
            if row is None or content is None:
                return ""
            connection.execute(delete(Session).where(Session.id_hash == _hash(session_id)))
            return _insert(connection, row.member_id, content, started=row.started_at, now=now)

    def carry_on(self, connection: Connection, cookie: str, key: OpeningKey) -> str:
        """End all sessions of a member who was given a new key, and go on in this one with it.

        As `renew`: cookie and session's key change, start and forms' token stay, and nothing is
        returned when this session is gone. In the caller's transaction of the perishable store.
        """
        session_id, session_key = _parts(cookie) or (b"", b"")
        row = _row(connection, session_id)
        content = _content(row, session_id, session_key) if row else None
        if row is None or content is None:
            return ""
        connection.execute(delete(Session).where(Session.member_id == row.member_id))
        content = key.seed + content[SEED_LENGTH:]
        now = stored(self._clock())
        return _insert(connection, row.member_id, content, started=row.started_at, now=now)

    def of(self, member_id: str, cookie: str) -> list[ListedSession]:
        """Return a member's sessions that have not ended, the one of this cookie among them."""
        session_id, _ = _parts(cookie) or (b"", b"")
        now = stored(self._clock())
        query = (
            select(Session.id_hash, Session.started_at, Session.seen_at)
            .where(
                Session.member_id == member_id,
                Session.seen_at > now - IDLE_LIMIT,
                Session.started_at > now - ABSOLUTE_LIMIT,
            )
            .order_by(Session.started_at)
        )
        with reading(self._engine) as connection:
            return [
                ListedSession(
                    row.id_hash.hex(),
                    row.started_at,
                    row.seen_at,
                    row.id_hash == _hash(session_id),
                )
                for row in connection.execute(query)
            ]

    def end_one(self, member_id: str, listed_id: str) -> None:
        """End one of a member's own sessions. One that is gone is no error."""
        with self._engine.begin() as connection:
            which = Session.id_hash == bytes.fromhex(listed_id)
            connection.execute(delete(Session).where(which, Session.member_id == member_id))

    def end_others(self, member_id: str, cookie: str) -> None:
        """End all sessions of a member but the one of this cookie."""
        session_id, _ = _parts(cookie) or (b"", b"")
        others = Session.id_hash != _hash(session_id)
        with self._engine.begin() as connection:
            connection.execute(delete(Session).where(others, Session.member_id == member_id))

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


def _insert(
    connection: Connection, member_id: str, content: bytes, *, started: datetime, now: datetime
) -> str:
    """Keep a session under a new id and a new key; return the cookie that carries both."""
    session_id, session_key = os.urandom(ID_LENGTH), os.urandom(KEY_LENGTH)
    row = {
        "id_hash": _hash(session_id),
        "member_id": member_id,
        "encrypted_key": encrypt(session_key, content, _context(session_id, member_id)),
        "started_at": started,
        "seen_at": now,
        "proved_at": now,
    }
    connection.execute(insert(Session), row)
    return base64.urlsafe_b64encode(session_id + session_key).decode()


def _row(connection: Connection, session_id: bytes) -> Row[*tuple[Any, ...]] | None:
    query = select(*Session.__table__.columns).where(Session.id_hash == _hash(session_id))
    return connection.execute(query).one_or_none()


def _content(row: Row[*tuple[Any, ...]], session_id: bytes, session_key: bytes) -> bytes | None:
    """Return the member's seed and the forms' token."""
    try:
        content = decrypt(session_key, row.encrypted_key, _context(session_id, row.member_id))
    except CannotOpenError:
        return None
    return content if len(content) == SEED_LENGTH + TOKEN_LENGTH else None


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
