from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.stores import PostgresServer
from tipline.db import schema
from tipline.db.engines import open_store, sqlite_url
from tipline.db.schema import Store


def migrated(url: str) -> Engine:
    # As many connections as a test has threads.
    engine = open_store(url, pool_size=20)
    schema.upgrade(engine, Store.MAIN)
    return engine


@pytest.fixture(scope="session")
def template_of_main(postgres: PostgresServer) -> str:
    """A migrated main store to make others from: migrating takes longer than copying."""
    name = postgres.create()
    migrated(postgres.url(name)).dispose()
    return name


@pytest.fixture
def main(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty main store, migrated, on each database."""
    if backend == "sqlite":
        engine = migrated(sqlite_url(tmp_path / "main.sqlite3"))
        yield engine
        engine.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create(request.getfixturevalue("template_of_main"))
    engine = open_store(server.url(name), pool_size=20)
    yield engine
    engine.dispose()
    server.drop(name)
