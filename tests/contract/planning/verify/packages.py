"""Small planning packages, drawn or fixed, that touch every rule of the optimised plan."""

from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

START = date(2026, 1, 5)
Frames = dict[str, pl.DataFrame]


def day(offset: int) -> str:
    """ISO date of an offset from the plan's start."""
    return (START + timedelta(days=offset)).isoformat()


def frames(tables: dict[str, list[dict[str, Any]]], *, weeks: int = 4, **parameters: str) -> Frames:
    """Tables as frames, with parameters for so many weeks."""
    settings = {"plan_start": START.isoformat(), "horizon_days": str(7 * weeks), **parameters}
    made = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items() if rows}
    made["parameters"] = pl.DataFrame({"key": list(settings), "value": list(settings.values())})
    return made


def workshop() -> Frames:
    """A bike of a frame and two wheels, a full assembly line, tubes from two suppliers, one with a price break."""
    return frames(
        {
            "items": [
                {"item": "BIKE", "setup_cost": 50, "holding_cost": 2, "decimals": 0, "safety_stock": 2},
                {
                    "item": "FRAME",
                    "setup_cost": 30,
                    "holding_cost": 1,
                    "lead_time_days": 3,
                    "yield": 0.9,
                    "decimals": 0,
                },
                {
                    "item": "WHEEL",
                    "setup_cost": 20,
                    "holding_cost": 0.5,
                    "min_lot": 20,
                    "lot_multiple": 10,
                    "max_lot": 60,
                },
                {"item": "TUBE", "holding_cost": 0.1, "unit_cost": 3, "setup_cost": 5, "lead_time_days": 7},
            ],
            "bom": [
                {"parent": "BIKE", "component": "FRAME", "quantity_per": 1, "scrap": 0},
                {"parent": "BIKE", "component": "WHEEL", "quantity_per": 2, "scrap": 0},
                {"parent": "FRAME", "component": "TUBE", "quantity_per": 3.5, "scrap": 0.05},
            ],
            "sources": [
                {
                    "item": "TUBE",
                    "method": "buy",
                    "supplier": "NEAR",
                    "unit_cost": 3,
                    "priority": 1,
                    "capacity_per_bucket": 150,
                },
                {
                    "item": "TUBE",
                    "method": "buy",
                    "supplier": "FAR",
                    "unit_cost": 4,
                    "priority": 2,
                    "capacity_per_bucket": None,
                },
            ],
            "price_breaks": [
                {"item": "TUBE", "supplier": "FAR", "from_quantity": 0, "unit_price": 4},
                {"item": "TUBE", "supplier": "FAR", "from_quantity": 100, "unit_price": 2.5},
            ],
            "stock": [
                {"item": "FRAME", "quantity": 12, "allocated": 2, "expires_on": None},
                {"item": "TUBE", "quantity": 90, "allocated": 0, "expires_on": day(10)},
            ],
            "receipts": [{"order": "PO1", "item": "WHEEL", "quantity": 20, "due_on": day(2)}],
            "demand": [
                {
                    "demand": f"D{week}",
                    "item": "BIKE",
                    "quantity": 9 + 4 * week,
                    "due_on": day(7 * week + 3),
                    "priority": 1,
                }
                for week in range(4)
            ],
            "resources": [{"resource": "LINE", "overtime_cost_per_hour": 30, "max_overtime_hours": 5}],
            "capacity": [{"resource": "LINE", "bucket": day(7 * week), "minutes": 400} for week in range(4)],
            "routings": [
                {"item": "BIKE", "operation": 10, "resource": "LINE", "setup_minutes": 30, "run_minutes": 20},
                {"item": "FRAME", "operation": 10, "resource": "LINE", "setup_minutes": 10, "run_minutes": 5},
            ],
        }
    )


@st.composite
def packages(draw: st.DrawFn) -> Frames:
    """A product structure of up to five items over four weeks, with lot rules, yields, stock, lateness and capacity."""
    count = draw(st.integers(2, 5))
    names = [f"I{place}" for place in range(count)]
    items = []
    for place, name in enumerate(names):
        items.append(
            {
                "item": name,
                "setup_cost": draw(st.integers(0, 60)),
                "holding_cost": draw(st.integers(0, 5)),
                "unit_cost": draw(st.integers(0, 9)),
                "lead_time_days": draw(st.sampled_from([0, 0, 3, 7])),
                "min_lot": draw(st.sampled_from([None, None, 5])),
                "lot_multiple": draw(st.sampled_from([None, None, 4])),
                "max_lot": draw(st.sampled_from([None, None, 12])),
                "yield": draw(st.sampled_from([1, 1, 0.9])),
                "decimals": draw(st.sampled_from([6, 6, 0])),
                "safety_stock": draw(st.sampled_from([0, 0, 3])),
                "phantom": place > 0 and draw(st.sampled_from([False, False, False, True])),
            }
        )
    bom = [
        {
            "parent": names[parent],
            "component": names[part],
            "quantity_per": draw(st.sampled_from([1, 2, 0.5])),
            "scrap": draw(st.sampled_from([0, 0.1])),
        }
        for parent in range(count)
        for part in range(parent + 1, count)
        if draw(st.booleans())
    ]
    demand = [
        {
            "demand": f"D{place}",
            "item": draw(st.sampled_from(names[:2])),
            "quantity": draw(st.integers(1, 15)),
            "due_on": day(draw(st.integers(0, 27))),
            "max_late_days": draw(st.sampled_from([None, None, 14])),
            "penalty": draw(st.sampled_from([None, 5])),
            "kind": draw(st.sampled_from(["order", "order", "forecast"])),
        }
        for place in range(draw(st.integers(1, 6)))
    ]
    stock = [
        {
            "item": draw(st.sampled_from(names)),
            "quantity": draw(st.integers(0, 20)),
            "allocated": draw(st.sampled_from([0, 0, 2])),
            "expires_on": draw(st.sampled_from([None, None, day(9)])),
        }
        for _ in range(draw(st.integers(0, 3)))
    ]
    minutes = draw(st.sampled_from([60, 150, 1000]))
    return frames(
        {
            "items": items,
            "bom": bom,
            "demand": demand,
            "stock": stock,
            "resources": [{"resource": "LINE", "overtime_cost_per_hour": draw(st.sampled_from([None, 40]))}],
            "capacity": [{"resource": "LINE", "bucket": day(7 * week), "minutes": minutes} for week in range(4)],
            "routings": [
                {"item": name, "operation": 10, "resource": "LINE", "setup_minutes": 10, "run_minutes": 3}
                for name in names[:3]
            ],
        }
    )
