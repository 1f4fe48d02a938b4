"""The method `constrained` from a package to a plan: build, plan, replay, name, promise, alert, sum up.

Decides the order of the phases and times them; the timings go to timings.json, all else is the same every time.
"""

import os
import platform
import resource

import numba
import numpy as np
import polars as pl

from planning.alerts.table import alerts_table
from planning.assembly.mrp import Phases, engine_rejects, own_version
from planning.constrained.alternates import expand_ways, too_many_ways
from planning.constrained.bound import late_unit_days_bound
from planning.constrained.engine import Constrained, demand_limits, plan_network
from planning.constrained.operations import operations_table
from planning.constrained.promising import promises_made
from planning.constrained.replay import replay
from planning.constrained.unobserved import unobserved
from planning.mrp.costs import cost_split
from planning.mrp.limits import without_enormous
from planning.mrp.model import BY_PRODUCT
from planning.mrp.network import assign_rows
from planning.mrp.output import Named, mrp_records, name_all, pegging, planned_orders
from planning.mrp.problem import Network, build_problem
from planning.package import Package
from planning.promising.dates import promises_table
from planning.result import Plan
from schemas.planning import INPUT_TABLES, QUANTITY_SCALE

HALF_A_MINUTE = QUANTITY_SCALE // 2


def network_of(package: Package) -> Network:
    """The package as `constrained` sees it: every source and alternate, and no by-products."""
    network = build_problem(package, expand_ways)
    problem = network.problem
    kept = problem.lines["kind"] != BY_PRODUCT
    if not kept.all():
        count = problem.nodes["line_last"] - problem.nodes["line_first"]
        assign_rows(problem.nodes, "line", np.repeat(np.arange(count.size), count)[kept])
        problem = problem._replace(lines=problem.lines[kept].copy())
    notices = [*network.notices, *too_many_ways(package), *unobserved(package)]
    return Network(
        package, problem, network.places, network.facts, network.net_demand, notices, network.excluded
    )  # fmt: skip


def plan_constrained(package: Package, *, threads: int | None = None) -> Plan:
    """Plan a package so that it can be carried out: no start before plan_start, no more than there is of anything.

    Args:
        threads: chunks netted at a time, default one a processor; any number gives the same plan.

    >>> from planning.package import read_package
    >>> package = read_package({
    ...     "parameters": pl.DataFrame({"key": ["plan_start", "horizon_days"], "value": ["2026-01-05", "28"]}),
    ...     "items": pl.DataFrame({"item": ["BIKE"], "source": ["make"], "lead_time_days": [1]}),
    ...     "routings": pl.DataFrame({"item": ["BIKE"], "resource": ["BENCH"], "run_minutes": [60]}),
    ...     "resources": pl.DataFrame({"resource": ["BENCH"]}),
    ...     "capacity": pl.DataFrame({"resource": ["BENCH"] * 3, "bucket": ["2026-01-05", "2026-01-12", "2026-01-19"],
    ...                               "minutes": [300, 0, 900]}),
    ...     "demand": pl.DataFrame({"demand": ["D1"], "item": ["BIKE"], "quantity": [12], "due_on": ["2026-01-12"]}),
    ... })
    >>> plan = plan_constrained(package)
    >>> plan.table("promises").select("promised_on", "late_days", "cause").rows()
    [(datetime.date(2026, 1, 20), 8, 'resource BENCH: no room before 2026-01-19')]
    """
    clock = Phases()
    package = without_enormous(package)
    network = network_of(package)
    clock.done("build")
    found = plan_network(network, threads or os.cpu_count() or 1)
    clock.done("planning")
    places, netted = replay(found)
    named = name_all(network, netted)
    clock.done("names")
    promises = promises_made(found, named, places)
    tables = {
        "planned_orders": planned_orders(named),
        "mrp_records": mrp_records(named),
        "pegging": pegging(named),
        "promises": promises_table(promises),
        "operations": operations_table(found, named, places),
    }
    clock.done("tables")
    tables["alerts"] = alerts_table(named, promises, _overloads(found, named))
    rejects = pl.concat([package.rejects, engine_rejects(network, netted)])
    clock.done("alerts")
    summary = _summary(found, named, rejects, {name: table.num_rows for name, table in tables.items()})
    clock.done("summary")
    timings = {"seconds": clock.seconds, "threads": threads or os.cpu_count(), "machine": platform.platform(),
               "python": platform.python_version(),
               "peak_resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}  # fmt: skip
    return Plan("constrained", "planned", {**tables, "rejects": rejects}, summary, timings)


def _overloads(found: Constrained, named: Named) -> pl.DataFrame:
    """Minutes that firm orders, which are never moved, take beyond a resource's capacity; as alerts_table wants them."""
    shop, count = found.case.shop, len(found.floor.resources)
    over = (shop.used - shop.capacity)[:count]
    row, bucket = np.nonzero(over > HALF_A_MINUTE)
    starts = found.case.problem.bucket_start[bucket] + named.plan_start
    return pl.DataFrame(
        {
            "resource": pl.Series([found.floor.resources[at] for at in row], dtype=pl.String),
            "on": starts.astype(np.int32),
            "quantity": over[row, bucket],
            "cause": pl.Series(["firm planned orders ask for more than there is"] * row.size, dtype=pl.String),
        }
    )


def _summary(found: Constrained, named: Named, rejects: pl.DataFrame, counts: dict[str, int]) -> dict:
    """Everything of summary.json; measures.py says what the service figures and the stock value are."""
    network = named.network
    package, measures = network.package, found.measures
    due, _, _ = demand_limits(package, network)
    costs = cost_split(named)
    bound = late_unit_days_bound(found.case, due)
    share = measures.on_time_share
    return {
        "method": "constrained",
        "status": "planned",
        "objective": round(measures.late_unit_days, 6),
        "bound": None if bound is None else round(bound, 6),
        "gap": None if bound is None or measures.late_unit_days == 0 else round(1 - bound / measures.late_unit_days, 6),
        "costs": costs,
        "service_level": None if share is None else round(share, 6),
        "on_time_units": None if share is None else round(share * measures.ordered_units, 6),
        "ordered_units": round(measures.ordered_units, 6),
        "undelivered_units": round(measures.undelivered_units, 6),
        "late_unit_days": round(measures.late_unit_days, 6),
        "mean_stock_value": round(measures.mean_stock_value, 6),
        "counts": {**counts, "rejects": rejects.height},
        "rows": {name: package.table(name).height for name in INPUT_TABLES},
        "notices": [*package.notices, *network.notices],
        "package_hash": package.content_hash,
        "versions": {"tallyworks": own_version(), "numba": numba.__version__, "numpy": np.__version__},
    }
