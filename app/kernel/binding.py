"""How values pass between Python and each database's driver: converters of columns, taken from the column types once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from psycopg.types.numeric import Int8
from sqlalchemy import BigInteger, Dialect, Integer, Table, TypeDecorator
from sqlalchemy.dialects import postgresql, sqlite

DIALECTS: Final[dict[str, Dialect]] = {"sqlite": sqlite.dialect(), "postgresql": postgresql.psycopg.dialect()}

Convert = Callable[[Any], Any]
Converters = tuple[tuple[int, Convert], ...]


@dataclass(frozen=True)
class Bound:
    """Which columns a statement binds, in order, and what turns a value into what the driver binds."""

    names: tuple[str, ...]
    converters: Converters

    def of(self, row: dict[str, Any]) -> list[Any]:
        """The parameters of a row."""
        values = [row[name] for name in self.names]
        for position, convert in self.converters:
            if values[position] is not None:
                values[position] = convert(values[position])
        return values


@dataclass(frozen=True)
class Found:
    """Which columns a query gives, in order, and what turns the driver's value into ours."""

    names: tuple[str, ...]
    converters: tuple[tuple[str, Convert], ...]

    def row(self, record: tuple[Any, ...]) -> dict[str, Any]:
        """A record by column name."""
        row = dict(zip(self.names, record, strict=True))
        for name, convert in self.converters:
            if row[name] is not None:
                row[name] = convert(row[name])
        return row


@cache
def bound(dialect_name: str, table: Table, names: tuple[str, ...]) -> Bound:
    """How columns of a table are bound, in the order of their names."""
    converters = ((position, binder(dialect_name, table, name)) for position, name in enumerate(names))
    return Bound(names, tuple((position, convert) for position, convert in converters if convert is not None))


@cache
def found(dialect_name: str, table: Table) -> Found:
    """How the rows of a table are read, all columns in the table's order."""
    dialect = DIALECTS[dialect_name]
    converters = (
        (column.name, column.type.dialect_impl(dialect).result_processor(dialect, None)) for column in table.columns
    )
    names = tuple(column.name for column in table.columns)
    return Found(names, tuple((name, convert) for name, convert in converters if convert is not None))


@cache
def binder(dialect_name: str, table: Table, name: str) -> Convert | None:
    """What turns a value of a column into what the driver binds; integers of PostgreSQL have 64 bits whatever their size."""
    dialect = DIALECTS[dialect_name]
    kind = table.c[name].type
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    stored = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    if dialect_name == "postgresql" and isinstance(stored, BigInteger | Integer):
        return Int8 if convert is None else _as_int8(convert)
    return convert


def _as_int8(convert: Convert) -> Convert:
    return lambda value: Int8(convert(value))
