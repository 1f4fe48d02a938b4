"""Folds recent rows into a new base, so that the file copied at each refresh stays small.

The new base is written from two published files that never change, so folding runs beside refreshes and disturbs no one. The next
refresh adopts it: recent rows up to the fold's position are then in the base and are dropped from `recent`, later ones stay.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.warehouse.engine import connect, transaction
from pipelines.warehouse.files import Folder, Published
from pipelines.warehouse.layout import POSITION
from pipelines.warehouse.models import build_totals
from schemas.marts import travelling_tables


def count_recent(session: duckdb.DuckDBPyConnection) -> int:
    """Count the rows that stand in `recent`."""
    counts = " + ".join(f'(select count(*) from "{name}")' for name in travelling_tables())
    row = session.execute(f"select {counts}").fetchone()
    assert row is not None
    return row[0]


def write_folded_base(folder: Folder, published: Published, target: Path, *, memory: str = "1GB", threads: int = 1) -> None:
    """Write a base that holds all rows of a published version.

    Args:
        folder: the warehouse.
        published: the version to fold; its files are only read.
        target: the new base file; must not exist.
        memory: DuckDB's memory limit.
        threads: worker threads; one leaves the machine to the refreshes.
    """
    session = duckdb.connect(":memory:", config={"memory_limit": memory, "threads": str(threads)})
    try:
        session.execute(f"attach '{folder.path / published.base}' as base (read_only)")
        session.execute(f"attach '{folder.path / published.recent}' as recent (read_only)")
        session.execute(f"attach '{target}' as folded")
        for name, table in travelling_tables().items():
            columns = ", ".join(f'"{column}"' for column in table.names)
            session.execute("use recent")
            session.execute(f'create table folded.main."{name}" as select {columns} from raw."{name}"')  # noqa: S608
        session.execute("use folded")
        build_totals(session)
        session.execute("checkpoint folded")
    finally:
        session.close()


def drop_folded_rows(session: duckdb.DuckDBPyConnection, position: int) -> None:
    """Drop from `recent` the rows that a new base holds already.

    Args:
        session: a session whose default database is a writable `recent`.
        position: the position at which the base was folded.
    """
    with transaction(session):
        for name in travelling_tables():
            session.execute(f'delete from "{name}" where {POSITION} <= ?', [position])  # noqa: S608


def whole_base(path: Path, scratch: Path) -> bool:
    """Say whether a base file opens and has every table."""
    try:
        session = connect(base=path, recent=None, read_only=True, scratch=scratch)
    except Exception:  # noqa: BLE001  whatever is wrong with it, it is not used
        return False
    with session:
        found = {row[0] for row in session.execute("select table_name from duckdb_tables() where database_name = 'base'").fetchall()}
    return set(travelling_tables()) <= found
