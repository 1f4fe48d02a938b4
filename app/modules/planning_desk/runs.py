"""Runs of the planning desk, of whatever kind: by number, and the jobs that make them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, select

from app.kernel.document_queries import rows_of
from app.kernel.errors import Refused
from schemas.operational import kernel


def run_of(connection: Connection, table: Table, number: str | None) -> Any:
    """The run of a number, the newest where none is given.

    Args:
        table: of the runs; its name is what a refusal calls them.

    Raises:
        Refused: there is no such run.
    """
    query = select(table).order_by(table.c.id.desc()).limit(1)
    if number is not None:
        query = query.where(table.c.number == number)
    row = connection.execute(query).first()
    if row is None:
        raise Refused("not_found", what=table.name, value=number or "")
    return row


def jobs_of(connection: Connection, kind: str) -> list[dict[str, Any]]:
    """Jobs of a kind that were asked for lately, the newest first: waiting, running, done or failed."""
    job = kernel.job
    shown = (job.c.id, job.c.state, job.c.done_count, job.c.total_count, job.c.message, job.c.run_at)
    return rows_of(connection, select(*shown).where(job.c.kind == kind).order_by(job.c.id.desc()).limit(10))
