"""The measures by which plans are compared, all defined here.

Service      on_time_share: ordered quantity that is promised for its due date, of all; late_units: the rest; late_unit_days:
             late units times days late, what is never promised being late to the end of the horizon; latest_days.
Inventory    stock_mean, stock_end: projected on hand at unit cost, mean over buckets weighted by their days, and in the last.
Cost         cost_setup, cost_holding, cost_purchase, cost_late, cost_overtime, cost_total: the plan's own cost split.
Capacity     load_peak, load_mean: load of its capacity of the busiest resource and bucket, and of all together; overload_hours.
             load_peak is null where there is load and no capacity: no number is high enough, and it compares as worse.
Cash         lowest_cash with its day, end_cash: of the projection; net_result: income less expense of the horizon.
Orders       planned_orders; past_due_orders, which would have had to be released before the plan starts.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal

import numpy as np
import polars as pl

from planning.alerts.capacity import capacities
from planning.mrp.problem import Network
from planning.package import Package
from planning.projection import Finances, Projection
from planning.result import Plan
from planning.scenarios.service import customer_orders
from schemas.planning import QUANTITY_SCALE

MEASURES: dict[str, str] = {
    "on_time_share": "share",
    "late_units": "unit",
    "late_unit_days": "unit day",
    "latest_days": "day",
    "stock_mean": "money",
    "stock_end": "money",
    "cost_setup": "money",
    "cost_holding": "money",
    "cost_purchase": "money",
    "cost_late": "money",
    "cost_overtime": "money",
    "cost_total": "money",
    "load_peak": "share",
    "load_mean": "share",
    "overload_hours": "hour",
    "lowest_cash": "money",
    "end_cash": "money",
    "net_result": "money",
    "planned_orders": "order",
    "past_due_orders": "order",
}
"""Every measure with its unit, in the order in which they are shown."""

LOADS = {"resource": pl.String, "load_peak": pl.Float64, "load_mean": pl.Float64, "overload_hours": pl.Float64}

SIX = Decimal("0.000001")
WIDE = Context(prec=60)
"""Sums of the largest quantities at the largest prices have more digits than the usual context keeps."""


@dataclass(frozen=True)
class Measured:
    """What a plan measures.

    Attributes:
        values: by measure, rounded to 6 decimals; None where the plan or the package has nothing to say.
        lowest_cash_on: the day of the lowest cash, the first of equals.
        loads: by resource, columns of LOADS.
    """

    values: dict[str, Decimal | None]
    lowest_cash_on: date | None
    loads: pl.DataFrame


def measured(network: Network, plan: Plan, projection: Projection | None, finances: Finances | None = None) -> Measured:
    """Measure one plan.

    Args:
        network: of the package that was planned.
        projection: its statements; None where there are no financial tables.
        finances: the financial tables, which say what of the demand is no customer's.
    """
    package = network.package
    loads, peak, mean, overload = _capacity(network, plan)
    lowest, lowest_on, end = _cash(projection)
    orders = plan.table("planned_orders")
    found: dict[str, float | Decimal | None] = {
        **_service(package, plan, finances),
        **_inventory(package, plan),
        **_costs(plan),
        "load_peak": peak,
        "load_mean": mean,
        "overload_hours": overload,
        "lowest_cash": lowest,
        "end_cash": end,
        "net_result": _result(projection),
        "planned_orders": orders.height,
        "past_due_orders": int(orders["past_due"].sum()),
    }
    values = {
        name: None if found[name] is None else Decimal(str(found[name])).quantize(SIX, context=WIDE)
        for name in MEASURES
    }
    return Measured(values, lowest_on, loads)


def _service(package: Package, plan: Plan, finances: Finances | None) -> dict[str, Decimal | float | None]:
    """Of orders of customers, whatever the method promised; what of an order has no row or no day is late to the horizon's end."""
    end = package.parameters.plan_start + package.parameters.horizon_days
    orders = customer_orders(package, finances)
    ordered = int(orders["quantity"].sum())
    if ordered == 0:
        return {
            "on_time_share": None,
            "late_units": Decimal(0),
            "late_unit_days": Decimal(0),
            "latest_days": Decimal(0),
        }
    promised = (
        plan.table("promises")
        .filter(pl.col("promised_on").is_not_null())
        .select("demand", pl.col("quantity").to_physical().cast(pl.Int64), pl.col("promised_on").cast(pl.Int32))
    )
    rows = promised.join(orders.select("demand", "due_on"), on="demand")
    days = (rows["promised_on"] - rows["due_on"]).clip(lower_bound=0).cast(pl.Int64)
    quantity = rows["quantity"]
    on_time = int(quantity.filter(days == 0).sum())
    late_days = sum(q * d for q, d in zip(quantity.filter(days > 0), days.filter(days > 0), strict=True))
    covered = rows.group_by("demand").agg(pl.col("quantity").sum().alias("covered"))
    missing = orders.join(covered, on="demand", how="left").with_columns(
        (pl.col("quantity") - pl.col("covered").fill_null(0)).clip(lower_bound=0).alias("missing"),
        (end - pl.col("due_on")).cast(pl.Int64).alias("days"),
    ).filter(pl.col("missing") > 0)  # fmt: skip
    late_days += sum(q * d for q, d in missing.select("missing", "days").iter_rows())
    latest = max([0, *days.drop_nulls().to_list(), *missing["days"].drop_nulls().to_list()])
    return {
        "on_time_share": Decimal(on_time) / ordered,
        "late_units": Decimal(ordered - on_time) / QUANTITY_SCALE,
        "late_unit_days": Decimal(late_days) / QUANTITY_SCALE,
        "latest_days": Decimal(latest),
    }


def _inventory(package: Package, plan: Plan) -> dict[str, Decimal | float | None]:
    records = plan.table("mrp_records")
    if records.height == 0:
        return {"stock_mean": None, "stock_end": None}
    starts = package.parameters.bucket_starts()
    ends = [*starts[1:], package.parameters.horizon_days]
    first = package.parameters.plan_start_date
    days = pl.DataFrame(
        {
            "bucket_start": [first + timedelta(days=start) for start in starts],
            "days": [e - s for s, e in zip(starts, ends, strict=True)],
        },
        schema={"bucket_start": pl.Date, "days": pl.Int64},
    )
    cost = package.table("items").select("item", (pl.col("unit_cost").fill_null(0) / QUANTITY_SCALE).alias("cost"))
    value = pl.col("projected_on_hand").cast(pl.Float64).clip(lower_bound=0) * pl.col("cost")
    by_bucket = (
        records.join(cost, on="item", maintain_order="left")
        .group_by("bucket_start")
        .agg(value.sum().alias("value"))
        .join(days, on="bucket_start")
        .sort("bucket_start")
    )
    if by_bucket.height == 0:
        return {"stock_mean": None, "stock_end": None}
    weighted = float((by_bucket["value"] * by_bucket["days"]).sum()) / float(by_bucket["days"].sum())
    return {"stock_mean": round(weighted, 4), "stock_end": round(float(by_bucket["value"][-1]), 4)}


def _costs(plan: Plan) -> dict[str, Decimal | float | None]:
    costs = plan.summary.get("costs") or plan.summary.get("cost") or {}
    names = ("setup", "holding", "purchase", "late", "overtime")
    split = {f"cost_{name}": float(costs[name]) if name in costs else None for name in names}
    known = [value for value in split.values() if value is not None]
    return {**split, "cost_total": round(sum(known), 6) if known else None}


def _capacity(network: Network, plan: Plan) -> tuple[pl.DataFrame, float | None, float | None, float | None]:
    """Loads by resource and over all; an order loads the bucket of its release, as the plan's alerts say."""
    routings = network.package.table("routings")
    orders = plan.table("planned_orders").filter(pl.col("kind") == "make")
    if routings.height == 0:
        return pl.DataFrame(schema=LOADS), None, None, None
    chosen = routings.sort("item_index", "operation", "priority", maintain_order=True)
    chosen = chosen.unique(["item_index", "operation"], keep="first", maintain_order=True).with_columns(
        pl.coalesce("resource", pl.lit("group ") + pl.col("group")).alias("target")
    )
    names = chosen["target"].unique().sort()
    starts = np.array(network.problem.bucket_start[:-1])
    day = orders["release_on"].cast(pl.Int32).to_numpy() - network.package.parameters.plan_start
    bucket = np.searchsorted(starts, np.clip(day, 0, network.problem.bucket_of.size - 1), side="right") - 1
    load = np.zeros((names.len(), starts.size))
    work = (
        orders.select("item", pl.col("quantity").cast(pl.Float64))
        .with_columns(pl.Series("bucket", bucket))
        .join(chosen.select("item", "target", "setup_minutes", "run_minutes"), on="item", maintain_order="left_right")
    )
    minutes = (work["setup_minutes"] + work["run_minutes"] * work["quantity"]).to_numpy() / QUANTITY_SCALE
    where = work["target"].replace_strict(names, np.arange(names.len()), return_dtype=pl.Int64).to_numpy()
    np.add.at(load, (where, work["bucket"].to_numpy()), minutes)
    there = capacities(network, names)
    share = np.divide(load, there, out=np.where(load > 0, np.inf, 0.0), where=there > 0)
    over = np.clip(load - there, 0, None).sum(axis=1) / 60
    total = there.sum(axis=1)
    mean = np.divide(load.sum(axis=1), total, out=np.zeros(names.len()), where=total > 0)
    peak = [round(highest, 6) if np.isfinite(highest) else None for highest in share.max(axis=1).tolist()]
    table = pl.DataFrame(
        {"resource": names, "load_peak": peak, "load_mean": mean.round(6), "overload_hours": over.round(6)},
        schema=LOADS,
    )
    whole = float(there.sum())
    return (
        table,
        None if None in peak else max(known for known in peak if known is not None),
        round(float(load.sum()) / whole, 6) if whole else None,
        round(float(over.sum()), 6),
    )


def _cash(projection: Projection | None) -> tuple[Decimal | None, date | None, Decimal | None]:
    if projection is None:
        return None, None, None
    cash = projection.tables["cash"]
    low = cash.sort("balance", "day").row(0, named=True)
    return low["balance"], low["day"], cash["balance"][-1]


def _result(projection: Projection | None) -> Decimal | None:
    """Income less expense over the horizon."""
    if projection is None:
        return None
    rows = projection.tables["trial_balance"].filter(pl.col("class").is_in(["income", "expense"]))
    return sum((credit - debit for debit, credit in rows.select("debit", "credit").iter_rows()), Decimal(0))
