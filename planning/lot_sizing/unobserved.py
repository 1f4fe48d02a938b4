"""What a package says and method `optimize` does not observe: one notice a column, so that nothing is ignored in silence.

The model's rules are those that the planning package names for `optimize`: resource capacity, lead times, lot rules and
supplier capacity. Everything here is a rule of `mrp` or `schedule`, or waits for its place in the model.
"""

import polars as pl

from planning.package import Package

SAID = {
    "demand.min_shipment": ("demand", pl.col("min_shipment") > 0, "a demand may be served in smaller parts"),
    "items.max_stock": ("items", pl.col("max_stock").is_not_null(), "stock may exceed it where that is cheaper"),
    "items.reorder_point": ("items", pl.col("reorder_point").is_not_null(), "orders are placed by cost, not by level"),
    "items.shelf_life_days": ("items", pl.col("shelf_life_days").is_not_null(), "only lots in stock expire"),
    "items.planning_fence_days": ("items", pl.col("planning_fence_days") > 0, "orders may stand inside the fence"),
    "items.lot_policy": (
        "items",
        ~pl.col("lot_policy").is_in(["lot_for_lot", "fixed_quantity"]),
        "the sizes of lots are what is optimised",
    ),
    "sources.share": ("sources", pl.col("share") > 0, "quantities go where they are cheapest"),
    "receipts.status": (
        "receipts",
        pl.col("status") == "planned_firm",
        "firm planned orders arrive, but take no components and no capacity",
    ),
    "routings.batch_quantity": ("routings", pl.col("batch_quantity").is_not_null(), "run minutes are per unit"),
    "routings.setup_state": ("routings", pl.col("setup_state").is_not_null(), "a setup is not carried over"),
}
"""Column, the rows that use it, and what holds instead."""


def unobserved(package: Package) -> list[str]:
    """A notice for every column of SAID that some row uses, with how many."""
    notices = []
    for column, (table, uses, instead) in SAID.items():
        count = package.table(table).filter(uses).height
        if count:
            notices.append(f"optimize does not observe {column} ({count} rows): {instead}")
    return notices
