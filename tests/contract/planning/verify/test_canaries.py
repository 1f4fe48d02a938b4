"""Each check of the independent checker finds the fault that it is there for, seeded into an accepted plan."""

import copy
import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from planning.lot_sizing.method import OptimizedPlan, optimize_package
from planning.package import read_package
from planning.verify import check

sys.path.insert(0, str(Path(__file__).parent))
from packages import workshop

Tables = dict[str, pl.DataFrame]
Fault = Callable[[Tables, dict[str, Any]], None]


@cache
def accepted() -> tuple[Tables, OptimizedPlan]:
    frames = workshop()
    package = read_package(frames)
    return {**package.tables, "parameters": frames["parameters"]}, optimize_package(package, seconds=20.0)


def change(table: str, column: str, value: Callable[[Any], Any], where: pl.Expr | None = None) -> Fault:
    """Change one cell of the first row (of those that match) of a table."""

    def seed(tables: Tables, summary: dict[str, Any]) -> None:
        frame = tables[table].with_row_index("place")
        place = frame.filter(where if where is not None else pl.lit(value=True))["place"][0]
        values = frame[column].to_list()
        values[place] = value(values[place])
        tables[table] = tables[table].with_columns(pl.Series(column, values, dtype=frame.schema[column]))

    return seed


def repeat_first(tables: Tables, summary: dict[str, Any]) -> None:
    orders = tables["planned_orders"]
    tables["planned_orders"] = pl.concat([orders, orders.head(1)])


def drop(table: str, where: pl.Expr) -> Fault:
    def seed(tables: Tables, summary: dict[str, Any]) -> None:
        tables[table] = tables[table].filter(~where)

    return seed


def dearer(tables: Tables, summary: dict[str, Any]) -> None:
    summary["cost"]["setup"] += 10


def cheaper_objective(tables: Tables, summary: dict[str, Any]) -> None:
    summary["objective"] -= 10


def bound_above(tables: Tables, summary: dict[str, Any]) -> None:
    summary["bound"] = summary["objective"] + 10


def all_in_one_bucket(tables: Tables, summary: dict[str, Any]) -> None:
    orders = tables["planned_orders"]
    last = orders.filter(pl.col("item") == "BIKE")["release_on"].max()
    tables["planned_orders"] = orders.with_columns(
        pl.when(pl.col("item") == "BIKE").then(pl.lit(last)).otherwise(pl.col("release_on")).alias("release_on"),
        pl.when(pl.col("item") == "BIKE").then(pl.col("quantity") * 3).otherwise(pl.col("quantity")).alias("quantity"),
    )


def beyond_supplier(tables: Tables, summary: dict[str, Any]) -> None:
    change("planned_orders", "good_quantity", lambda _: Decimal(151), TUBE)(tables, summary)
    change("planned_orders", "supplier", lambda _: "NEAR", TUBE)(tables, summary)


BIKE, WHEEL, FRAME, TUBE = (pl.col("item") == name for name in ("BIKE", "WHEEL", "FRAME", "TUBE"))
FAULTS: list[tuple[str, Fault]] = [
    ("order_id_unique", repeat_first),
    ("order_item_known", change("planned_orders", "item", lambda _: "CAR")),
    ("order_quantity_positive", change("planned_orders", "good_quantity", lambda _: Decimal(0))),
    ("order_dates", change("planned_orders", "release_on", lambda day: day - timedelta(days=400))),
    ("order_source", change("planned_orders", "supplier", lambda _: "NOBODY", TUBE)),
    ("order_yield", change("planned_orders", "good_quantity", lambda good: good + 5, FRAME)),
    ("lot_decimals", change("planned_orders", "good_quantity", lambda good: good + Decimal("0.5"), BIKE)),
    ("lot_minimum", change("planned_orders", "good_quantity", lambda _: Decimal(10), WHEEL)),
    ("lot_multiple", change("planned_orders", "good_quantity", lambda good: good + 1, WHEEL)),
    ("lot_maximum", change("planned_orders", "good_quantity", lambda _: Decimal(70), WHEEL)),
    ("lead_time", change("planned_orders", "release_on", lambda day: day + timedelta(days=2), FRAME)),
    ("supplier_capacity", beyond_supplier),
    ("bill_of_material", change("pegging", "quantity", lambda q: q + 1, pl.col("parent_supply").is_not_null())),
    ("pegging_parent", change("pegging", "parent_supply", lambda _: "X", pl.col("parent_supply").is_not_null())),
    ("pegging_supply", change("pegging", "quantity", lambda q: q + 1000)),
    ("pegging_demand", change("pegging", "quantity", lambda q: q / 2, pl.col("demand").is_not_null())),
    ("stock_negative", drop("planned_orders", BIKE)),
    ("operation_resource", change("operations", "resource", lambda _: "NOWHERE")),
    ("capacity", all_in_one_bucket),
    ("demand_covered", change("promises", "quantity", lambda q: q - 1)),
    ("promise_demand", change("promises", "demand", lambda _: "D99")),
    ("promise_late_days", change("promises", "late_days", lambda _: 99)),
    ("record_on_hand", change("mrp_records", "projected_on_hand", lambda q: q + 1)),
    ("record_receipts", change("mrp_records", "planned_order_receipts", lambda q: q + 1)),
    ("cost", dearer),
    ("objective", cheaper_objective),
    ("bound", bound_above),
]


@pytest.mark.parametrize(("rule", "fault"), FAULTS, ids=[rule for rule, _ in FAULTS])
def test_a_seeded_fault_is_found(rule: str, fault: Fault) -> None:
    inputs, plan = accepted()
    tables, summary = dict(plan.tables), copy.deepcopy(plan.summary)
    fault(tables, summary)
    assert rule in {finding.rule for finding in check(inputs, tables, "optimize", summary=summary)}


def test_the_plan_without_faults_is_accepted() -> None:
    inputs, plan = accepted()
    assert check(inputs, plan.tables, "optimize", summary=plan.summary) == []


def test_lateness_and_missing_safety_stock_without_alerts_are_found() -> None:
    frames = workshop()
    frames["capacity"] = frames["capacity"].with_columns(minutes=pl.lit(250))
    frames["resources"] = frames["resources"].with_columns(max_overtime_hours=pl.lit(0))
    package = read_package(frames)
    plan = optimize_package(package, seconds=10.0)
    inputs = {**package.tables, "parameters": frames["parameters"]}
    assert check(inputs, plan.tables, "optimize", summary=plan.summary) == []
    silent = {**plan.tables, "alerts": plan.tables["alerts"].clear()}
    rules = {finding.rule for finding in check(inputs, silent, "optimize", summary=plan.summary)}
    assert {"alert_missing", "safety_alert"} <= rules


def test_impatient_demand_that_is_late_is_found() -> None:
    inputs, plan = accepted()
    wanted = inputs["demand"].with_columns(pl.lit(0, dtype=pl.Int32).alias("max_late_days"))
    late = plan.tables["promises"].with_columns(pl.col("promised_on") + timedelta(days=7), pl.col("late_days") + 7)
    findings = check({**inputs, "demand": wanted}, {**plan.tables, "promises": late}, "optimize", summary=plan.summary)
    assert "demand_patience" in {finding.rule for finding in findings}


def test_orders_of_an_infeasible_plan_are_found() -> None:
    inputs, plan = accepted()
    findings = check(inputs, plan.tables, "optimize", summary={"status": "infeasible"})
    assert [finding.rule for finding in findings] == ["infeasible_orders"]
