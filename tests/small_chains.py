"""Small random planning packages with everything that a constrained plan must keep in mind, the same for a seed."""

import random
from datetime import date, timedelta

import polars as pl

# ruff: noqa: PERF401
PLAN_START = date(2026, 1, 5)


def _day(offset: int) -> str:
    return (PLAN_START + timedelta(days=offset)).isoformat()


def _frame(rows: list[dict], **types: pl.DataType) -> pl.DataFrame:
    return pl.DataFrame(rows, schema_overrides=types or None, infer_schema_length=None)


def _items(r: random.Random, tops: list[str], middles: list[str], parts: list[str]) -> list[dict]:
    items = []
    for name in (*tops, *middles, *parts):
        multiple = r.choice([None, None, 1, 5])
        items.append(
            {
                "item": name,
                "source": "buy" if name in parts else "make",
                "lead_time_days": r.choice([0, 1, 2, 5, 12]),
                "safety_stock": r.choice([0, 0, 0, 7]),
                "min_lot": r.choice([None, None, 4, 20]),
                "lot_multiple": multiple,
                "max_lot": r.choice([None, None, None, 40]),
                "yield": r.choice([1.0, 1.0, 0.9]),
                "unit_cost": r.randint(1, 50),
                "decimals": r.choice([0, 0, 3, 6]),
                "shelf_life_days": 20 if r.random() < 0.08 else None,
                "phantom": name in middles and r.random() < 0.15,
                "lot_policy": r.choice(["lot_for_lot"] * 4 + ["fixed_period", "min_max"])
                if r.random() < 0.3
                else "lot_for_lot",
                "lot_periods": 2,
                "max_stock": None,
            }
        )
        items[-1]["max_stock"] = 60 if items[-1]["lot_policy"] == "min_max" else None
    return items


def _bills(r: random.Random, tops: list[str], middles: list[str], parts: list[str]) -> list[dict]:
    bom: list[dict] = []
    for parent in (*tops, *middles):
        below = [*middles, *parts] if parent in tops else parts
        for component in r.sample(below, min(len(below), r.randint(1, 3))):
            bom.append(
                {
                    "parent": parent,
                    "component": component,
                    "quantity_per": r.choice([1, 2, 0.5, 3]),
                    "scrap": r.choice([0, 0, 0.1]),
                    "fixed_quantity": r.choice([0, 0, 0, 1]),
                    "alternate_group": None,
                    "priority": 1,
                    "effective_from": _day(r.randint(3, 25)) if r.random() < 0.07 else None,
                    "effective_to": None,
                }
            )
        others = [name for name in parts if name not in {row["component"] for row in bom if row["parent"] == parent}]
        if len(others) >= 2 and r.random() < 0.3:
            for rank, component in enumerate(r.sample(others, 2), start=1):
                bom.append({**bom[-1], "component": component, "alternate_group": "A", "priority": rank,
                            "effective_from": None})  # fmt: skip
    return bom


def _sources(r: random.Random, parts: list[str]) -> list[dict]:
    sources = []
    for name in parts:
        if r.random() < 0.4:
            for rank in range(1, r.randint(2, 3)):
                sources.append(
                    {
                        "item": name,
                        "method": "buy",
                        "supplier": f"S{rank}",
                        "lead_time_days": r.choice([1, 4, 9, 20]),
                        "priority": rank,
                        "capacity_per_bucket": r.choice([None, None, 30]),
                    }
                )
    return sources


def _supply_and_demand(
    r: random.Random, horizon: int, tops: list[str], middles: list[str], parts: list[str]
) -> tuple[list[dict], list[dict], list[dict]]:
    stock = [
        {"item": name, "quantity": r.randint(0, 60), "allocated": r.choice([0, 0, 0, 5]),
         "expires_on": _day(r.randint(3, 20)) if r.random() < 0.1 else None,
         "status": "hold" if r.random() < 0.1 else "available"}
        for name in (*tops, *middles, *parts) if r.random() < 0.7
    ]  # fmt: skip
    receipts = [
        {"order": f"R{i}", "item": r.choice(parts), "quantity": r.randint(1, 50), "due_on": _day(r.randint(0, horizon))}
        for i in range(r.randint(0, 4))
    ]
    demand = [
        {
            "demand": f"D{i}",
            "item": r.choice([*tops, *tops, *middles]),
            "quantity": r.choice([1, 3, 10, 30, 0.5]),
            "due_on": _day(r.randint(-2, horizon + 2)),
            "kind": r.choice(["order", "order", "order", "forecast"]),
            "priority": r.randint(1, 3),
            "max_late_days": r.choice([None, None, 0, 5]),
            "min_shipment": r.choice([None, None, 2]),
        }
        for i in range(r.randint(1, 14))
    ]
    return stock, receipts, demand


def _shop(r: random.Random, horizon: int, made: list[str]) -> tuple[list[dict], list[dict], list[dict], list[dict]]:
    machines = [f"W{i}" for i in range(r.randint(1, 3))]
    calendar = [{"calendar": "day", "weekday": day, "from_time": "08:00", "to_time": "16:00"} for day in range(1, 6)]
    resources = [
        {
            "resource": name,
            "group": "G",
            "calendar": r.choice(["day", None]),
            "units": r.choice([1, 2]),
            "efficiency": 1.0,
        }
        for name in machines
    ]
    capacity = [
        {"resource": name, "bucket": _day(7 * week), "minutes": r.choice([0, 120, 400, 900])}
        for name in machines
        for week in range(horizon // 7)
        if r.random() < 0.6
    ]
    routings = [
        {"item": name, "operation": number, "resource": r.choice(machines) if r.random() < 0.8 else None, "group": None,
         "setup_minutes": r.choice([0, 10, 45]), "run_minutes": r.choice([0, 1, 7.5, 31])}
        for name in made for number in range(10, 10 * r.randint(2, 3), 10) if r.random() < 0.8
    ]  # fmt: skip
    for row in routings:
        row["group"] = "G" if row["resource"] is None else None
    return calendar, resources, capacity, routings


def random_chain(seed: int) -> dict[str, pl.DataFrame]:
    """Tables of a package with a handful of items on three levels, few resources and tight supplies."""
    r = random.Random(seed)
    horizon = r.choice([28, 56, 91])
    tops = [f"T{i}" for i in range(r.randint(1, 3))]
    middles = [f"M{i}" for i in range(r.randint(0, 3))]
    parts = [f"P{i}" for i in range(r.randint(1, 5))]
    items = _items(r, tops, middles, parts)
    bom = _bills(r, tops, middles, parts)
    sources = _sources(r, parts)
    stock, receipts, demand = _supply_and_demand(r, horizon, tops, middles, parts)
    calendar, resources, capacity, routings = _shop(r, horizon, [*tops, *middles])
    text, number = pl.String(), pl.Float64()
    tables = {
        "parameters": pl.DataFrame({"key": ["plan_start", "horizon_days", "bucket"],
                                    "value": [PLAN_START.isoformat(), str(horizon), r.choice(["week", "day"])]}),
        "items": _frame(items, shelf_life_days=number, min_lot=number, lot_multiple=number, max_lot=number, max_stock=number),
        "bom": _frame(bom, alternate_group=text, effective_from=text, effective_to=text),
        "sources": _frame(sources, capacity_per_bucket=number) if sources else None,
        "stock": _frame(stock, expires_on=text) if stock else None,
        "receipts": _frame(receipts) if receipts else None,
        "demand": _frame(demand, max_late_days=pl.Int64(), min_shipment=number),
        "calendars": _frame(calendar),
        "resources": _frame(resources, calendar=text),
        "capacity": _frame(capacity) if capacity else None,
        "routings": _frame(routings, resource=text, group=text) if routings else None,
    }  # fmt: skip
    return {name: table for name, table in tables.items() if table is not None}
