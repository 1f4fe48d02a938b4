"""What is ordered when stock falls to a point is ordered then by `constrained`, too, and not when somebody needs it."""

from __future__ import annotations

from datetime import date

import polars as pl

from planning import plan, read_package


def test_the_order_stands_where_stock_falls_to_the_point() -> None:
    """60 on hand, 20 leave on the 12th: at a point of 50 the next lot is due that day and not at the horizon's end."""
    package = read_package(
        {
            "parameters": pl.DataFrame({"key": ["plan_start", "horizon_days"], "value": ["2026-01-05", "84"]}),
            "items": pl.DataFrame({"item": ["PUMP"], "source": ["buy"], "reorder_point": [50], "min_lot": [40]}),
            "stock": pl.DataFrame({"item": ["PUMP"], "quantity": [60]}),
            "demand": pl.DataFrame({"demand": ["D1"], "item": ["PUMP"], "quantity": [20], "due_on": ["2026-01-12"]}),
        }
    )
    by_method = {
        method: plan(package, method).table("planned_orders").select("due_on", "good_quantity").rows()
        for method in ("mrp", "constrained")
    }
    assert by_method["constrained"] == by_method["mrp"]
    assert [due for due, _ in by_method["constrained"]] == [date(2026, 1, 12)]
