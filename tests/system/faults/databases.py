"""What can happen to the stores: somebody else's lock, a full disk, and a server that stops."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import OperationalError

from tests.support.stores import PostgresServer
from tests.system.faults.traffic import Traffic
from tests.system.faults.witness import Witness
from tests.system.waiting import until

LOCK_SECONDS = 30.0


class DatabaseFaults:
    """Faults of either database. `server`: PostgreSQL's, or None for SQLite's two files."""

    def __init__(self, traffic: Traffic, server: PostgresServer | None) -> None:
        self._traffic = traffic
        self._demo = traffic.demo
        self._server = server

    def is_locked(self) -> None:
        """Have another program lock both stores for longer than anybody waits."""
        witness = Witness(self._traffic)
        lock = _locked_files if self._server is None else _locked_tables
        stores = self._demo.stores
        with lock(stores.perishable), lock(stores.main):
            witness.is_refused()
        witness.goes_on()

    def disk_is_full(self) -> None:
        """Leave the stores no room to write to."""
        witness = Witness(self._traffic)
        try:
            witness.is_refused(self._demo.disk.fill)
        finally:
            self._demo.disk.free()
            if self._server is not None:
                # It gives up when it cannot write its log.
                self._server.resume()
        witness.goes_on()

    def is_restarted(self, mode: str) -> None:
        """Stop the server, have messages refused meanwhile, and start it again."""
        assert self._server is not None
        witness = Witness(self._traffic)
        self._server.halt(mode)
        try:
            witness.is_refused()
        finally:
            self._server.resume()
        witness.goes_on()


@contextmanager
def _locked_files(engine: Engine) -> Iterator[None]:
    """Hold SQLite's one write lock."""
    path = engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path, LOCK_SECONDS, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def _locked_tables(engine: Engine) -> Iterator[None]:
    """Hold every table of a PostgreSQL store, as `VACUUM FULL` or a migration does."""
    tables = ", ".join(inspect(engine).get_table_names())
    with ExitStack() as stack:
        connection = stack.enter_context(engine.connect())

        def is_locked() -> bool:
            # At once or not at all: waiting with half of them is what deadlocks are made of.
            try:
                connection.execute(text(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE NOWAIT"))
            except OperationalError:
                connection.rollback()
                return False
            return True

        until(is_locked, "all tables are locked", LOCK_SECONDS)
        yield
        connection.rollback()
