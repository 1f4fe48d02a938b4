"""Benchmark of schedules by the product's own road: makespan against the best known, with bound, gap and time.

Every instance is written as a planning package, read, planned with method `schedule` and checked independently; one default
setting for all. `-setups` behind a name adds sequence-dependent setups by rule, compared with the best of the greedy
dispatcher; `large` is a made shop of 10,000 operations, whose weighted tardiness is compared with the dispatcher's. Run it as

    python -m tests.benchmarks.schedule 60 ft10 la38 mk10 la36-setups large
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from planning.package import read_package
from planning.scheduling.method import plan_schedule
from tests.benchmarks.schedule_instances import large_package, package_of, read_instance

JOB_SHOP = ("ft06", "ft10", "ft20", *(f"la{n:02d}" for n in range(1, 41)), *(f"orb{n:02d}" for n in range(1, 11)))
FLEXIBLE = tuple(f"mk{n:02d}" for n in range(1, 16))
SETUPS = ("la01-setups", "la16-setups", "la36-setups", "mk01-setups", "mk06-setups", "mk10-setups")
LARGE = "large"
OPERATIONS = 10_000
CELLS = [
    *({"instances": [name], "seconds": 60.0} for name in (*JOB_SHOP, *FLEXIBLE, *SETUPS)),
    {"instances": [LARGE], "seconds": 60.0},
]
SMALL = [{"instances": ["ft06", "mk01"], "seconds": 2.0}]


def run(instances: Iterable[str], seconds: float, *, threads: int = 2, seed: int = 0) -> list[dict[str, Any]]:
    """Schedule the instances one after the other.

    Args:
        instances: published names, see `schedule_instances.read_instance`, or `large`.
        seconds: limit of each search.
        threads: searches side by side.
        seed: seed of solver and search.

    Returns:
        One row an instance: goal, first (the dispatcher's), best found and best known, per cent above it, bound, gap,
        seconds and whether the independent check accepted it.
    """
    return [_row(name, seconds, threads=threads, seed=seed) for name in instances]


def _row(name: str, seconds: float, *, threads: int, seed: int) -> dict[str, Any]:
    large = name == LARGE
    instance = None if large else read_instance(name)
    package = read_package(large_package(OPERATIONS) if instance is None else package_of(instance))
    objective = None if large else "makespan"
    plan_schedule(package, seconds=0.0, seed=seed, threads=threads, objective=objective)  # Compiles what is not yet.
    since = perf_counter()
    first = plan_schedule(package, seconds=0.0, seed=seed, threads=threads, objective=objective)
    greedy_seconds = perf_counter() - since
    since = perf_counter()
    plan = plan_schedule(package, seconds=seconds, seed=seed, threads=threads, objective=objective)
    taken = perf_counter() - since
    best_known = None if instance is None else instance.best_known
    found = plan.summary["objective"]
    return {
        "instance": name,
        "goal": plan.summary["objective_name"],
        "greedy": first.summary["objective"],
        "greedy seconds": round(greedy_seconds, 2),
        "found": found,
        "best known": best_known,
        "above best known %": None if best_known is None else round(100 * (found / best_known - 1), 2),
        "below greedy %": round(100 * (1 - found / first.summary["objective"]), 1)
        if first.summary["objective"]
        else None,
        "bound": plan.summary["bound"],
        "gap": plan.summary["gap"],
        "status": plan.status,
        "seconds": round(taken, 1),
        "limit": seconds,
    }


if __name__ == "__main__":
    for each in sys.argv[2:] or (*JOB_SHOP, *FLEXIBLE, *SETUPS, LARGE):
        for row in run([each], float(sys.argv[1])):
            print(row, flush=True)
