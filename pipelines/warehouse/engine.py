"""Opens DuckDB over the two files of a version, hardened: no extensions, no other files, no Python frames, locked settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

_HARDENED: Final = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}


class WarehouseDamagedError(Exception):
    """A file of the warehouse cannot be read. It is derived data: the next refresh builds it anew."""


def connect(
    *, base: Path, recent: Path | None, read_only: bool, scratch: Path, memory: str = "1GB", threads: int = 2
) -> duckdb.DuckDBPyConnection:
    """Open the files of one version in one session.

    Args:
        base: attached as `base`; read-only unless there is no `recent`.
        recent: attached as `recent` and made the default; None while a base is built.
        read_only: whether the default database may be written.
        scratch: folder for spilled intermediate results.
        memory: DuckDB's memory limit.
        threads: worker threads.

    Raises:
        WarehouseDamagedError: a file is not a readable DuckDB file.
    """
    session = duckdb.connect(
        ":memory:",
        config={**_HARDENED, "memory_limit": memory, "threads": str(threads), "temp_directory": str(scratch)},
    )
    try:
        files = [("base", base, read_only or recent is not None)]
        if recent is not None:
            files.append(("recent", recent, read_only))
        for name, file, only_read in files:
            mode = " (read_only)" if only_read else ""
            session.execute(f"attach '{_quoted(file)}' as {name}{mode}")
        session.execute(f"use {files[-1][0]}")
        session.execute("set enable_external_access = false")
        session.execute("set lock_configuration = true")
    except duckdb.Error as error:
        session.close()
        raise WarehouseDamagedError(f"{base.name} or {recent.name if recent else 'nothing'}: {error}") from error
    return session


def one_row(session: duckdb.DuckDBPyConnection, query: str, parameters: Any = None) -> tuple[Any, ...] | None:
    """Return the first row of a query, or None. Fetching all of it leaves the session free for the next statement."""
    rows = session.execute(query, parameters).fetchall()
    return rows[0] if rows else None


def number(session: duckdb.DuckDBPyConnection, query: str) -> int:
    """Return the one whole number that a query has for an answer."""
    row = one_row(session, query)
    assert row is not None, query
    return int(row[0])


@contextmanager
def transaction(session: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Run a block in one transaction."""
    session.execute("begin")
    try:
        yield
    except BaseException:
        session.execute("rollback")
        raise
    session.execute("commit")


def _quoted(file: Path) -> str:
    return str(file).replace("'", "''")
