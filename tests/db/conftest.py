from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.support.stores import Urls
from tipline.db import schema
from tipline.db.engines import open_store


@pytest.fixture
def main(urls: Urls) -> Iterator[Engine]:
    """An empty main store, migrated, on each database."""
    engine = open_store(urls.main, pool_size=20)
    schema.upgrade(engine, schema.Store.MAIN)
    yield engine
    engine.dispose()


@pytest.fixture
def perishable(urls: Urls) -> Iterator[Engine]:
    """An empty perishable store, migrated, on each database."""
    engine = open_store(urls.perishable)
    schema.upgrade(engine, schema.Store.PERISHABLE)
    yield engine
    engine.dispose()
