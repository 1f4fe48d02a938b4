"""Compares the warehouse with the operational store, table by table, at one position (I-12).

Two strengths. `count_differences` compares row counts and the sum of every number, computed by either database itself, within one
snapshot of the store. `digest_differences` reads the store again in full and compares an order-independent hash of every row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import Connection, text

from pipelines.feed.full import full_read
from pipelines.feed.source import Source
from pipelines.warehouse.engine import one_row
from pipelines.warehouse.layout import as_loaded
from schemas.marts import Kind, TravelTable, travelling_tables

_NUMBERS = (Kind.WHOLE, Kind.DECIMAL, Kind.INSTANT, Kind.TRUTH)
_HALF = 1 << 32


def count_differences(session: duckdb.DuckDBPyConnection, connection: Connection) -> dict[str, int]:
    """Compare counts and sums.

    Args:
        session: a session over the warehouse at the snapshot's position.
        connection: a snapshot of the store.

    Returns:
        For every table 1 where something differs, else 0.
    """
    return {
        name: int(_store_sums(connection, table) != _warehouse_sums(session, table))
        for name, table in travelling_tables().items()
    }


def _store_sums(connection: Connection, table: TravelTable) -> list[int]:
    """Count rows and sum numbers in the store. A number is summed in two halves, so that no sum exceeds 64 bits."""
    columns: list[str] = ["count(*)"]
    for column in table.columns:
        if column.kind in _NUMBERS:
            value = f'"{column.name}"'
            if column.kind is Kind.TRUTH:
                value = f"case when {value} then 1 else 0 end"
            columns += [f"coalesce(sum(({value}) / {_HALF}), 0)", f"coalesce(sum(({value}) % {_HALF}), 0)"]
        else:
            columns.append(f'count("{column.name}")')
    row = connection.execute(text(f'select {", ".join(columns)} from "{table.name}"')).one()
    return _joined(table, [int(value) for value in row])


def _joined(table: TravelTable, values: list[int]) -> list[int]:
    rest = iter(values)
    joined = [next(rest)]
    for column in table.columns:
        joined.append(next(rest) * _HALF + next(rest) if column.kind in _NUMBERS else next(rest))
    return joined


def _warehouse_sums(session: duckdb.DuckDBPyConnection, table: TravelTable) -> list[int]:
    columns: list[str] = ["count(*)"]
    for column in table.columns:
        value = f'"{column.name}"'
        match column.kind:
            case Kind.DECIMAL:
                columns.append(f"coalesce(sum(({value} * {10**column.decimals})::hugeint), 0)")
            case Kind.INSTANT:
                columns.append(f"coalesce(sum(epoch_us({value})::hugeint), 0)")
            case Kind.WHOLE | Kind.TRUTH:
                columns.append(f"coalesce(sum({value}::hugeint), 0)")
            case _:
                columns.append(f"count({value})")
    row = one_row(session, f'select {", ".join(columns)} from raw."{table.name}"')
    assert row is not None
    return [int(value) for value in row]


def digest_differences(session: duckdb.DuckDBPyConnection, source: Source, scratch: Path) -> list[str]:
    """Compare a hash of all rows with the store read anew; the store must still stand at the warehouse's position.

    Args:
        session: a session over the warehouse.
        source: the operational store.
        scratch: an existing folder for the temporary copy of an embedded store.

    Returns:
        Names of tables that differ.
    """
    different: list[str] = []
    with full_read(source, scratch) as full, duckdb.connect(":memory:") as other:
        for name, table in travelling_tables().items():
            with full.rows(table) as reader:
                other.register("incoming", reader)
                rows = f'select {as_loaded(table)} from incoming where "{table.key}" is not null'
                expected = _digest(other, rows)
                other.unregister("incoming")
            columns = ", ".join(f'"{column}"' for column in table.names)
            if _digest(session, f'select {columns} from raw."{name}"') != expected:
                different.append(name)
    return different


def _digest(session: duckdb.DuckDBPyConnection, rows: str) -> Any:
    query = f"select count(*), sum(hash(listed)::hugeint), bit_xor(hash(listed)) from ({rows}) as listed"
    return one_row(session, query)
