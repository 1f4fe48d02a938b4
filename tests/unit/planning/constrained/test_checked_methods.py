"""The checker refuses orders that are got in a way that the package does not allow."""

import polars as pl

from planning.methods import plan
from planning.package import read_package
from planning.verify import check


def frames(**tables: dict) -> dict[str, pl.DataFrame]:
    first = pl.DataFrame({"key": ["plan_start", "horizon_days"], "value": ["2026-01-05", "56"]})
    return {"parameters": first, **{name: pl.DataFrame(columns) for name, columns in tables.items()}}


def refused(given: dict[str, pl.DataFrame], planned_from: dict[str, pl.DataFrame]) -> set[str]:
    made = plan(read_package(planned_from), "constrained")
    tables = {**read_package(given).tables, "parameters": given["parameters"]}
    outputs = {name: made.table(name) for name in made.tables}
    return {found.rule for found in check(tables, outputs, "constrained", summary=made.summary)}


def test_what_must_be_made_is_not_bought() -> None:
    demand = {"demand": ["D"], "item": ["BIKE"], "quantity": [12], "due_on": ["2026-01-19"]}
    bought = frames(items={"item": ["BIKE"], "source": ["buy"], "lead_time_days": [2]}, demand=demand)
    made = frames(items={"item": ["BIKE"], "source": ["make"], "lead_time_days": [2]}, demand=demand)
    assert refused(bought, bought) == set()
    assert "order_kind" in refused(made, bought)


def test_capacity_holds_for_each_window_of_a_source() -> None:
    items = {"item": ["BOLT"], "source": ["buy"], "lead_time_days": [3]}
    demand = {"demand": ["D"], "item": ["BOLT"], "quantity": [10], "due_on": ["2026-01-20"]}
    both = {"item": ["BOLT"] * 2, "method": ["buy"] * 2, "supplier": ["S1"] * 2, "lead_time_days": [3, 3],
            "priority": [1, 1], "capacity_per_bucket": [5, 5], "effective_from": [None, "2026-01-15"],
            "effective_to": ["2026-01-15", None]}  # fmt: skip
    one = {"item": ["BOLT"], "method": ["buy"], "supplier": ["S1"], "lead_time_days": [3], "capacity_per_bucket": [10]}
    cut = frames(items=items, sources=both, demand=demand)
    assert refused(cut, cut) == set()
    assert "source_capacity" in refused(cut, frames(items=items, sources=one, demand=demand))
