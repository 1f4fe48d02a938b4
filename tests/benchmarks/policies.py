"""How fast policies are proposed for many items, and how good safety stock placed over a bill of material is proved to be.

    python -m tests.benchmarks policies

Proposals: synthetic items with two years of weekly demand of four kinds (steady, erratic, intermittent, lumpy), receipts
of most of them, whole units for half; history in, proposals and curves out, in one process with compiled kernels.
Placement: packages of make_chain.py of the shared tools, deviations of their own demand, 20 % a year of unit cost.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from planning import read_package
from planning.policies import PolicySettings, propose_policies, service_curve
from planning.policies.guaranteed_service import network_from_package, place_safety_stock
from tests.benchmarks.mrp import SHARED

CELLS: Final = [
    {"what": "proposals", "size": 10_000},
    {"what": "proposals", "size": 100_000},
    {"what": "placement", "size": 100},
    {"what": "placement", "size": 1_000},
    {"what": "placement", "size": 10_000},
]
SMALL: Final = [{"what": "proposals", "size": 300}, {"what": "placement", "size": 100}]
START: Final = date(2026, 1, 5)
WEEKS: Final = 104
HOLDING_RATE: Final = 0.2
SAFETY_FACTOR: Final = 1.645


def synthetic(size: int, seed: int = 7) -> tuple[dict[str, pl.DataFrame], pl.DataFrame, pl.DataFrame]:
    """(tables of a package, demand history, receipt history) of that many items."""
    r = np.random.default_rng(seed)
    names = np.array([f"I{i:07d}" for i in range(size)])
    mean = np.exp(r.normal(3.0, 1.2, size)).clip(0.3, 2000)
    kind = r.integers(0, 4, size)
    busy = np.where(kind >= 2, r.uniform(0.1, 0.6, size), 1.0)
    spread = np.where(kind % 2 == 1, r.uniform(0.8, 1.5, size), r.uniform(0.1, 0.5, size))
    drawn = r.gamma(1 / spread[:, None] ** 2, (mean / busy * spread**2)[:, None], (size, WEEKS))
    drawn = np.where(r.random((size, WEEKS)) < busy[:, None], np.ceil(drawn), 0.0)
    item, week = np.nonzero(drawn)
    demand = pl.DataFrame(
        {
            "item": names[item],
            "on": _days(7 * week - 7 * WEEKS + r.integers(0, 5, item.size)),
            "quantity": drawn[item, week],
        }
    )
    bought = np.repeat(np.flatnonzero(r.random(size) < 0.8), 12)
    ordered = r.integers(-7 * WEEKS, -60, bought.size)
    took = r.gamma(9.0, r.uniform(3, 30, size)[bought] / 9).round().astype(int)
    receipts = pl.DataFrame(
        {"item": names[bought], "ordered_on": _days(ordered), "received_on": _days(ordered + took), "quantity": 100}
    )
    items = pl.DataFrame(
        {
            "item": names,
            "unit_cost": np.exp(r.normal(2, 1.5, size)).round(2).clip(0.01, None),
            "setup_cost": r.choice([20.0, 60.0, 200.0], size),
            "holding_rate": HOLDING_RATE,
            "lead_time_days": r.integers(1, 30, size),
            "decimals": np.where(r.random(size) < 0.5, 0, 2),
        }
    )
    parameters = pl.DataFrame({"key": ["plan_start"], "value": [START.isoformat()]})
    return {"parameters": parameters, "items": items}, demand, receipts


def _days(offset: np.ndarray) -> pl.Series:
    return pl.Series((START - date(1970, 1, 1)).days + offset, dtype=pl.Int32).cast(pl.Date)


def _proposals(size: int) -> dict[str, Any]:
    tables, demand, receipts = synthetic(size)
    propose_policies(read_package({**tables, "items": tables["items"].head(50)}), demand.head(500), receipts.head(50))
    package = read_package(tables)
    took: dict[str, float] = {}
    made = _timed(took, "by cycle service", lambda: propose_policies(package, demand, receipts))
    by_fill = PolicySettings(service_measure="fill")
    filled = _timed(took, "by fill rate", lambda: propose_policies(package, demand, receipts, by_fill))
    curve = _timed(took, "of curves", lambda: service_curve(made))
    return {
        "what": "proposals",
        "size": size,
        "history rows": demand.height + receipts.height,
        "proposed": made.policies.height,
        "by fill rate": filled.policies.height,
        "lumpy, resampled": int((made.policies["distribution"] == "resampled").sum()),
        **took,
        "points of curves": curve.items.height,
    }


def _timed(took: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    """What the work answers; its seconds, and those of the processors, under its name."""
    began, worked = time.perf_counter(), time.process_time()
    answer = work()
    took[f"seconds {name}"] = round(time.perf_counter() - began, 2)
    took[f"processor seconds {name}"] = round(time.process_time() - worked, 2)
    return answer


def _placement(size: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        maker = SHARED / "tools" / "make_chain.py"
        command = [sys.executable, str(maker), "--items", str(size), "--out", place]
        subprocess.run(command, check=True, capture_output=True)
        package = read_package(Path(place))
    weekly = package.table("demand").group_by("item").agg(pl.col("quantity").std() / 1e6 / 7**0.5)
    cost = package.table("items")["unit_cost"].to_numpy() * HOLDING_RATE / 1e6
    deviations: dict[str, float] = dict(weekly.rows())
    took: dict[str, float] = {}
    network = _timed(
        took,
        "of network",
        lambda: network_from_package(package, deviations, safety_factor=SAFETY_FACTOR, yearly_holding_cost=cost),
    )
    found = _timed(took, "of placement", lambda: place_safety_stock(network, seconds=0))
    everywhere = network.cost_of(np.zeros(network.size, dtype=np.int64))
    return {
        "what": "placement",
        "size": size,
        "arcs": int(network.supplier.size),
        "longest path days": int(network.longest_replenishment.max()),
        "status": found.status,
        "yearly cost": round(found.cost),
        "bound": round(found.bound),
        "gap": f"{found.gap:.4%}",
        "yearly cost with stock at every stage": round(everywhere),
        **took,
    }


def run(what: str, size: int) -> list[dict[str, Any]]:
    """Measure one size; a row, JSON-able."""
    return [_proposals(size) if what == "proposals" else _placement(size)]
