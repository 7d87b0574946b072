"""The tables of search. All are perishable.

In a backup that is kept, the index would still tell a line's members which words stood in a thread
that was destroyed. It can be made again from the threads, so it needs no backup.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Index, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import AUTOINCREMENT, Bytes, PerishableBase, RowId, Tag


class SearchLine(PerishableBase):
    """How far a line's messages were looked through. Its row is also the lock of the line's index.

    `seen`: what was stored up to this message id was indexed or noted in `search_state`.
    """

    __tablename__ = "search_lines"

    line_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    seen: Mapped[int] = mapped_column(BigInteger)


class SearchSegment(PerishableBase):
    """A segment of a line's index, sealed under the search key of a generation."""

    __tablename__ = "search_segments"
    __table_args__ = (AUTOINCREMENT,)

    number: Mapped[RowId]
    id: Mapped[str] = mapped_column(String(32), unique=True)
    line_id: Mapped[str] = mapped_column(String(32), index=True)
    generation: Mapped[int] = mapped_column(SmallInteger)
    threads: Mapped[int] = mapped_column(Integer)


class SearchPage(PerishableBase):
    """A page of a segment, encrypted."""

    __tablename__ = "search_pages"

    segment_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    page: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(Bytes)


class SearchPlace(PerishableBase):
    """In which segments words of a thread stand: they go when the thread is destroyed."""

    __tablename__ = "search_places"

    thread_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    segment_id: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)


class SearchState(PerishableBase):
    """Up to which message a thread is indexed; 0 for one that is to be indexed again."""

    __tablename__ = "search_state"
    __table_args__ = (Index("ix_search_state_line_id_indexed", "line_id", "indexed"),)

    thread_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    line_id: Mapped[str] = mapped_column(String(32))
    indexed: Mapped[int] = mapped_column(Integer)


class SearchQuery(PerishableBase):
    """A search that a member made, encrypted under the member's key, so that no URL holds words."""

    __tablename__ = "search_queries"

    token_hash: Mapped[Tag] = mapped_column(primary_key=True)
    member_id: Mapped[str] = mapped_column(String(32), index=True)
    sealed: Mapped[bytes] = mapped_column(Bytes)
    day: Mapped[date] = mapped_column(index=True)
