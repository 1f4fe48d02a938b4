"""Scenarios side by side: the base and every scenario planned, projected and compared; tables out.

Decides the order: base first, since the others are compared with it, then all scenarios at once on the workers.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from planning.methods import METHODS, MethodNotAvailableError
from planning.scenarios.comparison import comparison
from planning.scenarios.measures import LOADS
from planning.scenarios.model import BASE, Base, Scenario
from planning.scenarios.work import How, Outcome, planned, told
from planning.scenarios.workers import run_all
from planning.scenarios.writing import written_whole

STATEMENTS = ("trial_balance", "income_statement", "balance_sheet", "cash_flow", "cash")


@dataclass(frozen=True)
class Compared:
    """Scenarios and their base, done.

    Attributes:
        outcomes: the base first, then the scenarios as they came.
        tables: `comparison`, `loads`, `changes`, `stability` and the statements, each with the scenario in front.
    """

    outcomes: tuple[Outcome, ...]
    tables: Mapping[str, pl.DataFrame]

    def table(self, name: str) -> pl.DataFrame:
        """One table; KeyError for a name that there is not."""
        return self.tables[name]

    @property
    def without_plan(self) -> list[str]:
        """Names of scenarios for which no plan was found."""
        return [outcome.name for outcome in self.outcomes if outcome.measured is None]

    def summary(self) -> dict[str, Any]:
        """Everything of summary.json: status, hash and notices by scenario; the same every time."""
        return {
            "scenarios": {
                outcome.name: {
                    "status": outcome.status,
                    "package_hash": outcome.package_hash,
                    "rejects": 0 if outcome.rejects is None else outcome.rejects.height,
                    "notices": list(outcome.notices),
                }
                for outcome in self.outcomes
            }
        }

    def write(self, folder: str | Path, *, csv: bool = False) -> None:
        """Write every table and summary.json, all or none; the folder is made where it is missing."""
        written_whole(Path(folder), lambda beside: self._write(beside, csv=csv))

    def _write(self, folder: Path, *, csv: bool) -> None:
        for name, table in self.tables.items():
            if csv:
                table.write_csv(folder / f"{name}.csv")
            else:
                table.write_parquet(folder / f"{name}.parquet")
        text = json.dumps(self.summary(), indent=2, ensure_ascii=False) + "\n"
        (folder / "summary.json").write_text(text, encoding="utf-8")


def run_scenarios(
    base: Base, scenarios: Sequence[Scenario], how: How | None = None, *, workers: int | None = None
) -> Compared:
    """Plan a base and scenarios of it side by side.

    Args:
        base: the package with its financial tables; without them there are no statements.
        scenarios: such as `read_scenarios` answers with.
        how: method and what is kept.
        workers: processes at a time; None for one a processor. Any number gives the same tables.

    Raises:
        MethodNotAvailableError: no such method.
        PatchRefused: a scenario cannot be applied.
        WorkerError: a worker was killed.
    """
    how = how or How()
    if how.method not in METHODS:
        message = f"the method {how.method} is not available; use one of: {', '.join(METHODS)}"
        raise MethodNotAvailableError(message)
    count = workers or os.cpu_count() or 1
    base_plan = planned(base, how)
    first = told(BASE, base, base_plan, how, base)
    kept = base_plan if how.changes and first.measured is not None else None
    others: list[Outcome] = run_all(list(scenarios), base, how, count, kept)
    outcomes = (first, *others)
    return Compared(outcomes, _tables(outcomes))


def _tables(outcomes: Sequence[Outcome]) -> dict[str, pl.DataFrame]:
    planned = [(outcome.name, outcome.measured) for outcome in outcomes if outcome.measured is not None]
    tables: dict[str, pl.DataFrame] = {}
    if planned and planned[0][0] == BASE:
        tables["comparison"] = comparison(planned)
    tables["loads"] = _stacked([(name, each.loads) for name, each in planned], pl.DataFrame(schema=LOADS))
    found = [(outcome.name, outcome.changes) for outcome in outcomes if outcome.changes is not None]
    if found:
        tables["changes"] = _stacked(found, found[0][1])
        rows = [
            {"scenario": outcome.name, **vars(outcome.stability)}
            for outcome in outcomes
            if outcome.stability is not None
        ]
        tables["stability"] = pl.DataFrame(rows)
    for name in STATEMENTS:
        made = [(outcome.name, outcome.statements[name]) for outcome in outcomes if name in outcome.statements]
        if made:
            tables[name] = _stacked(made, made[0][1])
    rejects = [(outcome.name, outcome.rejects) for outcome in outcomes if outcome.rejects is not None]
    if rejects:
        tables["rejects"] = _stacked(rejects, rejects[0][1])
    return tables


def _stacked(named: Sequence[tuple[str, pl.DataFrame | None]], empty: pl.DataFrame) -> pl.DataFrame:
    """Frames one under the other with their scenario in front."""
    first = pl.lit(None, dtype=pl.String).alias("scenario")
    parts = [frame.select(pl.lit(name).alias("scenario"), pl.all()) for name, frame in named if frame is not None]
    return pl.concat([empty.clear().select(first, pl.all()), *parts])
