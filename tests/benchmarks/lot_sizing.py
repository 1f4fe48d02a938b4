"""Benchmark of the optimised lot sizes: objective, bound, gap and time on public instances, by the product's own road.

Every instance is written as a planning package, read, planned with method `optimize` and checked independently. Run
it as

    python -m tests.benchmarks.lot_sizing 60 tr6-15 G501130 G501120
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from planning.lot_sizing.method import optimize_package
from planning.package import read_package
from planning.verify import check
from tests.benchmarks.lot_sizing_instances import package_of, read_instance

INSTANCES = (
    *("tr6-15", "tr12-15", "tr12-30", "tr24-15", "tr24-30"),
    *("G501130", "G501120", "A_G001545_MLCLS", "C_K805132_MLCLS"),
)
QUICK_INSTANCES = tuple(f"{name}/data_{number:02}" for name in ("SET1", "SET3") for number in range(1, 30, 4))
OPTIMA = {
    "tr6-15": 37721.0,
    "tr12-15": 74634.0,
    "tr12-30": 130596.0,
    "tr24-15": 136509.0,
    "tr24-30": 287929.0,
}
"""Belvaux and Wolsey (2000)."""
CELLS: list[dict[str, Any]] = [
    *({"instances": [name], "seconds": 60.0} for name in INSTANCES),
    *({"instances": [name], "seconds": 10.0} for name in QUICK_INSTANCES),
]
SMALL: list[dict[str, Any]] = [{"instances": ["tr6-15"], "seconds": 3.0}]


def run(instances: Iterable[str], seconds: float, *, threads: int = 2, seed: int = 0) -> list[dict[str, Any]]:
    """Plan the instances one after the other.

    Args:
        instances: published names, see `lot_sizing_instances.read_instance`.
        seconds: limit of each search.
        threads: 2 computes the bound beside the search.
        seed: seed of solver and search.

    Returns:
        One row an instance: name, status, objective, the share above a published optimum in percent (null where none
        is known), bound, gap, overtime, seconds, limit, findings of the checker.
    """
    rows = []
    for name in instances:
        frames = package_of(read_instance(name))
        package = read_package(frames)
        started = perf_counter()
        plan = optimize_package(package, seconds=seconds, seed=seed, threads=threads)
        taken = perf_counter() - started
        tables = {**package.tables, "parameters": frames["parameters"]}
        summary: dict[str, Any] = plan.summary
        rows.append(
            {
                "instance": name,
                "status": summary["status"],
                "objective": summary["objective"],
                "above optimum %": _above(name, summary["objective"]),
                "bound": float(summary["bound"]),
                "gap": summary["gap"],
                "overtime": (summary["cost"] or {}).get("overtime"),
                "seconds": round(taken, 2),
                "limit": seconds,
                "findings": len(check(tables, plan.tables, "optimize", summary=summary)),
            }
        )
    return rows


def _above(name: str, objective: float | None) -> float | None:
    if objective is None or name not in OPTIMA:
        return None
    return round(100.0 * (objective / OPTIMA[name] - 1.0), 4)


if __name__ == "__main__":
    for name in sys.argv[2:] or INSTANCES:
        for row in run([name], float(sys.argv[1])):
            print(row, flush=True)
