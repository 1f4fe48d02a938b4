"""Netted plans pass the independent checker, and each of its checks finds the fault that it is there for."""

import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from planning import plan, read_package
from planning.verify import check

sys.path.insert(0, str(Path(__file__).parent))
from packages import frames, packages, workshop

Tables = dict[str, pl.DataFrame]


def outputs(tables: Tables) -> Tables:
    made = plan(read_package(tables))
    return {name: made.table(name) for name in made.tables}


@cache
def accepted() -> tuple[Tables, Tables]:
    tables = workshop()
    return tables, outputs(tables)


def rules(tables: Tables, planned: Tables) -> set[str]:
    return {finding.rule for finding in check(tables, planned, "mrp")}


def changed(table: str, column: str, value: Callable[[Any], Any], where: pl.Expr | None = None) -> Tables:
    """The accepted plan with one cell of the first row (of those that match) of a table changed."""
    planned = dict(accepted()[1])
    frame = planned[table].with_row_index("place")
    place = frame.filter(where if where is not None else pl.lit(value=True))["place"][0]
    values = frame[column].to_list()
    values[place] = value(values[place])
    planned[table] = planned[table].with_columns(pl.Series(column, values, dtype=frame.schema[column]))
    return planned


def test_a_netted_plan_is_accepted() -> None:
    assert check(*accepted(), "mrp") == []


def test_the_package_may_be_checked_as_it_was_read() -> None:
    tables, planned = accepted()
    held = {**read_package(tables).tables, "parameters": tables["parameters"]}
    assert check(held, planned, "mrp") == []


MAKE = pl.col("kind") == "make"
FAULTS = {
    "a component too little": (
        "pegging", "quantity", lambda value: value - 1, pl.col("parent_supply").is_not_null(), "bill_of_material",
    ),
    "a demand served short": (
        "pegging", "quantity", lambda value: value - 1, pl.col("demand").is_not_null(), "pegging_demand",
    ),
    "a supply out of nothing": (
        "pegging", "supply", lambda value: value + "X", pl.col("supply_kind") == "make", "pegging_supply",
    ),
    "stock pegged beyond what there is": (
        "pegging", "quantity", lambda value: value + 1000, pl.col("supply_kind") == "stock", "pegging_supply",
    ),
    "a release a day early": (
        "planned_orders", "release_on", lambda value: value + timedelta(days=1), ~pl.col("past_due"), "lead_time",
    ),
    "a release before the plan": (
        "planned_orders", "release_on", lambda value: value - timedelta(days=99), None, "order_dates",
    ),
    "an order below its minimum": (
        "planned_orders", "good_quantity", lambda _: Decimal(10), pl.col("item") == "WHEEL", "lot_rules",
    ),
    "an order of no quantity": ("planned_orders", "good_quantity", lambda _: Decimal(0), None, "order_quantity_positive"),
    "a release that forgets the yield": (
        "planned_orders", "quantity", lambda value: value - 1, pl.col("item") == "FRAME", "order_yield",
    ),
    "an item from elsewhere": ("planned_orders", "item", lambda _: "CAR", None, "order_item_known"),
    "a record with too much on hand": (
        "mrp_records", "projected_on_hand", lambda value: value + 1, pl.col("item") == "BIKE", "record_on_hand",
    ),
    "a record with a requirement too much": (
        "mrp_records", "gross_requirements", lambda value: value + 1, pl.col("item") == "FRAME", "gross_requirements",
    ),
    "a record without its receipt": (
        "mrp_records", "planned_order_receipts", lambda _: Decimal(0),
        (pl.col("item") == "BIKE") & (pl.col("planned_order_receipts") > 0), "planned_order_receipts",
    ),
    "a record without its release": (
        "mrp_records", "planned_order_releases", lambda _: Decimal(0),
        (pl.col("item") == "BIKE") & (pl.col("planned_order_releases") > 0), "planned_order_releases",
    ),
    "a confirmed receipt forgotten": (
        "mrp_records", "scheduled_receipts", lambda _: Decimal(0), pl.col("scheduled_receipts") > 0, "scheduled_receipts",
    ),
    "stock below safety that nobody hears of": (
        "mrp_records", "projected_on_hand", lambda _: Decimal(-1), pl.col("item") == "WHEEL", "safety_alert",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_seeded_fault_is_found(name: str) -> None:
    table, column, value, where, rule = FAULTS[name]
    assert rule in rules(accepted()[0], changed(table, column, value, where))


def test_a_shortage_excuses_too_little_and_never_too_much() -> None:
    tables, planned = accepted()
    alerts = planned["alerts"]
    said = {"alert": "shortage", "item": "WHEEL", "location": "MAIN"}
    alert = pl.DataFrame([dict.fromkeys(alerts.columns) | said], schema=alerts.schema)
    wheel = (pl.col("item") == "WHEEL") & pl.col("parent_supply").is_not_null()
    for more, verdict in ((-1, False), (1, True)):
        told = changed("pegging", "quantity", lambda value, more=more: value + more, wheel)
        told["alerts"] = pl.concat([alerts, alert])
        assert ("bill_of_material" in rules(tables, told)) is verdict


def test_an_order_that_is_missing_is_missed() -> None:
    tables, planned = accepted()
    fewer = {**planned, "planned_orders": planned["planned_orders"].filter(pl.col("item") != "FRAME")}
    assert {"planned_order_receipts", "pegging_supply"} <= rules(tables, fewer)


def test_an_order_that_stands_twice_is_found() -> None:
    tables, planned = accepted()
    orders = planned["planned_orders"]
    assert "order_id_unique" in rules(tables, {**planned, "planned_orders": pl.concat([orders, orders.head(1)])})


def test_the_first_alternate_that_is_effective_on_the_release_day_is_asked_for() -> None:
    tables = frames(
        {
            "items": [{"item": name} for name in ("TABLE", "OAK", "PINE")],
            "bom": [
                {"parent": "TABLE", "component": "OAK", "quantity_per": 2, "alternate_group": "wood", "priority": 1,
                 "effective_to": "2026-01-12"},
                {"parent": "TABLE", "component": "PINE", "quantity_per": 3, "alternate_group": "wood", "priority": 2,
                 "effective_to": None},
            ],
            "demand": [
                {"demand": "D1", "item": "TABLE", "quantity": 4, "due_on": "2026-01-08"},
                {"demand": "D2", "item": "TABLE", "quantity": 4, "due_on": "2026-01-15"},
            ],
        }
    )  # fmt: skip
    planned = outputs(tables)
    bought = planned["planned_orders"].filter(pl.col("kind") == "buy")
    assert dict(zip(bought["item"], bought["quantity"], strict=True)) == {"OAK": 8, "PINE": 12}
    assert check(tables, planned, "mrp") == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables=packages())
def test_whatever_is_netted_is_accepted(tables: Tables) -> None:
    assert [str(finding) for finding in check(tables, outputs(tables), "mrp")] == []
