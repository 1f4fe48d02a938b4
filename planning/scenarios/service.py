"""Which demand service is measured on, in the comparison and in the draws alike."""

import polars as pl

from planning.package import Package
from planning.projection import Finances


def customer_orders(package: Package, finances: Finances | None) -> pl.DataFrame:
    """Orders of customers that are due before the horizon ends: columns demand, quantity (millionths), due_on (day number).

    Components of production orders that run stand among the demand too; `demand_prices` says which they are.

    >>> from planning.package import read_package
    >>> package = read_package({
    ...     "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
    ...     "items": pl.DataFrame({"item": ["BOLT"]}),
    ...     "demand": pl.DataFrame({"demand": ["D1", "F1"], "item": ["BOLT"] * 2, "quantity": [2, 3],
    ...                             "due_on": ["2026-01-06"] * 2, "kind": ["order", "forecast"]}),
    ... })
    >>> customer_orders(package, None).rows()
    [('D1', 2000000, 20459)]
    """
    end = package.parameters.plan_start + package.parameters.horizon_days
    orders = package.table("demand").filter((pl.col("kind") == "order") & (pl.col("due_on") < end))
    orders = orders.select("demand", "quantity", "due_on")
    if finances is None:
        return orders
    used = finances.tables["demand_prices"].filter(pl.col("use") == "production")["demand"]
    return orders.filter(~pl.col("demand").is_in(used.implode()))
