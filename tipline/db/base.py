"""Base classes of the tables. Each room declares its own models on one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    Integer,
    LargeBinary,
    MetaData,
    String,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Bytes(LargeBinary):
    """Bytes of a column that somebody else may have written.

    SQLite stores any type in any column. A text or a number where bytes belong must look like bytes
    that do not open, not raise while rows are read: one such row would stop a whole worker.
    """

    cache_ok = True

    def result_processor(self, _dialect: Any, _coltype: Any) -> Callable[[Any], bytes | None]:
        """Return what turns a stored value into bytes."""
        return _as_bytes


def _as_bytes(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return bytes(value) if isinstance(value, bytearray | memoryview) else b""


# SQLite gives only INTEGER keys AUTOINCREMENT, without which row ids of deleted rows come back.
RowIdType = BigInteger().with_variant(Integer, "sqlite")
RowId = Annotated[int, mapped_column(RowIdType, primary_key=True, autoincrement=True)]
Identifier = Annotated[str, mapped_column(String(32))]
KeyId = Annotated[bytes, mapped_column(Bytes(8))]
Tag = Annotated[bytes, mapped_column(Bytes(32))]


class MainBase(DeclarativeBase):
    """Tables of the main store."""

    metadata = MetaData(naming_convention=NAMING)


class PerishableBase(DeclarativeBase):
    """Tables of the perishable store."""

    metadata = MetaData(naming_convention=NAMING)


AUTOINCREMENT = {"sqlite_autoincrement": True}
