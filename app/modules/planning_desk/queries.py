"""Asks about recorded plan runs and what of them was released. The plans' own tables are read by `plan_files.py`."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import Connection, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Paged, rows_of
from schemas.operational import documents
from schemas.operational import planning_desk as tables

_READ: Final = "planning.run.read"


class OneRun(Arguments):
    """Which plan run."""

    id: int


def _read(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "summary": json.loads(row["summary"]), "versions": json.loads(row["versions"])} for row in rows]


@answers(Paged, permission=_READ)
def plan_runs(connection: Connection, asked: Paged, _principal: Principal) -> list[dict[str, Any]]:
    """Recorded plan runs, the latest first."""
    ordered = select(*tables.plan_run.c).order_by(tables.plan_run.c.id.desc())
    return _read(rows_of(connection, ordered.limit(asked.limit).offset(asked.offset)))


@answers(OneRun, permission=_READ)
def plan_run_by_id(connection: Connection, asked: OneRun, _principal: Principal) -> list[dict[str, Any]]:
    """One plan run."""
    return _read(rows_of(connection, select(*tables.plan_run.c).where(tables.plan_run.c.id == asked.id)))


@answers(OneRun, permission=_READ)
def plan_releases(connection: Connection, asked: OneRun, _principal: Principal) -> list[dict[str, Any]]:
    """The planned orders of a run that were released, and the documents they became."""
    release, document = tables.plan_release, documents.document
    query = (
        select(release.c.planned_order, release.c.document_id, document.c.number, document.c.kind)
        .join(document, document.c.id == release.c.document_id)
        .where(release.c.plan_run_id == asked.id)
    )
    return rows_of(connection, query)


QUERIES: Final[tuple[Query, ...]] = (plan_runs, plan_run_by_id, plan_releases)
