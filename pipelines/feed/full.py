"""Streams every travelling table from one consistent snapshot, as record batches.

SQLite is never read by a second library while it is live: the store's own library copies the snapshot to a scratch file with its
backup function, and the columnar driver reads the copy. PostgreSQL is read in one repeatable-read transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import Connection

from pipelines.feed.changes import Horizon
from pipelines.feed.source import Source
from schemas.marts import Kind, TravelTable

_ROWS_A_BATCH: Final = "65536"
_AS_TEXT: Final = frozenset({Kind.TEXT, Kind.DAY})


class FullRead:
    """An open snapshot whose tables can be streamed one after the other."""

    def __init__(self, driver: Any, dialect: str) -> None:
        self._driver = driver
        self._dialect = dialect
        self.horizon = self._horizon()

    def _horizon(self) -> Horizon:
        with closing(self._driver.cursor()) as cursor:
            cursor.execute("select position, chain_hash from feed order by position desc limit 1")
            row = cursor.fetchone()
        return Horizon(0, "") if row is None else Horizon(row[0], row[1])

    @contextmanager
    def rows(self, travel: TravelTable) -> Iterator[pa.RecordBatchReader]:
        """Stream a table, values as the database stores them; a row without key is to be skipped."""
        with closing(self._driver.cursor()) as cursor:
            if self._dialect == "sqlite":
                cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": _ROWS_A_BATCH})
            cursor.execute(_query(travel, self._dialect))
            with closing(cursor.fetch_record_batch()) as reader:
                yield reader


def _query(travel: TravelTable, dialect: str) -> str:
    """Select a table. On SQLite the driver takes each column's type from the first batch, where a column that is often null
    may have no value yet: a first row without key shows it what is text."""
    names = ", ".join(f'"{name}"' for name in travel.names)
    rows = f'select {names} from "{travel.name}"'
    if dialect != "sqlite":
        return rows
    shown = {c.name: "null" if c.name == travel.key else "''" if c.kind in _AS_TEXT else "0" for c in travel.columns}
    first = ", ".join(f'{value} as "{name}"' for name, value in shown.items())
    return f"select {first} union all {rows}"


@contextmanager
def full_read(source: Source, scratch: Path) -> Iterator[FullRead]:
    """Open a snapshot of a whole store for streaming.

    Args:
        source: the operational store.
        scratch: an existing folder for the temporary copy of an embedded store.
    """
    if source.dialect == "postgresql":
        with _postgresql(source) as driver:
            yield FullRead(driver, source.dialect)
        return
    copy = scratch / "copy.db"
    try:
        with source.reading() as connection:
            _back_up(connection, copy)
        with _sqlite_copy(copy) as driver:
            yield FullRead(driver, source.dialect)
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                Path(f"{copy}{suffix}").unlink()


def _back_up(connection: Connection, copy: Path) -> None:
    """Copy the snapshot with the very library that has the store open."""
    copy.unlink(missing_ok=True)
    live = connection.connection.driver_connection
    assert live is not None
    library: Any = connection.dialect.dbapi
    with closing(library.connect(str(copy))) as target:
        target.execute("pragma journal_mode=off")
        target.execute("pragma synchronous=off")
        live.backup(target)


@contextmanager
def _sqlite_copy(copy: Path) -> Iterator[Any]:
    from adbc_driver_sqlite import dbapi

    with closing(dbapi.connect(str(copy))) as driver:
        yield driver


@contextmanager
def _postgresql(source: Source) -> Iterator[Any]:
    from adbc_driver_postgresql import dbapi

    with source.reading() as connection:
        url = connection.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(dbapi.connect(url)) as driver:
        with closing(driver.cursor()) as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
        yield driver
        driver.rollback()
