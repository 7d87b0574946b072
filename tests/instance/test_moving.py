"""An instance on SQLite takes every row along to PostgreSQL, and goes on there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, delete, insert, select

from tests.db.models import all_metadata, fill, made_up_row
from tests.instance.test_commands import DEADLINE_SECONDS, ROOT
from tests.support.stores import PostgresServer, Urls, empty_stores
from tipline.db.engines import open_store, sqlite_url
from tipline.db.schema import Store, upgrade

METADATA = all_metadata()


def filled(home: Path) -> dict[Store, Engine]:
    """Two SQLite files with a row in every table, and more in some than are read at once."""
    home.mkdir(exist_ok=True)
    engines = {store: open_store(sqlite_url(home / f"{store.value}.sqlite3")) for store in Store}
    for store, engine in engines.items():
        upgrade(engine, store)
        fill(engine, METADATA[store])
    messages = METADATA[Store.MAIN].tables["messages"]
    with engines[Store.MAIN].begin() as connection:
        rows = [{"id": 1000 + n, "sequence": n, "source": n.to_bytes(16)} for n in range(100, 1300)]
        connection.execute(insert(messages), [made_up_row(messages) | row for row in rows])
    return engines


def contents(engine: Engine, metadata: MetaData) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(select(table)))
            for table in metadata.sorted_tables
        }


def move(home: Path, urls: Urls) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tipline", "move-to-postgresql"],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "TIPLINE_HOME": str(home),
            "TIPLINE_DATABASE_URL": urls.main,
            "TIPLINE_PERISHABLE_URL": urls.perishable,
        },
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_every_row_of_every_table_arrives_and_new_ones_come_after(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    sources = filled(tmp_path)
    with empty_stores("postgresql", tmp_path, postgres) as urls:
        code, output, errors = move(tmp_path, urls)
        assert (code, errors) == (0, "")
        before = {store: contents(sources[store], METADATA[store]) for store in Store}
        total = sum(len(rows) for tables in before.values() for rows in tables.values())
        assert output.startswith(f"Copied {total} rows.")
        for store in Store:
            target = open_store(getattr(urls, store.value))
            assert contents(target, METADATA[store]) == before[store]
            check_next_ids(target, METADATA[store])
            target.dispose()
        code, output, errors = move(tmp_path, urls)
        assert (code, output) == (1, "")
        assert errors == "There are rows in the databases already: nothing was moved.\n"
    for engine in sources.values():
        engine.dispose()


def check_next_ids(target: Engine, metadata: MetaData) -> None:
    """A row that is added gets an id above all that came along."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        with target.begin() as connection:
            ids = set(connection.execute(select(column)).scalars())
            # What is unique makes way; its id counts all the same.
            connection.execute(delete(table))
            row = {key: value for key, value in made_up_row(table).items() if key != column.name}
            new = connection.execute(insert(table).values(**row).returning(column)).scalar_one()
        assert new == max(ids) + 1, table.name


@pytest.mark.parametrize("missing", ["main.sqlite3", "perishable.sqlite3"])
def test_without_files_nothing_is_moved(missing: str, tmp_path: Path) -> None:
    for engine in filled(tmp_path).values():
        engine.dispose()
    (tmp_path / missing).unlink()
    urls = Urls("postgresql://nobody@localhost/main", "postgresql://nobody@localhost/perishable")
    code, output, errors = move(tmp_path, urls)
    assert (code, output) == (1, "")
    assert errors.startswith("Set TIPLINE_HOME to the instance whose SQLite files are to be moved")
