"""The inbox: what needs a person's decision, one open item for each cause, done when the cause is gone."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import select

from app.kernel.bus import Context
from schemas.operational import kernel


def put_into_inbox(
    ctx: Context,
    *,
    source: str,
    kind: str,
    severity: str,
    facts: dict[str, Any],
    role: str | None = None,
    user_id: int | None = None,
    due_on: date | None = None,
    document_id: int | None = None,
    item_id: int | None = None,
) -> None:
    """Open an inbox item, or bring the open one of the same source up to date.

    Args:
        ctx: the running command.
        source: what it is about; there is one item for each source.
        kind: names the text under `inbox.<kind>`.
        severity: `info`, `warning` or `critical`.
        facts: what the text names.
        role: the role that it waits for, where no person is named.
        user_id: the person it waits for.
        due_on: when it matters.
        document_id: the document to open.
        item_id: the item it is about.
    """
    table = kernel.inbox_item
    values = {
        "kind": kind,
        "severity": severity,
        "subject": kind,
        "facts": json.dumps(facts, ensure_ascii=False, default=str),
        "role_code": role,
        "user_id": user_id,
        "due_on": due_on,
        "document_id": document_id,
        "item_id": item_id,
        "state": "open",
    }
    row = ctx.uow.one(table, "source", source, lock=True)
    if row is None:
        ctx.uow.insert(table, source=source, created_at=ctx.now, **values)
    else:
        ctx.uow.update(table, row, **values)


def close_inbox_of(ctx: Context, source: str) -> None:
    """Mark the open item of just this source as done."""
    table = kernel.inbox_item
    row = ctx.uow.one(table, "source", source, lock=True)
    if row is not None and row.state == "open":
        ctx.uow.update(table, row, state="done")


def close_inbox(ctx: Context, prefix: str, *, keep: set[str] | None = None) -> None:
    """Mark the open items whose source begins with a prefix as done, but for those to keep."""
    table = kernel.inbox_item
    rows = ctx.uow.connection.execute(
        select(table.c.id, table.c.source).where(table.c.state == "open", table.c.source.startswith(prefix))
    )
    gone = [row.id for row in rows if keep is None or row.source not in keep]
    for row in ctx.uow.many(table, gone, lock=True).values():
        ctx.uow.update(table, row, state="done")
