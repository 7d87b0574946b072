"""The tables of members."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import Bytes, MainBase


class Member(MainBase):
    """A member of staff. The blob holds private key and TOTP secret under the password."""

    __tablename__ = "members"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    public: Mapped[bytes] = mapped_column(Bytes)
    blob: Mapped[bytes] = mapped_column(Bytes)
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    first_failure_at: Mapped[datetime | None]
    is_locked: Mapped[bool] = mapped_column(server_default="0")
    is_disabled: Mapped[bool] = mapped_column(server_default="0")
    last_totp_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
