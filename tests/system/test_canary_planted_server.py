"""The canary scan finds what is planted into each part of a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.support.canary import Finding
from tests.support.stores import postgres_server
from tests.system.machines import OnPostgres, prepared
from tests.system.planted import copies
from tests.system.planted.values import MADE_UP, leak_of_everything, made_up_names

PLACES = ("base/", "pg_wal/", "log")
# A dump of nothing is suspicious.
ROWS = 3


@pytest.fixture(scope="module")
def planted() -> Iterator[OnPostgres]:
    """A server with everything in its tables, in its log and in a session's latest statement."""
    everything = ", ".join(one.value for one in MADE_UP).replace("'", "''").replace(":", "\\:")
    with postgres_server(is_silent=False) as server, prepared(server) as demo:
        for url in (demo.urls.main, demo.urls.perishable):
            engine = create_engine(url)
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE planted (content BYTEA STORAGE EXTERNAL)"))
                row = {"content": leak_of_everything()}
                connection.execute(text("INSERT INTO planted VALUES (:content)"), [row] * ROWS)
            engine.dispose()
        # A statement's text holds a key in hexadecimal.
        with suppress(DBAPIError):
            server.run(f"SELECT 1 / 0, '{everything}'")
        engine = create_engine(server.url("postgres"))
        with engine.connect() as connection:
            connection.execute(text(f"SELECT '{everything}'"))
            yield demo
        engine.dispose()


def names(found: list[Finding], place: str) -> set[str]:
    return {finding.canary for finding in found if finding.where.startswith(place)}


def test_everything_is_found_in_each_part_of_the_server(planted: OnPostgres) -> None:
    found = copies.scan_server(planted, MADE_UP)
    for place in PLACES:
        assert names(found, place) == made_up_names(), place
    # A statement is shown up to a length.
    assert {"number", "English tip"} <= names(found, "pg_stat_activity")


def test_everything_is_found_in_each_kind_of_dump(planted: OnPostgres, tmp_path: Path) -> None:
    found = copies.scan_copies(planted, tmp_path, MADE_UP)
    for kind in ("pg_dump ", "pg_dump --format=custom"):
        for store in copies.STORES:
            assert names(found, f"{kind} of the {store}") == made_up_names(), kind


def test_everything_is_found_in_the_main_stores_own_files(planted: OnPostgres) -> None:
    planted.server.run("CHECKPOINT")
    content = b"".join(path.read_bytes() for path in copies.main_store_files(planted))
    assert leak_of_everything() in content
