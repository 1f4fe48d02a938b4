"""Queries of a run's schedule: how good it is said to be, and its operations on their resources.

The figures are those of the run's summary, minutes that were proved or reached; the operations lie in the run's files.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Paged, Text
from app.modules.planning_desk.plan_files import plan_scan
from app.modules.planning_desk.queries import OneRun, PlanNumber
from app.modules.planning_desk.runs import run_of
from schemas.operational import planning_desk as tables
from schemas.vocabulary.numbers import ZERO

_READ: Final = "planning.run.read"


class OperationList(Paged):
    """Which operations of a run, of all resources or of one."""

    plan_run: PlanNumber
    resource: Text | None = None


@answers(OneRun, permission=_READ)
def plan_schedule(connection: Connection, asked: OneRun, _principal: Principal) -> list[dict[str, Any]]:
    """How good the schedule of a run is: status, late jobs, minutes of changeovers, makespan and tardiness with bound and gap.

    Nothing where the run made no schedule.
    """
    run = run_of(connection, tables.plan_run, asked.plan_run)
    summary = json.loads(run.summary)
    if "makespan" not in summary:
        return []
    row = {name: summary.get(name) for name in ("status", "late_jobs", "changeover_minutes")}
    for goal in ("makespan", "weighted_tardiness"):
        row |= {f"{goal}_{name}": summary[goal][name] for name in ("minutes", "bound", "gap")}
    return [row]


@answers(OperationList, permission=_READ, reads_files=True)
def plan_operations(
    connection: Connection, asked: OperationList, _principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """Operations of a run in the order in which they start: of which order or job, on which resource, from when to when."""
    run = run_of(connection, tables.plan_run, asked.plan_run)
    found = plan_scan(folder, run.plan_hash, "operations").with_columns(
        pl.coalesce("job", "planned_order").alias("order"), pl.col("setup_minutes").fill_null(ZERO)
    )
    if asked.resource is not None:
        found = found.filter(pl.col("resource") == asked.resource)
    if asked.search:
        wanted = asked.search.casefold()
        found = found.filter(
            pl.any_horizontal(
                pl.col(name).str.to_lowercase().str.contains(wanted, literal=True) for name in ("order", "resource")
            )
        )
    ordered = found.sort("starts_at", "resource", "order", "operation")
    return ordered.slice(asked.offset, asked.limit).collect().to_dicts()


QUERIES: Final[tuple[Query, ...]] = (plan_schedule, plan_operations)
"""Asked at the desk; the run's other tables have queries of their own."""
