"""Constrained plans of small packages that once came out wrong, each worked by hand."""

from datetime import date
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


def owing(shelf_life: int | None) -> dict[str, pl.DataFrame]:
    return frames(
        items={"item": ["BOLT"], "lead_time_days": [5], "shelf_life_days": [shelf_life]},
        stock={"item": ["BOLT"], "quantity": [15], "allocated": [18]},
        receipts={"order": ["PO"], "item": ["BOLT"], "quantity": [1], "due_on": ["2026-01-05"]},
        demand={"demand": ["D"], "item": ["BOLT"], "quantity": [1], "due_on": ["2026-01-05"]},
    )  # fmt: skip


def test_what_was_promised_beyond_stock_is_owed_before_a_customer_gets_any() -> None:
    for shelf_life in (None, 40):
        given = owing(shelf_life)
        made = planned(given)
        assert made.table("promises")["promised_on"].to_list() == [date(2026, 1, 10)]
        assert findings(given, made) == []


def test_what_is_due_on_a_day_off_is_released_so_that_it_is_there_before() -> None:
    given = frames(
        {"working_days_only": "true"},
        items={"item": ["BIKE"], "source": ["make"], "lead_time_days": [1]},
        locations={"location": ["MAIN"], "calendar": ["C"]},
        calendars={"calendar": ["C"] * 5, "weekday": [1, 2, 3, 4, 5], "from_time": ["08:00"] * 5,
                   "to_time": ["16:00"] * 5, "available": ["true"] * 5},
        demand={"demand": ["SATURDAY", "SUNDAY"], "item": ["BIKE"] * 2, "quantity": [5, 5],
                "due_on": ["2026-01-17", "2026-01-18"]},
    )  # fmt: skip
    made = planned(given)
    assert made.summary["late_unit_days"] == 0
    assert made.table("planned_orders")["release_on"].unique().to_list() == [date(2026, 1, 15)]
    assert findings(given, made) == []


def test_the_checker_accepts_a_place_with_two_transfer_lanes() -> None:
    given = frames(
        items={"item": ["BOLT"], "source": ["buy"], "lead_time_days": [3]},
        sources={"item": ["BOLT"] * 4, "location": ["MAIN", "MAIN", "W1", "W2"],
                 "method": ["transfer", "transfer", "buy", "buy"], "from_location": ["W1", "W2", None, None],
                 "supplier": [None, None, "S1", "S2"], "lead_time_days": [1, 2, 5, 3], "priority": [1, 2, 1, 1]},
        stock={"item": ["BOLT"], "location": ["W2"], "quantity": [20]},
        demand={"demand": ["A", "B", "C"], "item": ["BOLT"] * 3, "location": ["MAIN", "MAIN", "W2"],
                "quantity": [10, 8, 8], "due_on": ["2026-01-07", "2026-01-12", "2026-01-09"]},
    )  # fmt: skip
    made = planned(given)
    assert made.table("planned_orders").filter(pl.col("kind") == "transfer").height == 2
    assert findings(given, made) == []
