"""Method `schedule`: a package in, the contract's tables and a bounded summary out.

Jobs are those of the package; where there are none, the make orders that `mrp` plans. Calendars are read as far as the
schedule reaches. The status is `optimal` only where both goals are proved; the independent check (`planning.verify`)
has the last word: a schedule that it refuses is not published.
"""

from importlib.metadata import version
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

from planning.assembly.mrp import plan_mrp
from planning.lot_sizing.tables import frame
from planning.package import Package
from planning.result import Plan
from planning.scheduling.anneal import Annealing, Goal
from planning.scheduling.dispatch import dispatch
from planning.scheduling.from_package import (
    DAYS_LIMIT,
    Job,
    Reject,
    Shop,
    arrays_of,
    jobs_of,
    jobs_of_orders,
    shop_of,
    union_of,
)
from planning.scheduling.list_scheduling import list_schedule
from planning.scheduling.problem import NEVER, Arrays, job_ends, weighted_tardiness
from planning.scheduling.search import Search, bound_of, is_optimal, search
from planning.scheduling.tables import (
    checked_reasons,
    late_alerts,
    late_causes,
    moved_promises,
    operations_table,
    promises_table,
)
from planning.scheduling.tabu import warm_up as warm_up_tabu
from planning.scheduling.working_time import MINUTES_A_DAY
from planning.verify import check
from schemas.planning import OUTPUT_TABLES

DEFAULT_SECONDS = 60.0
NO_PLAN_FOUND = "no_plan_found"


def plan_schedule(
    package: Package,
    *,
    seconds: float | None = None,
    seed: int = 0,
    threads: int | None = None,
    objective: str | None = None,
) -> Plan:
    """Schedule a package and have the schedule checked.

    Args:
        seconds: wall-clock limit of building and searching (60 by default); the check and writing come on top.
        seed: of the search; the same seed gives the same schedule where a first, reproducible search proves it.
        threads: searches side by side, one a processor by default.
        objective: None for weighted tardiness first, then makespan; `makespan` for that alone.

    Returns:
        The plan; `no_plan_found` with the findings and no operations where the independent check refuses it.

    A job of two operations of 30 and 20 minutes, from eight o'clock on one shift:

    >>> from planning.package import read_package
    >>> package = read_package({
    ...     "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
    ...     "items": pl.DataFrame({"item": ["BIKE"]}),
    ...     "calendars": pl.DataFrame({"calendar": ["day"], "weekday": [1], "from_time": ["08:00"],
    ...                                "to_time": ["16:00"]}),
    ...     "resources": pl.DataFrame({"resource": ["SAW", "DRILL"], "calendar": ["day", "day"]}),
    ...     "routings": pl.DataFrame({"item": ["BIKE", "BIKE"], "operation": [10, 20], "resource": ["SAW", "DRILL"],
    ...                               "run_minutes": [3, 2]}),
    ...     "jobs": pl.DataFrame({"job": ["J1"], "item": ["BIKE"], "quantity": [10]}),
    ... })
    >>> plan = plan_schedule(package, seconds=1)
    >>> plan.status, plan.summary["makespan"]["minutes"]
    ('optimal', 530)
    >>> [(row[3], f"{row[4]:%H:%M}", f"{row[5]:%H:%M}") for row in plan.table("operations").rows()]
    [('SAW', '08:00', '08:30'), ('DRILL', '08:30', '08:50')]
    """
    began = perf_counter()
    netted = plan_mrp(package, threads=threads) if package.table("jobs").height == 0 else None
    jobs = jobs_of(package) if netted is None else jobs_of_orders(package, netted.table("planned_orders"),
                                                                  netted.table("pegging"))  # fmt: skip
    shop, arrays, union = _fitting(package, jobs)
    built = perf_counter() - began
    limit = DEFAULT_SECONDS if seconds is None else seconds
    found = search(arrays, union, tardiness_first=objective != "makespan", threads=threads, seed=seed,
                   seconds=max(limit - built, 0.0))  # fmt: skip
    since = perf_counter()
    tables = _tables(shop, found, netted)
    summary = _summary(shop, found, tables, objective)
    worded = perf_counter() - since
    since = perf_counter()
    findings = check({**package.tables, "parameters": _settings(package)}, tables, "schedule", summary=summary)
    status = str(summary["status"])
    if findings:
        reasons = ["the independent check refused the schedule", *(str(finding) for finding in findings[:20])]
        status = NO_PLAN_FOUND
        summary = {**summary, "status": status, "reasons": reasons}
        tables = {name: table.clear() if name != "rejects" else table for name, table in tables.items()}
        tables["alerts"] = checked_reasons(reasons)
    timings = {"problem": built, **found.seconds, "tables": worded, "check": perf_counter() - since}
    return Plan("schedule", status, tables, summary, {"seconds": timings, "threads": found.threads})


def warm_up(package: Package) -> None:
    """Schedule a package with every compiled part of the search, so that the next one need not wait for a compiler."""
    shop, arrays, union = _fitting(package, jobs_of(package))
    found = search(arrays, union, tardiness_first=True, seconds=0.0, threads=1)
    Annealing(arrays, found.schedule, Goal(1.0, 0.0, 1.0), seed=0).walk(1.0, 10)
    list_schedule(arrays, 0, arrays.job_weight)
    warm_up_tabu()
    operations_table(shop, arrays, found.schedule)


def _settings(package: Package) -> pl.DataFrame:
    settings = {name: value for name, value in vars(package.parameters).items() if value is not None}
    settings["plan_start"] = package.parameters.plan_start_date
    return pl.DataFrame({"key": list(settings), "value": [str(value) for value in settings.values()]})


def _fitting(package: Package, jobs: list[Job]) -> tuple[Shop, Arrays, Arrays]:
    """The problem with calendars that reach far enough; jobs that find no working time in a hundred years are out."""
    without: list[Reject] = []
    shop = shop_of(package, jobs)
    latest = max((job.release for job in shop.jobs), default=0) // MINUTES_A_DAY
    days = min(max(package.parameters.horizon_days, 2 * latest + 28), DAYS_LIMIT)
    while True:
        arrays = arrays_of(shop, days)
        if arrays.op_job.size == 0:
            return shop, arrays, arrays
        first = dispatch(arrays, tardiness_first=False, rules=(0,))
        stuck = np.unique(arrays.op_job[first.end >= NEVER])
        if stuck.size == 0 and (days >= DAYS_LIMIT or first.end.max() * 3 <= days * MINUTES_A_DAY):
            return shop, arrays, union_of(arrays)
        if days < DAYS_LIMIT:
            days = min(4 * days, DAYS_LIMIT)
            continue
        reason = "no working time is left for it on its resources"
        without += [(shop.jobs[j].table, shop.jobs[j].row, "item", shop.jobs[j].item, reason) for j in stuck]
        shop = shop_of(package, jobs, without=without)


def _tables(shop: Shop, found: Search, netted: Plan | None) -> dict[str, pl.DataFrame]:
    arrays, schedule = found.arrays, found.schedule
    ends = job_ends(arrays, schedule) if schedule.end.size else np.zeros(0, dtype=np.int64)
    causes = late_causes(shop, arrays, schedule)
    alerts = late_alerts(shop, ends, causes)
    empty = alerts.clear()
    if netted is None:
        from_jobs = {"promises": promises_table(shop, ends, causes), "alerts": alerts}
        tables = {**_nothing(), **from_jobs}
    else:
        tables = {name: netted.table(name) for name in OUTPUT_TABLES}
        tables["promises"] = moved_promises(shop, ends, tables["promises"], tables["pegging"])
        tables["alerts"] = pl.concat([tables["alerts"].match_to_schema(empty.schema), alerts])
    tables["operations"] = operations_table(shop, arrays, schedule)
    tables["rejects"] = shop.rejects_table()
    return {name: tables[name] for name in OUTPUT_TABLES}


def _nothing() -> dict[str, pl.DataFrame]:
    return {name: frame(name, []) for name in OUTPUT_TABLES}


def _summary(shop: Shop, found: Search, tables: dict[str, pl.DataFrame], objective: str | None) -> dict[str, Any]:
    arrays, schedule, bound = found.arrays, found.schedule, bound_of(found)
    has_jobs = schedule.end.size > 0
    late = weighted_tardiness(arrays, schedule) if has_jobs else 0.0
    makespan = _figure(found.value.makespan, bound.makespan)
    tardiness = _figure(late, min(bound.tardiness, late))
    due = arrays.job_due < NEVER
    by_makespan = objective == "makespan" or not due.any()
    punctual = job_ends(arrays, schedule) <= arrays.job_due if has_jobs else np.ones(0, dtype=bool)
    first = makespan if by_makespan else tardiness
    return {
        "method": "schedule",
        "status": ("optimal" if is_optimal(found) else "feasible") if has_jobs else "planned",
        "objective_name": "makespan_minutes" if by_makespan else "weighted_tardiness_minutes",
        "objective": first["minutes"],
        "bound": first["bound"],
        "gap": first["gap"],
        "makespan": makespan,
        "weighted_tardiness": tardiness,
        "late_jobs": int((~punctual).sum()),
        "service_level": round(float(punctual.mean()), 6) if has_jobs else None,
        "changeover_minutes": int(schedule.changeover.sum()),
        "reasons": [],
        "notices": [*shop.package.notices, *shop.notices],
        "counts": {name: table.height for name, table in tables.items()},
        "versions": {"ortools": version("ortools"), "numba": version("numba"), "numpy": np.__version__},
        **shop.package.summary(),
    }


def _figure(value: float, bound: float) -> dict[str, Any]:
    """A figure with its bound and relative gap."""
    value, bound = round(value, 6), round(bound, 6)
    bound = min(bound, value)
    return {"minutes": value, "bound": bound, "gap": round((value - bound) / value, 9) if value > 0 else 0.0}
