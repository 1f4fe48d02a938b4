"""How rows are written: many of a table in one statement, in the form that each database takes fastest.

SQLite takes one row's statement and a list of rows. On PostgreSQL waiting for answers costs most, so a statement carries many
rows and all statements of a flush are sent before the first answer is awaited; integers are bound as 64 bits whatever their
size, so that one prepared statement serves them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Final, LiteralString, cast

import psycopg
from psycopg import Cursor, RawCursor
from psycopg.types.numeric import Int8
from sqlalchemy import BigInteger, Connection, Dialect, Integer, String, Table, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import bindparam

_ROWS_A_STATEMENT: Final = 64
_UNTOLD: Final = -1
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


class Writing:
    """The statements of one flush. On PostgreSQL they go out one behind the other and their answers are awaited together.

    Use it as a context: when it ends well, every statement has been answered and every changed row was found.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"
        self._pipeline = ExitStack()
        self._awaited: list[tuple[Table, Cursor, int]] = []

    def __enter__(self) -> Writing:
        if not self._sqlite:
            self._pipeline.enter_context(self._driver.pipeline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._pipeline.__exit__(kind, error, trace)
        except psycopg.Error as late:
            error = late
        if isinstance(error, psycopg.Error):
            raise DBAPIError.instance("statements sent together", None, error, psycopg.Error) from error
        if error is None:
            for table, cursor, count in self._awaited:
                assert cursor.rowcount == count, f"{table.name}: {cursor.rowcount} of {count} rows changed"

    @property
    def _driver(self) -> psycopg.Connection[Any]:
        driver = self._connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        return driver

    def inserts(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows, each with a value for every column."""
        if self._sqlite:
            text, parameters = _sqlite_statement(table, "insert")
            self._connection.exec_driver_sql(text, [tuple(parameters.of(row)) for row in rows])
            return
        parameters = _parameters("postgresql", table, tuple(column.name for column in table.columns))
        self._send(table, _postgresql_insert, parameters, rows)

    def updates(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Write every changeable column of rows to the rows with the same keys."""
        if self._sqlite:
            text, parameters = _sqlite_statement(table, "update")
            given = [tuple(parameters.of(row)) for row in rows]
            found = self._connection.exec_driver_sql(text, given).rowcount
            assert found in {len(rows), _UNTOLD}, f"{table.name}: {found} of {len(rows)} rows changed"
            return
        parameters = _parameters("postgresql", table, (*_keys(table), *_changeable(table)))
        self._send(table, _postgresql_update, parameters, rows)

    def _send(
        self,
        table: Table,
        statement: Callable[[Table, int], LiteralString],
        parameters: _Parameters,
        rows: Sequence[dict[str, Any]],
    ) -> None:
        for start in range(0, len(rows), _ROWS_A_STATEMENT):
            part = rows[start : start + _ROWS_A_STATEMENT]
            cursor = RawCursor(self._driver)
            self._awaited.append((table, cursor, len(part)))
            cursor.execute(statement(table, len(part)), _flat(parameters, part))


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
def _postgresql_insert(table: Table, rows: int) -> LiteralString:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    given = _places([""] * len(table.columns), rows)
    text = f'insert into "{table.name}" ({columns}) values {given}'  # noqa: S608 - only names of our own tables are put in; values are bound
    return cast(LiteralString, text)


@cache
def _postgresql_update(table: Table, rows: int) -> LiteralString:
    keys, changed = _keys(table), _changeable(table)
    names = (*keys, *changed)
    assigned = ", ".join(f'"{name}" = v."{name}"' for name in changed)
    joined = " and ".join(f't."{name}" = v."{name}"' for name in keys)
    columns = ", ".join(f'"{name}"' for name in names)
    given = _places([f"::{_type(table, name)}" for name in names], rows)
    text = f'update "{table.name}" as t set {assigned} from (values {given}) as v({columns}) where {joined}'  # noqa: S608 - only names of our own tables are put in; values are bound
    return cast(LiteralString, text)


def _places(casts: Sequence[str], rows: int) -> str:
    """The places of parameters of many rows; counting them here spares the driver to read long statements again and again."""
    width = len(casts)
    numbered = ([f"${row * width + column + 1}{cast}" for column, cast in enumerate(casts)] for row in range(rows))
    return ", ".join(f"({', '.join(one)})" for one in numbered)


def _type(table: Table, name: str) -> str:
    """The type to cast a parameter to; text without its length, which a cast would silently cut to."""
    kind = table.c[name].type.dialect_impl(_DIALECTS["postgresql"])
    return "text" if isinstance(kind, String) else kind.compile(_DIALECTS["postgresql"])
