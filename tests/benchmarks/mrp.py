"""How fast `mrp` plans synthetic supply chains: seconds of netting, package in to plan out, and peak memory.

    python tests/benchmarks/mrp.py 10000 100000 [1000000]

Packages come from make_chain.py of the shared tools (TALLYWORKS_SHARED, else ../shared beside the repository) with its
default seed. Every measurement is a process of its own: `cold` compiles the kernels first, `warm` finds them compiled;
netting is the median of three plans in one warm process; last, up to 100,000 items, all files written with one thread and with two
are compared byte by byte. Times are printed and returned, never asserted.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TALLYWORKS_SHARED", ROOT.parent / "shared"))
REPEATS = 3
CHANGES = 200
MOST_COMPARED = 100_000

NET_ONLY = """
import json, resource, sys, time
from planning.mrp.engine import net_all
from planning.mrp.problem import build_problem
from planning.package import read_package
network = build_problem(read_package(sys.argv[1]))
net_all(network.problem, 2)
seconds = []
for _ in range(int(sys.argv[2])):
    began = time.perf_counter()
    netted = net_all(network.problem, 2)
    seconds.append(time.perf_counter() - began)
print(json.dumps({"seconds": seconds, "orders": int(netted.orders.size), "edges": int(netted.edges.size)}))
"""

NET_CHANGE = """
import json, random, sys, time
import polars as pl
from planning.mrp.net_change import StandingPlan
from planning.package import read_package
package = read_package(sys.argv[1])
standing, draw = StandingPlan(package, threads=2), random.Random(1)
items, wanted, seconds, nodes = package.items.to_list(), package.table("demand")["item"].unique().sort().to_list(), [], []
for number in range(int(sys.argv[2])):
    item = draw.choice(wanted if number % 2 else items)
    name = draw.choice(["demand", "items", "stock"])
    rows = package.table(name).filter(pl.col("item") == item)
    if name == "items":
        rows = rows.with_columns(lead_time_days=pl.col("lead_time_days") + 1_000_000)
    else:
        rows = rows.with_columns(quantity=pl.col("quantity") + draw.randrange(1, 50) * 1_000_000)
    began = time.perf_counter()
    changed = standing.change(item, **{name: rows})
    if number >= 5:
        seconds.append(time.perf_counter() - began)
        nodes.append(changed.nodes.size)
print(json.dumps({"seconds": seconds, "nodes": nodes}))
"""

WHOLE = """
import json, resource, sys, time
began = time.perf_counter()
from planning.command import plan_package
ready = time.perf_counter()
status = plan_package(sys.argv[1], sys.argv[2])
ended = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"status": status, "import_seconds": ready - began, "seconds": ended - ready, "peak_bytes": peak}))
"""

THREADS = """
import hashlib, json, sys
from pathlib import Path
from planning.methods import plan
from planning.package import read_package
out = Path(sys.argv[2])
result = plan(read_package(sys.argv[1]), "mrp", threads=int(sys.argv[3]))
result.write(out)
files = sorted(file for file in out.iterdir() if file.name != "timings.json")
print(json.dumps({file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}))
"""


def _measure(code: str, *arguments: str, cache: Path) -> dict:
    """Run one measurement in a process of its own; its last line of output is JSON."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def _make_package(items: int, folder: Path) -> Path:
    """Write the package of that many items, once."""
    target = folder / f"chain{items}"
    if not target.exists():
        maker = SHARED / "tools" / "make_chain.py"
        command = [sys.executable, str(maker), "--items", str(items), "--out", str(target)]
        subprocess.run(command, check=True, capture_output=True)
    return target


def _same(package: Path, out: Path, cache: Path) -> bool:
    """Say whether one thread and two write the same files."""
    one, two = (
        _measure(THREADS, str(package), str(out / f"threads-{count}"), count, cache=cache) for count in ("1", "2")
    )
    assert "planned_orders.parquet" in one, one
    return one == two


def run(sizes: list[int]) -> list[dict]:
    """Measure each size (number of items).

    Returns:
        A row a size: items, orders, edges, netting_seconds (median), net_change of one item's
        demand, stock or lead time (ms; items netted again on average), plan_seconds cold and warm (package in to plan
        out), peak_bytes, same_bytes_on_1_and_2_threads, phases (seconds, warm), machine. JSON-able.
    """
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder, cache = Path(place), Path(place) / "kernels"
        for items in sizes:
            package = _make_package(items, folder)
            out = folder / "plan"
            shutil.rmtree(cache, ignore_errors=True)
            cold = _measure(WHOLE, str(package), str(out), cache=cache)
            warm = _measure(WHOLE, str(package), str(out), cache=cache)
            timings = json.loads((out / "timings.json").read_text(encoding="utf-8"))
            netting = _measure(NET_ONLY, str(package), str(REPEATS), cache=cache)
            changes = _measure(NET_CHANGE, str(package), str(CHANGES), cache=cache)
            rows.append(
                {
                    "items": items,
                    "orders": netting["orders"],
                    "edges": netting["edges"],
                    "netting_seconds": round(statistics.median(netting["seconds"]), 3),
                    "net_change_p95_ms": round(1000 * statistics.quantiles(changes["seconds"], n=20)[-1], 1),
                    "net_change_longest_ms": round(1000 * max(changes["seconds"]), 1),
                    "net_change_nodes": round(statistics.mean(changes["nodes"]), 1),
                    "plan_seconds_cold": round(cold["seconds"], 3),
                    "plan_seconds_warm": round(warm["seconds"], 3),
                    "peak_bytes": warm["peak_bytes"],
                    "same_bytes_on_1_and_2_threads": _same(package, out, cache)
                    if items <= MOST_COMPARED
                    else "not compared",
                    "phases": timings["seconds"],
                    "processors": os.cpu_count(),
                    "load_average": os.getloadavg()[0],
                    "machine": platform.platform(),
                }
            )
            shutil.rmtree(out)
    return rows


if __name__ == "__main__":
    for row in run([int(size) for size in sys.argv[1:]] or [10_000, 100_000]):
        print(json.dumps(row))
