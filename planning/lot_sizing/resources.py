"""Minutes of every resource by bucket, and the resources that a routing may use.

Table `capacity` wins where it has a row; elsewhere the calendar's open minutes x units x efficiency. A resource with
neither is unlimited and left out. Overtime is possible where it has a price; without `max_overtime_hours` (a limit
per bucket) it is unlimited. Sequence, shifts and breaks inside a bucket belong to the method `schedule`.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import polars as pl

from planning.lot_sizing.problem import FloatArray
from planning.mrp.calendars import minutes_by_day
from planning.package import Package
from schemas.planning import QUANTITY_SCALE

MINUTES_PER_HOUR = 60.0


@dataclass(frozen=True)
class Operation:
    """One operation on one resource: minutes per order and per released unit; `index` is None where it is unlimited."""

    number: int
    resource: str
    index: int | None
    setup_minutes: float
    run_minutes: float


@dataclass(frozen=True)
class Capacities:
    """Limited resources with their minutes (R, T) and overtime, and every item's operations with their choices."""

    names: tuple[str, ...]
    minutes: FloatArray
    overtime_cost: FloatArray
    overtime_limit: FloatArray
    operations: dict[str, tuple[tuple[Operation, ...], ...]]

    def routes(self, item: str, limit: int) -> list[tuple[Operation, ...]]:
        """Ways through the item's operations, preferred first, at most `limit`; one empty way without routing."""
        return list(itertools.islice(itertools.product(*self.operations.get(item, ())), limit))


def minutes_of(route: tuple[Operation, ...]) -> tuple[tuple[int, float, float], ...]:
    """Limited resources that a route uses with setup and run minutes; what uses one twice is added up."""
    total: dict[int, tuple[float, float]] = {}
    for operation in route:
        if operation.index is not None:
            setup, run = total.get(operation.index, (0.0, 0.0))
            total[operation.index] = (setup + operation.setup_minutes, run + operation.run_minutes)
    return tuple((index, *minutes) for index, minutes in sorted(total.items()))


def read_capacities(package: Package, bucket_starts: tuple[int, ...]) -> Capacities:
    """Capacity and routings of a package.

    Args:
        package: a package as read.
        bucket_starts: start of every bucket in days after plan_start.
    """
    rows = package.table("resources").to_dicts()
    minutes: dict[str, FloatArray] = {}
    for row in rows:
        found = _minutes(package, row, bucket_starts)
        if found is not None:
            minutes[row["resource"]] = found
    kept = [row for row in rows if row["resource"] in minutes]
    index = {row["resource"]: place for place, row in enumerate(kept)}
    return Capacities(
        names=tuple(index),
        minutes=np.array([minutes[name] for name in index]).reshape(len(index), len(bucket_starts)),
        overtime_cost=np.array([_money(row["overtime_cost_per_hour"]) / MINUTES_PER_HOUR for row in kept]),
        overtime_limit=np.array([_overtime_limit(row) for row in kept]),
        operations=_operations(package, rows, index),
    )


def _money(value: int | None) -> float:
    return 0.0 if value is None else value / QUANTITY_SCALE


def _overtime_limit(row: dict) -> float:
    if row["overtime_cost_per_hour"] is None:
        return 0.0
    hours = row["max_overtime_hours"]
    return np.inf if hours is None else hours / QUANTITY_SCALE * MINUTES_PER_HOUR


def _minutes(package: Package, row: dict, bucket_starts: tuple[int, ...]) -> FloatArray | None:
    """Minutes by bucket; None where the resource is unlimited."""
    horizon = package.parameters.horizon_days
    bucket_of = np.searchsorted(np.array(bucket_starts), np.arange(horizon), side="right") - 1
    stated = package.table("capacity").filter(pl.col("resource") == row["resource"])
    if row["calendar"] is None and stated.height == 0:
        return None
    found = np.zeros(len(bucket_starts))
    if row["calendar"] is not None:
        calendar = package.table("calendars").filter(pl.col("calendar") == row["calendar"])
        daily = minutes_by_day(calendar, package.parameters.plan_start, horizon)
        found = np.bincount(bucket_of, weights=daily, minlength=len(bucket_starts))
        found = found * (row["units"] / QUANTITY_SCALE) * (row["efficiency"] / QUANTITY_SCALE)
    said = np.zeros(len(bucket_starts), dtype=bool)
    for bucket, amount in stated.select("bucket", "minutes").iter_rows():
        day = bucket - package.parameters.plan_start
        if 0 <= day < horizon:
            place = bucket_of[day]
            found[place] = amount / QUANTITY_SCALE + (found[place] if said[place] else 0.0)
            said[place] = True
    return found


def _operations(package: Package, rows: list[dict], index: dict[str, int]) -> dict[str, tuple]:
    """Every item's operations in sequence; each is a tuple of alternates, preferred first."""
    groups: dict[str, list[str]] = {}
    for row in rows:
        if row["group"] is not None:
            groups.setdefault(row["group"], []).append(row["resource"])
    found: dict[str, dict[int, list[Operation]]] = {}
    for row in package.table("routings").sort("item", "operation", "priority", "row").to_dicts():
        names = [row["resource"]] if row["resource"] is not None else groups.get(row["group"], [])
        setup, run = row["setup_minutes"] / QUANTITY_SCALE, row["run_minutes"] / QUANTITY_SCALE
        choices = found.setdefault(row["item"], {}).setdefault(row["operation"], [])
        for name in names:
            choices.append(Operation(row["operation"], name, index.get(name), setup, run))
    return {
        item: tuple(tuple(choices) for _, choices in sorted(operations.items()) if choices)
        for item, operations in found.items()
    }
