"""One scenario, done: applied, planned, projected, measured, compared with the base's orders; what a worker does."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from planning.changes import Stability, plan_changes, stability
from planning.methods import plan
from planning.mrp.problem import build_problem
from planning.projection import Projection, ProjectionError, project
from planning.result import Plan
from planning.scenarios.applying import applied
from planning.scenarios.measures import Measured, measured
from planning.scenarios.model import Base, Scenario
from planning.scenarios.writing import written_whole

WITHOUT_PLAN = {"infeasible", "no_plan_found"}


@dataclass(frozen=True)
class How:
    """How scenarios are planned.

    Attributes:
        method, seconds, seed: of `plan`; each scenario is planned with one thread.
        changes: whether each plan is compared with the base's, order by order.
        plans: where each scenario's plan is written as a folder of its own; None for nowhere.
        csv: written as CSV instead of Parquet.
    """

    method: str = "mrp"
    seconds: float | None = None
    seed: int = 0
    changes: bool = True
    plans: str | None = None
    csv: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of one scenario.

    Attributes:
        status: the plan's own, or `not_projected`.
        statements: tables of the projection by name; empty where there is none.
        changes: the table of plan_changes against the base; None for the base and where it was not asked for.
        notices: of package, plan and projection.
    """

    name: str
    status: str
    measured: Measured | None
    package_hash: str = ""
    statements: dict[str, pl.DataFrame] = field(default_factory=dict)
    changes: pl.DataFrame | None = None
    stability: Stability | None = None
    rejects: pl.DataFrame | None = None
    notices: tuple[str, ...] = ()


def work(scenario: Scenario, base: Base, how: How, base_plan: Plan | None = None) -> Outcome:
    """Plan one scenario and say what it means.

    Args:
        base_plan: the plan of the base, for changes; None where they are not asked for.
    """
    own = applied(scenario, base)
    return told(scenario.name, own, planned(own, how), how, base, base_plan)


def planned(base: Base, how: How) -> Plan:
    """The plan of a base, with one thread."""
    return plan(base.package, how.method, seconds=how.seconds, seed=how.seed, threads=1)


def told(name: str, own: Base, made: Plan, how: How, base: Base, base_plan: Plan | None = None) -> Outcome:
    """What a plan means: written where asked for, projected, measured, and compared with the base's."""
    notices: list[str] = list(made.summary.get("notices") or [])
    if how.plans is not None:
        written_whole(Path(how.plans) / name, lambda beside: made.write(beside, csv=how.csv))
    if made.status in WITHOUT_PLAN:
        notices += [str(reason) for reason in made.summary.get("reasons") or []]
        return Outcome(name, made.status, None, own.package.content_hash, rejects=made.rejects, notices=tuple(notices))
    status, projection = made.status, None
    if own.finances is not None:
        try:
            projection = project(own.package, own.finances, made)
            notices += projection.notices
        except ProjectionError as error:
            status = "not_projected"
            notices.append(str(error))
    found = measured(build_problem(own.package), made, projection, own.finances)
    without = found.loads.filter(pl.col("load_peak").is_null())["resource"]
    if len(without):
        notices.append(
            f"{len(without)} resources have load where they have no capacity, which is worse than any load_peak: {without[0]}"
        )
    pair = ((base.package, base_plan), (own.package, made)) if base_plan is not None and how.changes else None
    return Outcome(
        name,
        status,
        found,
        own.package.content_hash,
        _kept(projection),
        plan_changes(*pair) if pair else None,
        stability(*pair) if pair else None,
        made.rejects,
        tuple(notices),
    )


def _kept(projection: Projection | None) -> dict[str, Any]:
    return {} if projection is None else dict(projection.tables)
