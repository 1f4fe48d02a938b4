"""Checks of material: what orders take, what the pegging says they take, and that stock is never negative.

What an order takes of its components is recomputed from the bill of material on its release day; the pegging must
give it exactly that, one alternate of a group standing for the group, a phantom for what it passes on. Every supply
is used at most once. Then stock by place and bucket is replayed from opening stock, receipts, orders and the
promised deliveries, and compared with the records.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from planning.verify.expectation import (
    Expectation,
    Place,
    effective,
    line_quantity,
    opening_stock,
)
from planning.verify.findings import Finding
from planning.verify.reading import Row
from schemas.planning import DAY_ZERO, QUANTITY_SCALE

OVERSOLD = "oversold|"
"""What was promised beyond stock before the plan is promised under this name, item and location."""

SLACK = 50
"""Millionths by which sums of rounded quantities may differ per order."""


@dataclass(frozen=True)
class Flows:
    """Used and received quantity by place and bucket, and stock at bucket's end."""

    used: dict[Place, list[int]]
    received: dict[Place, list[int]]
    stock: dict[Place, list[int]]


def check_materials(expected: Expectation, outputs: dict[str, list[Row]]) -> tuple[list[Finding], Flows]:
    """Findings about bills of material, pegging and balances; and the replayed flows."""
    findings: list[Finding] = []
    orders = {order["planned_order"]: order for order in outputs["planned_orders"]}
    orders.update(_phantom_orders(expected, outputs["pegging"]))
    taken: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for edge in outputs["pegging"]:
        if edge["parent_supply"] is not None:
            taken[edge["parent_supply"]][edge["item"]] += edge["quantity"]
    for name, order in orders.items():
        findings.extend(_requirements(expected, name, order, taken.get(name, {})))
    findings.extend(Finding("pegging_parent", name, "is no order of the plan") for name in taken if name not in orders)
    findings.extend(_supplies(expected, outputs["pegging"], orders))
    flows, replayed = _replay(expected, outputs, orders, taken)
    return [*findings, *replayed], flows


def _phantom_orders(expected: Expectation, pegging: list[Row]) -> dict[str, Row]:
    """Phantoms have no order; what passes through one is one, on the day of the parent's release."""
    found: dict[str, Row] = {}
    for edge in pegging:
        if edge["supply_kind"] != "phantom":
            continue
        place, due, _ = edge["supply"].rsplit("/", 2)
        day = _day_of(expected, due)
        row = found.setdefault(
            edge["supply"],
            {
                "planned_order": edge["supply"],
                "item": edge["item"],
                "location": place.rsplit("@", 1)[1],
                "kind": "make",
                "quantity": 0,
                "good_quantity": 0,
                "release_on": day,
                "due_on": day,
            },
        )
        row["quantity"] += edge["quantity"]
        row["good_quantity"] += edge["quantity"]
    return found


def _day_of(expected: Expectation, text: str) -> int:
    day = (date.fromisoformat(text) - DAY_ZERO).days
    return max(day, expected.first_day)


def _requirements(expected: Expectation, name: str, order: Row, taken: dict[str, int]) -> Iterator[Finding]:
    """An order's pegged components against its bill of material."""
    if order["item"] not in expected.items or order["kind"] == "buy":
        return
    if order["kind"] == "transfer":
        if abs(taken.get(order["item"], 0) - order["quantity"]) > SLACK:
            yield Finding("transfer_drawn", name, f"takes {taken.get(order['item'], 0)} of {order['quantity']}")
        return
    wanted: dict[str, int] = defaultdict(int)
    groups: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for line in expected.lines.get(order["item"], []):
        if line["kind"] != "component" or not effective(line, order["release_on"]):
            continue
        quantity = line_quantity(expected, line, order["quantity"])
        if line["alternate_group"] is not None:
            groups[line["alternate_group"]].append((line["component"], quantity))
        else:
            wanted[line["component"]] += quantity
    for alternates in groups.values():
        used = [each for each in alternates if taken.get(each[0], 0) >= wanted.get(each[0], 0) + each[1] - SLACK]
        chosen = used[0] if used else alternates[0]
        wanted[chosen[0]] += chosen[1]
    for component in sorted(set(wanted) | set(taken)):
        if abs(taken.get(component, 0) - wanted.get(component, 0)) > SLACK:
            message = (
                f"takes {taken.get(component, 0)} of {component}, the bill of material says {wanted.get(component, 0)}"
            )
            yield Finding("bill_of_material", name, message)


def _supplies(expected: Expectation, pegging: list[Row], orders: dict[str, Row]) -> Iterator[Finding]:
    """No supply is pegged beyond its quantity."""
    used: dict[tuple[str, str, str], int] = defaultdict(int)
    for edge in pegging:
        used[edge["supply_kind"], edge["supply"], edge["item"]] += edge["quantity"]
    lots: dict[str, int] = defaultdict(int)
    for row in expected.tables["stock"]:
        lots[row["item"]] += max(0, row["quantity"] - row["allocated"]) if row["status"] == "available" else 0
    receipts: dict[str, int] = defaultdict(int)
    for row in expected.tables["receipts"]:
        receipts[row["item"]] += row["quantity"]
    by_item: dict[tuple[str, str], int] = defaultdict(int)
    for (kind, supply, item), quantity in used.items():
        if kind in ("planned_order", "phantom"):
            order = orders.get(supply)
            if order is None or order["item"] != item:
                yield Finding("pegging_supply", supply, f"is no order for {item}")
            elif quantity > order["good_quantity"]:
                yield Finding("pegging_supply", supply, f"gives {quantity}, it has {order['good_quantity']}")
        elif kind in ("stock", "receipt"):
            by_item[kind, item] += quantity
    for (kind, item), quantity in by_item.items():
        there = (lots if kind == "stock" else receipts)[item]
        if quantity > there:
            yield Finding("pegging_supply", f"{kind} of {item}", f"gives {quantity}, there are {there}")


def _replay(
    expected: Expectation,
    outputs: dict[str, list[Row]],
    orders: dict[str, Row],
    taken: dict[str, dict[str, int]],
) -> tuple[Flows, list[Finding]]:
    """Stock by place and bucket from the orders and promises alone."""
    count = len(expected.starts)
    used: dict[Place, list[int]] = defaultdict(lambda: [0] * count)
    received: dict[Place, list[int]] = defaultdict(lambda: [0] * count)
    for row in expected.tables["receipts"]:
        if row["due_on"] < expected.end_day:
            received[row["item"], row["location"]][expected.bucket(row["due_on"])] += row["quantity"]
    demand = {row["demand"]: row for row in expected.tables["demand"]}
    for promise in outputs["promises"]:
        row = demand.get(promise["demand"])
        if row is None and str(promise["demand"]).startswith(OVERSOLD):
            _, item, location = promise["demand"].split("|")
            row = {"item": item, "location": location}
        if row is not None and promise["promised_on"] is not None:
            used[row["item"], row["location"]][expected.bucket(promise["promised_on"])] += promise["quantity"]
    for name, order in orders.items():
        place = order["item"], order["location"]
        received[place][expected.bucket(order["due_on"])] += order["good_quantity"]
        bucket = expected.bucket(order["release_on"])
        for component, quantity in taken.get(name, {}).items():
            used[component, _drawn_from(expected, order)][bucket] += quantity
        for line in expected.lines.get(order["item"], []) if order["kind"] == "make" else []:
            if line["kind"] != "component" and effective(line, order["release_on"]):
                gone = QUANTITY_SCALE - line["scrap"]
                falls = order["good_quantity"] * line["quantity_per"] * gone // QUANTITY_SCALE**2
                received[line["component"], order["location"]][expected.bucket(order["due_on"])] += falls
    free, expiring = opening_stock(expected)
    stock: dict[Place, list[int]] = {}
    findings: list[Finding] = []
    for place in sorted({*used, *received, *free}):
        opening = max(0, free.get(place, 0))
        stock[place] = _balance(expected, opening, received[place], used[place], expiring.get(place, []))
        lowest = min(stock[place])
        if lowest < -SLACK * max(1, len(orders)):
            bucket = stock[place].index(lowest)
            findings.append(Finding("stock_negative", f"{place[0]} at {place[1]}", f"{lowest} in bucket {bucket}"))
    return Flows(used, received, stock), findings


def _drawn_from(expected: Expectation, order: Row) -> str:
    """Location that an order's components come from."""
    if order["kind"] != "transfer":
        return order["location"]
    rows = expected.sources.get((order["item"], order["location"]), [])
    return next((row["from_location"] for row in rows if row["from_location"]), order["location"])


def _balance(
    expected: Expectation, opening: int, received: list[int], used: list[int], expiring: list[tuple[int, int]]
) -> list[int]:
    """Stock at every bucket's end; expiring lots are used first and lost at the start of their bucket."""
    balance, consumed, lost, gone = opening, 0, 0, 0
    found = []
    for bucket in range(len(expected.starts)):
        gone += sum(quantity for day, quantity in expiring if expected.bucket(day) == bucket)
        now_lost = max(0, gone - consumed - lost)
        lost += now_lost
        balance += received[bucket] - used[bucket] - now_lost
        consumed += used[bucket]
        found.append(balance)
    return found
