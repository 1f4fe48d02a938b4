"""The command `plan` for packages: a folder in, a folder out, and an exit status that says how it went.

Reads, refuses where --strict says so, plans and writes. The command line itself is app/cli's; `python -m planning` is
the same without the rest of the product.
"""

import json
import sys
import time
from pathlib import Path

from planning.methods import METHODS, MethodNotAvailableError, plan
from planning.package import PackageError, read_package

PLANNED, FAILED, USAGE, PLANNED_WITH_REJECTS, REFUSED, INFEASIBLE = 0, 1, 2, 3, 4, 5
"""Exit status, as the planning package defines it."""

WITHOUT_PLAN = {"infeasible": INFEASIBLE, "no_plan_found": FAILED}
"""Exit status where there is no plan, by the summary's word."""


def plan_package(
    in_dir: str | Path,
    out_dir: str | Path,
    method: str = "mrp",
    seconds: float | None = None,
    seed: int = 0,
    *,
    strict: bool = False,
    csv: bool = False,
    objective: str | None = None,
) -> int:
    """Plan the package in one folder into another.

    Args:
        strict: plan nothing where anything was rejected; the rejects are written all the same.
        csv: write tables as CSV instead of Parquet.

    Returns:
        0 planned, 1 no plan was found in time, 2 usage (no package, no such method, no place to write), 3 planned with
        rejects, 4 refused by strict, 5 infeasible, which is proved. What went wrong is said on standard error.
    """
    began = time.perf_counter()
    try:
        if method not in METHODS:
            plan_is_missing = f"the method {method} is not available; use one of: {', '.join(METHODS)}"
            raise MethodNotAvailableError(plan_is_missing)
        package = read_package(in_dir)
        read = time.perf_counter()
        if strict and package.rejects.height:
            return _refuse(Path(out_dir), package.rejects, csv=csv)
        result = plan(package, method, seconds=seconds, seed=seed, objective=objective)
        if strict and result.rejects.height:
            return _refuse(Path(out_dir), result.rejects, csv=csv)
        planned = time.perf_counter()
        result.timings.setdefault("seconds", {}).update({"read": round(read - began, 6)})
        result.write(out_dir, csv=csv)
    except (PackageError, MethodNotAvailableError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    result.timings["seconds"]["write"] = round(time.perf_counter() - planned, 6)
    (Path(out_dir) / "timings.json").write_text(json.dumps(result.timings, indent=2) + "\n", encoding="utf-8")
    if result.status in WITHOUT_PLAN:
        print(f"{result.status}: {'; '.join(result.summary['reasons'])}", file=sys.stderr)
        return WITHOUT_PLAN[result.status]
    return PLANNED_WITH_REJECTS if result.rejects.height else PLANNED


def _refuse(folder: Path, rejects, *, csv: bool) -> int:
    """Write what was rejected and plan nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    if csv:
        rejects.write_csv(folder / "rejects.csv")
    else:
        rejects.write_parquet(folder / "rejects.parquet")
    summary = {"status": "refused", "counts": {"rejects": rejects.height}}
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    first = rejects.row(0, named=True)
    print(
        f"refused: {rejects.height} rows were rejected, the first in {first['table']} row {first['row']}: "
        f"{first['reason']}; see rejects in {folder}",
        file=sys.stderr,
    )
    return REFUSED
