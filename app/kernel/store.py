"""Opens the operational store, on SQLite or PostgreSQL, with the discipline that keeps acknowledged documents (R6, R7).

SQLite: one library in the process, full synchronisation, write-ahead log, one writer at a time under a lock file beside the
store, checkpoints only by the writer. PostgreSQL: read committed, rows locked first in one order. Reading uses a separate
engine that cannot write.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pysqlite3
from sqlalchemy import Connection, Engine, create_engine, event

from app.kernel.errors import Refused
from app.kernel.readers import READER_SECONDS, Readers

FILES: Final = "data/local"
_FIRST_SAFE: Final = (3, 51, 3)
_WITHDRAWN: Final = (3, 52, 0)
_CHECKPOINT_BYTES: Final = 16 * 1024 * 1024
_LONGEST_LOG_BYTES: Final = 256 * 1024 * 1024
_LOG_PATIENCE_SECONDS: Final = 60.0
_LOG_LOOK_SECONDS: Final = 0.1
_MOST_PREPARED: Final = 1000
_LEAST_FREE_BYTES: Final = 64 * 1024 * 1024


def sqlite_library() -> ModuleType:
    """Return the one SQLite library that this process uses.

    The interpreter's own where it is free of the write-ahead-log reset fault, else pysqlite3.

    Raises:
        RuntimeError: neither library is safe.
    """
    for library in (sqlite3, pysqlite3):
        version = tuple(int(part) for part in library.sqlite_version.split("."))
        if version >= _FIRST_SAFE and version != _WITHDRAWN:
            return library
    raise RuntimeError(f"SQLite {sqlite3.sqlite_version} can lose commits; install pysqlite3 0.6.1 or newer")


def _keep_many_prepared(connection: Any, _record: Any) -> None:
    """A command writes with a statement for each table and count of rows: more than the driver keeps prepared by itself."""
    connection.prepared_max = _MOST_PREPARED


@dataclass(frozen=True)
class StoreAddress:
    """Where a store is: a file, or a PostgreSQL URL.

    Attributes:
        text: the file or the URL.
        files: where the folder of files lies that belong to a store on PostgreSQL; an embedded store's lies beside it.
    """

    text: str
    files: Path | None = None

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return (
            "postgresql"
            if self.text.startswith(("postgresql://", "postgresql+psycopg://", "postgres://"))
            else "sqlite"
        )

    @property
    def path(self) -> Path:
        """The file of an embedded store."""
        return Path(self.text.removeprefix("sqlite:///"))

    @property
    def url(self) -> str:
        """The SQLAlchemy URL."""
        if self.dialect == "sqlite":
            return f"sqlite:///{self.path}"
        return "postgresql+psycopg://" + self.text.split("://", 1)[1]

    @property
    def folder(self) -> Path:
        """Where files that belong to the store lie: warehouse, plan runs, key."""
        if self.dialect == "sqlite":
            return self.path.parent / (self.path.stem + ".files")
        base = self.files or Path(os.environ.get("TALLYWORKS_FILES", FILES))
        return base / (self.text.rsplit("/", 1)[1].split("?")[0] + ".files")


class Store:
    """An opened operational store."""

    def __init__(self, address: StoreAddress, *, disk_free_share: float = 0.05) -> None:
        self.address = address
        self._disk_free_share = disk_free_share
        self.dialect = address.dialect
        self.folder = address.folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._writer_mutex = threading.Lock()
        self._pause = threading.Event()
        self.write_engine, self.read_engine = self._engines()
        self._readers = Readers(self.read_engine) if self.dialect == "sqlite" else None

    def _engines(self) -> tuple[Engine, Engine]:
        if self.dialect == "postgresql":
            options = "-c idle_in_transaction_session_timeout=30000 -c lock_timeout=30000"
            writer = create_engine(self.address.url, pool_size=20, max_overflow=20, connect_args={"options": options})
            reader = create_engine(
                self.address.url,
                pool_size=10,
                max_overflow=20,
                connect_args={"options": options + " -c default_transaction_read_only=on"},
            )
            event.listen(writer, "connect", _keep_many_prepared)
            return writer, reader
        self.address.path.parent.mkdir(parents=True, exist_ok=True)
        return self._sqlite_engine(writing=True), self._sqlite_engine(writing=False)

    def _sqlite_engine(self, *, writing: bool) -> Engine:
        engine = create_engine(
            self.address.url,
            module=sqlite_library(),
            connect_args={"isolation_level": None, "check_same_thread": False, "timeout": 30},
            pool_size=5 if writing else 20,
            max_overflow=20,
        )
        pragmas = [
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "PRAGMA foreign_keys=ON",
            "PRAGMA trusted_schema=OFF",
            "PRAGMA recursive_triggers=ON",  # Else `insert or replace` deletes a ledger's row past its delete trigger.
            "PRAGMA busy_timeout=30000",
            "PRAGMA cache_size=-65536",
            "PRAGMA temp_store=MEMORY",
            "PRAGMA wal_autocheckpoint=0",
        ]
        if not writing:
            pragmas.append("PRAGMA query_only=ON")

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            for pragma in pragmas:
                connection.execute(pragma)

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

        return engine

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open one write transaction; it commits when the block ends well and rolls back otherwise.

        Raises:
            Refused: too little free disk to write safely, or a reader keeps the log from being emptied.
        """
        if self.dialect == "postgresql":
            with self.write_engine.begin() as connection:
                yield connection
            return
        self._refuse_when_disk_is_full()
        with self._writer_mutex, self._lock_file(), self.write_engine.connect() as connection:
            self._wait_for_log(connection)
            with connection.begin():
                yield connection
            if self._log_bytes() > _CHECKPOINT_BYTES:
                self._checkpoint(connection)

    @contextmanager
    def reading(self, *, seconds: float | None = READER_SECONDS) -> Iterator[Connection]:
        """Open one consistent read-only snapshot.

        Args:
            seconds: how long it may be held on an embedded store; None for work that copies or checks a whole store, which no
                database ends however long it does something else in between.

        Raises:
            Refused: the snapshot was held longer than that.
        """
        if self.dialect == "postgresql":
            repeatable = self.read_engine.connect().execution_options(isolation_level="REPEATABLE READ")
            with repeatable as connection, connection.begin():
                if seconds is None:
                    connection.exec_driver_sql("set local idle_in_transaction_session_timeout = 0")
                yield connection
            return
        with self.read_engine.connect() as connection, connection.begin():
            if self._readers is None or seconds is None:
                yield connection
                return
            with self._readers.limited(connection, seconds):
                yield connection

    @contextmanager
    def _lock_file(self) -> Iterator[None]:
        descriptor = os.open(self.folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _log_bytes(self) -> int:
        log = Path(str(self.address.path) + "-wal")
        return log.stat().st_size if log.exists() else 0

    def _wait_for_log(self, connection: Connection) -> None:
        """Writers wait while the log is too long to grow; what holds it are readers of old snapshots, whose time ends."""
        patience = time.monotonic() + _LOG_PATIENCE_SECONDS
        while self._log_bytes() > _LONGEST_LOG_BYTES:
            if self._readers is not None:
                self._readers.end_overdue()
            self._checkpoint(connection)
            if self._log_bytes() <= _LONGEST_LOG_BYTES:
                return
            if time.monotonic() > patience:
                raise Refused("log_too_long", size=self._log_bytes() // (1024 * 1024))
            self._pause.wait(_LOG_LOOK_SECONDS)

    def _checkpoint(self, connection: Connection) -> None:
        """Empty the log as far as readers let it; one that holds an old snapshot must not hold up the writers."""
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA busy_timeout=0")
        try:
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            driver.execute("PRAGMA busy_timeout=30000")

    def _refuse_when_disk_is_full(self) -> None:
        """Writers stop below the set share of free disk (R12); 64 MB are needed on each disk."""
        usage = shutil.disk_usage(self.address.path.parent)
        needed = max(_LEAST_FREE_BYTES, int(usage.total * self._disk_free_share))
        if usage.free < needed:
            raise Refused(
                "disk_full",
                free=usage.free // (1024 * 1024),
                needed=needed // (1024 * 1024),
                folder=str(self.address.path.parent),
            )

    def copy_to(self, target: Path) -> None:
        """Copy an embedded store into a new file by the library's own backup, which sees the store at one moment."""
        library = sqlite_library()
        source, copy = library.connect(str(self.address.path)), library.connect(str(target))
        try:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
            source.close()

    def close(self) -> None:
        """Close every connection."""
        self.write_engine.dispose()
        self.read_engine.dispose()
