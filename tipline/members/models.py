"""The tables of members and of invitations."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, SmallInteger, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import Bytes, KeyId, MainBase, PerishableBase, Tag


class Member(MainBase):
    """A member of staff. The blob holds private key and TOTP secret under the password.

    `made_by` is the admin whose invitation let the member in who made the present key; one whom the
    member made in the place of another keeps it. `enabled_on` is the day
    from which an account that nobody signs in to counts as idle.
    """

    __tablename__ = "members"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(80), server_default="")
    public: Mapped[bytes] = mapped_column(Bytes)
    blob: Mapped[bytes] = mapped_column(Bytes)
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    first_failure_at: Mapped[datetime | None]
    is_locked: Mapped[bool] = mapped_column(server_default=false())
    is_disabled: Mapped[bool] = mapped_column(server_default=false())
    last_totp_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    last_passkey_ms: Mapped[int] = mapped_column(BigInteger, server_default="0")
    made_by: Mapped[str | None] = mapped_column(String(32))
    enabled_on: Mapped[date | None]
    last_signed_in: Mapped[date | None]
    banner_accepted_on: Mapped[date | None]


class Invitation(PerishableBase):
    """A way to a new account or a new key, for whoever has the code. Only its hash is kept.

    It is in the perishable store: no backup should hold one. With `member_id` it is for an account
    that is there, and only as long as that has the key that `replaces` names. `agreed_by` is the
    second admin: without one, no admin's link leads into an account that is an admin's by then.
    """

    __tablename__ = "invitations"

    code_hash: Mapped[Tag] = mapped_column(primary_key=True)
    member_id: Mapped[str | None] = mapped_column(String(32))
    replaces: Mapped[KeyId | None]
    email: Mapped[str] = mapped_column(String(254), index=True)
    name: Mapped[str] = mapped_column(String(80))
    roles: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str | None] = mapped_column(String(32))
    agreed_by: Mapped[str | None] = mapped_column(String(32))
    expires_at: Mapped[datetime]
