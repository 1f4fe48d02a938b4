"""The method `mrp` from a package to a plan: build, net, name, promise, alert, sum up.

Decides the order of the phases and times them; the timings go to timings.json, all else is the same every time.
"""

import os
import platform
import resource
import time
from importlib.metadata import PackageNotFoundError, version

import numba
import numpy as np
import polars as pl

from planning.alerts.capacity import overloads
from planning.alerts.table import alerts_table
from planning.mrp.costs import cost_split
from planning.mrp.engine import Netted, net_all
from planning.mrp.model import CUT_OFF, TOO_MANY_SPLITS
from planning.mrp.output import Named, mrp_records, name_all, pegging, planned_orders
from planning.mrp.problem import Network, build_problem
from planning.package import Package
from planning.package.findings import REJECT_SCHEMA
from planning.promising.dates import promise_dates, promises_table
from planning.result import Plan, empty_table
from schemas.planning import INPUT_TABLES

REASONS = {
    CUT_OFF: ("quantity", "quantities of the item go beyond 10^12 and were cut off"),
    TOO_MANY_SPLITS: ("max_lot", "max_lot would split an order more than 100,000 times; it was not split"),
}


def plan_mrp(package: Package, *, threads: int | None = None) -> Plan:
    """Plan a package by time-phased netting.

    Args:
        threads: chunks netted at a time, default one a processor; any number gives the same plan.
    """
    clock = Phases()
    network = build_problem(package)
    clock.done("build")
    netted = net_all(network.problem, threads or os.cpu_count() or 1)
    clock.done("netting")
    named = name_all(network, netted)
    clock.done("names")
    promises = promise_dates(named)
    tables = {"planned_orders": planned_orders(named), "mrp_records": mrp_records(named), "pegging": pegging(named)}
    tables["promises"] = promises_table(promises)
    tables["operations"] = empty_table("operations")
    clock.done("tables")
    tables["alerts"] = alerts_table(named, promises, overloads(named))
    rejects = pl.concat([package.rejects, engine_rejects(network, netted)])
    clock.done("alerts")
    summary = _summary(named, promises, rejects, {name: table.num_rows for name, table in tables.items()})
    timings = {"seconds": clock.seconds, "threads": threads or os.cpu_count(), "machine": platform.platform(),
               "python": platform.python_version(),
               "peak_resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}  # fmt: skip
    return Plan("mrp", "planned", {**tables, "rejects": rejects}, summary, timings)


class Phases:
    """Seconds by phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._at = time.perf_counter()

    def done(self, name: str) -> None:
        """The phase that began with the last one's end has ended."""
        now = time.perf_counter()
        self.seconds[name] = round(now - self._at, 6)
        self._at = now


def engine_rejects(network: Network, netted: Netted) -> pl.DataFrame:
    """What turned out to be beyond computing while netting: rows of the items concerned."""
    items, places = network.package.table("items"), network.places
    rows = [
        ("items", items["row"][int(item)], column, items["item"][int(item)], reason)
        for bit, (column, reason) in REASONS.items()
        for item in np.unique(places.item[(netted.flags & bit) != 0])
    ]
    reason = "stock and receipts of the item add up beyond 10^12 and were left out"
    rows += [
        ("items", items["row"][int(item)], "quantity", items["item"][int(item)], reason)
        for item in np.unique(places.item[network.excluded])
    ]
    return pl.DataFrame(rows, schema=REJECT_SCHEMA, orient="row")


def _summary(named: Named, promises: pl.DataFrame, rejects: pl.DataFrame, counts: dict[str, int]) -> dict:
    """Everything of summary.json; `service_level` is the share of ordered quantity promised for its due date."""
    package = named.network.package
    costs = cost_split(named)
    ordered = float(promises["quantity"].sum())
    on_time = float(promises.filter(pl.col("late_days") == 0)["quantity"].sum())
    return {
        "method": "mrp",
        "status": "planned",
        "objective": round(sum(costs.values()), 6),
        "bound": None,
        "gap": None,
        "costs": costs,
        "service_level": round(on_time / ordered, 6) if ordered else None,
        "counts": {**counts, "rejects": rejects.height},
        "rows": {name: package.table(name).height for name in INPUT_TABLES},
        "notices": [*package.notices, *named.network.notices],
        "package_hash": package.content_hash,
        "versions": {"tallyworks": own_version(), "numba": numba.__version__, "numpy": np.__version__},
    }


def own_version() -> str:
    """The version of the product that planned."""
    try:
        return version("tallyworks")
    except PackageNotFoundError:
        return "not installed"
