"""The table of sessions. It is in the perishable store: no session belongs in a backup."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import Bytes, PerishableBase, Tag


class Session(PerishableBase):
    """A signed-in member, whose key is encrypted under a key that only the cookie carries.

    `proved_at` is when the member last showed password and code in this session.
    """

    __tablename__ = "sessions"

    id_hash: Mapped[Tag] = mapped_column(primary_key=True)
    member_id: Mapped[str] = mapped_column(String(32), index=True)
    encrypted_key: Mapped[bytes] = mapped_column(Bytes)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]
