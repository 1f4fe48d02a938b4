"""Streams every travelling table from one consistent snapshot, as record batches.

SQLite is never read by a second library while it is live: the store's own library copies the snapshot to a scratch file with its
backup function, and the columnar driver reads the copy. PostgreSQL is read in repeatable-read transactions that share one snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa
from sqlalchemy import Connection

from pipelines.feed.changes import Horizon
from pipelines.feed.source import Source
from schemas.marts import Kind, TravelTable

Connect = Callable[[], AbstractContextManager[Any]]

_ROWS_A_BATCH: Final = "65536"
_AS_TEXT: Final = frozenset({Kind.TEXT, Kind.DAY})


class FullRead:
    """An open snapshot. Tables may be streamed side by side: each stream has a connection to the same state for itself.

    A connection whose table was streamed whole serves the next one, for to open one costs as much as many small tables.
    """

    def __init__(self, connect: Connect, dialect: str, opened: ExitStack) -> None:
        self._connect = connect
        self._dialect = dialect
        self._opened = opened
        self._idle: SimpleQueue[Any] = SimpleQueue()
        self.horizon = self._horizon()

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        """A connection that nobody else uses meanwhile; it lies idle afterwards unless what it was for has failed."""
        try:
            driver = self._idle.get_nowait()
        except Empty:
            driver = self._opened.enter_context(self._connect())
        yield driver
        self._idle.put(driver)

    def _horizon(self) -> Horizon:
        with self._connection() as driver, closing(driver.cursor()) as cursor:
            cursor.execute("select position, chain_hash from feed order by position desc limit 1")
            row = cursor.fetchone()
        return Horizon(0, "") if row is None else Horizon(row[0], row[1])

    @contextmanager
    def rows(self, travel: TravelTable) -> Iterator[pa.RecordBatchReader]:
        """Stream a table, values as the database stores them; a row without key is to be skipped."""
        with self._connection() as driver, closing(driver.cursor()) as cursor:
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
        with _shared_snapshot(source) as connect, ExitStack() as opened:
            yield FullRead(connect, source.dialect, opened)
        return
    copy = scratch / "copy.db"
    try:
        with source.reading(seconds=None) as connection:
            _back_up(connection, copy)
        with ExitStack() as opened:
            yield FullRead(partial(_sqlite_copy, copy), source.dialect, opened)
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
    """Open the copy as what it is, a file that nobody writes: no locks, no log."""
    from adbc_driver_sqlite import dbapi

    with closing(dbapi.connect(f"file:{quote(str(copy))}?immutable=1")) as driver:
        yield driver


@contextmanager
def _shared_snapshot(source: Source) -> Iterator[Connect]:
    """Hold one repeatable-read transaction open, and let further connections take its snapshot."""
    with source.reading() as connection:
        url = connection.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with _postgresql(url, None) as first, closing(first.cursor()) as cursor:
        cursor.execute("select pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        yield partial(_postgresql, url, snapshot)


@contextmanager
def _postgresql(url: str, snapshot: str | None) -> Iterator[Any]:
    from adbc_driver_postgresql import dbapi

    with closing(dbapi.connect(url)) as driver:
        with closing(driver.cursor()) as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
            if snapshot is not None:
                cursor.execute(f"set transaction snapshot '{snapshot}'")
        yield driver
        driver.rollback()
