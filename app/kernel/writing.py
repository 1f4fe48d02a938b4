"""How rows are written: many of a table in one statement, in the form that each database takes fastest.

SQLite takes one row's statement and a list of rows. On PostgreSQL waiting for answers costs most, so a statement carries many
rows and all statements of a flush are sent before the first answer is awaited; integers are bound as 64 bits whatever their
size, so that few prepared statements serve them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import String, Table

from app.kernel.binding import DIALECTS, bound
from app.kernel.driver import Statement

_ROWS_A_STATEMENT: Final = 64


def inserts(dialect: str, table: Table, rows: Sequence[dict[str, Any]]) -> list[Statement]:
    """The statements that insert rows, each with a value for every column."""
    if dialect == "sqlite":
        return [_row_by_row(_sqlite_insert(table), table, _columns(table), rows)]
    return [_at_once(_postgresql_insert(table, len(part)), table, _columns(table), part) for part in _parts(rows)]


def updates(dialect: str, table: Table, rows: Sequence[dict[str, Any]]) -> list[Statement]:
    """The statements that write every changeable column of rows to the rows with the same keys."""
    names = _updated(table, dialect)
    if dialect == "sqlite":
        return [_row_by_row(_sqlite_update(table), table, names, rows)]
    return [_at_once(_postgresql_update(table, len(part)), table, names, part) for part in _parts(rows)]


def _row_by_row(text: str, table: Table, names: tuple[str, ...], rows: Sequence[dict[str, Any]]) -> Statement:
    parameters = bound("sqlite", table, names)
    return Statement(table.name, text, [parameters.of(row) for row in rows], len(rows))


def _at_once(text: str, table: Table, names: tuple[str, ...], rows: Sequence[dict[str, Any]]) -> Statement:
    parameters = bound("postgresql", table, names)
    return Statement(table.name, text, [[value for row in rows for value in parameters.of(row)]], len(rows))


def _parts(rows: Sequence[dict[str, Any]]) -> list[Sequence[dict[str, Any]]]:
    return [rows[start : start + _ROWS_A_STATEMENT] for start in range(0, len(rows), _ROWS_A_STATEMENT)]


@cache
def _columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


@cache
def _updated(table: Table, dialect: str) -> tuple[str, ...]:
    """What an update binds, in the order of its text."""
    keys, changed = _keys(table), _changeable(table)
    return (*changed, *keys) if dialect == "sqlite" else (*keys, *changed)


def _keys(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key.columns)


def _changeable(table: Table) -> tuple[str, ...]:
    fixed = {*_keys(table), *table.info["lookups"]}
    return tuple(column.name for column in table.columns if column.name not in fixed)


@cache
def _sqlite_insert(table: Table) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    given = ", ".join("?" * len(table.columns))
    return f'insert into "{table.name}" ({columns}) values ({given})'  # noqa: S608 - only names of our own tables are put in; values are bound


@cache
def _sqlite_update(table: Table) -> str:
    assigned = ", ".join(f'"{name}" = ?' for name in _changeable(table))
    found = " and ".join(f'"{name}" = ?' for name in _keys(table))
    return f'update "{table.name}" set {assigned} where {found}'  # noqa: S608 - only names of our own tables are put in; values are bound


@cache
def _postgresql_insert(table: Table, rows: int) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    given = _places([""] * len(table.columns), rows)
    return f'insert into "{table.name}" ({columns}) values {given}'  # noqa: S608 - only names of our own tables are put in; values are bound


@cache
def _postgresql_update(table: Table, rows: int) -> str:
    keys, changed = _keys(table), _changeable(table)
    names = (*keys, *changed)
    assigned = ", ".join(f'"{name}" = v."{name}"' for name in changed)
    joined = " and ".join(f't."{name}" = v."{name}"' for name in keys)
    columns = ", ".join(f'"{name}"' for name in names)
    given = _places([f"::{_type(table, name)}" for name in names], rows)
    return f'update "{table.name}" as t set {assigned} from (values {given}) as v({columns}) where {joined}'  # noqa: S608 - only names of our own tables are put in; values are bound


def _places(casts: Sequence[str], rows: int) -> str:
    """The places of parameters of many rows; counting them here spares the driver to read long statements again and again."""
    width = len(casts)
    numbered = ([f"${row * width + column + 1}{cast}" for column, cast in enumerate(casts)] for row in range(rows))
    return ", ".join(f"({', '.join(one)})" for one in numbered)


def _type(table: Table, name: str) -> str:
    """The type to cast a parameter to; text without its length, which a cast would silently cut to."""
    kind = table.c[name].type.dialect_impl(DIALECTS["postgresql"])
    return "text" if isinstance(kind, String) else kind.compile(DIALECTS["postgresql"])
