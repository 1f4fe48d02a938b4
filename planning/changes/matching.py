"""Which orders of a plan are which orders of another: added, gone, moved, resized, moved and resized.

Orders of one item, location and kind are paired. First those due the same day, in their order; then, of what is left, the pair that
is nearest in days, then in quantity, as long as it is within `match_days`. What finds no partner was added or is gone.
"""

from collections import defaultdict
from typing import Any

import polars as pl

from planning.changes.reasons import reasons
from planning.package import Package
from planning.result import Plan

CHANGES: dict[str, Any] = {
    "change": pl.String,
    "item": pl.String,
    "location": pl.String,
    "kind": pl.String,
    "order_before": pl.String,
    "order_after": pl.String,
    "quantity_before": pl.Decimal(18, 6),
    "quantity_after": pl.Decimal(18, 6),
    "due_before": pl.Date,
    "due_after": pl.Date,
    "days": pl.Int32,
    "supplier_before": pl.String,
    "supplier_after": pl.String,
    "reason": pl.String,
}
"""Columns of the table of changes; `days` is due_after less due_before."""

MATCH_DAYS = 28

Order = dict[str, Any]


def plan_changes(
    before: tuple[Package, Plan], after: tuple[Package, Plan], *, match_days: int = MATCH_DAYS
) -> pl.DataFrame:
    """Compare two plans.

    Args:
        before, after: a package and its plan, each.
        match_days: orders further apart than this are not the same order moved.

    Returns:
        One row an order that changed, columns CHANGES, sorted by item, location, kind and day; unchanged orders have none. `reason`
        names the inputs of the item that differ, else `parents:` with those above it that do, see `reasons`.

    Raises:
        ValueError: match_days is negative.
    """
    if match_days < 0:
        message = f"match_days is {match_days}, it must be 0 or more"
        raise ValueError(message)
    places = [_by_place(plan) for _, plan in (before, after)]
    why = reasons(before, after)
    rows = []
    for place in sorted({*places[0], *places[1]}):
        rows += [
            _row(place, old, new, why.get(place[0], "unexplained"))
            for old, new in matched(places[0].get(place, []), places[1].get(place, []), match_days)
            if old is None or new is None or _differs(old, new)
        ]
    frame = pl.DataFrame(rows, schema=CHANGES, orient="row")
    day = pl.coalesce("due_after", "due_before")
    return frame.sort("item", "location", "kind", day, "order_before", "order_after", nulls_last=True)


def _by_place(plan: Plan) -> dict[tuple[str, str, str], list[Order]]:
    found: dict[tuple[str, str, str], list[Order]] = defaultdict(list)
    names = ("planned_order", "item", "location", "kind", "supplier", "quantity", "due_on")
    for order in plan.table("planned_orders").select(names).sort("due_on", "planned_order").iter_rows(named=True):
        found[order["item"], order["location"], order["kind"]].append(order)
    return found


def matched(before: list[Order], after: list[Order], match_days: int) -> list[tuple[Order | None, Order | None]]:
    """Pairs of orders of one place; None where an order has no partner.

    >>> from datetime import date
    >>> def order(day, quantity):
    ...     return {"planned_order": f"{day}/{quantity}", "due_on": date(2026, 1, day), "quantity": quantity}
    >>> pairs = matched([order(5, 10), order(12, 10)], [order(5, 10), order(14, 10), order(30, 3)], 7)
    >>> [(old and old["planned_order"], new and new["planned_order"]) for old, new in pairs]
    [('5/10', '5/10'), ('12/10', '14/10'), (None, '30/3')]
    """
    pairs: list[tuple[Order | None, Order | None]] = []
    left: dict[Any, list[Order]] = defaultdict(list)
    for order in before:
        left[order["due_on"]].append(order)
    free = []
    for order in after:
        same = left[order["due_on"]]
        if same:
            pairs.append((same.pop(0), order))
        else:
            free.append(order)
    rest = [order for orders in left.values() for order in orders]
    near = sorted(
        (abs((new["due_on"] - old["due_on"]).days), abs(new["quantity"] - old["quantity"]), at, to)
        for at, old in enumerate(rest)
        for to, new in enumerate(free)
        if abs((new["due_on"] - old["due_on"]).days) <= match_days
    )
    used_before: set[int] = set()
    used_after: set[int] = set()
    for _, _, at, to in near:
        if at not in used_before and to not in used_after:
            used_before.add(at)
            used_after.add(to)
            pairs.append((rest[at], free[to]))
    pairs += [(old, None) for at, old in enumerate(rest) if at not in used_before]
    return pairs + [(None, new) for to, new in enumerate(free) if to not in used_after]


def _differs(old: Order, new: Order) -> bool:
    return any(old[name] != new[name] for name in ("quantity", "due_on", "supplier"))


def _row(place: tuple[str, str, str], old: Order | None, new: Order | None, why: str) -> tuple[Any, ...]:
    names = ("planned_order", "quantity", "due_on", "supplier")
    first, second = ([None] * 4 if order is None else [order[name] for name in names] for order in (old, new))
    days = (new["due_on"] - old["due_on"]).days if old is not None and new is not None else None
    return (
        _change(old, new), *place, first[0], second[0], first[1], second[1], first[2], second[2], days, first[3], second[3], why,
    )  # fmt: skip


def _change(old: Order | None, new: Order | None) -> str:
    if old is None or new is None:
        return "added" if old is None else "gone"
    moved, resized = old["due_on"] != new["due_on"], old["quantity"] != new["quantity"]
    if moved and resized:
        return "moved_and_resized"
    return "moved" if moved else "resized" if resized else "supplier_changed"
