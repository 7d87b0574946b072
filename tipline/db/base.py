"""Base classes of the tables. Each room declares its own models on one of them."""

from __future__ import annotations

from typing import Annotated

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

# SQLite gives only INTEGER keys AUTOINCREMENT, without which row ids of deleted rows come back.
RowIdType = BigInteger().with_variant(Integer, "sqlite")
RowId = Annotated[int, mapped_column(RowIdType, primary_key=True, autoincrement=True)]
Identifier = Annotated[str, mapped_column(String(32))]
KeyId = Annotated[bytes, mapped_column(LargeBinary(8))]
Tag = Annotated[bytes, mapped_column(LargeBinary(32))]


class MainBase(DeclarativeBase):
    """Tables of the main store."""

    metadata = MetaData(naming_convention=NAMING)


class PerishableBase(DeclarativeBase):
    """Tables of the perishable store."""

    metadata = MetaData(naming_convention=NAMING)


AUTOINCREMENT = {"sqlite_autoincrement": True}
