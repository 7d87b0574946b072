"""Engines of the two stores, set up so that what is committed stays and what is deleted goes."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import ExceptionContext, make_url

from tipline.db.reading import reading

# How long a statement waits for somebody else's lock before the work is given up, for now: a
# provider that posts a message waits 15 s for an answer, and asks again after a refusal.
BUSY_TIMEOUT_MS = 10_000
# Of PostgreSQL's connections (libpq's parameters): its own defaults wait for ever.
CONNECTION_PARAMETERS = {
    "connect_timeout": "10",  # seconds
    "tcp_user_timeout": "20000",  # milliseconds that sent bytes may stay unacknowledged
    "options": f"-c lock_timeout={BUSY_TIMEOUT_MS}",
}
BUSY_TIMEOUT = f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}"
TAKE_WRITE_LOCK = "BEGIN IMMEDIATE"
ASKED_AGAIN_SECONDS = 0.001
# An extended result code's lowest byte says what kind of error it is (sqlite.org/rescode.html).
PRIMARY_CODE = 0xFF
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    BUSY_TIMEOUT,
)


class Store(StrEnum):
    """The two stores; each has a history of its own."""

    MAIN = "main"
    PERISHABLE = "perishable"


@dataclass(frozen=True, slots=True)
class Stores:
    """The main and the perishable store.

    A transaction over both is not atomic. Whoever writes to both writes the perishable one first:
    an orphan there opens nothing and is swept.
    """

    main: Engine
    perishable: Engine


def open_store(url: str, *, pool_size: int = 5) -> Engine:
    """Return an engine for one store. Connections are opened when they are first needed.

    Statements' parameters are hidden from errors (`hide_parameters`): they hold what is sealed and
    what is tagged, and an error's text may end up in a log. PostgreSQL's own words hold them too.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_size=pool_size,
            pool_pre_ping=True,
            # What the URL itself says goes before.
            connect_args={
                name: value
                for name, value in CONNECTION_PARAMETERS.items()
                if name not in parsed.query
            },
        )
        event.listen(engine, "handle_error", _forget_values)
        return engine
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite_connection)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def open_stores(main_url: str, perishable_url: str) -> Stores:
    """Return both stores."""
    return Stores(main=open_store(main_url), perishable=open_store(perishable_url))


def sqlite_url(path: Path) -> str:
    """Return the URL of a SQLite file."""
    return f"sqlite:///{path}"


def empty_write_ahead_log(engine: Engine) -> None:
    """On SQLite, fold the write-ahead log into the file and cut it to nothing.

    A deleted row's bytes stay in the log after an ordinary checkpoint. On other databases there is
    nothing to do here. A busy database is left for the next time.
    """
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()


def is_reachable(engine: Engine) -> bool:
    """Tell whether the store answers and has been migrated."""
    with reading(engine) as connection:
        connection.execute(text("SELECT version_num FROM alembic_version"))
    return True


def _forget_values(context: ExceptionContext) -> None:
    """Take the server's words out of an error: PostgreSQL repeats whole rows in them.

    The type and the SQLSTATE say enough. Words about a connection that fails are kept.
    """
    if context.connection is None:
        return
    words = f"({type(context.original_exception).__name__}) the server's words are hidden"
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            error.args = (words,)


def _prepare_sqlite_connection(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once: a read that later upgrades fails despite the busy timeout.

    Read-only work asks for no lock by the execution option `read_only`.
    """
    if connection.get_execution_options().get("read_only"):
        connection.exec_driver_sql("BEGIN")
    else:
        _take_write_lock(connection)


def _take_write_lock(connection: Connection) -> None:
    """Ask for SQLite's write lock again and again until it is free, or the time is up.

    SQLite itself would ask ever more seldom, up to ten times a second: while several processes
    write hundreds of times a second, whoever came first would wait longest.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < deadline:
            try:
                cursor.execute(TAKE_WRITE_LOCK)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                    break
            else:
                return
            time.sleep(ASKED_AGAIN_SECONDS)
        # Once more, for the error that SQLAlchemy makes of it.
        connection.exec_driver_sql(TAKE_WRITE_LOCK)
    finally:
        cursor.execute(BUSY_TIMEOUT)
        cursor.close()
