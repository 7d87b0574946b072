"""A backup of the main store, made and put back as docs/operating.md says."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.support.stores import PostgresServer


class Backup:
    """A copy of a store as it was at one moment. `server`: PostgreSQL's, or None for SQLite."""

    def __init__(self, url: str, file: Path, server: PostgresServer | None) -> None:
        self._url, self._file, self._server = url, file, server
        if server is None:
            self._copy(self._database, file)
        else:
            self._run("pg_dump", "--format=custom", f"--file={file}", self._libpq)

    def put_back(self) -> None:
        """Have the store hold what it held then, and nothing else."""
        if self._server is None:
            self._copy(self._file, self._database)
        else:
            self._run("pg_restore", "--clean", "--if-exists", f"--dbname={self._libpq}", self._file)

    @property
    def _database(self) -> Path:
        return Path(make_url(self._url).database or "")

    @property
    def _libpq(self) -> str:
        return self._url.replace("postgresql+psycopg://", "postgresql://")

    def _copy(self, source: Path, target: Path) -> None:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)

    def _run(self, program: str, *arguments: str | Path) -> None:
        assert self._server is not None
        command = [self._server.programs / program, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
