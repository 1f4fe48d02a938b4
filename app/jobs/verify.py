"""Verifies a store: derives every balance and invariant again by another road and names the first difference (R12).

Read-only and online: everything is read in one snapshot. What cannot be checked is reported as not checked, never as good.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects import postgresql

from app.jobs.anchor import broken_anchors
from app.jobs.invariants import INVARIANTS
from app.kernel import feed as feed_rows
from app.kernel.gateway import Gateway
from app.kernel.numbering import SERIES
from schemas.operational import (
    METADATA,
    documents,
    forecasting,
    inventory_policies,
    kernel,
    ledger,
    master_data,
    planning_desk,
)
from schemas.operational.types import Scaled

_SHOWN: Final = 20
_NUMBER: Final = re.compile(r"^(?P<series>.+)-(?P<period>\d{4,6})-(?P<number>\d+)$")
_KINDS: Final = """select table_name, column_name, data_type from information_schema.columns
    where table_schema = current_schema()"""


@dataclass(frozen=True)
class Finding:
    """One violation of one invariant."""

    code: str
    says: str
    row: dict[str, Any]


@dataclass
class Verification:
    """What a run of verify looked at and found."""

    position: int = 0
    checked: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify(gateway: Gateway, *, anchor: Path | None = None) -> Verification:
    """Check every invariant of a store in one snapshot, and the anchors of its feed if there are any."""
    result = Verification()
    with gateway.store.reading(seconds=None) as connection:
        head = connection.execute(select(kernel.store_head)).one()
        result.position = head.position
        for invariant in INVARIANTS:
            result.checked.append(invariant.code)
            query = invariant.query
            if connection.dialect.name == "postgresql" and invariant.on_postgresql is not None:
                query = invariant.on_postgresql
            rows = connection.execute(text(query)).mappings().fetchmany(_SHOWN)
            result.findings += [Finding(invariant.code, invariant.says, dict(row)) for row in rows]
        for code, says, rows in (
            ("I-07", "legal numbers run from 1 without gap or double", _numbers(connection)),
            (
                "I-13",
                "the feed's chain holds from its first row to its head",
                _chain(connection, gateway.keys.chain, head),
            ),
            ("I-13b", "the feed extends every anchor", _anchors(connection, anchor)),
            ("I-14b", "what each command wrote is unchanged", _contents(connection)),
            ("I-15b", "nothing was posted into a period after its lock", _locks(connection)),
            ("I-19", "numbers are integers and dates are dates", _types(connection)),
            ("I-20", "foreign keys hold and the file is whole", _database(connection)),
            ("I-21", "bills of material, accounts and locations have no circles", _circles(connection)),
        ):
            result.checked.append(code)
            result.findings += [Finding(code, says, row) for row, _ in zip(rows, range(_SHOWN), strict=False)]
    return result


def _numbers(connection: Connection) -> Iterator[dict[str, Any]]:
    """Numbers of each series, dense from 1, up to the one that the series gave last."""
    seen: dict[tuple[str, str], list[int]] = defaultdict(list)
    for column in (
        documents.document.c.number,
        ledger.journal_entry.c.number,
        planning_desk.plan_run.c.number,
        forecasting.forecast_run.c.number,
        inventory_policies.policy_run.c.number,
    ):
        for number in connection.execute(select(column)).scalars():
            match = _NUMBER.match(number)
            if match is None:
                yield {"number": number, "fault": "not of its series' form"}
            else:
                seen[(match["series"], match["period"])].append(int(match["number"]))
    series = kernel.number_series
    last = {(SERIES[row.series].prefix, row.period): row.last_number for row in connection.execute(select(series))}
    for place in sorted(set(seen) | set(last)):
        numbers = seen.get(place, [])
        highest = max(numbers, default=0)
        if len(numbers) != highest or len(set(numbers)) != len(numbers) or highest != last.get(place):
            yield {
                "series": place[0],
                "period": place[1],
                "highest": highest,
                "count": len(numbers),
                "given": last.get(place),
            }


def _chain(connection: Connection, key: bytes, head: Any) -> Iterator[dict[str, Any]]:
    previous, expected = feed_rows.GENESIS, 1
    query = select(kernel.feed).order_by(kernel.feed.c.position).execution_options(yield_per=2000)
    with connection.execute(query) as rows:
        for row in rows:
            if row.position != expected or not feed_rows.is_chained(key, row, previous):
                yield {"position": row.position, "expected": expected, "fault": "the chain breaks here"}
                return
            previous, expected = row.chain_hash, expected + 1
    if (head.position, head.chain_hash) != (expected - 1, previous):
        yield {"position": head.position, "rows": expected - 1, "fault": "the head is not the last row"}


def _anchors(connection: Connection, file: Path | None) -> Iterator[dict[str, Any]]:
    return broken_anchors(connection, file) if file is not None else iter(())


def _contents(connection: Connection) -> Iterator[dict[str, Any]]:
    """Hash the append-only rows of each command again, some thousand commands at a time, and count those of no command."""
    feed = kernel.feed
    tables = {t.name: t for t in METADATA.tables.values() if t.info["append_only"] and t.info["fed"]}
    listed: Counter[str] = Counter()
    rows = connection.execute(select(feed.c.position, feed.c.changes, feed.c.content_hash).order_by(feed.c.position))
    for chunk in rows.partitions(1000):
        wanted = [(row.position, row.content_hash, json.loads(row.changes)) for row in chunk]
        held: dict[str, dict[Any, dict[str, Any]]] = {}
        for name, table in tables.items():
            keys = [key for _, _, changes in wanted for key in changes.get(name, ())]
            listed[name] += len(keys)
            held[name] = {}
            for start in range(0, len(keys), 500):
                found = connection.execute(select(table).where(table.c.id.in_(keys[start : start + 500]))).mappings()
                held[name].update({row["id"]: dict(row) for row in found})
        for position, content_hash, changes in wanted:
            if _content_hash(changes, held) != content_hash:
                yield {"position": position, "fault": "a row that this command wrote has changed or is gone"}
    for name, count in connection.execute(text(_counts(*tables))):
        if count != listed[name]:
            yield {"table": name, "rows": count, "listed": listed[name], "fault": "rows that no command wrote"}


@cache
def _counts(*names: str) -> str:
    return " union all ".join(f"select '{name}', count(*) from {name}" for name in names)


def _content_hash(changes: dict[str, list[Any]], held: dict[str, dict[Any, dict[str, Any]]]) -> str:
    written = [(name, held[name].get(key)) for name in sorted(changes) if name in held for key in sorted(changes[name])]
    return feed_rows.rows_hash([(name, row) for name, row in written if row is not None])


def _locks(connection: Connection) -> Iterator[dict[str, Any]]:
    """Entries that were recorded in a period after it was locked."""
    period, entry, feed = ledger.fiscal_period, ledger.journal_entry, kernel.feed
    locked = select(period.c.id, period.c.code, period.c.locked_at_position).where(period.c.state == "locked")
    for row in connection.execute(locked).all():
        inside = set(connection.execute(select(entry.c.id).where(entry.c.period_id == row.id)).scalars())
        later = select(feed.c.position, feed.c.changes).where(feed.c.position > (row.locked_at_position or 0))
        for position, changes in connection.execute(later) if inside else ():
            if inside & set(json.loads(changes).get(entry.name, ())):
                yield {"period": row.code, "locked_at": row.locked_at_position, "position": position}


def _types(connection: Connection) -> Iterator[dict[str, Any]]:
    if connection.dialect.name == "postgresql":
        found = {(row.table_name, row.column_name): row.data_type for row in connection.execute(text(_KINDS))}
        for table, names in _scaled_columns():
            for name in names:
                if found.get((table, name)) != "bigint":
                    yield {"table": table, "column": name, "type": found.get((table, name))}
        return
    for table, names in _scaled_columns():
        counts = connection.execute(text(_odd_values(table, *names))).one()
        for name, count in zip(names, counts, strict=True):
            if count:
                yield {"table": table, "column": name, "rows": count}


@cache
def _odd_values(table: str, *names: str) -> str:
    counts = ", ".join(f"coalesce(sum(typeof({name}) not in ('integer', 'null')), 0)" for name in names)
    return f"select {counts} from {table}"


@cache
def _scaled_columns() -> list[tuple[str, list[str]]]:
    """The columns of each table that hold scaled integers."""
    named = [(t.name, [c.name for c in t.columns if isinstance(c.type, Scaled)]) for t in METADATA.sorted_tables]
    return [(table, names) for table, names in named if names]


def _database(connection: Connection) -> Iterator[dict[str, Any]]:
    if connection.dialect.name == "postgresql":
        yield from _orphans(connection)
        return
    for row in connection.exec_driver_sql("pragma foreign_key_check").fetchmany(_SHOWN):
        yield {"table": row[0], "row": row[1], "refers_to": row[2]}
    for row in connection.exec_driver_sql("pragma integrity_check").fetchmany(_SHOWN):
        if row[0] != "ok":
            yield {"integrity": row[0]}


def _orphans(connection: Connection) -> Iterator[dict[str, Any]]:
    """Rows whose foreign key leads nowhere; PostgreSQL does not check again what was written past its triggers."""
    for table, parent, query in _orphan_queries():
        for row in connection.execute(text(query)):
            yield {"table": table, "row": list(row), "refers_to": parent}


@cache
def _orphan_queries() -> list[tuple[str, str, str]]:
    """Table, parent and query of each foreign key; written once, as there are hundreds."""
    found = []
    for table in METADATA.sorted_tables:
        for key in table.foreign_keys:
            parent = key.column.table.alias("parent")
            there = select(parent.c[key.column.name]).where(parent.c[key.column.name] == key.parent)
            query = select(*table.primary_key.columns).where(key.parent.is_not(None), ~there.exists()).limit(_SHOWN)
            written = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
            found.append((table.name, key.column.table.name, str(written)))
    return found


def _circles(connection: Connection) -> Iterator[dict[str, Any]]:
    bom, line, location, account = master_data.bom, master_data.bom_line, master_data.location, ledger.account
    graphs = {
        "bill of material": select(bom.c.item_id, line.c.component_id).join(line, line.c.bom_id == bom.c.id),
        "location": select(location.c.id, location.c.parent_id).where(location.c.parent_id.is_not(None)),
        "account": select(account.c.id, account.c.parent_id).where(account.c.parent_id.is_not(None)),
    }
    for what, query in graphs.items():
        edges: dict[int, set[int]] = defaultdict(set)
        for start, end in connection.execute(query):
            edges[start].add(end)
        stuck = _left_in_circles(edges)
        if stuck:
            yield {"graph": what, "ids": sorted(stuck)[:_SHOWN]}


def _left_in_circles(edges: dict[int, set[int]]) -> set[int]:
    """Remove nodes without successors until none is left or only circles remain (Kahn)."""
    left = {node: set(successors) for node, successors in edges.items()}
    while True:
        leaves = [node for node, successors in left.items() if not any(s in left for s in successors)]
        if not leaves:
            return set(left)
        for node in leaves:
            del left[node]
