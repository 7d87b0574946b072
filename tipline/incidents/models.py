"""The table of incidents."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import MainBase


class Incident(MainBase):
    """How often something was refused on a day."""

    __tablename__ = "incidents"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]
