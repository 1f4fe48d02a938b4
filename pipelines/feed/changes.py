"""Reads the rows that changed since a position, from SQLite and PostgreSQL alike.

A snapshot of the store is the store at one position (the feed's highest), because the position is the last lock of every
command. So the keys listed by the feed after the cursor, and the rows behind them, are read in that one snapshot: what comes
out is exactly the difference between the store at two positions, in whatever order writers committed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import Connection, bindparam, column, func, select, table

from pipelines.feed.errors import FeedBrokenError, HistoryReplacedError
from schemas.marts import Kind, TravelTable, travelling_tables
from schemas.operational import kernel

_KEYS_A_QUERY: Final = 1000


@dataclass(frozen=True)
class Horizon:
    """How far a snapshot reaches: the highest feed position in it, and the hash that position carries."""

    position: int
    chain_hash: str


@dataclass(frozen=True)
class Changes:
    """Rows that differ between two positions, by table, as they stand at the later one."""

    since: int
    horizon: Horizon
    commands: int
    tables: dict[str, pa.Table]

    @property
    def row_count(self) -> int:
        """Changed rows in all tables."""
        return sum(rows.num_rows for rows in self.tables.values())


class TooManyChangesError(Exception):
    """More rows changed than are worth reading one by one; a full load is faster."""


def read_horizon(connection: Connection) -> Horizon:
    """Return the position that a snapshot stands at; position 0 is a store that has seen no command."""
    feed = kernel.feed.c
    row = connection.execute(select(feed.position, feed.chain_hash).order_by(feed.position.desc()).limit(1)).first()
    return Horizon(0, "") if row is None else Horizon(row.position, row.chain_hash)


def read_changes(connection: Connection, since: Horizon, *, at_most: int) -> Changes:
    """Read what changed after a position.

    Args:
        connection: a snapshot of the store; it must see one state throughout.
        since: the position and hash that were loaded last.
        at_most: rows that are worth reading one by one.

    Raises:
        HistoryReplacedError: the store's feed does not contain `since`.
        TooManyChangesError: more than `at_most` rows changed.
        FeedBrokenError: positions have a hole, or the feed names a row that is not there.
    """
    horizon = read_horizon(connection)
    _check_continuation(connection, since, horizon)
    if horizon.position == since.position:
        return Changes(since.position, horizon, 0, {})
    keys: dict[str, dict[int, None]] = defaultdict(dict)
    count = commands = 0
    feed = kernel.feed.c
    rows = connection.execute(
        select(feed.position, feed.changes).where(feed.position > since.position).order_by(feed.position)
    )
    for position, listed in rows:
        commands += 1
        if position != since.position + commands:
            raise FeedBrokenError(f"the feed has no position {since.position + commands}; run tallyworks verify")
        for name, changed in json.loads(listed).items():
            known = keys[name]
            before = len(known)
            known.update(dict.fromkeys(changed))
            count += len(known) - before
        if count > at_most:
            raise TooManyChangesError
    tables = {name: _read_rows(connection, travelling_tables()[name], list(ids)) for name, ids in sorted(keys.items())}
    return Changes(since.position, horizon, commands, tables)


def _check_continuation(connection: Connection, since: Horizon, horizon: Horizon) -> None:
    if since.position > horizon.position:
        raise HistoryReplacedError(f"position {since.position} was loaded, the store ends at {horizon.position}")
    if since.position:
        feed = kernel.feed.c
        held = connection.execute(select(feed.chain_hash).where(feed.position == since.position)).scalar()
        if held != since.chain_hash:
            raise HistoryReplacedError(f"the store's history differs at position {since.position}")


def _read_rows(connection: Connection, travel: TravelTable, keys: list[int]) -> pa.Table:
    """Read rows by key, values as the database stores them."""
    keys.sort()
    stored = table(travel.name, *(column(name) for name in travel.names))
    query = (
        select(*(stored.c[name] for name in travel.names))
        .where(stored.c[travel.key].in_(bindparam("keys", expanding=True)))
        .order_by(stored.c[travel.key])
    )
    batches: list[pa.RecordBatch] = []
    found = 0
    for start in range(0, len(keys), _KEYS_A_QUERY):
        rows = connection.execute(query, {"keys": keys[start : start + _KEYS_A_QUERY]}).fetchall()
        found += len(rows)
        batches.append(record_batch(travel, connection.dialect.name, rows))
    if found != len(keys):
        raise FeedBrokenError(
            f"the feed names {len(keys)} rows of {travel.name}, {found} are there; run tallyworks verify"
        )
    return pa.Table.from_batches(batches)


def record_batch(travel: TravelTable, dialect: str, rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    """Turn rows, as a driver hands them out, into one batch in stored form (decimals and instants as integers)."""
    schema = pa.schema([(c.name, _arrow_type(c.kind, dialect)) for c in travel.columns])
    columns: Iterator[Any] = iter(zip(*rows, strict=True)) if rows else iter([()] * len(travel.columns))
    return pa.record_batch(
        [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema
    )


def _arrow_type(kind: Kind, dialect: str) -> pa.DataType:
    if kind is Kind.TEXT:
        return pa.string()
    if kind is Kind.DAY:
        return pa.string() if dialect == "sqlite" else pa.date32()
    if kind is Kind.TRUTH:
        return pa.int64() if dialect == "sqlite" else pa.bool_()
    return pa.int64()


def count_rows(connection: Connection, name: str) -> int:
    """Count a table's rows in a snapshot."""
    return connection.execute(select(func.count()).select_from(table(name))).scalar_one()
