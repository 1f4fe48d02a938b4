"""Runs ready statements on the driver itself, one step below SQLAlchemy, inside the transaction that SQLAlchemy has opened.

A command runs some twenty short statements, and preparing each of them anew costs more than the database's work. So texts are made
once a table (`reading`, `writing`), and here they are only run. What the driver raises comes back as SQLAlchemy's error of the
same kind, for the gateway knows no driver.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString, cast

import psycopg
from psycopg import RawCursor
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Parameters = Sequence[Any]
Record = tuple[Any, ...]
_UNTOLD: Final = -1
_TOLD_ANYWAY: Final = "error ignored terminating"


@dataclass(frozen=True)
class Statement:
    """A statement that changes rows of a table.

    Attributes:
        table: the table's name.
        text: the statement.
        parameters: on SQLite a set for each row, on PostgreSQL one that holds all rows.
        rows: how many rows it must find in all.
    """

    table: str
    text: str
    parameters: Sequence[Parameters]
    rows: int


def _is_news(record: logging.LogRecord) -> bool:
    """A statement that fails among others sent with it is told by its error; the driver need not log it besides."""
    return not str(record.msg).startswith(_TOLD_ANYWAY)


logging.getLogger("psycopg").addFilter(_is_news)


class Driver:
    """The driver's side of an open transaction. Placeholders are `?` on SQLite and `$1`, `$2` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self.dialect = connection.dialect.name
        raw = connection.connection.driver_connection
        assert raw is not None, "the connection is closed"
        self._raw: Any = raw
        self._errors: type[Exception] = connection.dialect.loaded_dbapi.Error

    def do(self, text: str) -> None:
        """Run a statement without parameters that gives no rows, such as a savepoint."""
        try:
            self._raw.execute(text)
        except self._errors as error:
            raise self._told(text, error) from error

    def read(self, text: str, parameters: Parameters) -> list[Record]:
        """Run one query and give its rows."""
        try:
            if self.dialect == "sqlite":
                return self._raw.execute(text, parameters).fetchall()
            return self._sent(text, parameters).fetchall()
        except self._errors as error:
            raise self._told(text, error) from error

    def read_first(self, text: str, parameters: Parameters) -> list[Record]:
        """PostgreSQL: run the first query of a transaction; its beginning travels with it."""
        return self._together([(text, parameters)])[0].fetchall()

    def read_each(self, text: str, several: Sequence[Parameters]) -> list[list[Record]]:
        """Run one query with several sets of parameters, in their order, and give the rows of each."""
        if self.dialect == "sqlite" or len(several) == 1:
            return [self.read(text, parameters) for parameters in several]
        return [cursor.fetchall() for cursor in self._together([(text, parameters) for parameters in several])]

    def write(self, changes: Sequence[Statement]) -> None:
        """Run statements that change rows, in their order; on PostgreSQL all are sent before the first answer is awaited.

        Raises:
            AssertionError: a statement found another number of rows than it should.
            DBAPIError: a statement failed; those after it had no effect.
        """
        if self.dialect == "sqlite":
            found = [self._run(change) for change in changes]
        else:
            sent = self._together([(change.text, change.parameters[0]) for change in changes])
            found = [cursor.rowcount for cursor in sent]
        for change, count in zip(changes, found, strict=True):
            assert count in {change.rows, _UNTOLD}, f"{change.table}: {count} of {change.rows} rows changed"

    def _run(self, change: Statement) -> int:
        """SQLite: run a statement for each set of parameters; gives how many rows it found, if the driver tells."""
        try:
            return self._raw.executemany(change.text, change.parameters).rowcount
        except self._errors as error:
            raise self._told(change.text, error) from error

    def _together(self, statements: Sequence[tuple[str, Parameters]]) -> list[RawCursor[Any]]:
        """PostgreSQL: send statements one behind the other, then await all answers."""
        try:
            with self._raw.pipeline():
                return [self._sent(text, parameters) for text, parameters in statements]
        except psycopg.Error as error:
            raise self._told("statements sent together", error) from error

    def _sent(self, text: str, parameters: Parameters) -> RawCursor[Any]:
        """PostgreSQL: send a statement; alone it is answered, among others its answer comes with theirs."""
        return RawCursor(self._raw).execute(cast(LiteralString, text), parameters)

    def _told(self, text: str, error: Exception) -> Exception:
        told = DBAPIError.instance(text, None, error, self._errors)
        return told if isinstance(told, Exception) else error
