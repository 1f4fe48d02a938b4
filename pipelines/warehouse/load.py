"""Loads rows: changed ones into `recent` by key, all of them into a new `base`. The watermark is saved with its rows.

Loading the same rows again changes nothing: a key is deleted before it is inserted, in one transaction with the
position it stands for.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import duckdb

from pipelines.feed.changes import Changes, Horizon
from pipelines.feed.full import FullRead
from pipelines.warehouse.engine import number, one_row, transaction
from pipelines.warehouse.layout import POSITION, as_loaded
from schemas.marts import TravelTable, travelling_tables

_STREAMS: Final = 2
_LARGE: Final = frozenset({"document", "document_line", "journal_line", "stock_move"})


def apply_changes(session: duckdb.DuckDBPyConnection, changes: Changes) -> dict[str, int]:
    """Put changed rows into `recent` and move the watermark, in one transaction.

    Args:
        session: a session whose default database is a writable `recent`.
        changes: rows in stored form.

    Returns:
        Rows loaded, by table.
    """
    loaded: dict[str, int] = {}
    with transaction(session):
        for name, rows in changes.tables.items():
            table = travelling_tables()[name]
            session.register("incoming", rows)
            session.execute(f'delete from "{name}" where "{table.key}" in (select "{table.key}" from incoming)')
            session.execute(
                f'insert into "{name}" select {as_loaded(table)}, ? as {POSITION} from incoming',
                [changes.horizon.position],
            )
            session.unregister("incoming")
            loaded[name] = rows.num_rows
        set_watermark(session, changes.horizon)
    return loaded


def set_watermark(session: duckdb.DuckDBPyConnection, horizon: Horizon) -> None:
    """Say which position the warehouse stands at; to be called in the transaction that loads its rows."""
    row = one_row(session, "select models_hash from control.watermark")
    session.execute("delete from control.watermark")
    session.execute(
        "insert into control.watermark values (?, ?, ?)",
        [horizon.position, horizon.chain_hash, row[0] if row else None],
    )


def read_watermark(session: duckdb.DuckDBPyConnection) -> Horizon:
    """Return the position that the rows of a file stand at."""
    row = one_row(session, "select position, chain_hash from control.watermark")
    assert row is not None, "a file of recent rows has a watermark"
    return Horizon(row[0], row[1])


def load_base(session: duckdb.DuckDBPyConnection, full: FullRead) -> dict[str, int]:
    """Stream every travelling table into an empty base, two at a time.

    Args:
        session: a session whose default database is a new, empty `base`.
        full: the open snapshot.

    Returns:
        Rows loaded, by table.
    """
    tables = travelling_tables()
    names = sorted(tables, key=lambda name: (name not in _LARGE, name))
    with ThreadPoolExecutor(_STREAMS) as streams:
        counts = streams.map(lambda name: _load_table(session, full, tables[name]), names)
        return dict(zip(names, counts, strict=True))


def _load_table(session: duckdb.DuckDBPyConnection, full: FullRead, table: TravelTable) -> int:
    with session.cursor() as own, full.rows(table) as reader:
        own.execute("use base")
        own.register("incoming", reader)
        own.execute(
            f'create table "{table.name}" as select {as_loaded(table)} from incoming where "{table.key}" is not null'
        )
        own.unregister("incoming")
        return number(own, f'select count(*) from "{table.name}"')
