"""All tables of all rooms, and a made-up row for any of them."""

from __future__ import annotations

import importlib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Engine, MetaData, Table, insert

import tipline
from tipline.db.base import MainBase, PerishableBase
from tipline.db.schema import Store

TEXTS_UP_TO, BYTES_UP_TO = 30, 32
# Above the lanes that the migration itself puts in.
NUMBER = 77


def all_metadata() -> dict[Store, MetaData]:
    """What the models of all rooms declare, by store."""
    for file in sorted(Path(tipline.__file__).parent.glob("*/models.py")):
        importlib.import_module(f"tipline.{file.parent.name}.models")
    return {Store.MAIN: MainBase.metadata, Store.PERISHABLE: PerishableBase.metadata}


def fill(engine: Engine, metadata: MetaData) -> dict[str, dict[str, Any]]:
    """Put one row into every table; return the rows by table."""
    rows = {table.name: made_up_row(table) for table in metadata.sorted_tables}
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(insert(table), rows[table.name])
    return rows


def made_up_row(table: Table) -> dict[str, Any]:
    return {column.name: made_up_value(column) for column in table.columns}


def made_up_value(column: Column[Any]) -> Any:
    kind = column.type.python_type
    if kind is str:
        return "x" * min(getattr(column.type, "length", None) or TEXTS_UP_TO, TEXTS_UP_TO)
    if kind is bytes:
        return b"\xfe" * min(getattr(column.type, "length", None) or BYTES_UP_TO, BYTES_UP_TO)
    values = {
        bool: True,
        int: NUMBER,
        datetime: datetime(2026, 11, 2, 15),
        date: date(2026, 11, 2),
    }
    return values[kind]
