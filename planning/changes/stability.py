"""How nervous a plan is against the one before: the weighted instability of Sridharan, Berry and Udayabhanu, and what it costs.

Instability: the quantities by which receipts of planned orders differ, bucket by bucket, weighted by (1 - alpha) alpha^t so that
what is near counts most, summed over items, over the number of orders in both plans. Cost: each bucket in which an item has
orders in one plan and none in the other is a setup that was called off or comes at short notice, and costs `change_cost`, else
the item's setup cost, weighted by alpha^t.

Sources: Sridharan, Berry, Udayabhanu (1988), Measuring master production schedule stability under rolling planning horizons,
Decision Sciences 19(1), 147-166; Kropp, Carlson (1984), A lot-sizing algorithm for reducing nervousness in MRP systems,
Management Science 30(2), 240-244, for the cost of setups that change.
"""

from dataclasses import dataclass

import polars as pl

from planning.package import Package
from planning.result import Plan
from schemas.planning import QUANTITY_SCALE

ALPHA = 0.9
"""Weight of a bucket against the one before it; a choice, not a finding."""


@dataclass(frozen=True)
class Stability:
    """How far two plans differ.

    Attributes:
        instability: weighted quantity that changed per order; 0 for the same plan.
        cost: money, of setups that came or went.
        changed_quantity: unweighted quantity that changed.
        setup_changes: buckets of an item whose orders came or went.
        order_count: orders of both plans in the time that both cover.
    """

    instability: float
    cost: float
    changed_quantity: float
    setup_changes: int
    order_count: int


def stability(
    before: tuple[Package, Plan],
    after: tuple[Package, Plan],
    *,
    alpha: float = ALPHA,
    change_cost: float | None = None,
) -> Stability:
    """Measure the plan `after` against the plan `before`, in the buckets of `after` that both horizons cover.

    Args:
        alpha: weight of a bucket against the one before it, 0 < alpha < 1.
        change_cost: money per setup that came or went; None for each item's setup cost.

    Raises:
        ValueError: alpha is not between 0 and 1, or the change cost is negative.
    """
    if not 0 < alpha < 1:
        message = f"alpha is {alpha}, it must lie between 0 and 1"
        raise ValueError(message)
    if change_cost is not None and change_cost < 0:
        message = f"change_cost is {change_cost}, it must be 0 or more"
        raise ValueError(message)
    parameters, earlier = after[0].parameters, before[0].parameters
    first = max(parameters.plan_start, earlier.plan_start)
    end = min(parameters.plan_start + parameters.horizon_days, earlier.plan_start + earlier.horizon_days)
    starts = pl.DataFrame(
        {"day": [parameters.plan_start + start for start in parameters.bucket_starts()]}, schema={"day": pl.Int32}
    ).with_row_index("bucket")
    old, new = (_by_bucket(plan, starts, first, end).rename({"quantity": name, "orders": f"{name}_orders"})
                for plan, name in ((before[1], "old"), (after[1], "new")))  # fmt: skip
    both = old.join(new, on=["item", "location", "bucket"], how="full", coalesce=True).sort(
        "item", "location", "bucket"
    )
    both = both.with_columns(pl.col("old", "new", "old_orders", "new_orders").fill_null(0))
    count = int(both["old_orders"].sum()) + int(both["new_orders"].sum())
    difference = (both["new"] - both["old"]).abs()
    weight = alpha ** both["bucket"].cast(pl.Float64)
    flips = ((both["old_orders"] == 0) != (both["new_orders"] == 0)).cast(pl.Float64)
    items = after[0].table("items").select("item", (pl.col("setup_cost").fill_null(0) / QUANTITY_SCALE).alias("setup"))
    setups = both.join(items, on="item", how="left", maintain_order="left")["setup"].fill_null(0.0)
    each = setups if change_cost is None else pl.Series([change_cost]).new_from_index(0, both.height)
    weighted = float((difference * weight).sum()) * (1 - alpha)
    return Stability(
        round(weighted / count, 6) if count else 0.0,
        round(float((flips * each * weight).sum()), 6),
        round(float(difference.sum()), 6),
        int(flips.sum()),
        count,
    )


def _by_bucket(plan: Plan, starts: pl.DataFrame, first: int, end: int) -> pl.DataFrame:
    """Receipts of planned orders by item, location and bucket: quantity and number of orders."""
    orders = plan.table("planned_orders").select(
        "item", "location", pl.col("due_on").cast(pl.Int32).alias("day"), pl.col("quantity").cast(pl.Float64)
    )
    inside = orders.filter((pl.col("day") >= first) & (pl.col("day") < end)).sort("day")
    return (
        inside.join_asof(starts, on="day")
        .group_by("item", "location", "bucket")
        .agg(pl.col("quantity").sum(), pl.len().cast(pl.Int64).alias("orders"))
    )
