"""Constrained plans of small packages that once came out wrong, each worked by hand."""

from decimal import Decimal

import polars as pl

from planning.methods import plan
from planning.package import read_package
from planning.result import Plan
from planning.verify import check

START = {"key": ["plan_start", "horizon_days"], "value": ["2026-01-05", "56"]}


def frames(parameters: dict[str, str] | None = None, **tables: dict) -> dict[str, pl.DataFrame]:
    told = {**dict(zip(START["key"], START["value"], strict=True)), **(parameters or {})}
    first = pl.DataFrame({"key": list(told), "value": list(told.values())})
    return {"parameters": first, **{name: pl.DataFrame(columns) for name, columns in tables.items()}}


def planned(given: dict[str, pl.DataFrame]) -> Plan:
    return plan(read_package(given), "constrained")


def findings(given: dict[str, pl.DataFrame], made: Plan) -> list[str]:
    tables = {**read_package(given).tables, "parameters": given["parameters"]}
    outputs = {name: made.table(name) for name in made.tables}
    return sorted({found.rule for found in check(tables, outputs, "constrained", summary=made.summary)})


def test_an_alternate_that_is_no_longer_effective_is_not_a_way_to_make() -> None:
    given = frames(
        items={"item": ["BIKE", "OLD", "NEW"], "source": ["make", "buy", "buy"], "lead_time_days": [2, 1, 1]},
        bom={"parent": ["BIKE"] * 2, "component": ["OLD", "NEW"], "alternate_group": ["H"] * 2, "priority": [1, 2],
             "effective_to": ["2026-01-15", None]},
        demand={"demand": ["D"], "item": ["BIKE"], "quantity": [10], "due_on": ["2026-01-20"]},
    )  # fmt: skip
    made = planned(given)
    assert made.table("planned_orders").select("item", "good_quantity").sort("item").rows() == [
        ("BIKE", Decimal(10)),
        ("NEW", Decimal(10)),
    ]
    assert made.summary["late_unit_days"] == 0
    assert findings(given, made) == []


def test_a_source_that_stands_in_takes_the_alternate_of_its_day_and_a_gap_takes_none() -> None:
    given = frames(
        items={"item": ["BIKE", "OLD", "NEW"], "source": ["make", "buy", "buy"], "lead_time_days": [2, 1, 1]},
        sources={"item": ["BIKE"], "method": ["make"], "lead_time_days": [2], "effective_to": ["2026-01-06"]},
        bom={"parent": ["BIKE"] * 2, "component": ["OLD", "NEW"], "alternate_group": ["H"] * 2, "priority": [1, 2],
             "effective_to": ["2026-01-15", None], "effective_from": [None, "2026-01-22"]},
        demand={"demand": ["A", "B", "C"], "item": ["BIKE"] * 3, "quantity": [3, 4, 5],
                "due_on": ["2026-01-12", "2026-01-20", "2026-01-29"]},
    )  # fmt: skip
    made = planned(given)
    bought = made.table("planned_orders").filter(pl.col("item") != "BIKE").select("item", "good_quantity").sort("item")
    assert bought.rows() == [("NEW", Decimal(5)), ("OLD", Decimal(3))]
    assert made.summary["late_unit_days"] == 0
    assert findings(given, made) == []


def test_firm_orders_of_a_lower_level_take_their_minutes_before_planned_orders_above_them() -> None:
    given = frames(
        items={"item": ["BIKE", "FRAME"], "source": ["make"] * 2, "lead_time_days": [1, 1]},
        bom={"parent": ["BIKE"], "component": ["FRAME"]},
        receipts={"order": ["W1"], "item": ["FRAME"], "quantity": [8], "due_on": ["2026-01-08"], "kind": ["make"],
                  "status": ["planned_firm"]},
        stock={"item": ["FRAME"], "quantity": [6]},
        routings={"item": ["BIKE", "FRAME"], "resource": ["BENCH"] * 2, "run_minutes": [10, 10]},
        resources={"resource": ["BENCH"]},
        capacity={"resource": ["BENCH"] * 2, "bucket": ["2026-01-05", "2026-01-12"], "minutes": [100, 100]},
        demand={"demand": ["D"], "item": ["BIKE"], "quantity": [6], "due_on": ["2026-01-09"]},
    )  # fmt: skip
    made = planned(given)
    assert findings(given, made) == []
    assert made.table("alerts").filter(pl.col("alert") == "capacity_overload").height == 0
    first = made.table("operations").filter(pl.col("starts_at").dt.date() < pl.date(2026, 1, 12))
    assert first["quantity"].to_list() == [Decimal(8)]
