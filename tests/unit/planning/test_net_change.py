"""Net change finds what regenerative netting finds, whatever is changed and however often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planning import read_package
from planning.mrp.engine import net_all
from planning.mrp.net_change import StandingPlan
from planning.mrp.problem import build_problem
from planning.package import Package
from tests.unit.planning.test_netting_properties import ITEMS, START, packages

DAY = (START - START.replace(year=1970, month=1, day=1)).days
MILLION = 1_000_000


def assert_as_regenerative(standing: StandingPlan) -> None:
    """Orders, edges, records, flags and findings are those of netting everything."""
    network, netted = standing.netted()
    again = build_problem(standing.package())
    whole = net_all(again.problem, 1)
    for name in ("orders", "order_node", "edges", "edge_node", "records", "flags"):
        mine, theirs = getattr(netted, name), getattr(whole, name)
        for field in mine.dtype.names or [None]:
            one, other = (mine, theirs) if field is None else (mine[field], theirs[field])
            assert np.array_equal(one, other), (name, field)
    for field in whole.findings.dtype.names:
        assert np.array_equal(netted.findings[field], whole.findings[field]), ("findings", field)
    for field in ("order_first", "order_last", "level", "expires", "demand_first", "lot_last"):
        assert np.array_equal(network.problem.nodes[field], again.problem.nodes[field]), field


def _one_more(demand: pl.DataFrame, item: str, index: int, number: int) -> pl.DataFrame:
    """The item's demand with an order more."""
    new: dict[str, Any] = {
        "demand": f"NEW{number}",
        "item": item,
        "location": "MAIN",
        "quantity": (number + 1) * MILLION,
        "due_on": DAY + 3 * number,
        "kind": "order",
        "priority": number % 3 - 1,
        "item_index": index,
        "row": 0,
    }
    frame = pl.DataFrame([{**dict.fromkeys(demand.columns), **new}], schema=dict(demand.schema))
    return pl.concat([demand.filter(pl.col("demand") != new["demand"]), frame])


def changed_rows(package: Package, item: str, kind: str, number: int) -> dict[str, pl.DataFrame]:
    """The rows of an item after one change."""
    names = ("items", "demand", "stock", "receipts")
    rows = {name: package.table(name).filter(pl.col("item") == item) for name in names}
    policies = ("lot_for_lot", "fixed_period", "fixed_quantity")
    changes: dict[str, tuple[str, pl.Expr]] = {
        "quantities": ("demand", pl.col("quantity") + number * MILLION),
        "dates": ("demand", pl.col("due_on") + number),
        "stock": ("stock", pl.lit(number * MILLION).alias("quantity")),
        "receipts": ("receipts", pl.col("due_on") + number),
        "lead time": ("items", pl.lit(number * MILLION).alias("lead_time_days")),
        "safety stock": ("items", pl.lit(number * MILLION).alias("safety_stock")),
        "smallest lot": ("items", pl.lit((number + 1) * MILLION).alias("min_lot")),
        "policy": ("items", pl.lit(policies[number % 3]).alias("lot_policy")),
    }
    if kind in changes:
        name, value = changes[kind]
        return {name: rows[name].with_columns(value)}
    if kind == "no demand":
        return {"demand": rows["demand"].clear()}
    return {"demand": _one_more(rows["demand"], item, package.items.to_list().index(item), number)}


KINDS = ("quantities", "dates", "no demand", "an order more", "stock", "receipts", "lead time", "safety stock",
         "smallest lot", "policy")  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    tables=packages(),
    changes=st.lists(
        st.tuples(st.sampled_from(ITEMS), st.sampled_from(KINDS), st.integers(0, 20)), min_size=1, max_size=6
    ),
)
def test_same_as_regenerative(tables: dict[str, pl.DataFrame], changes: list[tuple[str, str, int]]) -> None:
    """Any few changes, one after the other."""
    standing = StandingPlan(read_package(tables))
    for item, kind, number in changes:
        standing.change(item, **changed_rows(standing.package(), item, kind, number))
    assert_as_regenerative(standing)


def _chain(**more: pl.DataFrame) -> Package:
    names = [f"L{level}" for level in range(5)] + ["LONE"]
    return read_package(
        {
            "parameters": pl.DataFrame({"key": ["plan_start"], "value": [START.isoformat()]}),
            "items": pl.DataFrame({"item": names, "lead_time_days": [2] * 6}),
            "bom": pl.DataFrame({"parent": names[:4], "component": names[1:5], "quantity_per": [2] * 4}),
            "demand": pl.DataFrame(
                {
                    "demand": ["D1", "D2"],
                    "item": ["L0", "LONE"],
                    "quantity": [5, 5],
                    "due_on": [START + timedelta(days=40)] * 2,
                }
            ),
            "stock": pl.DataFrame({"item": ["L2"], "quantity": [1000]}),
            **more,
        }
    )


def test_only_the_cone_is_netted() -> None:
    """What the change cannot reach is not looked at; where stock swallows it, it ends there."""
    package = _chain()
    standing = StandingPlan(package)
    more = package.table("demand").filter(pl.col("item") == "L0").with_columns(quantity=pl.lit(7 * MILLION))
    changed = standing.change("L0", demand=more)
    assert not changed.whole
    assert [package.items[int(node)] for node in changed.nodes] == ["L0", "L1", "L2"]
    assert_as_regenerative(standing)


@pytest.mark.parametrize("site", ["MAIN", "NORTH"])
def test_another_place_plans_everything_anew(site: str) -> None:
    """Demand where the item has not been is a change of structure."""
    package = _chain()
    standing = StandingPlan(package)
    rows = package.table("demand").filter(pl.col("item") == "L0").with_columns(location=pl.lit(site))
    assert standing.change("L0", demand=rows).whole == (site != "MAIN")
    assert_as_regenerative(standing)


def test_a_supplier_more_plans_everything_anew() -> None:
    """Other ways to get the item are a change of structure."""
    package = _chain(sources=pl.DataFrame({"item": ["L4"], "supplier": ["S1"], "lead_time_days": [9]}))
    standing = StandingPlan(package)
    row = package.table("sources").filter(pl.col("item") == "L4")
    assert not standing.change("L4", sources=row.with_columns(lead_time_days=pl.lit(4 * MILLION))).whole
    assert_as_regenerative(standing)
    assert standing.change("L4", sources=_halved(row)).whole
    assert_as_regenerative(standing)


def _halved(row: pl.DataFrame) -> pl.DataFrame:
    """A source and another one, half of the quantity each."""
    half = row.with_columns(share=pl.lit(MILLION // 2))
    return pl.concat([half, half.with_columns(supplier=pl.lit("S2"))])


def test_what_cannot_be_changed_is_named() -> None:
    """Unknown items, tables of structure, rows of others."""
    standing = StandingPlan(_chain())
    demand = standing.package().table("demand")
    with pytest.raises(ValueError, match="NOBODY is not in the package"):
        standing.change("NOBODY", demand=demand)
    with pytest.raises(ValueError, match="rows of bom cannot be changed"):
        standing.change("L0", bom=standing.package().table("bom"))
    with pytest.raises(ValueError, match="all rows of L0 and no others"):
        standing.change("L0", demand=demand)
