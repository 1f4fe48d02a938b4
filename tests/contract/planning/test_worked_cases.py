"""Worked cases of the field (MRP records, available to promise, lot sizes), planned as packages of tables.

A case's period i is the week that begins 7 x (i - 1) days after plan_start; lead times of n periods are 7 n days.
"""

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from planning import plan, read_package

CASES = {
    case["id"]: case
    for name in ("mrp", "mps_atp", "lot_sizing")
    for case in json.loads((Path(__file__).parent / "cases" / f"{name}.json").read_text())["cases"]
}
START = date(2026, 1, 5)
POLICIES = {"FOQ": ("fixed_quantity", "lot_size"), "POQ": ("fixed_period", "lot_periods"), "L4L": ("lot_for_lot", None)}


def week(period: int) -> date:
    return START + timedelta(days=7 * (period - 1))


def parameters(periods: int, **more: str) -> pl.DataFrame:
    values = {"plan_start": START.isoformat(), "horizon_days": str(7 * periods), **more}
    return pl.DataFrame({"key": list(values), "value": list(values.values())})


def demand_rows(quantities: list, item: str = "X", kind: str = "order") -> list[dict]:
    return [
        {"demand": f"{kind}-{item}-{i:02d}", "item": item, "quantity": float(q), "due_on": week(i), "kind": kind}
        for i, q in enumerate(quantities, start=1)
        if q
    ]


def planned(tables: dict) -> "pl.DataFrame":
    package = read_package(tables)
    assert package.rejects.is_empty(), package.rejects
    return plan(package)


def column(result, name: str, item: str = "X") -> list:
    records = result.table("mrp_records").filter(pl.col("item") == item)
    return [None if value is None else float(value) for value in records[name]]


@pytest.mark.parametrize("name", ["MRP-01", "MRP-02", "MRP-06", "MRP-07", "MRP-11"])
def test_the_mrp_record_of_one_item_is_the_textbook_one(name: str) -> None:
    case = CASES[name]
    inputs, expected = case["inputs"], case["expected"]
    policy, setting = POLICIES[inputs["lot_rule"][0]]
    item = {"item": "X", "lot_policy": policy, "lead_time_days": 7 * inputs["lead_time"], "yield": inputs["yield_"]}
    item |= {"safety_stock": inputs["safety_stock"], "decimals": 0}
    if setting:
        item[setting] = inputs["lot_rule"][1]
    receipts = [
        {"order": f"R{i}", "item": "X", "quantity": q, "due_on": week(i)}
        for i, q in enumerate(inputs["scheduled_receipts"], start=1)
        if q
    ]
    stock = {"item": "X", "quantity": inputs["on_hand"] + inputs["allocated"], "allocated": inputs["allocated"]}
    result = planned(
        {
            "parameters": parameters(len(inputs["gross"])),
            "items": pl.DataFrame([item]),
            "stock": pl.DataFrame([stock]),
            "demand": pl.DataFrame(demand_rows(inputs["gross"])),
            **({"receipts": pl.DataFrame(receipts)} if receipts else {}),
        }
    )
    assert column(result, "projected_on_hand") == expected["projected_on_hand"]
    assert column(result, "net_requirements") == expected["net_requirements"]
    assert column(result, "planned_order_receipts") == expected["planned_receipts"]
    assert column(result, "planned_order_releases") == expected["planned_releases"]


@pytest.mark.parametrize("basis", ["divide", "multiply"])
def test_component_scrap_follows_the_scrap_basis(basis: str) -> None:
    inputs, expected = CASES["MRP-12"]["inputs"], CASES["MRP-12"]["expected"]
    result = planned(
        {
            "parameters": parameters(4, scrap_basis=basis),
            "items": pl.DataFrame({"item": ["X", "C"], "decimals": [0, 0]}),
            "bom": pl.DataFrame(
                {
                    "parent": ["X"],
                    "component": ["C"],
                    "quantity_per": [inputs["qty_per"]],
                    "scrap": [inputs["component_scrap"]],
                }
            ),
            "demand": pl.DataFrame(demand_rows([0, inputs["parent_release"]])),
        }
    )
    assert sum(column(result, "gross_requirements", "C")) == expected[f"gross_{basis}"]


@pytest.mark.parametrize("name", ["MRP-16", "MRP-17"])
def test_a_structure_nets_level_by_level_and_pegs_to_its_parents(name: str) -> None:
    inputs, expected = CASES[name]["inputs"], CASES[name]["expected"]
    items = [{"item": item, "lead_time_days": 7 * facts["lead_time"]} for item, facts in inputs["items"].items()]
    bom = [
        {"parent": parent, "component": component, "quantity_per": quantity}
        for parent, lines in inputs["bom"].items()
        for component, quantity in lines
    ]
    demand = [
        row
        for item, needs in inputs["independent_demand"].items()
        for row in demand_rows([needs.get(str(i), 0) for i in range(1, inputs["periods"] + 1)], item)
    ]
    result = planned(
        {
            "parameters": parameters(inputs["periods"]),
            "items": pl.DataFrame(items),
            "bom": pl.DataFrame(bom),
            "demand": pl.DataFrame(demand),
        }
    )
    orders, pegging = result.table("planned_orders"), result.table("pegging")
    item_of = dict(zip(orders["planned_order"], orders["item"], strict=True))
    for item, facts in expected.items():
        assert column(result, "gross_requirements", item) == facts["gross"]
        assert column(result, "projected_on_hand", item) == facts["projected_on_hand"]
        assert column(result, "planned_order_receipts", item) == facts["planned_receipts"]
        assert column(result, "planned_order_releases", item) == facts["planned_releases"]
        levels = orders.filter(pl.col("item") == item)["level"].unique().to_list()
        assert levels == [facts["low_level_code"]]
        edges = pegging.filter(pl.col("item") == item)
        parents = [item_of.get(parent, "independent") for parent in edges["parent_supply"]]
        quantities = [float(q) for q in edges["quantity"]]
        assert sorted(zip(quantities, parents, strict=True)) == sorted((q, p) for _, q, p in facts["pegging"])


@pytest.mark.parametrize("name", ["ATP-01", "ATP-02"])
def test_available_to_promise_is_the_textbook_one(name: str) -> None:
    inputs, expected = CASES[name]["inputs"], CASES[name]["expected"]
    result = planned(
        {
            "parameters": parameters(len(inputs["forecast"]), backward_days="0", forward_days="0"),
            "items": pl.DataFrame({"item": ["X"], "lot_policy": ["fixed_quantity"], "lot_size": [inputs["lot_size"]]}),
            "stock": pl.DataFrame({"item": ["X"], "quantity": [inputs["on_hand"]]}),
            "demand": pl.DataFrame(
                demand_rows(inputs["forecast"], kind="forecast") + demand_rows(inputs["customer_orders"])
            ),
        }
    )
    assert column(result, "planned_order_receipts") == expected["mps"]
    assert column(result, "projected_on_hand") == expected["projected_on_hand"]
    assert column(result, "available_to_promise") == expected["atp_discrete_after_backward_netting"]
    assert column(result, "cumulative_atp") == expected["atp_cumulative"]


def lots(case: dict, policy: str, **more) -> tuple[list[float], float]:
    """Lots by period and their cost: setup, holding at period ends, purchase."""
    inputs = case["inputs"]
    periods = len(inputs["demand"])
    setups = inputs["setup"] if isinstance(inputs["setup"], list) else [inputs["setup"]] * periods
    prices = inputs.get("purchase_price", [0] * periods)
    item = {"item": "X", "lot_policy": policy, "holding_cost": inputs["holding"], "setup_cost": setups[0], **more}
    rule = item.pop("part_period_rule", "closest")
    costs = {"item": ["X"] * periods, "bucket": [week(i) for i in range(1, periods + 1)], "setup_cost": setups}
    result = planned(
        {
            "parameters": parameters(periods, part_period_rule=rule),
            "items": pl.DataFrame([item]),
            "demand": pl.DataFrame(demand_rows(inputs["demand"])),
            "bucket_costs": pl.DataFrame({**costs, "unit_cost": prices}),
        }
    )
    receipts, stock = column(result, "planned_order_receipts"), column(result, "projected_on_hand")
    cost = sum(s for s, q in zip(setups, receipts, strict=True) if q) + inputs["holding"] * sum(stock)
    return receipts, cost + sum(p * q for p, q in zip(prices, receipts, strict=True))


@pytest.mark.parametrize("name", ["LOT-01", "LOT-11"])
@pytest.mark.parametrize(
    ("key", "policy", "more"),
    [
        ("lot_for_lot", "lot_for_lot", {}),
        ("silver_meal", "silver_meal", {}),
        ("least_unit_cost", "least_unit_cost", {}),
        ("part_period_balancing_closest", "part_period_balancing", {}),
        ("part_period_balancing_not_exceeding", "part_period_balancing", {"part_period_rule": "not_exceeding"}),
        ("poq_2", "fixed_period", {"lot_periods": 2}),
        ("foq_164", "fixed_quantity", {"lot_size": 164}),
        ("foq_139", "fixed_quantity", {"lot_size": 139}),
    ],
)
def test_each_lot_rule_finds_its_published_lots(name: str, key: str, policy: str, more: dict) -> None:
    expected = CASES[name]["expected"].get(key)
    if expected is None:
        pytest.skip(f"{name} has no {key}")
    receipts, cost = lots(CASES[name], policy, **more)
    assert receipts == expected["lots"]
    assert cost == pytest.approx(expected["cost"])


@pytest.mark.parametrize("name", ["LOT-01", "LOT-02", "LOT-06", "LOT-07", "LOT-11", "LOT-12"])
def test_wagner_whitin_is_optimal(name: str) -> None:
    expected = CASES[name]["expected"].get("wagner_whitin", CASES[name]["expected"])
    receipts, cost = lots(CASES[name], "wagner_whitin")
    assert cost == pytest.approx(expected["cost"])
    assert receipts in expected.get("optimal_plans", [expected.get("lots")])


def test_the_economic_lot_is_the_square_root_formula_rounded_up() -> None:
    item = {"item": "X", "lot_policy": "economic", "setup_cost": 54, "holding_cost": 0.4, "decimals": 0}
    result = planned(
        {
            "parameters": parameters(1, horizon_days="365", bucket="week"),
            "items": pl.DataFrame([item]),
            "demand": pl.DataFrame(demand_rows([1200])),
        }
    )
    lot = -(-((2 * 1200 * 54 / (0.4 * 52)) ** 0.5) // 1)
    assert float(result.table("planned_orders")["good_quantity"][0]) == -(-1200 // lot) * lot
