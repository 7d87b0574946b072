"""The tables of the audit log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, SmallInteger, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import AUTOINCREMENT, Bytes, Identifier, MainBase, RowId, Tag


class PendingEntry(MainBase):
    """An entry that was written with what it tells of, and has no number yet.

    Whoever acts may add rows here and nothing else; the sequencer takes them away.
    """

    __tablename__ = "audit_pending"
    __table_args__ = AUTOINCREMENT

    id: Mapped[RowId]
    salt: Mapped[Tag]
    body: Mapped[bytes] = mapped_column(Bytes)


class Log(MainBase):
    """A log. After a restore from a backup another one goes on; the newest is the one in use.

    A first one has number 1. Its numbers may have gaps: a backup may be older than a log.

    `size`: how many entries have a number. `origin`: its name (C2SP tlog-checkpoint). `vkey`: the
    key that checkpoints are checked with, to be shown; whoever checks brings their own copy.
    """

    __tablename__ = "audit_logs"

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    origin: Mapped[str] = mapped_column(String(200), unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    vkey: Mapped[str] = mapped_column(String(300))


class LogEntry(MainBase):
    """An entry with its number, from 0. Its content may be destroyed; its leaf stays.

    `commitment` is what the log holds of it, and public: 32 bytes, or of a log's first entry that
    says which log it continues the entry itself, with no salt. All but that, salt and body are
    copies of what the body says, to look entries up by.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_actor", "log", "actor", "sequence"),
        Index("ix_audit_entries_thread", "log", "thread_id", "sequence"),
        Index("ix_audit_entries_act", "log", "act", "sequence"),
        Index("ix_audit_entries_at", "log", "at"),
    )

    log: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    salt: Mapped[bytes | None] = mapped_column(Bytes(32))
    body: Mapped[bytes | None] = mapped_column(Bytes)
    commitment: Mapped[Tag]
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(10))
    actor: Mapped[str] = mapped_column(String(32))
    line_id: Mapped[str] = mapped_column(String(32))
    thread_id: Mapped[str] = mapped_column(String(32))


class LogTile(MainBase):
    """Hashes of a log, 256 of 32 bytes at most (C2SP tlog-tiles). Level 0 holds leaf hashes."""

    __tablename__ = "audit_tiles"

    log: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(Bytes)


class LogWitness(MainBase):
    """Somebody outside who says what they have seen of a log (C2SP tlog-cosignature).

    `called`: who they are, for people. `name`, `public`: their key's. The rest is of the newest
    checkpoint that they signed: `log` and `size` say which, `seen_at` when (UTC), `signature` holds
    their signature line's bytes behind the key id. Empty until there is one.
    """

    __tablename__ = "audit_witnesses"

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    called: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200), unique=True)
    public: Mapped[Tag] = mapped_column(unique=True)
    added_at: Mapped[datetime]
    log: Mapped[int | None] = mapped_column(SmallInteger)
    size: Mapped[int | None] = mapped_column(BigInteger)
    seen_at: Mapped[datetime | None]
    signature: Mapped[bytes | None] = mapped_column(Bytes(72))


class LogCheckpoint(MainBase):
    """A checkpoint that was signed (C2SP tlog-checkpoint), as the note that was given out."""

    __tablename__ = "audit_checkpoints"

    log: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    is_daily: Mapped[bool] = mapped_column(server_default=false())
    note: Mapped[str] = mapped_column(Text)
