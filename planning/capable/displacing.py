"""What if one order were put before all others: which demands would be promised later than now, or less of them.

The package is planned again with the order at the best priority, and the two plans' promises are compared.
"""

from datetime import date

import polars as pl

from planning.constrained.method import plan_constrained
from planning.package import Package, read_package
from schemas.planning import INPUT_TABLES, QUANTITY_SCALE, Kind

MILLIONTHS = (Kind.QUANTITY, Kind.SHARE, Kind.YIELD, Kind.POSITIVE, Kind.DURATION)

ASKED = "(asked)"
"""Name of the order that is asked for."""


def with_order(
    package: Package, item: str, quantity: int, wanted: date, *, location: str = "MAIN", first: bool
) -> Package:
    """The package with one more order.

    Args:
        quantity: millionths.
        first: before all others; false: after all others.
    """
    demand = package.table("demand")
    known: list[int] = demand["priority"].drop_nulls().to_list() or [1]
    rank = min(known) - 1 if first else max(known) + 1
    frames = {name: _wire(package.table(name), name) for name in INPUT_TABLES if package.table(name).height}
    order = pl.DataFrame(
        {
            "demand": [ASKED],
            "item": [item],
            "location": [location],
            "quantity": [quantity / QUANTITY_SCALE],
            "due_on": [wanted],
            "kind": ["order"],
            "priority": [rank],
        }
    )
    told = frames.get("demand")
    frames["demand"] = order if told is None else pl.concat([told, order], how="diagonal_relaxed")
    parameters = package.parameters
    given = {
        "plan_start": parameters.plan_start_date.isoformat(),
        "horizon_days": parameters.horizon_days,
        "bucket": parameters.bucket,
        "week_starts_on": parameters.week_starts_on,
        "working_days_only": parameters.working_days_only,
        "scrap_basis": parameters.scrap_basis,
        "part_period_rule": parameters.part_period_rule,
        "receipt_window_days": parameters.receipt_window_days,
        "backward_days": parameters.backward_days,
        "forward_days": parameters.forward_days,
    }
    frames["parameters"] = pl.DataFrame({"key": list(given), "value": [str(value) for value in given.values()]})
    return read_package(frames)


def _wire(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """A held table as it would be handed in."""
    made = []
    for column in INPUT_TABLES[name].columns:
        values = pl.col(column.name)
        if column.kind in MILLIONTHS:
            values = values.cast(pl.Float64) / QUANTITY_SCALE
        elif column.kind is Kind.DATE:
            values = values.cast(pl.Date)
        elif column.kind is Kind.INSTANT:
            values = (values * 60_000_000).cast(pl.Datetime("us"))
        elif column.kind is Kind.CLOCK:
            values = (values * 60_000_000_000).cast(pl.Time)
        made.append(values)
    return frame.select(made)


def hurt_by(package: Package, item: str, quantity: int, wanted: date, *, location: str = "MAIN") -> pl.DataFrame:
    """Demands that would suffer if an order came before all others: demand, late_unit_days more (Float64), sorted.

    Raises:
        ValueError: the package rejects such an order.

    >>> package = read_package({
    ...     "parameters": pl.DataFrame({"key": ["plan_start", "horizon_days"], "value": ["2026-01-05", "28"]}),
    ...     "items": pl.DataFrame({"item": ["BOLT"], "lead_time_days": [10]}),
    ...     "stock": pl.DataFrame({"item": ["BOLT"], "quantity": [8]}),
    ...     "demand": pl.DataFrame({"demand": ["D1"], "item": ["BOLT"], "quantity": [5], "due_on": ["2026-01-12"]}),
    ... })
    >>> hurt_by(package, "BOLT", 4_000_000, date(2026, 1, 6)).rows()
    [('D1', 3.0)]
    """
    end = package.parameters.plan_start + package.parameters.horizon_days
    asked = with_order(package, item, quantity, wanted, location=location, first=True)
    if not (asked.table("demand")["demand"] == ASKED).any():
        raise ValueError(f"{quantity / QUANTITY_SCALE:g} of {item} on {wanted} is rejected as an order")
    before = _lateness(plan_constrained(package).table("promises"), end)
    after = _lateness(plan_constrained(asked).table("promises"), end)
    both = after.join(before, on="demand", suffix="_before").filter(pl.col("demand") != ASKED)
    more = both.select("demand", (pl.col("late") - pl.col("late_before")).round(6).alias("late_unit_days"))
    return more.filter(pl.col("late_unit_days") > 0).sort("late_unit_days", "demand", descending=[True, False])


def _lateness(promises: pl.DataFrame, end: int) -> pl.DataFrame:
    """Late unit-days of every demand; what is never served counts to the horizon's end."""
    left = (pl.lit(end) - pl.col("due_on").cast(pl.Int32)).clip(lower_bound=0)
    units = pl.col("quantity").cast(pl.Float64) * pl.coalesce("late_days", left)
    return promises.group_by("demand").agg(units.sum().alias("late"))
