"""Pegging of an optimised plan, and its replay by day.

Every requirement (a delivery to a demand, a component of an order) is served from stock lots, open receipts and planned
orders in the order in which they arrive; requirements take their turn by day, demand priority and id. The
result is a list of edges, each from a supply to the demand or the order that uses it. The replay runs over the same
events by day and says on which day a use comes before its supply inside one bucket.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from planning.lot_sizing.exact import ExactPlan
from planning.lot_sizing.from_package import PHANTOM
from planning.lot_sizing.problem import IntArray
from planning.lot_sizing.tables import Delivery, Labels, demand_name, frame

FOREVER = 2**31 - 1


@dataclass
class _Supply:
    """What can be used: day, name, kind, what is left in millionths, and the bucket from which it has expired."""

    day: int
    name: str
    kind: str
    left: int
    order: int | None = None
    gone: int = FOREVER


@dataclass(frozen=True)
class _Use:
    """What uses it: bucket and day, priority, the demand or parent order, millionths."""

    bucket: int
    day: int
    priority: int
    demand: str | None
    parent: str | None
    quantity: int


@dataclass(frozen=True)
class Pegged:
    """The table pegging, the first use of every order by index, and shortages inside buckets as alert rows."""

    table: pl.DataFrame
    needs: dict[int, int]
    daily: list[dict]


def peg(labels: Labels, exact: ExactPlan, deliveries: tuple[Delivery, ...], levels: IntArray) -> Pegged:
    """Peg every use to its supplies, item by item."""
    supplies, uses = _supplies(labels, exact), _uses(labels, exact, deliveries)
    rows: list[dict] = []
    needs: dict[int, int] = {}
    daily: list[dict] = []
    for node in range(len(labels.packaged.problem.items)):
        own = sorted(supplies.get(node, []), key=lambda each: (each.day, each.gone, each.kind, each.name))
        wanted = sorted(uses.get(node, []), key=lambda each: (each.day, each.priority, str(each.demand or each.parent)))
        daily.extend(_short_days(labels, node, own, wanted))
        rows.extend(_edges(labels, node, own, wanted, level=int(levels[node]), needs=needs))
    return Pegged(frame("pegging", rows), needs, daily)


def _supplies(labels: Labels, exact: ExactPlan) -> dict[int, list[_Supply]]:
    packaged, package = labels.packaged, labels.package
    plan_start, horizon = package.parameters.plan_start, package.parameters.horizon_days
    found: dict[int, list[_Supply]] = {}
    stock = package.table("stock")
    for node, row in zip(packaged.places.of(stock), stock.to_dicts(), strict=True):
        alive = row["expires_on"] is None or row["expires_on"] > plan_start
        free = row["quantity"] - row["allocated"]
        if row["status"] == "available" and alive and free > 0:
            gone = FOREVER
            if row["expires_on"] is not None and row["expires_on"] - plan_start < horizon:
                gone = bisect_right(packaged.bucket_starts, row["expires_on"] - plan_start) - 1
            found.setdefault(int(node), []).append(_Supply(0, row["lot"] or "stock", "stock", free, gone=gone))
    receipts = package.table("receipts")
    for node, row in zip(packaged.places.of(receipts), receipts.to_dicts(), strict=True):
        day = max(row["due_on"] - plan_start, 0)
        if day < horizon and row["quantity"] > 0:
            name = row["order"] or f"receipt {row['row']}"
            found.setdefault(int(node), []).append(_Supply(day, name, "receipt", row["quantity"]))
    for index, order in enumerate(exact.orders):
        source = packaged.problem.sources[order.source]
        day = labels.start(order.bucket)
        kind = PHANTOM if source.kind == PHANTOM else "planned_order"
        supply = _Supply(day, labels.order_ids[index], kind, order.good, index)
        found.setdefault(source.item, []).append(supply)
        for by_product in source.by_products:
            amount = int(order.good * float(by_product.quantity_per[order.bucket]))
            if amount > 0:
                found.setdefault(by_product.item, []).append(
                    _Supply(day, labels.order_ids[index], "by_product", amount, None)
                )
    return found


def _uses(labels: Labels, exact: ExactPlan, deliveries: tuple[Delivery, ...]) -> dict[int, list[_Use]]:
    packaged = labels.packaged
    priorities = labels.package.table("demand")["priority"].to_list()
    found: dict[int, list[_Use]] = {}
    for delivery in deliveries:
        if delivery.bucket is None:
            continue
        origin = delivery.origin
        on_time = delivery.bucket == origin.bucket
        day = origin.due_day if on_time else labels.start(delivery.bucket)
        priority = 0 if origin.row < 0 else priorities[origin.row]
        node = packaged.problem.demand_classes[delivery.index].item
        found.setdefault(node, []).append(
            _Use(delivery.bucket, day, priority, demand_name(labels, delivery), None, delivery.quantity)
        )
    for requirement in exact.requirements:
        order = exact.orders[requirement.order]
        day = int(packaged.sources[order.source].release_day[order.bucket])
        bucket = int(packaged.problem.sources[order.source].release_bucket[order.bucket])
        use = _Use(bucket, day, 0, None, labels.order_ids[requirement.order], requirement.quantity)
        found.setdefault(requirement.item, []).append(use)
    return found


def _edges(
    labels: Labels, node: int, supplies: list[_Supply], uses: list[_Use], *, level: int, needs: dict[int, int]
) -> Iterator[dict]:
    place = 0
    for use in uses:
        wanted = use.quantity
        while wanted > 0 and place < len(supplies):
            supply = supplies[place]
            if supply.gone <= use.bucket:
                place += 1
                continue
            part = min(wanted, supply.left)
            if part > 0:
                wanted -= part
                supply.left -= part
                if supply.order is not None:
                    needs.setdefault(supply.order, use.day)
                yield {
                    "demand": use.demand,
                    "item": labels.item(node),
                    "supply": supply.name,
                    "supply_kind": supply.kind,
                    "quantity": part,
                    "depth": level,
                    "parent_supply": use.parent,
                }
            if supply.left == 0:
                place += 1


def _short_days(labels: Labels, node: int, supplies: list[_Supply], uses: list[_Use]) -> Iterator[dict]:
    """Uses that come on an earlier day than enough supply."""
    events = [(supply.day, 0, supply.left) for supply in supplies] + [(use.day, 1, -use.quantity) for use in uses]
    balance = 0
    for day, _, change in sorted(events):
        before = balance
        balance += change
        if change < 0 and balance < min(before, 0):
            yield {
                "alert": "shortage",
                "item": labels.item(node),
                "location": labels.location(node),
                "on": labels.date(day),
                "quantity": min(-balance, -change),
                "severity": "info",
                "cause": "supply arrives later in the same bucket",
            }
