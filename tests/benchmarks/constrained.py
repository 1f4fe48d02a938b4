"""Benchmark of method `constrained`: time, service, lateness, stock and the checker's word on synthetic supply chains.

    python -m tests.benchmarks.constrained 1000 10000

Packages come from make_chain.py of the shared tools, as in mrp.py. `cold` compiles the kernels first; `warm` is package in to
plan out in a new process that finds them compiled. The figures are those of planning/constrained/measures.py, as in the
plan's summary. Requests to promise are drawn over end items, quantities and days, and asked of the plan in memory.
"""

import json
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from planning.capable.asking import ask, capable_state
from planning.methods import plan
from planning.package import read_package
from planning.verify import check
from tests.benchmarks.mrp import _make_package, _measure

CELLS: list[dict[str, Any]] = [{"items": items} for items in (1_000, 10_000, 100_000)]
SMALL: list[dict[str, Any]] = [{"items": 200, "requests": 20}]
MOST_CHECKED = 10_000

WHOLE = """
import json, sys, time
began = time.perf_counter()
from planning.command import plan_package
ready = time.perf_counter()
status = plan_package(sys.argv[1], sys.argv[2], "constrained")
print(json.dumps({"status": status, "import": ready - began, "seconds": time.perf_counter() - ready}))
"""


def run(items: int, requests: int = 1000) -> list[dict[str, Any]]:
    """Measure one size.

    Returns:
        One row: items, seconds cold and warm, on-time units in percent, late unit-days and their lower bound, mean stock value,
        findings of the checker and its seconds, milliseconds of a promise (median, 95th percentile).
    """
    with tempfile.TemporaryDirectory() as place:
        folder, cache = Path(place), Path(place) / "kernels"
        package_folder, out = _make_package(items, folder), folder / "plan"
        cold = _measure(WHOLE, str(package_folder), str(out), cache=cache)
        warm = _measure(WHOLE, str(package_folder), str(out), cache=cache)
        summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
        row = {
            "items": items,
            "seconds cold": round(cold["seconds"], 1),
            "seconds warm": round(warm["seconds"], 2),
            "on-time units %": round(100 * summary["service_level"], 2),
            "late unit-days": round(summary["late_unit_days"]),
            "bound of late unit-days": None if summary["bound"] is None else round(summary["bound"]),
            "mean stock value": round(summary["mean_stock_value"]),
        }
        shutil.rmtree(out)
        if items <= MOST_CHECKED:
            row |= _checked(package_folder) | _promised(package_folder, requests)
    return [row]


def _checked(folder: Path) -> dict[str, Any]:
    package = read_package(folder)
    made = plan(package, "constrained")
    tables = {**package.tables, "parameters": pl.read_parquet(folder / "parameters.parquet")}
    outputs = {name: made.table(name) for name in made.tables}
    began = perf_counter()
    findings = check(tables, outputs, "constrained", summary=made.summary)
    return {"findings": len(findings), "seconds of check": round(perf_counter() - began, 2)}


def _promised(folder: Path, requests: int) -> dict[str, Any]:
    package = read_package(folder)
    state = capable_state(package)
    random = np.random.default_rng(1)
    wanted = package.table("demand")["item_index"].unique().sort()
    taken = []
    for _ in range(requests):
        item = package.items[int(wanted[int(random.integers(wanted.len()))])]
        quantity = int(random.integers(1, 300)) * 10**6
        day = package.parameters.plan_start_date + timedelta(days=int(random.integers(0, 200)))
        began = perf_counter()
        ask(state, item, quantity, day)
        taken.append(1000 * (perf_counter() - began))
    middle, high = np.percentile(taken, [50, 95])
    return {"ms a promise, median": round(float(middle), 1), "ms a promise, 95 %": round(float(high), 1)}


if __name__ == "__main__":
    for size in sys.argv[1:] or ["1000", "10000"]:
        for row in run(int(size)):
            print(json.dumps(row), flush=True)
