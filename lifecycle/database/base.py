"""What every table of this package derives from."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, Integer, MetaData, text
from sqlalchemy.orm import DeclarativeBase

from lifecycle.database.types import Instant, Name

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

WHERE = "where"
"""What an index calls the condition of its rows."""

Id = BigInteger().with_variant(Integer(), "sqlite")
"""A row's number; SQLite counts up by itself only for its own kind of integer."""


class Base(DeclarativeBase):
    """A table of the tracker; constraints have regular names, so that migrations can drop them."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Instant(), str: Name}


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Return an index of the rows for which a condition holds.

    PostgreSQL has it after ``complete_partial_indexes``: naming its option imports all its drivers,
    which every command on SQLite would wait for.
    """
    return Index(name, *columns, unique=unique, sqlite_where=text(where), info={WHERE: where})


def complete_partial_indexes(metadata: MetaData) -> None:
    """Give partial indexes their condition on PostgreSQL too, to compare tables with it."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if WHERE in index.info:
                index.dialect_kwargs["postgresql_where"] = text(index.info[WHERE])
