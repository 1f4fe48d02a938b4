"""Runs ready statements on the driver itself, one step below SQLAlchemy, inside the transaction that SQLAlchemy has opened.

A command runs some twenty short statements, and preparing each of them anew costs more than the database's work. So texts are made
once a table (`reading`, `writing`), and here they are only run. What the driver raises comes back as SQLAlchemy's error of the
same kind, for the gateway knows no driver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, LiteralString, cast

import psycopg
from psycopg import RawCursor
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Parameters = Sequence[Any]
_UNTOLD: Final = -1


class Driver:
    """The driver's side of an open transaction. Placeholders are `?` on SQLite and `$1`, `$2` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self.dialect = connection.dialect.name
        raw = connection.connection.driver_connection
        assert raw is not None, "the connection is closed"
        self._raw: Any = raw
        self._errors: type[Exception] = connection.dialect.loaded_dbapi.Error

    def do(self, text: str) -> None:
        """Run a statement that asks for nothing."""
        try:
            self._raw.execute(text)
        except self._errors as error:
            raise self._told(text, error) from error

    def read(self, text: str, parameters: Parameters) -> list[tuple[Any, ...]]:
        """Run one query and give its rows."""
        try:
            if self.dialect == "sqlite":
                return self._raw.execute(text, parameters).fetchall()
            return RawCursor(self._raw).execute(cast(LiteralString, text), parameters).fetchall()
        except self._errors as error:
            raise self._told(text, error) from error

    def read_first(self, text: str, parameters: Parameters) -> list[tuple[Any, ...]]:
        """PostgreSQL: run the first query of a transaction; its beginning travels with it."""
        with self.together():
            cursor = self.begin_sending(text, parameters)
        return cursor.fetchall()

    def read_each(self, text: str, several: Sequence[Parameters]) -> list[list[tuple[Any, ...]]]:
        """Run one query with several sets of parameters, in their order, and give the rows of each."""
        if self.dialect == "sqlite" or len(several) == 1:
            return [self.read(text, parameters) for parameters in several]
        with self.together():
            cursors = [self.begin_sending(text, parameters) for parameters in several]
        return [cursor.fetchall() for cursor in cursors]

    @contextmanager
    def together(self) -> Iterator[Sent]:
        """Send statements one behind the other and await all answers at the end; on SQLite each is answered at once.

        Raises:
            AssertionError: a statement found fewer rows than it should.
            DBAPIError: a statement failed; those after it had no effect.
        """
        sent = Sent(self)
        if self.dialect == "sqlite":
            yield sent
            return
        try:
            with self._raw.pipeline():
                yield sent
        except psycopg.Error as error:
            raise self._told("statements sent together", error) from error
        sent.check()

    def run(self, text: str, several: Sequence[Parameters]) -> int:
        """SQLite: run a statement for each set of parameters; gives how many rows it found, if the driver tells."""
        try:
            return self._raw.executemany(text, several).rowcount
        except self._errors as error:
            raise self._told(text, error) from error

    def begin_sending(self, text: str, parameters: Parameters) -> RawCursor[Any]:
        """PostgreSQL: send a statement; its answer is awaited at the end of `together`."""
        cursor = RawCursor(self._raw)
        cursor.execute(cast(LiteralString, text), parameters)
        return cursor

    def _told(self, text: str, error: Exception) -> Exception:
        told = DBAPIError.instance(text, None, error, self._errors)
        return told if isinstance(told, Exception) else error


class Sent:
    """Statements on their way, and how many rows each must find."""

    def __init__(self, driver: Driver) -> None:
        self.dialect = driver.dialect
        self._driver = driver
        self._awaited: list[tuple[str, RawCursor[Any], int]] = []

    def run(self, text: str, several: Sequence[Parameters], *, rows: int, what: str) -> None:
        """Run a statement: on SQLite with several sets of parameters, on PostgreSQL with one that holds many rows.

        Args:
            rows: how many rows it must find in all.
            what: the table's name.
        """
        if self.dialect == "sqlite":
            found = self._driver.run(text, several)
            assert found in {rows, _UNTOLD}, f"{what}: {found} of {rows} rows changed"
            return
        (parameters,) = several
        self._awaited.append((what, self._driver.begin_sending(text, parameters), rows))

    def check(self) -> None:
        """Every statement must have found its rows."""
        for what, cursor, rows in self._awaited:
            assert cursor.rowcount == rows, f"{what}: {cursor.rowcount} of {rows} rows changed"
