"""Packages that nobody should send, made by rule: by kind and seed, as folders of files.

Every kind spoils one thing of a small sound company: its structure, its numbers, its dates, its capacity, its files or its
size. `spoiled_cells` spoils cells at random. What comes of them is judged by tests and the benchmark `hostile`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

START = date(2026, 1, 5)
Rows = list[dict[str, Any]]
Tables = dict[str, Rows]

SPOILED_VALUES: tuple[str, ...] = (
    *(
        "",
        " ",
        "-1",
        "0",
        "0.0000001",
        "1e12",
        "1e13",
        "4611686018427387904",
        "-9223372036854775808",
        "nan",
        "inf",
        "-inf",
    ),
    *(
        "abc",
        "0001-01-01",
        "9999-12-31",
        "2026-02-30",
        "2026-13-01",
        "12:60",
        "true",
        "maybe",
        "MAIN",
        "ITEM0",
        "PART0",
    ),
    *(
        "../../etc/passwd",
        "'; drop table items; --",
        "=1+1",
        "\u202e\u4e2d\u6587",
        "x" * 5000,
        "1,5",
        "1 000",
        "\uff11\uff12",
    ),
)
"""What a cell is overwritten with."""


def sound(draw: random.Random) -> Tables:
    """A small company that can be planned by every method: three products, six parts, two work centers, shifts, jobs."""
    products, parts = [f"ITEM{index}" for index in range(3)], [f"PART{index}" for index in range(6)]
    return {
        "parameters": [{"key": "plan_start", "value": START.isoformat()}, {"key": "horizon_days", "value": "84"}],
        "items": [
            *(
                {"item": item, "lead_time_days": 2, "unit_cost": 50, "setup_cost": 40, "holding_cost": 1}
                for item in products
            ),
            *(
                {
                    "item": part,
                    "lead_time_days": draw.randint(1, 9),
                    "unit_cost": 5,
                    "setup_cost": 10,
                    "safety_stock": 5,
                }
                for part in parts
            ),
        ],
        "bom": [
            {"parent": item, "component": part, "quantity_per": draw.randint(1, 3)}
            for item in products
            for part in draw.sample(parts, 3)
        ],
        "stock": [{"item": part, "quantity": draw.randint(10, 90)} for part in parts],
        "receipts": [
            {"order": "PO1", "item": parts[0], "quantity": 30, "due_on": (START + timedelta(days=5)).isoformat()}
        ],
        "demand": [
            {
                "demand": f"D{index}",
                "item": draw.choice(products),
                "quantity": draw.randint(1, 20),
                "due_on": (START + timedelta(days=draw.randint(3, 80))).isoformat(),
                "priority": draw.randint(1, 3),
            }
            for index in range(20)
        ],
        **_shop(draw, products),
    }


def _shop(draw: random.Random, products: list[str]) -> Tables:
    """Work centers, shifts, routings, changeovers and jobs of the products."""
    shifts = [
        {"calendar": "SHIFT", "weekday": day, "from_time": "08:00", "to_time": "20:00", "available": "true"}
        for day in range(1, 7)
    ]
    return {
        "resources": [
            {"resource": name, "calendar": "SHIFT", "units": 1, "max_overtime_hours": 4, "overtime_cost_per_hour": 60}
            for name in ("CUT", "WELD")
        ],
        "calendars": shifts,
        "routings": [
            {
                "item": item,
                "operation": step,
                "resource": name,
                "setup_minutes": 10,
                "run_minutes": 2,
                "setup_state": item,
            }
            for item in products
            for step, name in ((10, "CUT"), (20, "WELD"))
        ],
        "setups": [{"resource": "CUT", "from_state": "ITEM0", "to_state": "ITEM1", "minutes": 30}],
        "jobs": [
            {
                "job": f"J{index}",
                "item": draw.choice(products),
                "quantity": draw.randint(1, 9),
                "due_at": f"{(START + timedelta(days=draw.randint(1, 9))).isoformat()}T12:00:00",
                "weight": 1,
            }
            for index in range(6)
        ],
    }


def _set(tables: Tables, name: str, column: str, value: object) -> None:
    for row in tables[name]:
        row[column] = value


def _cycle(tables: Tables, draw: random.Random) -> None:
    """Structure that leads back to where it began, through any number of items."""
    length = draw.randint(1, 8)
    chain = [f"ITEM{draw.randrange(3)}", *(f"LOOP{index}" for index in range(length - 1))]
    tables["items"] += [{"item": item, "phantom": draw.choice(["true", "false"])} for item in chain[1:]]
    tables["bom"] += [
        {"parent": parent, "component": component, "kind": draw.choice(["component", "by_product"])}
        for parent, component in zip(chain, [*chain[1:], chain[0]], strict=True)
    ]


def _transfer_loop(tables: Tables, draw: random.Random) -> None:
    """Sites that send an item around between them, with demand that waits for it."""
    sites = [f"SITE{index}" for index in range(draw.randint(2, 5))]
    tables["sources"] = [
        {"item": "PART0", "location": to, "method": "transfer", "from_location": site, "lead_time_days": 1}
        for site, to in zip(sites, [*sites[1:], sites[0]], strict=True)
    ]
    tables["demand"] += [
        {"demand": "LOOP", "item": "PART0", "location": sites[0], "quantity": 9, "due_on": START.isoformat()}
    ]


def _no_capacity(tables: Tables, draw: random.Random) -> None:
    """Work centers that never work: no units, no efficiency, no calendar, a calendar with nothing in it, zero minutes."""
    way = draw.randrange(6)
    if way == 0:
        _set(tables, "resources", "units", 0)
    elif way == 1:
        _set(tables, "resources", "efficiency", 0)
    elif way == 2:
        _set(tables, "resources", "calendar", "NOBODY")
    elif way == 3:
        _set(tables, "calendars", "available", "false")
    elif way == 4:
        tables["resources"] = []
    else:
        tables["capacity"] = [{"resource": "CUT", "bucket": START.isoformat(), "minutes": 0}]


def _overloaded(tables: Tables, draw: random.Random) -> None:
    """Far more work than minutes, and customers who do not wait."""
    _set(tables, "routings", "run_minutes", 10 ** draw.randint(2, 9))
    _set(tables, "demand", "max_late_days", 0)
    _set(tables, "resources", "max_overtime_hours", 0)


def _enormous(tables: Tables, draw: random.Random) -> None:
    """Quantities at the limit of what 64 bits hold, and beyond it."""
    name, column = draw.choice(
        [("demand", "quantity"), ("stock", "quantity"), ("bom", "quantity_per"), ("receipts", "quantity"),
         ("items", "unit_cost"), ("items", "safety_stock"), ("items", "min_lot"), ("jobs", "quantity"), ("routings", "run_minutes")]
    )  # fmt: skip
    _set(tables, name, column, draw.choice([2**62, 2**63 - 1, 10**12, 10**12 - 1, 999_999_999_999.999999, 10**30]))


def _not_numbers(tables: Tables, draw: random.Random) -> None:
    """NaN, infinity, negatives and words where a number belongs."""
    for name, column in (
        ("demand", "quantity"),
        ("items", "lead_time_days"),
        ("routings", "run_minutes"),
        ("stock", "quantity"),
    ):
        draw.choice(tables[name])[column] = draw.choice(["nan", "inf", "-inf", "-5", "a lot", "1/2"])


def _missing(tables: Tables, draw: random.Random) -> None:
    """Tables that are not there: any half of them, or all."""
    names = sorted(tables)
    for name in draw.sample(names, draw.randint(len(names) // 2, len(names))):
        del tables[name]


def _without_columns(tables: Tables, draw: random.Random) -> None:
    """Columns that are not there, required ones among them, in any few tables."""
    for name in draw.sample(sorted(tables), draw.randint(1, 4)):
        column = draw.choice(sorted(tables[name][0]))
        for row in tables[name]:
            row.pop(column, None)


def _unknown_items(tables: Tables, draw: random.Random) -> None:
    """Rows about items that nobody knows."""
    for name in ("bom", "stock", "receipts", "demand", "routings", "jobs"):
        column = "component" if name == "bom" else "item"
        for row in tables[name]:
            row[column] = f"NOBODY{draw.randrange(9)}"


def _deep(tables: Tables, draw: random.Random) -> None:
    """A structure hundreds of levels deep."""
    levels = draw.choice([100, 400, 1500])
    tables["items"] += [{"item": f"DEEP{level}", "lead_time_days": draw.choice([0, 1])} for level in range(levels)]
    tables["bom"] += [{"parent": f"DEEP{level}", "component": f"DEEP{level + 1}"} for level in range(levels - 1)]
    tables["demand"] += [{"demand": "DEEP", "item": "DEEP0", "quantity": 1, "due_on": "2026-03-20"}]


def _exploding(tables: Tables, draw: random.Random) -> None:
    """A structure that multiplies by a thousand on each of twenty levels."""
    tables["items"] += [{"item": f"BOOM{level}"} for level in range(20)]
    tables["bom"] += [
        {"parent": f"BOOM{level}", "component": f"BOOM{level + 1}", "quantity_per": draw.choice([2, 1000])}
        for level in range(19)
    ]
    tables["demand"] += [{"demand": "BOOM", "item": "BOOM0", "quantity": 1000, "due_on": "2026-03-20"}]


def _wide(tables: Tables, draw: random.Random) -> None:
    """A product of thousands of components."""
    count = draw.choice([2000, 8000])
    tables["items"] += [{"item": f"WIDE{index}"} for index in range(count)]
    tables["bom"] += [{"parent": "ITEM0", "component": f"WIDE{index}"} for index in range(count)]


def _tiny_lots(tables: Tables, draw: random.Random) -> None:
    """Lots so small that a need would be cut into millions of orders."""
    policy, column = draw.choice(
        [("fixed_quantity", "lot_size"), ("lot_for_lot", "max_lot"), ("lot_for_lot", "lot_multiple")]
    )
    for row in tables["items"]:
        row.update({"lot_policy": policy, column: draw.choice(["0.000001", "0", "0.001"])})
    _set(tables, "demand", "quantity", 10 ** draw.randint(3, 9))


def _contradicting_lots(tables: Tables, draw: random.Random) -> None:
    """A smallest lot above the largest, multiples above both, a maximum stock below the minimum."""
    for row in draw.sample(tables["items"], 4):
        row.update({"min_lot": 100, "max_lot": draw.choice([0, 10]), "lot_multiple": 37})
        row.update({"lot_policy": draw.choice(["min_max", "fixed_quantity", "economic"]), "max_stock": 1})


def _losses(tables: Tables, draw: random.Random) -> None:
    """Nearly everything is lost: yields of a millionth, scrap of almost all."""
    for row in draw.sample(tables["items"], 4):
        row["yield"] = draw.choice(["0.000001", "0", "1.5", "0.01"])
    for row in draw.sample(tables["bom"], 4):
        row["scrap"] = draw.choice(["0.999999", "1", "-0.1", "0.99"])


def _odd_dates(tables: Tables, draw: random.Random) -> None:
    """Days of other centuries, days that do not exist, a horizon of nothing or of a hundred years."""
    for row in tables["demand"]:
        row["due_on"] = draw.choice(
            ["0001-01-01", "9999-12-31", "2026-02-30", "1970-01-01", "05/01/2026", "2026-01-09"]
        )
    tables["parameters"][0]["value"] = draw.choice(["2026-01-05", "0001-01-01", "9999-12-31", "1970-01-01"])
    tables["parameters"][1]["value"] = draw.choice(["0", "1", "36500", "-3"])


def _parameters(tables: Tables, draw: random.Random) -> None:
    """Parameters that are doubled, unknown, empty or wrong."""
    tables["parameters"] += [
        {"key": "plan_start", "value": "2026-02-01"},
        {
            "key": draw.choice(["bucket", "scrap_basis", "week_starts_on", "nonsense", ""]),
            "value": draw.choice(["", "x", "8"]),
        },
    ]


def _doubled_keys(tables: Tables, draw: random.Random) -> None:
    """Everything twice, the second time with other words."""
    for rows in tables.values():
        rows += [{**row, draw.choice(sorted(row)): "0"} for row in rows]


def _odd_names(tables: Tables, draw: random.Random) -> None:
    """Names with separators, paths, control characters, other scripts, or nothing in them."""
    name = draw.choice(
        [
            "a/b@c|d",
            "../../up",
            "x\ny",
            "\t",
            "\u0000",
            "\u202eabc",
            "\u5f00\u5173",
            "'\"",
            "n" * 20000,
            "MAIN/2026-01-01/1",
        ]
    )
    for row in (*tables["items"], *tables["demand"], *tables["routings"], *tables["jobs"]):
        if row.get("item") == "ITEM0":
            row["item"] = name
    for row in tables["bom"]:
        row["parent"] = name if row["parent"] == "ITEM0" else row["parent"]


def _many_orders(tables: Tables, draw: random.Random) -> None:
    """Tens of thousands of orders for one day."""
    tables["demand"] = [
        {"demand": f"D{index}", "item": f"ITEM{index % 3}", "quantity": 1, "due_on": "2026-01-20"}
        for index in range(draw.choice([10_000, 40_000]))
    ]


def _many_operations(tables: Tables, draw: random.Random) -> None:
    """Twenty thousand operations to place, or one job of very many."""
    steps = draw.choice([2, 50])
    tables["routings"] = [
        {"item": f"ITEM{item}", "operation": step, "resource": draw.choice(["CUT", "WELD"]), "run_minutes": 1}
        for item in range(3)
        for step in range(1, steps + 1)
    ]
    tables["jobs"] = [
        {"job": f"J{index}", "item": f"ITEM{index % 3}", "quantity": 1, "due_at": "2026-01-07T12:00:00"}
        for index in range(20_000 // steps)
    ]


def _calendars(tables: Tables, draw: random.Random) -> None:
    """Shifts that end before they begin, overlap, are empty, or of which there are thousands."""
    tables["calendars"] += [
        {"calendar": "SHIFT", "weekday": draw.randint(0, 9), "from_time": "22:00", "to_time": "06:00"},
        {
            "calendar": "SHIFT",
            "starts_at": "2026-01-09T10:00:00",
            "ends_at": "2026-01-08T10:00:00",
            "available": "false",
        },
        *(
            {
                "calendar": "SHIFT",
                "starts_at": f"2026-01-{day:02}T00:00:00",
                "ends_at": f"2026-01-{day:02}T00:01:00",
                "available": "false",
            }
            for day in range(6, 31)
        ),
    ]


def _setups(tables: Tables, draw: random.Random) -> None:
    """Changeovers from nothing to nothing, of unknown machines, longer than a lifetime."""
    tables["setups"] += [
        {
            "resource": draw.choice(["CUT", "NOBODY", ""]),
            "from_state": draw.choice(["", "ITEM0"]),
            "to_state": "ITEM2",
            "minutes": minutes,
        }
        for minutes in ("0", "1e12", "-1", "nan", "100000000")
    ]


def _alternates(tables: Tables, draw: random.Random) -> None:
    """Alternates of which none is ever effective, sources that have all expired, shares of nothing."""
    for row in tables["bom"]:
        row.update(
            {
                "alternate_group": "A",
                "effective_from": "2030-01-01",
                "effective_to": draw.choice(["2029-01-01", "2031-01-01"]),
            }
        )
    tables["sources"] = [
        {"item": "PART0", "method": "buy", "supplier": supplier, "share": 0, "priority": 1, "effective_to": "2020-01-01",
         "capacity_per_bucket": draw.choice([0, 1])}
        for supplier in ("S1", "S1", "S2")
    ]  # fmt: skip


def _nothing(tables: Tables, _: random.Random) -> None:
    """Headers and no rows."""
    for name in tables:
        tables[name] = []


def spoiled_cells(tables: Tables, draw: random.Random) -> None:
    """Some cells, at random, overwritten with anything."""
    for _ in range(draw.choice([1, 3, 10, 60])):
        rows = tables[draw.choice(sorted(tables))]
        row = draw.choice(rows)
        row[draw.choice(sorted(row))] = draw.choice(SPOILED_VALUES)


KINDS: dict[str, Callable[[Tables, random.Random], None]] = {
    "cycle": _cycle,
    "transfer loop": _transfer_loop,
    "no capacity": _no_capacity,
    "overloaded": _overloaded,
    "enormous": _enormous,
    "not numbers": _not_numbers,
    "missing tables": _missing,
    "missing columns": _without_columns,
    "unknown items": _unknown_items,
    "deep": _deep,
    "exploding": _exploding,
    "wide": _wide,
    "tiny lots": _tiny_lots,
    "contradicting lots": _contradicting_lots,
    "losses": _losses,
    "odd dates": _odd_dates,
    "parameters": _parameters,
    "doubled keys": _doubled_keys,
    "odd names": _odd_names,
    "many orders": _many_orders,
    "many operations": _many_operations,
    "calendars": _calendars,
    "setups": _setups,
    "alternates": _alternates,
    "nothing": _nothing,
    "spoiled cells": spoiled_cells,
    "spoiled files": lambda _tables, _draw: None,
}
"""What is spoiled, by name; `spoiled files` are spoiled after they were written."""


def write_hostile(folder: Path, kind: str, seed: int) -> None:
    """Write one package: CSV or Parquet by the seed.

    Raises:
        KeyError: no such kind.
    """
    draw = random.Random(f"{kind}/{seed}")
    tables = sound(draw)
    KINDS[kind](tables, draw)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        frame = pl.DataFrame(
            [{key: str(value) for key, value in row.items()} for row in rows], infer_schema_length=None
        )
        if seed % 2:
            frame.write_parquet(folder / f"{name}.parquet")
        elif frame.width:
            frame.write_csv(folder / f"{name}.csv")
        else:
            (folder / f"{name}.csv").write_bytes(b"")
    if kind == "spoiled files":
        _spoil_file(draw.choice(sorted(folder.iterdir())), draw)


def _spoil_file(path: Path, draw: random.Random) -> None:
    """Cut a file, turn bytes over in it, or put other bytes there."""
    body = bytearray(path.read_bytes())
    way = draw.randrange(4)
    if way == 0:
        body = body[: len(body) // 2]
    elif way == 1:
        for _ in range(20):
            body[draw.randrange(len(body))] = draw.randrange(256)
    elif way == 2:
        body = bytearray(draw.randbytes(5000))
    else:
        body = bytearray("\ufeff".encode()) + body.replace(b"\n", b"\r\n,,,\x00\xff\n", 3)
    path.write_bytes(bytes(body))
