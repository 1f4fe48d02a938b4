"""Scenarios are deltas: what a patch does, what it leaves untouched, and that the result is what reading patched tables would give."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

import planning
from planning.package.findings import Findings
from planning.scenarios import Base, Patch, PatchRefused, Scenario, applied, run_scenarios
from planning.scenarios.reading import read_families
from schemas.planning import DAY_ZERO
from tests.unit.planning.scenarios.small_company import company, package_tables


def day(text: str) -> int:
    """A date as a day number."""
    return (date.fromisoformat(text) - DAY_ZERO).days


def patched(*patches: Patch, base: Base | None = None) -> Base:
    """The company with patches."""
    return applied(Scenario("what if", patches), base or company())


def test_an_empty_patch_is_the_base_itself_and_gives_exactly_its_plan() -> None:
    base = company()
    assert applied(Scenario("nothing"), base) is base
    done = run_scenarios(base, [Scenario("nothing")], workers=1)
    rows = done.table("comparison").filter(pl.col("scenario") == "nothing")
    assert (rows["difference"].drop_nulls() == 0).all()
    assert done.table("changes").is_empty()


def test_a_scenario_shares_every_table_that_it_does_not_change() -> None:
    base = company()
    own = patched(Patch("demand", item="BIKE", operation="factor", value="2"), base=base)
    unchanged = [name for name in base.package.tables if name != "demand"]
    assert all(own.package.table(name) is base.package.table(name) for name in unchanged)
    assert own.package.table("demand") is not base.package.table("demand")
    assert own.finances is base.finances
    dearer = patched(Patch("price", item="BIKE", operation="factor", value="1.1"), base=base)
    assert all(dearer.package.table(name) is base.package.table(name) for name in base.package.tables)
    assert dearer.finances is not None
    assert base.finances is not None
    assert all(
        dearer.finances.tables[name] is base.finances.tables[name] for name in base.finances.tables if name != "prices"
    )


def test_a_patched_package_is_what_reading_the_patched_tables_would_give() -> None:
    tables = package_tables()
    own = patched(
        Patch("demand", item="BIKE", from_on=day("2026-01-20"), operation="factor", value="1.5"),
        Patch("lead_time", operation="add", value="3"),
        Patch("policy", item="WHEEL", column="safety_stock", operation="set", value="4"),
    ).package
    tables["demand"] = tables["demand"].with_columns(pl.Series("quantity", [4, 9, 8]))
    tables["items"] = tables["items"].with_columns(pl.col("lead_time_days") + 3, pl.Series("safety_stock", [None, 4]))
    tables["sources"] = tables["sources"].with_columns(pl.col("lead_time_days") + 3)
    read = planning.read_package(tables)
    assert own.content_hash == read.content_hash
    left, right = (planning.plan(package, "mrp") for package in (own, read))
    assert left.table("planned_orders").equals(right.table("planned_orders"))


def test_demand_is_changed_by_customer_and_period_and_rounded_to_the_items_unit() -> None:
    own = patched(Patch("demand", customer="ANNA", to_on=day("2026-02-01"), operation="factor", value="1.2")).package
    assert own.table("demand")["quantity"].to_list() == [
        5_000_000,
        6_000_000,
        5_000_000,
    ]  # 4 x 1.2 is 4.8, a bike more.


def test_a_family_is_a_list_of_items_or_the_beginning_of_their_names() -> None:
    listed = replace(company(), families={"TOYS": frozenset({"BIKE"})})
    for family in ("TOYS", "BI"):
        patch = Patch("lead_time", family=family, operation="set", value="9")
        own = applied(Scenario("what if", (patch,)), listed).package
        assert own.table("items")["lead_time_days"].to_list() == [9_000_000, 7_000_000]
    found = read_families(
        pl.DataFrame({"family": ["TOYS"] * 2, "item": ["BIKE", "CAR"]}), listed.package, findings := Findings()
    )
    assert found == listed.families
    assert findings.table()["reason"].to_list() == ["unknown item"]


def test_one_order_more_is_named_after_the_scenario() -> None:
    patch = Patch("new_demand", item="BIKE", from_on=day("2026-02-02"), operation="set", value="3")
    own = applied(Scenario("tender", (patch, patch)), company()).package
    assert own.table("demand")["demand"].to_list() == ["D1", "D2", "D3", "tender/1", "tender/2"]


def test_a_supplier_who_is_out_is_replaced_by_another() -> None:
    away = Patch("supplier_out", supplier="NEAR", from_on=day("2026-01-05"), to_on=day("2026-02-28"))
    orders = planning.plan(patched(away).package, "mrp").table("planned_orders").filter(pl.col("kind") == "buy")
    assert set(orders["supplier"]) == {"FAR"}


def test_without_another_supplier_goods_are_ordered_before_he_is_out_or_come_late() -> None:
    alone = package_tables()["sources"].filter(pl.col("supplier") == "NEAR")
    base = company(sources=alone)
    usual = planning.plan(base.package, "mrp")
    released = usual.table("planned_orders").filter(pl.col("kind") == "buy")["release_on"].min()
    assert isinstance(released, date)
    later = Patch("supplier_out", supplier="NEAR", from_on=day("2026-01-12"), to_on=day("2026-03-01"))
    early = planning.plan(patched(later, base=base).package, "mrp")
    assert early.table("planned_orders").filter(pl.col("kind") == "buy")["release_on"].max() == date(2026, 1, 11)
    assert early.table("promises")["late_days"].max() == 0
    at_once = Patch("supplier_out", supplier="NEAR", from_on=day("2026-01-05"), to_on=day("2026-02-16"))
    late = planning.plan(patched(at_once, base=base).package, "mrp").table("promises").sort("demand")
    assert late["promised_on"].to_list()[1:] == [date(2026, 2, 25)] * 2  # Back on the 16th, 7 days to us, 2 to make.


def test_what_a_supplier_owes_while_he_is_out_comes_when_he_is_back() -> None:
    owed = {
        "order": ["PO"],
        "item": ["WHEEL"],
        "quantity": [9],
        "due_on": ["2026-01-20"],
        "kind": ["buy"],
        "supplier": ["NEAR"],
    }
    base = company(receipts=pl.DataFrame(owed))
    away = Patch("supplier_out", supplier="NEAR", from_on=day("2026-01-19"), to_on=day("2026-01-23"))
    assert patched(away, base=base).package.table("receipts")["due_on"].to_list() == [day("2026-01-23")]


def ways(base: Base, start: str, end: str) -> list[tuple[object, ...]]:
    """What the source of NEAR becomes while he is out: from, to, days, share, capacity."""
    away = Patch("supplier_out", supplier="NEAR", from_on=day(start), to_on=day(end))
    rows = (
        patched(away, base=base).package.table("sources").filter(pl.col("supplier") == "NEAR").sort("priority", "row")
    )
    columns = ("effective_from", "effective_to", "lead_time_days", "share", "capacity_per_bucket")
    return [tuple(row) for row in rows.select(columns).iter_rows()]


def near(**more: object) -> Base:
    """The company with NEAR's source alone, and what else it says."""
    alone = package_tables()["sources"].filter(pl.col("supplier") == "NEAR")
    return company(sources=alone.with_columns(pl.lit(value).alias(name) for name, value in more.items()))


def test_an_outage_keeps_within_the_sources_own_dates_and_beyond_them_selects_nothing() -> None:
    ending = near(effective_to="2026-01-14")
    found = ways(ending, "2026-01-12", "2026-01-19")
    assert [(row[1], row[2]) for row in found] == [(day("2026-01-12"), lead * 1_000_000) for lead in (7, 8, 9)]
    for start, end in (("2026-01-14", "2026-01-19"), ("2025-01-01", "2025-02-01"), ("2026-03-02", "2026-03-09")):
        with pytest.raises(PatchRefused, match="selects nothing"):
            ways(ending, start, end)
    starting = near(effective_from="2026-01-13")
    assert [row[:2] for row in ways(starting, "2026-01-12", "2026-01-19")] == [(day("2026-01-19"), None)]


def test_an_outage_gives_share_and_capacity_once() -> None:
    found = ways(near(share="0.5"), "2026-01-12", "2026-01-14")
    assert [row[3] for row in found] == [500_000, 500_000, None, None]
    found = ways(near(capacity_per_bucket="10"), "2026-01-19", "2026-01-26")
    assert found[-1] == (day("2026-01-12"), day("2026-01-19"), 14_000_000, None, 10_000_000)
    assert len(found) == 3


def test_a_machine_that_is_down_has_a_calendar_of_its_own() -> None:
    down = Patch("machine_down", resource="BENCH", from_on=day("2026-01-12"), to_on=day("2026-01-14"))
    own = patched(down, down).package
    assert own.table("resources")["calendar"].to_list() == ["DAY~BENCH"]
    assert set(own.table("calendars")["calendar"]) == {"DAY", "DAY~BENCH"}


def test_minutes_by_bucket_lose_the_share_of_days_that_are_closed() -> None:
    minutes = {"resource": ["BENCH"] * 2, "bucket": ["2026-01-05", "2026-01-12"], "minutes": [700, 700]}
    tables = package_tables() | {"capacity": pl.DataFrame(minutes)}
    down = Patch("machine_down", resource="BENCH", from_on=day("2026-01-10"), to_on=day("2026-01-13"))
    own = patched(down, base=Base(planning.read_package(tables)))
    assert own.package.table("capacity")["minutes"].to_list() == [500_000_000, 600_000_000]


def test_a_bucket_ends_with_the_plans_own_where_the_next_row_is_far() -> None:
    minutes = {"resource": ["BENCH"] * 2, "bucket": ["2026-01-05", "2026-02-02"], "minutes": [700, 700]}
    tables = package_tables() | {"capacity": pl.DataFrame(minutes)}
    down = Patch("machine_down", resource="BENCH", from_on=day("2026-01-05"), to_on=day("2026-01-12"))
    own = patched(down, base=Base(planning.read_package(tables)))
    assert own.package.table("capacity")["minutes"].to_list() == [0, 700_000_000]


def test_a_dearer_supplier_costs_more_and_nothing_else_does() -> None:
    own = patched(Patch("cost", supplier="NEAR", operation="factor", value="1.5")).package
    assert own.table("sources")["unit_cost"].sort().to_list() == [29_000_000, 48_000_000]
    assert own.table("items")["unit_cost"].to_list() == [100_000_000, 30_000_000]


@pytest.mark.parametrize(
    ("patch", "column", "reason"),
    [
        (Patch("demand", item="CAR", operation="factor", value="2"), "item", "unknown item"),
        (Patch("demand", family="CAR", operation="factor", value="2"), "family", "no item begins with it"),
        (Patch("demand", customer="CARL", operation="factor", value="2"), "customer", "unknown customer"),
        (Patch("demand", operation="factor", value="-2"), "value", "a factor must not be negative"),
        (Patch("demand", operation="factor", value="many"), "value", "not a number"),
        (Patch("demand", operation="factor", value="1e30"), "value", "beyond"),
        (Patch("demand", operation="add", value="-5"), "value", "quantity must stay between 0"),
        (Patch("demand", operation="factor", value="900000000000"), "value", "quantity must stay between 0"),
        (Patch("demand", from_on=day("2030-01-01"), operation="factor", value="2"), "kind", "selects nothing"),
        (Patch("lead_time", supplier="NOBODY", operation="set", value="2"), "supplier", "unknown supplier"),
        (Patch("supplier_out", supplier="NOBODY", from_on=20500, to_on=20510), "supplier", "unknown supplier"),
        (Patch("machine_down", resource="X", from_on=20500, to_on=20510), "resource", "unknown resource"),
        (Patch("calendar", calendar="X", from_on=20500, to_on=20510, value="false"), "calendar", "unknown calendar"),
        (Patch("policy", column="colour", operation="set", value="red"), "column", "not one of"),
        (Patch("policy", column="lot_policy", operation="set", value="guess"), "value", "not one of"),
        (Patch("policy", column="lot_policy", operation="factor", value="2"), "operation", "can only be set"),
        (Patch("policy", column="lot_policy", operation="set", value="fixed_quantity"), "lot_size", "needs a lot_size"),
        (Patch("policy", column="min_lot", operation="factor", value="2"), "column", "no value to change"),
        (Patch("cost", column="colour", operation="factor", value="2"), "column", "not one of"),
        (Patch("cost", resource="BENCH", column="unit_cost", operation="factor", value="2"), "column", "a resource has"),
        (Patch("capacity", resource="BENCH", from_on=20500, operation="factor", value="2"), "from_on", "by a calendar"),
        (Patch("price", item="WHEEL", operation="factor", value="2"), "kind", "no price is selected"),
    ],
)  # fmt: skip
def test_what_cannot_be_applied_is_refused_by_name(patch: Patch, column: str, reason: str) -> None:
    with pytest.raises(PatchRefused) as refused:
        patched(patch)
    assert refused.value.column == column
    assert reason in refused.value.reason
