"""Checks of service: promises cover the demand, are honest about lateness, and alerts say what is wrong.

Every demand's net quantity is promised, on a day or never; what is late or never is alerted; patience is kept;
safety stock that is missing at a bucket's end is alerted; records show the stock that the replay finds, less what
is owed.
"""

from collections import defaultdict
from collections.abc import Iterator

from planning.verify.expectation import Expectation, Place, net_demand, opening_stock
from planning.verify.findings import Finding
from planning.verify.materials import OVERSOLD, SLACK, Flows
from planning.verify.reading import Row


def check_service(expected: Expectation, outputs: dict[str, list[Row]], flows: Flows) -> Iterator[Finding]:
    """All findings about promises, alerts and records."""
    wanted = wanted_quantities(expected)
    demand = {row["demand"]: row for row in expected.tables["demand"]}
    promised: dict[str, int] = defaultdict(int)
    alerted = {(row["alert"], row["order"]) for row in outputs["alerts"]}
    for promise in outputs["promises"]:
        promised[promise["demand"]] += promise["quantity"]
        row = demand.get(promise["demand"])
        if row is not None:
            yield from _promise(expected, row, promise, alerted)
        elif not str(promise["demand"]).startswith(OVERSOLD):
            yield Finding("promise_demand", str(promise["demand"]), "is no demand of the package")
    for name in sorted({*wanted, *promised}):
        if abs(promised.get(name, 0) - wanted.get(name, 0)) > SLACK:
            message = f"promised {promised.get(name, 0)} of {wanted.get(name, 0)}"
            yield Finding("demand_covered", name, message)
    yield from _pegged(outputs)
    yield from _safety(expected, outputs, flows)
    yield from _records(expected, outputs, flows)


def wanted_quantities(expected: Expectation) -> dict[str, int]:
    """Net quantity of every demand, and what was promised beyond stock before the plan."""
    wanted = {name: quantity for name, quantity in net_demand(expected).items() if quantity > 0}
    free, _ = opening_stock(expected)
    for (item, location), quantity in free.items():
        if quantity < 0:
            wanted[f"{OVERSOLD}{item}|{location}"] = -quantity
    return wanted


def _promise(expected: Expectation, row: Row, promise: Row, alerted: set[tuple]) -> Iterator[Finding]:
    name, patience = promise["demand"], row["max_late_days"]
    if promise["promised_on"] is None:
        if patience is not None and row["due_on"] + patience < expected.end_day:
            yield Finding("demand_patience", name, "is never served, but may not be late for ever")
        if ("shortage", name) not in alerted:
            yield Finding("alert_missing", name, "is never served and no shortage says so")
        return
    late = max(0, promise["promised_on"] - row["due_on"])
    if promise["late_days"] != late:
        yield Finding("promise_late_days", name, f"says {promise['late_days']}, it is {late}")
    due = max(row["due_on"], expected.first_day)
    if expected.bucket(promise["promised_on"]) < expected.bucket(due):
        yield Finding("promise_early", name, "is promised before its bucket")
    if expected.bucket(promise["promised_on"]) > expected.bucket(due):
        if patience is not None and due + patience < promise["promised_on"]:
            yield Finding("demand_patience", name, f"{late} days late, {patience} allowed")
        if ("late_demand", name) not in alerted:
            yield Finding("alert_missing", name, "is late and no alert says so")


def _pegged(outputs: dict[str, list[Row]]) -> Iterator[Finding]:
    """What is promised on a day is pegged to supplies."""
    pegged: dict[str, int] = defaultdict(int)
    for edge in outputs["pegging"]:
        if edge["parent_supply"] is None:
            pegged[edge["demand"]] += edge["quantity"]
    served: dict[str, int] = defaultdict(int)
    for promise in outputs["promises"]:
        if promise["promised_on"] is not None:
            served[promise["demand"]] += promise["quantity"]
    for name in sorted({*pegged, *served}):
        if abs(pegged.get(name, 0) - served.get(name, 0)) > SLACK:
            yield Finding("pegging_demand", str(name), f"pegged {pegged.get(name, 0)}, promised {served.get(name, 0)}")


def safety_levels(expected: Expectation) -> dict[Place, list[int]]:
    """Safety stock by place and bucket: the item's where demand or stock is, then levels; phantoms have none."""
    used = {(row["item"], row["location"]) for name in ("demand", "stock") for row in expected.tables[name]}
    known = used | {(row["item"], row["location"]) for row in expected.tables["receipts"]} | set(expected.sources)
    homes: dict[str, list[Place]] = defaultdict(list)
    for place in sorted(known):
        homes[place[0]].append(place)
    levels: dict[Place, list[int]] = {}
    for name, item in expected.items.items():
        if item["phantom"]:
            continue
        own = [place for place in homes[name] if place in used]
        own = own or [place for place in homes[name] if place[1] == "MAIN"] or homes[name] or [(name, "MAIN")]
        for place in own:
            levels[place] = [item["safety_stock"]] * len(expected.starts)
    for row in sorted(expected.tables["safety_levels"], key=lambda each: each["from_date"]):
        if expected.items[row["item"]]["phantom"]:
            continue
        place = row["item"], row["location"]
        before = levels.get(place, [0] * len(expected.starts))
        begins = [start >= row["from_date"] for start in expected.starts]
        levels[place] = [row["safety_stock"] if now else old for now, old in zip(begins, before, strict=True)]
    return levels


def _safety(expected: Expectation, outputs: dict[str, list[Row]], flows: Flows) -> Iterator[Finding]:
    alerted = {
        (row["item"], row["location"], expected.bucket(row["on"]))
        for row in outputs["alerts"]
        if row["alert"] == "below_safety_stock"
    }
    for place, levels in safety_levels(expected).items():
        stock = flows.stock.get(place, [0] * len(levels))
        for bucket, level in enumerate(levels):
            if stock[bucket] < level - SLACK and (*place, bucket) not in alerted:
                message = f"{stock[bucket]} of {level} in bucket {bucket}, no alert"
                yield Finding("safety_alert", f"{place[0]} at {place[1]}", message)


def _records(expected: Expectation, outputs: dict[str, list[Row]], flows: Flows) -> Iterator[Finding]:
    """Records against the replay: receipts of orders, and on hand less what is owed."""
    owed = owed_by_place(expected, outputs)
    received: dict[tuple, int] = defaultdict(int)
    for order in outputs["planned_orders"]:
        received[order["item"], order["location"], expected.bucket(order["due_on"])] += order["good_quantity"]
    for record in outputs["mrp_records"]:
        place = record["item"], record["location"]
        bucket = expected.bucket(record["bucket_start"])
        where = f"{place[0]} at {place[1]} bucket {bucket}"
        on_hand = flows.stock.get(place, [0] * len(expected.starts))[bucket] - owed.get(place, {}).get(bucket, 0)
        if abs(record["projected_on_hand"] - on_hand) > SLACK:
            yield Finding("record_on_hand", where, f"says {record['projected_on_hand']}, the replay {on_hand}")
        phantom = expected.items[record["item"]]["phantom"] if record["item"] in expected.items else False
        if record["planned_order_receipts"] != received[(*place, bucket)] and not phantom:
            message = f"says {record['planned_order_receipts']}, the orders {received[(*place, bucket)]}"
            yield Finding("record_receipts", where, message)


def owed_by_place(expected: Expectation, outputs: dict[str, list[Row]]) -> dict[Place, dict[int, int]]:
    """Quantity owed to customers at every bucket's end."""
    demand = {row["demand"]: row for row in expected.tables["demand"]}
    owed: dict[Place, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for promise in outputs["promises"]:
        row = demand.get(promise["demand"])
        if row is None:
            if not str(promise["demand"]).startswith(OVERSOLD):
                continue
            _, item, location = str(promise["demand"]).split("|")
            due, place = 0, (item, location)
        else:
            due, place = expected.bucket(max(row["due_on"], expected.first_day)), (row["item"], row["location"])
        served = len(expected.starts) if promise["promised_on"] is None else expected.bucket(promise["promised_on"])
        for bucket in range(due, served):
            owed[place][bucket] += promise["quantity"]
    return owed
