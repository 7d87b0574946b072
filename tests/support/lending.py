"""PostgreSQL databases that one test after the other uses, each as if it were new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy import make_url

# Everything that a test may have changed besides rows: tables, columns, rules, rights, triggers.
SHAPE = """
SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
    SELECT concat_ws(' ', 'relation', relname, relkind, relowner, relacl) AS line
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'column', relname, attname, atttypid, attnotnull, attisdropped, attacl)
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0
    UNION ALL
    SELECT concat_ws(' ', 'rule', conrelid::regclass, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'trigger', tgname) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT concat_ws(' ', 'function', proname) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'schema', nspname, nspacl) FROM pg_namespace
    WHERE nspname !~ '^pg_(toast|temp)'
) AS lines
"""
RELATIONS = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = %s ORDER BY relname
"""
END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Lender:
    """Lends copies of a template.

    Making a database and dropping it again computes for a fifth of a second, and every test of an
    instance needs two of them: a used one gets the template's rows back, which takes a twentieth.
    One of which more than the rows was changed is dropped.
    """

    def __init__(
        self,
        template: str,
        url: Callable[[str], str],
        create: Callable[[str], str],
        drop: Callable[[str], None],
    ) -> None:
        self._template = template
        self._url = url
        self._create = create
        self._drop = drop
        self._idle: list[str] = []
        with self._connection(template) as connection:
            self._shape = _shape(connection)
            self._rows = _rows(connection)
            self._restore = _restoring(connection)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """A database that holds what the template holds, until the block ends."""
        name = self._idle.pop() if self._idle else self._create(self._template)
        try:
            yield name
        finally:
            if self._is_restored(name):
                self._idle.append(name)
            else:
                self._drop(name)

    @contextmanager
    def _connection(self, name: str) -> Iterator[psycopg.Connection]:
        url = make_url(self._url(name)).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
            yield connection

    def _is_restored(self, name: str) -> bool:
        with self._connection(name) as connection:
            connection.execute(END_OTHERS)
            if _shape(connection) != self._shape:
                return False
            connection.execute(self._restore)
            for table, rows in self._rows.items():
                into = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table))
                with connection.cursor().copy(into) as copy:
                    copy.write(rows)
        return True


def _shape(connection: psycopg.Connection) -> str:
    return str(_one(connection, SHAPE))


def _rows(connection: psycopg.Connection) -> dict[str, bytes]:
    """The rows of each table that has any, as PostgreSQL writes them."""
    found = {}
    for table in _names(connection, "r"):
        name = sql.Identifier(table)
        if _one(connection, sql.SQL("SELECT EXISTS (SELECT FROM {})").format(name)):
            out = sql.SQL("COPY {} TO STDOUT (FORMAT BINARY)").format(name)
            with connection.cursor().copy(out) as copy:
                found[table] = b"".join(bytes(data) for data in copy)
    return found


def _restoring(connection: psycopg.Connection) -> sql.Composed:
    """Statements that empty all tables and set all counters back; without checking references."""
    statements: list[sql.Composable] = [sql.SQL("SET LOCAL session_replication_role = replica")]
    for table in _names(connection, "r"):
        statements.append(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    for sequence in _names(connection, "S"):
        name = sql.Identifier(sequence)
        last, is_used = connection.execute(
            sql.SQL("SELECT last_value, is_called FROM {}").format(name)
        ).fetchone() or (1, False)
        setting = sql.SQL("SELECT setval({}, {}, {})")
        statements.append(setting.format(sql.Literal(f'"{sequence}"'), last, is_used))
    return sql.SQL("; ").join(statements)


def _names(connection: psycopg.Connection, kind: str) -> list[str]:
    return [str(name) for (name,) in connection.execute(RELATIONS, (kind,))]


def _one(connection: psycopg.Connection, query: str | sql.Composed) -> object:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]
