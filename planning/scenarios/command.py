"""The command `scenarios`: a package and scenarios in, a folder with their comparison and statements out.

`python -m planning scenarios --package DIR --scenarios FILE --out OUT`. Statements come where the financial tables lie in the
package's folder (schemas/planning/finance.py). With --draws each plan is also carried out in so many worlds, with the table
`uncertainty` of that folder, else with what its `demand_history` and `receipt_history` teach.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from planning.command import FAILED, PLANNED, PLANNED_WITH_REJECTS, REFUSED, USAGE, WITHOUT_PLAN
from planning.methods import KNOWN_METHODS, MethodNotAvailableError
from planning.package import PackageError, read_package
from planning.package.findings import Findings
from planning.package.reading import ROW, read_raw_table
from planning.projection import read_finances
from planning.scenarios.comparison import side_by_side
from planning.scenarios.method import Compared, run_scenarios
from planning.scenarios.model import Base, Scenario
from planning.scenarios.monte_carlo import monte_carlo
from planning.scenarios.reading import read_families, read_scenarios
from planning.scenarios.uncertainty import learned_uncertainty, read_uncertainty
from planning.scenarios.work import How
from planning.scenarios.workers import WorkerError
from schemas.planning import DEMAND_HISTORY, FAMILIES, RECEIPT_HISTORY, UNCERTAINTY

SAID = 5
"""So many rejects are said on standard error; all of them are in the table `refused`."""

INTERRUPTED = 130
"""The exit status of what was ended by Ctrl-C: nothing is written."""


@dataclass(frozen=True)
class Asked:
    """What to do beside planning: workers, draws of Monte Carlo (0 for none) and their seed, and what is kept."""

    workers: int = 0
    draws: int = 0
    strict: bool = False
    csv: bool = False


def compare_scenarios(
    in_dir: str | Path, scenarios_file: str | Path, out_dir: str | Path, how: How, asked: Asked | None = None
) -> int:
    """Plan the package in one folder and the scenarios of a file into another folder.

    Returns:
        0 done, 1 no plan of the base in time, 2 usage (no package, no scenarios, no such method, no place to write), 3 done with
        rejects or with scenarios that were refused or have no plan, 4 refused by strict, 5 the base is infeasible.
    """
    asked, began = asked or Asked(), time.perf_counter()
    try:
        findings = Findings()
        base, scenarios = _read(Path(in_dir), scenarios_file, findings)
        rejects = pl.concat([base.package.rejects, findings.table()])
        if asked.strict and rejects.height:
            return _refuse(Path(out_dir), rejects, csv=asked.csv)
        read = time.perf_counter()
        workers = asked.workers or os.cpu_count() or 1
        done = run_scenarios(base, scenarios, how, workers=workers)
        tables = dict(done.tables)
        if asked.draws:
            tables |= _drawn(Path(in_dir), base, scenarios, how, asked, findings)
            rejects = pl.concat([base.package.rejects, findings.table()])
        planned = time.perf_counter()
        tables["refused"] = rejects
        Compared(done.outcomes, tables).write(out_dir, csv=asked.csv)
        for notice in findings.notices:
            print(notice, file=sys.stderr)
        _say_rejects(rejects)
    except (PackageError, MethodNotAvailableError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except WorkerError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    seconds = {"read": read - began, "plan": planned - read, "write": time.perf_counter() - planned}
    timings = {"seconds": {name: round(value, 3) for name, value in seconds.items()}, "workers": workers}
    (Path(out_dir) / "timings.json").write_text(json.dumps(timings, indent=2) + "\n", encoding="utf-8")
    return _status(done, rejects)


def _read(folder: Path, scenarios_file: str | Path, findings: Findings) -> tuple[Base, list[Scenario]]:
    package = read_package(folder)
    families = read_families(read_raw_table(folder, FAMILIES.name, findings), package, findings)
    base = Base(package, read_finances(folder, package, findings), families)
    return base, read_scenarios(scenarios_file, base, findings)


def _drawn(
    folder: Path, base: Base, scenarios: list[Scenario], how: How, asked: Asked, findings: Findings
) -> dict[str, pl.DataFrame]:
    """Tables of Monte Carlo.

    Raises:
        ValueError: nothing says how far reality may lie from the plan.
    """
    found = {
        table.name: read_raw_table(folder, table.name, findings)
        for table in (UNCERTAINTY, DEMAND_HISTORY, RECEIPT_HISTORY)
    }
    frames = {name: None if frame is None else frame.drop(ROW) for name, frame in found.items()}
    given, demand, receipts = frames.values()
    if given is not None:
        uncertainty = read_uncertainty(given, base.package, findings)
    else:
        uncertainty = learned_uncertainty(base.package, demand, receipts, findings)
    if not uncertainty.demand and not uncertainty.lead_time:
        message = (
            "draws need a table uncertainty, or a demand_history or receipt_history to learn from, beside the package"
        )
        raise ValueError(message)
    workers = asked.workers or os.cpu_count() or 1
    distribution, draws = monte_carlo(
        base, scenarios, uncertainty, how, draws=asked.draws, seed=how.seed, workers=workers
    )
    return {"distribution": distribution, "draws": draws}


def _refuse(folder: Path, rejects: pl.DataFrame, *, csv: bool) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    if csv:
        rejects.write_csv(folder / "refused.csv")
    else:
        rejects.write_parquet(folder / "refused.parquet")
    _say_rejects(rejects, "refused: ")
    return REFUSED


def _say_rejects(rejects: pl.DataFrame, before: str = "") -> None:
    """Say how many rows were rejected, and the first of them."""
    if rejects.height == 0:
        return
    print(f"{before}{rejects.height} rows were rejected", file=sys.stderr)
    for row in rejects.head(SAID).iter_rows(named=True):
        value = "" if row["value"] is None else f" {row['value']}"
        print(f"  {row['table']} row {row['row']}, {row['column']}{value}: {row['reason']}", file=sys.stderr)


def _status(done: Compared, rejects: pl.DataFrame) -> int:
    base = done.outcomes[0]
    if base.status in WITHOUT_PLAN:
        print(f"{base.status}: {'; '.join(base.notices)}", file=sys.stderr)
        return WITHOUT_PLAN[base.status]
    own = any(outcome.rejects is not None and outcome.rejects.height for outcome in done.outcomes)
    lacking = done.without_plan or any(outcome.status == "not_projected" for outcome in done.outcomes)
    return PLANNED_WITH_REJECTS if rejects.height or own or lacking else PLANNED


def main(arguments: list[str] | None = None) -> int:
    """Parse the arguments and compare; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m planning scenarios", description="Compare scenarios of a package.")
    parser.add_argument("--package", required=True, metavar="IN_DIR")
    parser.add_argument("--scenarios", required=True, metavar="FILE", help="a table scenarios, .csv or .parquet")
    parser.add_argument("--out", required=True, metavar="OUT_DIR")
    parser.add_argument("--method", choices=KNOWN_METHODS, default="mrp")
    parser.add_argument("--seconds", type=float, help="time limit of a method that searches, each plan")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0, help="processes at a time; 0 for one a processor")
    parser.add_argument("--draws", type=int, default=0, help="worlds in which each plan is carried out; 0 for none")
    parser.add_argument(
        "--plans", action="store_true", help="write each scenario's plan too, a folder each under OUT_DIR/plans"
    )
    parser.add_argument("--no-changes", action="store_true", help="do not compare orders with the base's")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--csv", action="store_true")
    given = parser.parse_args(arguments)
    if given.workers < 0 or given.draws < 0 or given.seed < 0:
        parser.error("--workers, --draws and --seed must not be negative")
    plans = str(Path(given.out) / "plans") if given.plans else None
    how = How(given.method, given.seconds, given.seed, changes=not given.no_changes, plans=plans, csv=given.csv)
    asked = Asked(given.workers, given.draws, strict=given.strict, csv=given.csv)
    try:
        status = compare_scenarios(given.package, given.scenarios, given.out, how, asked)
    except KeyboardInterrupt:
        print("interrupted: no comparison was written", file=sys.stderr)
        return INTERRUPTED
    if status in {PLANNED, PLANNED_WITH_REJECTS}:
        _show(Path(given.out), csv=given.csv)
    return status


def _show(folder: Path, *, csv: bool) -> None:
    """Print the comparison, a measure a row and a scenario a column."""
    file = folder / f"comparison.{'csv' if csv else 'parquet'}"
    table = side_by_side(pl.read_csv(file, infer_schema=False) if csv else pl.read_parquet(file))
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        print(table.head(100).select(table.columns[:10]))
