"""Inserts that tolerate an existing row, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite


def insert_ignoring_existing(
    connection: Connection, model: Any, rows: Sequence[dict[str, Any]]
) -> int:
    """Insert rows and skip those whose key exists. Return how many were new."""
    statement = insert_or_skip(connection.dialect.name, model)
    # Without the option SQLAlchemy does not ask PostgreSQL's driver how many rows an INSERT made.
    options = {"preserve_rowcount": True}
    return sum(
        connection.execute(statement, row, execution_options=options).rowcount for row in rows
    )


@cache
def insert_or_skip(dialect: str, model: Any) -> sqlite.Insert | postgresql.Insert:
    """Return the statement that skips rows whose key exists.

    Built once: building it costs more than running it.
    """
    if dialect == "postgresql":
        return postgresql.insert(model).on_conflict_do_nothing()
    return sqlite.insert(model).on_conflict_do_nothing()


def insert_or_replace(
    connection: Connection, model: Any, key: dict[str, Any], values: dict[str, Any]
) -> None:
    """Insert a row, or give the row with this primary key these values."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model).values({**key, **values})
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def add_to_counter(
    connection: Connection, model: Any, key: dict[str, Any], column: str, amount: int
) -> None:
    """Add to a counter, which starts at zero when its row is not there yet."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model).values({**key, column: amount})
    total = getattr(model, column) + amount
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_={column: total})
    )
