"""A connection for reading only, which never waits for a writer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one consistent state and takes no write lock on SQLite."""
    with engine.connect().execution_options(read_only=True) as connection:
        yield connection
