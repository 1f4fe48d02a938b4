"""The tables of the two files, and the `raw` views that show both as one.

In `base` and `recent` alike each travelling table stands under its own name; `recent` adds at which position a row came. A `raw`
view shows a row of `recent` in place of the row of `base` with the same key. Rows of append-only tables are in one file or the
other, never both, so their views need no such look-up.

Two things stand beside the tables. `control.withheld` lists rows in quarantine whose latest decision is not to release them.
`control.quotient` divides exactly, in whole numbers and rounded half away from zero to 8 decimals: DuckDB's own division of
decimals gives a floating-point number.
"""

from __future__ import annotations

import hashlib
from typing import Final

import duckdb

from schemas.marts import Kind, TravelColumn, TravelTable, travelling_tables

POSITION: Final = "loaded_at_position"

_CONTROL: Final = """
create schema if not exists control;
create table if not exists control.watermark (position bigint, chain_hash varchar, models_hash varchar);
create table if not exists control.quarantine (
    table_name varchar, row_key bigint, rule varchar, reason varchar, row_values varchar, position bigint
);
create table if not exists control.gate_result (
    position bigint, scope varchar, evaluated_at timestamp, success boolean, document varchar
);
create schema if not exists raw;
create schema if not exists reference;
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists marts;
"""


QUOTIENT: Final = """
create macro control.quotient(dividend, divisor) as (
    case when divisor <> 0 then
        sign(dividend) * sign(divisor) * (
            ((abs(dividend) * 1000000)::hugeint * 200000000 + (abs(divisor) * 1000000)::hugeint)
            // ((abs(divisor) * 1000000)::hugeint * 2)
        ) * 0.00000001
    end
);
"""

_WITHHELD: Final = """
create view control.withheld as
with decision as (
    select table_name, row_key::bigint as row_key, rule, arg_max(decision, id) as decision
    from raw.quarantine_decision
    group by all
)
select distinct quarantine.table_name, quarantine.row_key
from control.quarantine
left join decision
    on quarantine.table_name = decision.table_name
    and quarantine.row_key = decision.row_key
    and quarantine.rule = decision.rule
where decision.decision is distinct from 'release';
"""


def shape_hash() -> str:
    """Hash what travels; a warehouse of another shape is loaded in full."""
    text = "\n".join(
        f"{table.name}.{column.name} {column.duckdb_type} {table.append_only}"
        for table in travelling_tables().values()
        for column in table.columns
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def create_recent(session: duckdb.DuckDBPyConnection) -> None:
    """Create the empty tables of a new file of recent rows, and its views of both files."""
    for table in travelling_tables().values():
        columns = ", ".join(f'"{c.name}" {c.duckdb_type}' for c in table.columns)
        session.execute(f'create table "{table.name}" ({columns}, {POSITION} bigint)')
    session.execute(_CONTROL)
    session.execute(QUOTIENT)
    for table in travelling_tables().values():
        session.execute(f'create view raw."{table.name}" as {_both(table)}')
    session.execute(_WITHHELD)


def as_loaded(table: TravelTable) -> str:
    """Select a table's columns from `incoming`, turned from stored form into the warehouse's types."""
    return ", ".join(f'{_converted(column)} as "{column.name}"' for column in table.columns)


def _converted(column: TravelColumn) -> str:
    name = f'"{column.name}"'
    match column.kind:
        case Kind.DECIMAL:
            step = "1" if column.decimals == 0 else "0." + "0" * (column.decimals - 1) + "1"
            return f"({name}::decimal(19, 0) * {step})::{column.duckdb_type}"
        case Kind.INSTANT:
            return f"make_timestamp({name}::bigint)"
        case _:
            return f"{name}::{column.duckdb_type}"


def _both(table: TravelTable) -> str:
    columns = ", ".join(f'"{name}"' for name in table.names)
    newer = f'select {columns} from recent.main."{table.name}"'
    older = f'select {columns} from base.main."{table.name}"'
    if not table.append_only:
        key = f'"{table.key}"'
        older += f' as older where not exists (select 1 from recent.main."{table.name}" as newer where newer.{key} = older.{key})'
    return f"{older} union all {newer}"
