"""Check of money: setup, holding, purchase, overtime and lateness, summed up from the tables, against the summary.

A bought quantity costs its supplier's price tier; an order's fixed cost is its source's, else the item's, else the
bucket's own. Where the package has no penalty, the plan's summary must say which one it assumed, and that one is
used.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from planning.verify.capacity import Load
from planning.verify.expectation import Expectation, Place
from planning.verify.findings import Finding
from planning.verify.materials import OVERSOLD, Flows
from planning.verify.orders import sources_for
from planning.verify.reading import Row
from planning.verify.service import safety_levels
from schemas.planning import QUANTITY_SCALE

RELATIVE_SLACK = 1e-4
ABSOLUTE_SLACK = 0.05


def check_cost(
    expected: Expectation,
    outputs: dict[str, list[Row]],
    flows: Flows,
    overtime: Load,
    summary: Mapping[str, Any],
) -> Iterator[Finding]:
    """Findings about the cost split, the objective and the bound of a summary."""
    said = summary.get("cost") or {}
    setup, purchase = _orders_cost(expected, outputs["planned_orders"])
    found = {
        "setup": setup,
        "purchase": purchase,
        "holding": _holding(expected, flows),
        "overtime": _overtime_cost(expected, overtime),
        "late": _late(expected, outputs, summary) + _below_safety(expected, flows, summary),
    }
    for name, value in found.items():
        if not _close(value, float(said.get(name, 0.0))):
            yield Finding("cost", name, f"the summary says {said.get(name)}, the tables {value:.6f}")
    objective, bound = summary.get("objective"), summary.get("bound")
    if objective is None or not _close(sum(found.values()), float(objective)):
        yield Finding("objective", "summary", f"says {objective}, the tables {sum(found.values()):.6f}")
    elif bound is not None and float(bound) > float(objective) * (1 + 1e-9) + 1e-6:
        yield Finding("bound", "summary", f"bound {bound} lies above objective {objective}")


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= ABSOLUTE_SLACK + RELATIVE_SLACK * max(abs(one), abs(other))


def _bucket_cost(expected: Expectation, item: str, bucket: int, column: str) -> int | None:
    for row in expected.tables["bucket_costs"]:
        inside = expected.first_day <= row["bucket"] < expected.end_day
        if inside and row["item"] == item and row[column] is not None and expected.bucket(row["bucket"]) == bucket:
            return row[column]
    return None


def _orders_cost(expected: Expectation, orders: list[Row]) -> tuple[float, float]:
    setup = purchase = 0.0
    for order in orders:
        if order["item"] not in expected.items:
            continue
        item, bucket = expected.items[order["item"]], expected.bucket(order["due_on"])
        source = next(iter(sources_for(expected, order)), None)
        fixed = source["order_cost"] if source is not None else None
        fixed = (item["setup_cost"] or 0) if fixed is None else fixed
        stated = _bucket_cost(expected, order["item"], bucket, "setup_cost")
        setup += (fixed if stated is None else stated) / QUANTITY_SCALE
        if order["kind"] == "buy":
            purchase += _price(expected, order, source, bucket) * order["quantity"] / QUANTITY_SCALE**2
    return setup, purchase


def _price(expected: Expectation, order: Row, source: Row | None, bucket: int) -> int:
    """Price of a unit: the supplier's tier of this quantity, else the bucket's, the source's, the item's."""
    tiers = [row for row in expected.tables["price_breaks"] if row["item"] == order["item"]]
    own = [row for row in tiers if row["supplier"] == order["supplier"]]
    reached = [
        row
        for row in own or [row for row in tiers if row["supplier"] is None]
        if row["from_quantity"] <= order["quantity"]
    ]
    if reached:
        return max(reached, key=lambda row: row["from_quantity"])["unit_price"]
    stated = _bucket_cost(expected, order["item"], bucket, "unit_cost")
    if stated is not None:
        return stated
    if source is not None and source["unit_cost"] is not None:
        return source["unit_cost"]
    return expected.items[order["item"]]["unit_cost"] or 0


def _holding_rates(expected: Expectation, item: str) -> list[float]:
    row = expected.items[item]
    year = 365 if expected.parameters["bucket"] == "day" else 52
    if row["holding_cost"] is not None:
        base = row["holding_cost"] / QUANTITY_SCALE
    else:
        base = (row["unit_cost"] or 0) * (row["holding_rate"] or 0) / QUANTITY_SCALE**2 / year
    stated = [_bucket_cost(expected, item, bucket, "holding_cost") for bucket in range(len(expected.starts))]
    return [base if cost is None else cost / QUANTITY_SCALE for cost in stated]


def _holding(expected: Expectation, flows: Flows) -> float:
    total = 0.0
    for (item, _), stock in flows.stock.items():
        if item not in expected.items or expected.items[item]["phantom"]:
            continue
        rates = _holding_rates(expected, item)
        total += sum(rate * quantity for rate, quantity in zip(rates, stock, strict=True)) / QUANTITY_SCALE
    return total


def _overtime_cost(expected: Expectation, overtime: Load) -> float:
    rates = {row["resource"]: row["overtime_cost_per_hour"] or 0 for row in expected.tables["resources"]}
    total = Fraction(0)
    for name, minutes in overtime.items():
        total += Fraction(rates[name], 60 * QUANTITY_SCALE) * sum(minutes, Fraction(0))
    return float(total)


def _late(expected: Expectation, outputs: dict[str, list[Row]], summary: Mapping[str, Any]) -> float:
    assumed = summary.get("assumed_penalties") or {}
    unserved = summary.get("assumed_unserved_penalties") or {}
    demand = {row["demand"]: row for row in expected.tables["demand"]}
    total = 0.0
    for promise in outputs["promises"]:
        name = str(promise["demand"])
        row = demand.get(name)
        if row is None and not name.startswith(OVERSOLD):
            continue
        due = 0 if row is None else expected.bucket(max(row["due_on"], expected.first_day))
        served = len(expected.starts) if promise["promised_on"] is None else expected.bucket(promise["promised_on"])
        stated = row["penalty"] if row is not None else None
        price = float(assumed.get(name, 0.0)) if stated is None else stated / QUANTITY_SCALE
        units = promise["quantity"] / QUANTITY_SCALE
        total += price * units * max(0, served - due)
        if promise["promised_on"] is None:
            total += float(unserved.get(name, 0.0)) * units
    return total


def _below_safety(expected: Expectation, flows: Flows, summary: Mapping[str, Any]) -> float:
    assumed = summary.get("assumed_safety_penalties") or {}
    total = 0.0
    for place, levels in safety_levels(expected).items():
        stock = flows.stock.get(place, [0] * len(levels))
        missing = sum(max(0, level - quantity) for level, quantity in zip(levels, stock, strict=True))
        total += float(assumed.get(_label(place), 0.0)) * missing / QUANTITY_SCALE
    return total


def _label(place: Place) -> str:
    return place[0] if place[1] == "MAIN" else f"{place[0]} at {place[1]}"
