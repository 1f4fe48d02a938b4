"""Folds recent rows into a new base, so that the file copied at each refresh stays small.

The new base is written from two published files that never change, so folding runs beside refreshes and disturbs no one. The next
refresh adopts it: recent rows up to the fold's position are then in the base and are dropped from `recent`, later ones stay.
It works with one thread, to leave the machine to the refreshes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from pipelines.warehouse.engine import connect, number, transaction
from pipelines.warehouse.files import Folder, Published
from pipelines.warehouse.layout import POSITION
from pipelines.warehouse.models import build_totals
from schemas.marts import travelling_tables

ROWS_BEFORE_FOLDING: Final = 200_000


def count_recent(session: duckdb.DuckDBPyConnection) -> int:
    """Count the rows that stand in `recent`."""
    counts = " + ".join(f'(select count(*) from "{name}")' for name in travelling_tables())
    return number(session, f"select {counts}")


def write_folded_base(folder: Folder, published: Published, target: Path) -> None:
    """Write a base that holds all rows of a published version.

    Args:
        folder: the warehouse.
        published: the version to fold; its files are only read.
        target: the new base file; must not exist.
    """
    session = duckdb.connect(
        ":memory:",
        config={"memory_limit": "1GB", "threads": "1", "temp_directory": str(folder.path / "folding.tmp")},
    )
    try:
        session.execute(f"attach '{folder.path / published.base}' as base (read_only)")
        session.execute(f"attach '{folder.path / published.recent}' as recent (read_only)")
        session.execute(f"attach '{target}' as folded")
        for name, table in travelling_tables().items():
            columns = ", ".join(f'"{column}"' for column in table.names)
            session.execute("use recent")
            session.execute(f'create table folded.main."{name}" as select {columns} from raw."{name}"')
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
            session.execute(f'delete from "{name}" where {POSITION} <= ?', [position])


def fold_when_due(folder: Path, *, above_rows: int = ROWS_BEFORE_FOLDING) -> bool:
    """Fold recent rows into a new base if there are many; the next refresh adopts it.

    Needs no lock: it reads published files, which never change, and writes a new one. To be run by one process at a time.

    Args:
        folder: the warehouse's folder.
        above_rows: rows in `recent` above which folding is worth it.

    Returns:
        Whether a base was written.
    """
    place = Folder(folder)
    current = place.current()
    if current is None or current.position == current.base_position or place.ready_fold() is not None:
        return False
    with connect(
        base=place.path / current.base, recent=place.path / current.recent, read_only=True, scratch=place.scratch
    ) as session:
        if count_recent(session) <= above_rows:
            return False
    target = place.path / "folding.duckdb"
    target.unlink(missing_ok=True)
    write_folded_base(place, current, target)
    place.announce_fold(target, current)
    return True
