"""One metadata for every operational table, and how a table says what it is.

`table()` marks what the unit of work, the feed, the guards and verify need to know: whether rows are append-only, in which
order tables are written within one command, and by which columns rows are looked up together.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, MetaData, String, Table, Text
from sqlalchemy.ext.compiler import compiles

from schemas.operational.types import key

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


@compiles(String, "sqlite")
@compiles(Text, "sqlite")
@compiles(Date, "sqlite")
def _text(_type: Any, _compiler: Any, **_kwargs: Any) -> str:
    return "TEXT"


@compiles(BigInteger, "sqlite")
@compiles(Boolean, "sqlite")
def _integer(_type: Any, _compiler: Any, **_kwargs: Any) -> str:
    return "INTEGER"


def table(
    name: str,
    *columns: Any,
    append_only: bool = False,
    write_rank: int = 5,
    lookups: tuple[str, ...] = (),
    fed: bool = True,
    master: bool = False,
) -> Table:
    """Declare an operational table with STRICT types on SQLite.

    Args:
        name: the table's name, singular.
        columns: columns and constraints.
        append_only: rows are never changed or deleted; both databases refuse it by trigger.
        write_rank: tables of a lower rank are written first within one command.
        lookups: columns by which rows are fetched together; each must be indexed and never change.
        fed: whether changes travel to the analytical store.
        master: whether it is master data, which nearly every command reads and few change; changed through commands alone.
    """
    info = {"append_only": append_only, "write_rank": write_rank, "lookups": lookups, "fed": fed, "master": master}
    return Table(name, METADATA, *columns, info=info, sqlite_strict=True)


def identity() -> Column[int]:
    """The primary key of a table whose rows carry an id of their own."""
    return Column("id", key(), primary_key=True, autoincrement=False)


def reference(name: str, target: str, *, optional: bool = False, indexed: bool = False) -> Column[int]:
    """A foreign key to `target.id`, checked when the transaction commits."""
    return Column(
        name,
        key(),
        ForeignKey(f"{target}.id", deferrable=True, initially="DEFERRED"),
        nullable=optional,
        index=indexed,
    )
