"""Records what each command did: one row of the feed, at a dense position, chained by HMAC to the row before (R8).

The position is taken as the last lock of the transaction on both databases, so positions become visible in order and a
snapshot of the store always is the store at one position. Which rows changed is listed by id; what they are is read in the same
snapshot by `pipelines/feed`. Old and new values of updated master data and documents are kept here for the audit.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, Final

from app.kernel.unit_of_work import Change, UnitOfWork
from schemas.operational import kernel

GENESIS: Final = "0" * 64
_LEAST_STEP: Final = timedelta(microseconds=1)
_NOT_AUDITED: Final = frozenset({"stock_balance", "item_value", "cost_layer", "number_series", "store_head"})
_SORTED_COLUMNS: Final[dict[str, list[str]]] = {}
_SECRET: Final = frozenset(
    {
        "password_hash",
        "token_hash",
        "identity_number_cipher",
        "hourly_pay_cipher",
        "secret_cipher",
        "previous_secret_cipher",
    }
)


def changed_rows(changes: list[Change]) -> dict[str, list[Any]]:
    """List the keys of fed rows that a command inserted or updated, by table."""
    rows: dict[str, dict[Any, None]] = defaultdict(dict)
    for change in changes:
        if change.table.info["fed"]:
            keys = [change.row[column.name] for column in change.table.primary_key.columns]
            rows[change.table.name][keys[0] if len(keys) == 1 else tuple(keys)] = None
    return {name: list(keys) for name, keys in sorted(rows.items())}


def before_and_after(changes: list[Change]) -> list[list[Any]]:
    """List updates as [table, key, {column: [before, after]}], secrets masked."""
    listed: list[list[Any]] = []
    for change in changes:
        if change.before is None or change.table.name in _NOT_AUDITED:
            continue
        key = change.row[next(iter(change.table.primary_key.columns)).name]
        columns = {
            name: ["***", "***"] if name in _SECRET else [_plain(old), _plain(change.row[name])]
            for name, old in change.before.items()
            if name != "version" and old != change.row[name]
        }
        if columns:
            listed.append([change.table.name, key, columns])
    return listed


def content_hash(changes: list[Change]) -> str:
    """Hash the append-only rows that a command wrote, so that verify can derive it again from the store."""
    rows = [c for c in changes if c.before is None and c.table.info["append_only"] and c.table.info["fed"]]
    return rows_hash([(c.table.name, c.row) for c in sorted(rows, key=lambda c: (c.table.name, c.row["id"]))])


def rows_hash(rows: list[tuple[str, dict[str, Any]]]) -> str:
    """Hash rows, given with their table's name, in the order they are given."""
    digest = hashlib.sha256()
    for table, row in rows:
        digest.update(row_text(table, row).encode())
    return digest.hexdigest()


def row_text(table: str, row: dict[str, Any]) -> str:
    """The canonical text of a row: table, then its columns by name."""
    names = _SORTED_COLUMNS.get(table)
    if names is None or len(names) != len(row):
        names = _SORTED_COLUMNS[table] = sorted(row)
    parts = [f"{name}={row[name] if type(row[name]) is not datetime else row[name].isoformat()}" for name in names]
    return table + "|" + "|".join(parts) + "\n"


def chained(key: bytes, previous: str, parts: tuple[Any, ...]) -> str:
    """The chain hash of a feed row: HMAC-SHA256 over the previous hash and the row's parts."""
    text = "\x1f".join([previous, *(str(part) for part in parts)])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def is_chained(key: bytes, row: Any, previous: str) -> bool:
    """Say whether a feed row carries the hash that the row before it and the key give it."""
    parts = (
        row.position,
        row.recorded_at.isoformat(),
        row.principal_id,
        row.command,
        row.command_id,
        row.changes,
        row.before_after,
        row.content_hash,
    )
    return hmac.compare_digest(chained(key, previous, parts), row.chain_hash)


def record(
    uow: UnitOfWork,
    changes: list[Change],
    *,
    chain_key: bytes,
    recorded_at: datetime,
    principal_id: int,
    command: str,
    command_id: str,
) -> int:
    """Append the feed row of a command and return its position.

    Args:
        uow: the running unit of work; everything else of the command is already in it.
        changes: what the command changed.
        chain_key: key of the HMAC chain, kept outside the store.
        recorded_at: the instant of the command; a clock that stands behind the row before yields the next instant after it.
        principal_id: who commanded.
        command: the command's name.
        command_id: the id the asker minted.
    """
    head = uow.get(kernel.store_head, 1, lock=True)
    assert head is not None, "the store has no head row"
    position = head.position + 1
    recorded_at = max(recorded_at, head.recorded_at + _LEAST_STEP)
    listed = json.dumps(changed_rows(changes), separators=(",", ":"))
    audited = json.dumps(before_and_after(changes), separators=(",", ":"), ensure_ascii=False)
    content = content_hash(changes)
    parts = (position, recorded_at.isoformat(), principal_id, command, command_id, listed, audited, content)
    chain = chained(chain_key, head.chain_hash, parts)
    uow.insert(
        kernel.feed,
        position=position,
        recorded_at=recorded_at,
        principal_id=principal_id,
        command=command,
        command_id=command_id,
        changes=listed,
        before_after=audited,
        content_hash=content,
        chain_hash=chain,
    )
    last_id = uow.last_id if uow.dialect == "sqlite" else head.last_id
    master_position = position if any(c.table.info["master"] for c in changes) else head.master_position
    uow.update(
        kernel.store_head,
        head,
        position=position,
        master_position=master_position,
        chain_hash=chain,
        last_id=last_id,
        recorded_at=recorded_at,
    )
    return position


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)
