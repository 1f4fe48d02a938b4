"""Worked cases of inventory policies, each through the public function that answers it; the cases are taken as they are."""

import json
from pathlib import Path

import pytest

from planning.policies.classes import abc_classes, coefficient_of_variation, xyz_classes
from planning.policies.lot_quantities import economic_order_quantity
from planning.policies.min_max import min_max_cost, min_max_exact
from planning.policies.newsvendor import newsvendor_poisson, newsvendor_poisson_cost, poisson_chances
from planning.policies.safety_stock import reorder_point

CASES = {
    case["id"]: case
    for case in json.loads((Path(__file__).parent / "cases" / "inventory_policy.json").read_text())["cases"]
}


def case(name: str) -> tuple[dict, dict]:
    return CASES[name]["inputs"], CASES[name]["expected"]


def test_every_case_is_tried_here() -> None:
    tried = {"POL-01", "POL-02", "POL-06", "POL-07", "POL-11", "POL-12", "POL-16", "POL-17"}
    assert set(CASES) == tried


def test_the_economic_order_quantity_is_the_published_one() -> None:
    inputs, expected = case("POL-01")
    lot = economic_order_quantity(inputs["demand"], inputs["order_cost"], inputs["holding"])
    assert (lot.quantity, lot.cost, lot.cycle) == pytest.approx(
        (expected["q"], expected["cost"], expected["cycle"]), abs=5e-5
    )


def test_planned_backorders_make_the_lot_larger_and_cheaper() -> None:
    inputs, expected = case("POL-02")
    lot = economic_order_quantity(
        inputs["demand"], inputs["order_cost"], inputs["holding"], backorder_cost=inputs["backorder"]
    )
    assert lot.quantity == pytest.approx(expected["q"], abs=5e-5)
    assert lot.max_backorder == pytest.approx(expected["max_backorder"], abs=5e-5)
    assert lot.cost == pytest.approx(expected["cost"], abs=5e-5)


def test_the_reorder_point_covers_demand_and_lead_time_that_vary() -> None:
    inputs, expected = case("POL-06")
    point = reorder_point(
        inputs["mean"],
        inputs["sd"],
        inputs["lead_time"],
        factor=inputs["z_table"],
        lead_time_deviation=inputs["sd_lead_time"],
    )
    assert point.deviation == pytest.approx(expected["sd_lead_time_demand"], abs=5e-5)
    assert point.safety_stock == pytest.approx(expected["safety_stock"], abs=5e-3)
    assert point.level == pytest.approx(expected["rop"], abs=5e-3)


def test_reorder_point_and_safety_stock_by_service_are_those_of_the_library() -> None:
    inputs, expected = case("POL-07")
    one, other = inputs["a"], inputs["b"]
    point = reorder_point(one["mean"], one["sd"], one["L"], service_level=one["service"])
    assert round(point.level, 2) == expected["rop"]
    assert (
        round(reorder_point(0, other["sd"], other["L"], service_level=other["service"]).safety_stock, 2)
        == expected["ss"]
    )


def test_the_newsvendor_of_poisson_demand_is_the_published_one() -> None:
    inputs, expected = case("POL-11")
    costs = {"overage_cost": inputs["h"], "underage_cost": inputs["p"]}
    found = newsvendor_poisson(inputs["mean"], **costs)
    assert found.quantity == expected["base_stock"]
    assert found.cost == pytest.approx(expected["cost"], abs=5e-5)
    assert newsvendor_poisson_cost(5, inputs["mean"], **costs) == pytest.approx(expected["cost_at_5"], abs=5e-5)


def test_the_cheapest_min_max_policy_is_the_published_one() -> None:
    inputs, expected = case("POL-12")
    chances = poisson_chances(inputs["mean"]).tolist()
    costs = {"holding_cost": inputs["h"], "backorder_cost": inputs["p"], "fixed_cost": inputs["K"]}
    found = min_max_exact(chances, **costs)
    assert (found.reorder_level, found.order_up_to) == (expected["s"], expected["S"])
    assert found.cost == pytest.approx(expected["cost"], abs=5e-5)
    assert min_max_cost(6, 18, chances, **costs) == pytest.approx(expected["cost_at_6_18"], abs=5e-5)


@pytest.mark.parametrize(("crossing", "key"), [("start", "cls_by_start"), ("end", "cls_by_end")])
def test_abc_classes_follow_the_stated_side_of_a_cut(crossing, key: str) -> None:
    inputs, expected = case("POL-16")
    values = [item["annual_qty"] * item["unit_cost"] for item in inputs["items"]]
    classes, shares = abc_classes(values, cut_a=inputs["cut_a"], cut_b=inputs["cut_b"], crossing=crossing)
    assert sum(values) == expected["total"]
    by_item = dict(
        zip([item["item"] for item in inputs["items"]], zip(values, classes, shares, strict=True), strict=True)
    )
    for row in expected["rows"]:
        value, letter, share = by_item[row["item"]]
        assert (value, letter) == (row["value"], row[key])
        assert 100 * share == pytest.approx(row["cum_pct"], abs=5e-3)


def test_xyz_classes_follow_the_coefficient_of_variation() -> None:
    inputs, expected = case("POL-17")
    for item, demand in inputs["demand"].items():
        variation = coefficient_of_variation(demand)
        assert variation == pytest.approx(expected[item]["cv_pop"], abs=5e-5)
        sample = coefficient_of_variation(demand, deviation="sample")
        assert sample == pytest.approx(expected[item]["cv_sample"], abs=5e-5)
        letters = xyz_classes([variation], cut_x=inputs["cut_x"], cut_y=inputs["cut_y"])
        assert letters.tolist() == [expected[item]["cls"]]
