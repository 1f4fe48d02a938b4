"""One plan against another: what changed, why, and how nervous that is, worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

import planning
from planning import Package, Plan
from planning.changes import plan_changes, stability
from planning.scenarios import Base, Patch, Scenario, applied
from tests.unit.planning.scenarios.small_company import company


def pair(*patches: Patch) -> tuple[tuple[Package, Plan], tuple[Package, Plan]]:
    """The company's plan, and that of the company with patches."""
    base = company()
    return planned(base), planned(applied(Scenario("what if", patches), base))


def planned(base: Base) -> tuple[Package, Plan]:
    """A package with its plan."""
    return base.package, planning.plan(base.package, "mrp")


def test_the_same_plan_has_no_changes_and_is_calm() -> None:
    before, after = pair()
    assert plan_changes(before, after).is_empty()
    calm = stability(before, after)
    assert (calm.instability, calm.cost, calm.changed_quantity, calm.setup_changes) == (0.0, 0.0, 0.0, 0)


def test_changes_carry_the_reason_of_the_item_or_of_what_requires_it() -> None:
    before, after = pair(Patch("demand", customer="BERT", operation="add", value="2"))
    rows = (
        plan_changes(before, after)
        .select("change", "item", "quantity_before", "quantity_after", "days", "reason")
        .rows()
    )
    assert rows == [
        ("resized", "BIKE", Decimal(5), Decimal(7), 0, "demand"),
        ("resized", "WHEEL", Decimal(2), Decimal(6), 0, "parents: BIKE"),
    ]


def test_an_order_that_comes_on_another_day_has_moved() -> None:
    before, after = pair(Patch("policy", item="BIKE", column="safety_days", operation="set", value="0"),
                         Patch("lead_time", item="BIKE", operation="add", value="3"))  # fmt: skip
    moved = (
        plan_changes(before, after)
        .filter(pl.col("item") == "WHEEL")
        .select("change", "due_before", "due_after", "days", "reason")
    )
    assert moved.rows() == [
        ("moved", date(2026, 1, 24), date(2026, 1, 21), -3, "parents: BIKE"),
        ("moved", date(2026, 2, 14), date(2026, 2, 11), -3, "parents: BIKE"),
    ]


def test_orders_too_far_apart_are_gone_and_added() -> None:
    before, after = pair(Patch("lead_time", item="BIKE", operation="add", value="3"))
    kinds = plan_changes(before, after, match_days=2).filter(pl.col("item") == "WHEEL")["change"].to_list()
    assert sorted(kinds) == ["added", "added", "gone", "gone"]


def test_another_supplier_is_a_change() -> None:
    day = (date(2026, 1, 5) - date(1970, 1, 1)).days
    before, after = pair(Patch("supplier_out", supplier="NEAR", from_on=day, to_on=day + 60))
    found = plan_changes(before, after)
    assert set(found["change"]) == {"supplier_changed"}
    assert set(found["reason"]) == {"sources"}


def test_instability_weighs_what_is_near_and_counts_setups_that_come_and_go() -> None:
    before, after = pair(Patch("demand", customer="BERT", operation="add", value="2"))
    # Bikes: 2 more in bucket 3 (26 January); wheels: 4 more in bucket 2 (24 January). 4 orders in each plan.
    found = stability(before, after, alpha=0.5)
    assert found.order_count == 8
    assert found.changed_quantity == 6
    assert found.instability == pytest.approx(0.5 * (2 * 0.5**3 + 4 * 0.5**2) / 8)
    assert found.cost == 0
    more = stability(*pair(Patch("new_demand", item="BIKE", from_on=20500, operation="set", value="3")), alpha=0.5)
    # Due on 2026-02-16, where there is an order already: no setup comes or goes.
    assert more.setup_changes == 0
    day = (date(2026, 2, 3) - date(1970, 1, 1)).days
    other = stability(*pair(Patch("new_demand", item="BIKE", from_on=day, operation="set", value="3")), alpha=0.5)
    assert other.setup_changes == 2
    assert other.cost == pytest.approx(10 * 0.5**4 + 20 * 0.5**3)
    assert stability(*pair(Patch("new_demand", item="BIKE", from_on=day, operation="set", value="3")), alpha=0.5,
                     change_cost=1.0).cost == pytest.approx(0.5**4 + 0.5**3)  # fmt: skip


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"alpha": 1.0}, {"change_cost": -1.0}])
def test_weights_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    before, after = pair()
    with pytest.raises(ValueError, match="must"):
        stability(before, after, **wrong)
    with pytest.raises(ValueError, match="match_days"):
        plan_changes(before, after, match_days=-1)
