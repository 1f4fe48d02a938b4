"""Constrained plans: worked by hand, random small chains that the checker must accept, and plans that it must refuse."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from planning.capable.asking import UnknownItemError, ask, capable_state
from planning.capable.displacing import with_order
from planning.methods import plan
from planning.package import read_package
from planning.result import Plan
from planning.verify import check
from tests.small_chains import random_chain

START = {"key": ["plan_start", "horizon_days"], "value": ["2026-01-05", "56"]}
CHAINS = 30


def frames(**tables: dict) -> dict[str, pl.DataFrame]:
    return {"parameters": pl.DataFrame(START), **{name: pl.DataFrame(columns) for name, columns in tables.items()}}


def planned(given: dict[str, pl.DataFrame]) -> Plan:
    return plan(read_package(given), "constrained")


def findings(given: dict[str, pl.DataFrame], made: Plan, **changed: pl.DataFrame) -> list[str]:
    tables = {**read_package(given).tables, "parameters": given["parameters"]}
    outputs = {name: made.table(name) for name in made.tables}
    return sorted({found.rule for found in check(tables, {**outputs, **changed}, "constrained", summary=made.summary)})


def promises(made: Plan) -> list[tuple]:
    return made.table("promises").select("demand", "quantity", "promised_on", "late_days").rows()


def test_scarce_stock_goes_to_the_better_priority_though_it_is_due_later() -> None:
    given = frames(
        items={"item": ["BOLT"], "lead_time_days": [30]},
        stock={"item": ["BOLT"], "quantity": [10]},
        demand={"demand": ["EARLY", "FIRST"], "item": ["BOLT"] * 2, "quantity": [10, 10],
                "due_on": ["2026-01-10", "2026-01-15"], "priority": [2, 1]},
    )  # fmt: skip
    made = planned(given)
    assert promises(made) == [
        ("EARLY", Decimal(10), date(2026, 2, 4), 25),
        ("FIRST", Decimal(10), date(2026, 1, 15), 0),
    ]
    assert findings(given, made) == []


def test_what_exceeds_a_bucket_is_made_before_it_is_due() -> None:
    given = frames(
        items={"item": ["BIKE"], "source": ["make"]},
        routings={"item": ["BIKE"], "resource": ["BENCH"], "run_minutes": [60]},
        resources={"resource": ["BENCH"]},
        capacity={"resource": ["BENCH"] * 8, "minutes": [600] * 8,
                  "bucket": [f"2026-0{m}-{d:02}" for m, d in [(1, 5), (1, 12), (1, 19), (1, 26), (2, 2), (2, 9), (2, 16), (2, 23)]]},
        demand={"demand": ["A", "B"], "item": ["BIKE"] * 2, "quantity": [9, 8], "due_on": ["2026-01-21", "2026-01-22"]},
    )  # fmt: skip
    made = planned(given)
    assert made.summary["service_level"] == 1.0
    weeks = made.table("operations")["starts_at"].dt.date().sort().to_list()
    assert weeks[0] < date(2026, 1, 19) <= weeks[1]
    assert findings(given, made) == []


def test_a_late_promise_names_the_resource_or_the_material() -> None:
    given = frames(
        items={"item": ["BIKE", "TYRE"], "source": ["make", "buy"], "lead_time_days": [0, 0]},
        routings={"item": ["BIKE"], "resource": ["BENCH"], "run_minutes": [60]},
        resources={"resource": ["BENCH"]},
        capacity={"resource": ["BENCH"] * 2, "bucket": ["2026-01-05", "2026-01-19"], "minutes": [60, 6000]},
        demand={"demand": ["A", "B"], "item": ["BIKE", "TYRE"], "quantity": [5, 1], "due_on": ["2026-01-07", "2026-01-03"]},
    )  # fmt: skip
    made = planned(given)
    causes = dict(made.table("promises").select("demand", "cause").rows())
    assert causes["A"] == "resource BENCH: no room before 2026-01-19"
    assert causes["B"] == "due before plan_start"


def test_parts_are_no_smaller_than_the_least_and_patience_is_kept() -> None:
    given = frames(
        items={"item": ["BOLT"], "lead_time_days": [20]},
        stock={"item": ["BOLT"], "quantity": [4]},
        demand={"demand": ["PARTS", "WHOLE", "HASTY"], "item": ["BOLT"] * 3, "quantity": [10, 10, 10],
                "due_on": ["2026-01-06"] * 3, "priority": [1, 2, 3], "min_shipment": [3, 10, 1],
                "max_late_days": [None, None, 5]},
    )  # fmt: skip
    made = planned(given)
    assert [(name, quantity, day) for name, quantity, day, _ in promises(made)] == [
        ("HASTY", Decimal(10), None),
        ("PARTS", Decimal(4), date(2026, 1, 6)),
        ("PARTS", Decimal(6), date(2026, 1, 25)),
        ("WHOLE", Decimal(10), date(2026, 1, 25)),
    ]
    assert findings(given, made) == []


def test_the_faster_source_is_used_where_the_first_is_late_and_the_alternate_where_there_is_none() -> None:
    given = frames(
        items={"item": ["BIKE", "OLD", "NEW", "TYRE"], "source": ["make", "buy", "buy", "buy"], "lead_time_days": [1, 60, 60, 60]},
        bom={"parent": ["BIKE"] * 2, "component": ["OLD", "NEW"], "alternate_group": ["A", "A"], "priority": [1, 2]},
        stock={"item": ["OLD", "NEW"], "quantity": [3, 100]},
        sources={"item": ["TYRE"] * 2, "method": ["buy"] * 2, "supplier": ["SLOW", "FAST"], "lead_time_days": [30, 5],
                 "priority": [1, 2]},
        demand={"demand": ["A", "B"], "item": ["BIKE", "TYRE"], "quantity": [20, 7], "due_on": ["2026-01-15", "2026-01-12"]},
    )  # fmt: skip
    made = planned(given)
    assert made.summary["late_unit_days"] == 0
    orders = made.table("planned_orders")
    assert orders.filter(pl.col("item") == "TYRE")["supplier"].to_list() == ["FAST"]
    assert made.table("pegging").filter(pl.col("parent_supply").is_not_null())["item"].to_list() == ["NEW"]
    assert findings(given, made) == []


@pytest.mark.parametrize("seed", range(CHAINS))
def test_the_checker_accepts_every_plan_of_a_random_chain(seed: int) -> None:
    given = random_chain(seed)
    assert findings(given, planned(given)) == []


def test_one_thread_and_two_make_the_same_plan() -> None:
    package = read_package(random_chain(3))
    one, two = plan(package, "constrained", threads=1), plan(package, "constrained", threads=2)
    assert one.summary == two.summary
    assert all(one.table(name).equals(two.table(name)) for name in one.tables)


def test_nothing_can_be_made_without_minutes_and_nothing_asked_is_nothing_planned() -> None:
    made_of = {"items": {"item": ["BIKE"], "source": ["make"]},
               "routings": {"item": ["BIKE"], "resource": ["BENCH"], "run_minutes": [1]},
               "resources": {"resource": ["BENCH"]},
               "capacity": {"resource": ["BENCH"], "bucket": ["2026-01-05"], "minutes": [0]}}  # fmt: skip
    idle = planned(frames(**made_of))
    assert idle.table("planned_orders").height == 0
    given = frames(**made_of, demand={"demand": ["A"], "item": ["BIKE"], "quantity": [1], "due_on": ["2026-01-12"]})
    made = planned(given)
    assert promises(made) == [("A", Decimal(1), None, None)]
    assert "BENCH" in made.table("promises")["cause"][0]
    assert findings(given, made) == []


def test_cycles_and_quantities_beyond_the_format_are_rejected_rows() -> None:
    given = frames(
        items={"item": ["A", "B"]},
        bom={"parent": ["A", "B"], "component": ["B", "A"]},
        demand={"demand": ["D1", "D2"], "item": ["A", "A"], "quantity": [2**62, 1], "due_on": ["2026-01-12"] * 2},
    )
    made = planned(given)
    assert set(made.rejects["table"]) == {"bom", "demand"}
    assert [row[0] for row in promises(made)] == ["D2"]


CORRUPTIONS = {
    "start_before_plan": ("planned_orders", pl.col("release_on").dt.offset_by("-99d").alias("release_on")),
    "lead_time": ("planned_orders", pl.col("release_on").dt.offset_by("1d").alias("release_on")),
    "lot_rules": ("planned_orders", (pl.col("good_quantity") * 0 + Decimal("0.5")).alias("good_quantity")),
    "stock_negative": ("planned_orders", (pl.col("due_on").dt.offset_by("40d")).alias("due_on")),
    "capacity": ("operations", pl.col("starts_at").min().alias("starts_at")),
    "operation_whole": ("operations", (pl.col("quantity") + 1).alias("quantity")),
    "operation_resource": ("operations", pl.lit("NOBODY").alias("resource")),
    "promise_late_days": ("promises", pl.lit(0, dtype=pl.Int32).alias("late_days")),
    "demand_covered": ("promises", (pl.col("quantity") + 1).alias("quantity")),
    "promise_cause": ("promises", pl.lit(None, dtype=pl.String).alias("cause")),
    "alert_missing": ("alerts", pl.lit("excess").alias("alert")),
    "bill_of_material": ("pegging", (pl.col("quantity") + 1).alias("quantity")),
    "pegging_supply": ("pegging", (pl.col("quantity") * 2).alias("quantity")),
}


@pytest.fixture(scope="module")
def shop() -> tuple[dict[str, pl.DataFrame], Plan]:
    weeks = [
        "2026-01-05",
        "2026-01-12",
        "2026-01-19",
        "2026-01-26",
        "2026-02-02",
        "2026-02-09",
        "2026-02-16",
        "2026-02-23",
    ]
    given = frames(
        items={"item": ["BIKE", "TYRE"], "source": ["make", "buy"], "lead_time_days": [2, 3], "lot_multiple": [1, 1],
               "unit_cost": [90, 5]},
        bom={"parent": ["BIKE"], "component": ["TYRE"], "quantity_per": [2]},
        routings={"item": ["BIKE"], "resource": ["BENCH"], "run_minutes": [60], "setup_minutes": [30]},
        resources={"resource": ["BENCH"]},
        capacity={"resource": ["BENCH"] * 8, "bucket": weeks, "minutes": [600] * 8},
        demand={"demand": [f"D{i}" for i in range(6)], "item": ["BIKE"] * 6, "quantity": [8] * 6, "due_on": weeks[:6]},
    )  # fmt: skip
    made = planned(given)
    assert findings(given, made) == []
    return given, made


@pytest.mark.parametrize("rule", CORRUPTIONS)
def test_the_checker_refuses_a_plan_that_was_changed(shop: tuple[dict[str, pl.DataFrame], Plan], rule: str) -> None:
    given, made = shop
    table, change = CORRUPTIONS[rule]
    assert rule in findings(given, made, **{table: made.table(table).with_columns(change)})


def test_a_promise_is_kept_when_the_order_is_planned_after_all_others(
    shop: tuple[dict[str, pl.DataFrame], Plan],
) -> None:
    package = read_package(shop[0])
    state = capable_state(package)
    for quantity in (1, 2, 5, 9):
        whole = ask(state, "BIKE", quantity * 10**6, date(2026, 1, 20)).whole
        assert whole.on is not None
        again = plan(with_order(package, "BIKE", quantity * 10**6, whole.on, first=False), "constrained")
        assert again.summary["late_unit_days"] == pytest.approx(shop[1].summary["late_unit_days"])


def test_a_request_that_is_late_is_split_and_says_what_limits_it() -> None:
    state = capable_state(
        read_package(frames(items={"item": ["BOLT"], "lead_time_days": [9]}, stock={"item": ["BOLT"], "quantity": [4]}))
    )
    answer = ask(state, "BOLT", 6_000_000, date(2026, 1, 6))
    assert (answer.whole.on, answer.whole.limit) == (date(2026, 1, 14), "material BOLT")
    assert [(part.quantity, part.on) for part in answer.split] == [
        (4_000_000, date(2026, 1, 6)),
        (2_000_000, date(2026, 1, 14)),
    ]
    with pytest.raises(UnknownItemError):
        ask(state, "NUT", 1, date(2026, 1, 6))
    with pytest.raises(ValueError, match="promised"):
        ask(state, "BOLT", 0, date(2026, 1, 6))
