"""Compile every kernel of planning now, so that nobody's first plan waits for it: `python -m planning.warming`.

A tiny package that needs each kernel once is planned by `mrp` and `constrained`, policies are proposed for it, and two jobs
are scheduled; compiled.py says where the machine code is kept and when it is out of date. `make setup` runs it. With nothing
to compile it takes as long as the imports.
"""

import time
from datetime import date, timedelta

import numpy as np
import polars as pl

from planning.capable.asking import ask, capable_state
from planning.methods import plan
from planning.package import Package, read_package
from planning.policies import propose_policies
from planning.policies.guaranteed_service import network_from_package, place_safety_stock
from planning.policies.guaranteed_service.relaxation import bound_and_improve
from planning.scheduling.method import warm_up as schedule


def warm() -> float:
    """Plan the tiny packages; returns the seconds that took.

    The kinds of arguments of a kernel do not depend on the data, so that one plan compiles them for all.
    """
    began = time.perf_counter()
    day = "2026-01-12"
    frames = {
        "parameters": pl.DataFrame({"key": ["plan_start", "horizon_days"], "value": ["2026-01-05", "28"]}),
        "items": pl.DataFrame({"item": ["BIKE", "WHEEL"], "shelf_life_days": [None, 14], "safety_stock": [1, 0]}),
        "bom": pl.DataFrame({"parent": ["BIKE"], "component": ["WHEEL"], "quantity_per": [2]}),
        "stock": pl.DataFrame({"item": ["WHEEL"], "quantity": [1]}),
        "receipts": pl.DataFrame({"order": ["PO-1"], "item": ["WHEEL"], "quantity": [1], "due_on": [day]}),
        "demand": pl.DataFrame(
            {
                "demand": ["D-1", "F-1"],
                "item": ["BIKE", "BIKE"],
                "quantity": [5, 9],
                "due_on": [day, day],
                "kind": ["order", "forecast"],
            }
        ),
    }
    package = read_package(frames)
    plan(package)
    _warm_constrained(frames)
    _warm_policies(package)
    schedule(read_package(_shop()))
    return time.perf_counter() - began


def _warm_constrained(frames: dict[str, pl.DataFrame]) -> None:
    """Plan within the minutes of a bench, and ask what else can be had."""
    limited = {
        **frames,
        "routings": pl.DataFrame({"item": ["BIKE"], "resource": ["BENCH"], "run_minutes": [60]}),
        "resources": pl.DataFrame({"resource": ["BENCH"]}),
        "capacity": pl.DataFrame(
            {"resource": ["BENCH"] * 2, "bucket": ["2026-01-05", "2026-01-19"], "minutes": [90, 900]}
        ),
    }
    package = read_package(limited)
    plan(package, "constrained")
    ask(capable_state(package), "BIKE", 1_000_000, date(2026, 1, 12))


def _warm_policies(package: Package) -> None:
    """Propose for a lumpy item, and place safety stock over the bill with every ring that two paths make."""
    weeks = [date(2026, 1, 4) - timedelta(days=7 * k) for k in range(20)]
    history = pl.DataFrame({"item": "BIKE", "on": weeks, "quantity": [0, 0, 1, 0, 9] * 4})
    propose_policies(package, history)
    cost = np.ones(package.items.len())
    network = network_from_package(package, {"BIKE": 1.0}, safety_factor=1.0, yearly_holding_cost=cost)
    place_safety_stock(network)
    bound_and_improve(network, rounds=1)


def _shop() -> dict[str, pl.DataFrame]:
    """Two jobs that share a machine, one of them too late in any case: every part of the search is needed."""
    items = ["BIKE", "CART"]
    return {
        "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
        "items": pl.DataFrame({"item": items}),
        "calendars": pl.DataFrame({"calendar": ["day"], "weekday": [1], "from_time": ["08:00"]}),
        "resources": pl.DataFrame({"resource": ["SAW"], "calendar": ["day"]}),
        "routings": pl.DataFrame({"item": items, "resource": ["SAW", "SAW"], "run_minutes": [10, 20]}),
        "jobs": pl.DataFrame({"job": items, "item": items, "quantity": [1, 2], "due_at": ["2026-01-05", None]}),
    }


if __name__ == "__main__":
    print(f"planning: machine code is ready ({warm():.1f} s)")
