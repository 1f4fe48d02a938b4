"""How rows are written: many of a table in one statement, in the form that each database takes fastest.

SQLite takes one row's statement and a list of rows. On PostgreSQL every statement is a round trip, so a statement carries many
rows; integers are bound as 64 bits whatever their size, so that one prepared statement serves them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from psycopg.types.numeric import Int8
from sqlalchemy import BigInteger, Connection, Dialect, Integer, String, Table, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.expression import bindparam

_ROWS_A_STATEMENT: Final = 64
_DIALECTS: Final[dict[str, Dialect]] = {"sqlite": sqlite.dialect(), "postgresql": postgresql.psycopg.dialect()}

Converters = tuple[tuple[int, Callable[[Any], Any]], ...]


@dataclass(frozen=True)
class _Parameters:
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


def write_inserts(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, each with a value for every column."""
    if connection.dialect.name == "sqlite":
        text, parameters = _sqlite_statement(table, "insert")
        connection.exec_driver_sql(text, [tuple(parameters.of(row)) for row in rows])
        return
    parameters = _parameters("postgresql", table, tuple(column.name for column in table.columns))
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        part = rows[start : start + _ROWS_A_STATEMENT]
        connection.exec_driver_sql(_postgresql_insert(table, len(part)), _flat(parameters, part))


def write_updates(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Write every changeable column of rows to the rows with the same keys.

    Returns:
        How many rows were found, or -1 where the driver does not say.
    """
    if connection.dialect.name == "sqlite":
        text, parameters = _sqlite_statement(table, "update")
        return connection.exec_driver_sql(text, [tuple(parameters.of(row)) for row in rows]).rowcount
    parameters = _parameters("postgresql", table, (*_keys(table), *_changeable(table)))
    found = 0
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        part = rows[start : start + _ROWS_A_STATEMENT]
        found += connection.exec_driver_sql(_postgresql_update(table, len(part)), _flat(parameters, part)).rowcount
    return found


def _flat(parameters: _Parameters, rows: Iterable[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(value for row in rows for value in parameters.of(row))


def _keys(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key.columns)


def _changeable(table: Table) -> tuple[str, ...]:
    fixed = {*_keys(table), *table.info["lookups"]}
    return tuple(column.name for column in table.columns if column.name not in fixed)


@cache
def _parameters(dialect_name: str, table: Table, names: tuple[str, ...]) -> _Parameters:
    dialect = _DIALECTS[dialect_name]
    converters: list[tuple[int, Callable[[Any], Any]]] = []
    for position, name in enumerate(names):
        kind = table.c[name].type.dialect_impl(dialect)
        convert = kind.bind_processor(dialect)
        if dialect_name == "postgresql" and isinstance(kind.dialect_impl(dialect), BigInteger | Integer):
            convert = Int8 if convert is None else _as_int8(convert)
        if convert is not None:
            converters.append((position, convert))
    return _Parameters(names, tuple(converters))


def _as_int8(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: Int8(convert(value))


@cache
def _sqlite_statement(table: Table, kind: str) -> tuple[str, _Parameters]:
    if kind == "insert":
        statement = insert(table)
    else:
        keys = (table.c[name] == bindparam("key_" + name) for name in _keys(table))
        statement = update(table).where(*keys).values({name: bindparam(name) for name in _changeable(table)})
    compiled = statement.compile(dialect=_DIALECTS["sqlite"])
    order: list[str] = compiled.positiontup or []  # pyright: ignore[reportAttributeAccessIssue]
    return str(compiled), _parameters("sqlite", table, tuple(name.removeprefix("key_") for name in order))


@cache
def _postgresql_insert(table: Table, rows: int) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    row = "(" + ", ".join(["%s"] * len(table.columns)) + ")"
    return f'insert into "{table.name}" ({columns}) values {", ".join([row] * rows)}'  # noqa: S608 - only names of our own tables are put in; values are bound


@cache
def _postgresql_update(table: Table, rows: int) -> str:
    keys, changed = _keys(table), _changeable(table)
    names = (*keys, *changed)
    row = "(" + ", ".join(f"%s::{_type(table, name)}" for name in names) + ")"
    assigned = ", ".join(f'"{name}" = v."{name}"' for name in changed)
    joined = " and ".join(f't."{name}" = v."{name}"' for name in keys)
    columns = ", ".join(f'"{name}"' for name in names)
    given = ", ".join([row] * rows)
    return f'update "{table.name}" as t set {assigned} from (values {given}) as v({columns}) where {joined}'  # noqa: S608 - only names of our own tables are put in; values are bound


def _type(table: Table, name: str) -> str:
    """The type to cast a parameter to; text without its length, which a cast would silently cut to."""
    kind = table.c[name].type.dialect_impl(_DIALECTS["postgresql"])
    return "text" if isinstance(kind, String) else kind.compile(_DIALECTS["postgresql"])
