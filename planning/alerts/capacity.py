"""Rough-cut capacity: minutes that planned orders ask of each resource and bucket, against what it has.

An order loads the bucket of its release with setup + run x released quantity of each operation (the alternate of the
lowest priority number). Capacity is the table `capacity`, else the calendar's minutes x units x efficiency; a group has
what its
resources have together. Nothing is moved: finite planning belongs to `constrained`, `optimize` and `schedule`.
"""

import numpy as np
import polars as pl

from planning.compiled import kernel
from planning.mrp.calendars import minutes_by_day
from planning.mrp.model import MAKE, Rows
from planning.mrp.output import Named
from planning.mrp.problem import Network
from schemas.planning import QUANTITY_SCALE

HALF_A_MINUTE = QUANTITY_SCALE // 2


@kernel
def _add_loads(
    orders: Rows,
    order_node: np.ndarray,
    node_item: np.ndarray,
    first: np.ndarray,
    resource: np.ndarray,
    setup: np.ndarray,
    run: np.ndarray,
    bucket_of: np.ndarray,
    load: np.ndarray,
) -> None:
    """Add minutes to load[resource, bucket], float64.

    Args:
        first: int64[items + 1] into the operations; resource int64, setup and run float64 minutes, by operation.
    """
    for i in range(orders.shape[0]):
        if orders[i].kind != MAKE:
            continue
        item = node_item[order_node[i]]
        bucket = bucket_of[max(int(orders[i].release), 0)]
        for k in range(first[item], first[item + 1]):
            load[resource[k], bucket] += setup[k] + run[k] * (orders[i].released / 1e6)


def overloads(named: Named) -> pl.DataFrame:
    """Resource, on (day number of the bucket), quantity (millionths of minutes over capacity), cause; sorted."""
    package, problem = named.network.package, named.network.problem
    empty = {"resource": pl.String, "on": pl.Int32, "quantity": pl.Int64, "cause": pl.String}
    routings = package.table("routings")
    if routings.height == 0:
        return pl.DataFrame(schema=empty)
    chosen = routings.sort("item_index", "operation", "priority", maintain_order=True)
    chosen = chosen.unique(["item_index", "operation"], keep="first", maintain_order=True)
    target = chosen.select(pl.coalesce("resource", pl.lit("group ") + pl.col("group")).alias("target"))["target"]
    names = target.unique().sort()
    place = target.replace_strict(names, np.arange(names.len()), return_dtype=pl.Int64).to_numpy()
    buckets = problem.bucket_start.size - 1
    load = np.zeros((names.len(), buckets))
    items = package.items.len()
    _add_loads(
        named.netted.orders, named.netted.order_node, named.network.places.item,
        np.searchsorted(chosen["item_index"].to_numpy(), np.arange(items + 1)), np.array(place),
        chosen["setup_minutes"].to_numpy() / QUANTITY_SCALE, chosen["run_minutes"].to_numpy() / QUANTITY_SCALE,
        problem.bucket_of, load,
    )  # fmt: skip
    capacity = capacities(named.network, names)
    over = np.rint((load - capacity) * QUANTITY_SCALE).astype(np.int64)
    resource, bucket = np.nonzero(over > HALF_A_MINUTE)
    share = load[resource, bucket] / np.maximum(capacity[resource, bucket], 1e-9)
    sentence = [
        f"{minutes:.0f} minutes asked of {there:.0f} ({100 * part:.0f} %)" if there > 0 else "no capacity in the bucket"
        for minutes, there, part in zip(load[resource, bucket], capacity[resource, bucket], share, strict=True)
    ]
    return pl.DataFrame(
        {
            "resource": names[resource],
            "on": (problem.bucket_start[bucket] + named.plan_start).astype(np.int32),
            "quantity": over[resource, bucket],
            "cause": pl.Series(sentence, dtype=pl.String),
        }
    )


def capacities(network: Network, names: pl.Series) -> np.ndarray:
    """Minutes of every resource or group (`group NAME`) and bucket, float64[names, buckets]."""
    package, problem = network.package, network.problem
    plan_start = package.parameters.plan_start
    resources, given = package.table("resources"), package.table("capacity")
    buckets, horizon = problem.bucket_start.size - 1, problem.bucket_of.size
    minutes = np.zeros((resources.height, buckets))
    rows = {name: row for row, name in enumerate(resources["resource"])}
    day = given["bucket"].to_numpy() - plan_start
    inside = (day >= 0) & (day < horizon)
    where = given["resource"].replace_strict(rows, default=-1, return_dtype=pl.Int64).to_numpy()[inside]
    np.add.at(minutes, (where, problem.bucket_of[day[inside]]), given["minutes"].to_numpy()[inside] / QUANTITY_SCALE)
    listed = set(given["resource"].unique())
    by_calendar: dict[str, np.ndarray] = {}
    for row, (name, calendar, units, efficiency) in enumerate(
        resources.select("resource", "calendar", "units", "efficiency").iter_rows()
    ):
        if name in listed or calendar is None:
            continue
        if calendar not in by_calendar:
            shifts = package.table("calendars").filter(pl.col("calendar") == calendar)
            daily = minutes_by_day(shifts, plan_start, horizon)
            by_calendar[calendar] = np.add.reduceat(daily, problem.bucket_start[:-1])
        minutes[row] = by_calendar[calendar] * (units / QUANTITY_SCALE) * (efficiency / QUANTITY_SCALE)
    result = np.zeros((names.len(), buckets))
    groups = resources["group"].to_list()
    for place, name in enumerate(names):
        if name in rows:
            result[place] = minutes[rows[name]]
        else:
            result[place] = minutes[[row for row, group in enumerate(groups) if f"group {group}" == name]].sum(axis=0)
    return result
