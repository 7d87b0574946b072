"""Moving an instance's rows from its SQLite files to PostgreSQL. Its keys stay as they are."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, delete, false, func, insert, select
from sqlalchemy.engine import make_url

import config
from tipline.db.engines import Store, open_store, sqlite_url
from tipline.db.schema import upgrade
from tipline.envelopes.models import LaneLease
from tipline.errors import TiplineError
from tipline.instance.database_roles import metadata

ROWS_AT_ONCE = 500


class NothingToMoveError(TiplineError):
    """There is no SQLite file, or no PostgreSQL to move it to."""

    code = "nothing_to_move"
    message = (
        "Set TIPLINE_HOME to the instance whose SQLite files are to be moved, and "
        "TIPLINE_DATABASE_URL and TIPLINE_PERISHABLE_URL to two databases of PostgreSQL."
    )


class NotEmptyError(TiplineError):
    """Something is in the database already."""

    code = "not_empty"
    message = "There are rows in the databases already: nothing was moved."


def move(settings: config.InstanceSettings) -> int:
    """Copy all rows of both stores; return how many. The SQLite files stay as they are.

    The instance must not run: while a store is copied nobody else writes to its file. Each store
    is copied in one transaction.

    Raises:
        NothingToMoveError: source or target is missing.
        NotEmptyError: a target holds rows.
    """
    targets = {Store.MAIN: settings.database_url, Store.PERISHABLE: settings.perishable_url}
    sources = {store: settings.home / f"{store.value}.sqlite3" for store in targets}
    is_postgresql = all(make_url(url).get_backend_name() != "sqlite" for url in targets.values())
    if not is_postgresql or not all(path.exists() for path in sources.values()):
        raise NothingToMoveError
    return sum(_move(sources[store], targets[store], store) for store in targets)


def _move(path: Path, url: str, store: Store) -> int:
    source, target = open_store(sqlite_url(path)), open_store(url)
    try:
        for engine in (source, target):
            upgrade(engine, store)
        with source.begin() as taken, target.begin() as given:
            return _copy(taken, given, metadata()[store])
    finally:
        source.dispose()
        target.dispose()


def _copy(taken: Connection, given: Connection, tables: MetaData) -> int:
    if LaneLease.__tablename__ in tables.tables:
        given.execute(delete(LaneLease))  # the migration's own, which the file has as well
    if any(_count(given, table) for table in tables.sorted_tables):
        raise NotEmptyError
    return sum(_copy_table(taken, given, table) for table in tables.sorted_tables)


def _copy_table(taken: Connection, given: Connection, table: Table) -> int:
    rows = taken.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table))
    for part in rows.mappings().partitions():
        given.execute(insert(table), [dict(row) for row in part])
    column = table.autoincrement_column
    if column is not None:
        highest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        given.execute(select(func.setval(sequence, highest, false())))
    return _count(given, table)


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
