"""What a package says and method `constrained` does not observe: one notice a column, so that nothing is ignored in silence."""

import polars as pl

from planning.package import Package

SAID = {
    "bom.kind": ("bom", pl.col("kind") != "component", "by-products and co-products are not counted as supply"),
    "resources.max_overtime_hours": (
        "resources",
        pl.col("overtime_cost_per_hour").is_not_null() | pl.col("max_overtime_hours").is_not_null(),
        "no overtime is planned",
    ),
    "routings.batch_quantity": ("routings", pl.col("batch_quantity").is_not_null(), "run minutes are per unit"),
    "routings.setup_state": ("routings", pl.col("setup_state").is_not_null(), "a setup is not carried over"),
    "routings.overlap_quantity": (
        "routings",
        pl.col("overlap_quantity").is_not_null(),
        "operations of an order share its bucket",
    ),
    "setups.minutes": ("setups", pl.col("minutes") > 0, "setups do not depend on the sequence"),
    "demand.penalty": ("demand", pl.col("penalty").is_not_null(), "demands are served by priority, then due date"),
    "items.max_stock": (
        "items",
        pl.col("max_stock").is_not_null(),
        "stock may exceed it where work is done early for want of capacity",
    ),
}
"""Column, the rows that use it, and what holds instead."""


def unobserved(package: Package) -> list[str]:
    """A notice for every column of SAID that some row uses, with how many."""
    notices = []
    for column, (table, uses, instead) in SAID.items():
        count = package.table(table).filter(uses).height
        if count:
            notices.append(f"constrained does not observe {column} ({count} rows): {instead}")
    return notices
