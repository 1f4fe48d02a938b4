"""Checks of single planned orders: identity, dates, lead time, yield, lot rules, supplier capacity.

Every order must answer to a source: a row of `sources` for its item and location with its kind and supplier, or the
item's own terms where there is no row. It is enough that one such row allows it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from planning.verify.expectation import Expectation, effective, lead_days, smallest
from planning.verify.findings import Finding
from planning.verify.reading import Row
from schemas.planning import QUANTITY_SCALE


def check_orders(expected: Expectation, orders: list[Row]) -> Iterator[Finding]:
    """All findings about orders taken one by one."""
    for name, count in Counter(order["planned_order"] for order in orders).items():
        if count > 1:
            yield Finding("order_id_unique", str(name), f"stands {count} times")
    for order in orders:
        yield from _order(expected, order)
    yield from _supplier_capacity(expected, orders)


def sources_for(expected: Expectation, order: Row) -> list[Row | None]:
    """Rows of `sources` that an order may come from; [None] stands for the item's own terms."""
    rows = expected.sources.get((order["item"], order["location"]), [])
    if not rows:
        return [None] if order["kind"] == expected.default_kind(order["item"]) else []
    return [row for row in rows if expected.kind(row) == order["kind"] and row["supplier"] == order["supplier"]]


def _order(expected: Expectation, order: Row) -> Iterator[Finding]:
    name = order["planned_order"]
    if order["item"] not in expected.items:
        yield Finding("order_item_known", name, f"item {order['item']} is not in the package")
        return
    if order["good_quantity"] <= 0 or order["quantity"] <= 0:
        yield Finding("order_quantity_positive", name, f"good {order['good_quantity']}, released {order['quantity']}")
    if order["release_on"] < expected.first_day or order["release_on"] > order["due_on"]:
        yield Finding("order_dates", name, f"release {order['release_on']}, due {order['due_on']}")
    if order["due_on"] >= expected.end_day:
        yield Finding("order_dates", name, "due after the horizon")
    candidates = sources_for(expected, order)
    if not candidates:
        yield Finding("order_source", name, f"no source {order['kind']} {order['supplier']} for {order['item']}")
        return
    yield from _yield(expected, order)
    broken = [list(_terms(expected, order, source)) for source in candidates]
    yield from min(broken, key=len)


def _yield(expected: Expectation, order: Row) -> Iterator[Finding]:
    share = expected.items[order["item"]]["yield"] if order["kind"] != "transfer" else QUANTITY_SCALE
    if order["quantity"] * share < (order["good_quantity"] - 1) * QUANTITY_SCALE:
        yield Finding(
            "order_yield", order["planned_order"], f"{order['quantity']} gives less than {order['good_quantity']}"
        )
    too_much = order["quantity"] - smallest(expected, order["item"])
    if too_much * share > (order["good_quantity"] + 1) * QUANTITY_SCALE:
        yield Finding(
            "order_yield", order["planned_order"], f"{order['quantity']} is more than {order['good_quantity']} needs"
        )


def _terms(expected: Expectation, order: Row, source: Row | None) -> Iterator[Finding]:
    name, item = order["planned_order"], expected.items[order["item"]]
    terms = {
        key: source[key] if source is not None and source[key] is not None else item[key]
        for key in ("min_lot", "max_lot", "lot_multiple")
    }
    step, good = smallest(expected, order["item"]), order["good_quantity"]
    if good % step:
        yield Finding("lot_decimals", name, f"{good} is no multiple of {step}")
    minimum, multiple = terms["min_lot"] or 0, terms["lot_multiple"] or 0
    multiple = -(-multiple // step) * step
    if good < minimum:
        yield Finding("lot_minimum", name, f"{good} is below {minimum}")
    if multiple > 0 and good % multiple:
        yield Finding("lot_multiple", name, f"{good} is no multiple of {multiple}")
    maximum = terms["max_lot"] or 0
    if maximum > 0:
        floored = maximum // max(multiple, step) * max(multiple, step)
        if good > max(floored, minimum, multiple):
            yield Finding("lot_maximum", name, f"{good} is above {maximum}")
    lead = lead_days(expected, order["item"], source)
    span = order["due_on"] - order["release_on"]
    exact = not expected.parameters["working_days_only"] and not order["past_due"]
    if not order["past_due"] and (span < lead or (exact and span != lead)):
        yield Finding("lead_time", name, f"{span} days from release to due, lead time {lead}")
    if source is not None and not order["past_due"] and not effective(source, order["release_on"]):
        yield Finding("source_effective", name, "its source is not effective on the release day")


def _supplier_capacity(expected: Expectation, orders: list[Row]) -> Iterator[Finding]:
    taken: dict[tuple, int] = defaultdict(int)
    for order in orders:
        bucket = expected.bucket(order["due_on"])
        taken[order["item"], order["location"], order["kind"], order["supplier"], bucket] += order["good_quantity"]
    for (item, location, kind, supplier, bucket), quantity in taken.items():
        if item not in expected.items:
            continue
        order = {"item": item, "location": location, "kind": kind, "supplier": supplier}
        rows = sources_for(expected, order)
        limits = [None if row is None else row["capacity_per_bucket"] for row in rows]
        if limits and all(limit is not None for limit in limits):
            total = sum(limit for limit in limits if limit is not None)
            if quantity > total:
                yield Finding("supplier_capacity", f"{item} {supplier} bucket {bucket}", f"{quantity} is above {total}")
