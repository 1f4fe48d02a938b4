"""Plans the company: refreshes the warehouse with the whole gate, builds the package, plans, checks, and records the run.

The plan's tables are written beside the store under the hash of their content before the run is recorded, so a
recorded run always has its tables; a plan that the independent checker does not accept is thrown away. Cancelled or
killed at any moment, the last recorded run stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

import planning
from app.jobs.run_records import gated_mart, record_run
from app.jobs.steps import PLAN_STEPS
from app.kernel.access import Principal
from app.kernel.bus import Receipt
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.kernel.jobs import Claim
from app.modules.planning_desk.plan_files import FOLDER, keep_files
from pipelines.serving.accepted_forecast import NoForecastError, accepted_run
from pipelines.serving.mart import Mart, MartVersion
from pipelines.serving.planning_package import Forecast, planning_package
from planning.verify import check

_MOST_ALERTS: Final = 50_000

Tell = Callable[[str], None]


def _silent(_step: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class PlanRequest:
    """What to plan.

    Attributes:
        as_of: first day of the plan.
        method: a method of the planner.
        forecast: what is expected beyond orders.
    """

    as_of: date
    method: str = "mrp"
    horizon_days: int = 364
    bucket: str = "week"
    forecast: Forecast = Forecast.NONE
    seconds: float | None = None
    seed: int = 0
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PlanOutcome:
    """A recorded run and what it says."""

    receipt: Receipt
    summary: dict[str, Any]
    rejects: int


def plan_company(gateway: Gateway, request: PlanRequest, principal: Principal, *, tell: Tell = _silent) -> PlanOutcome:
    """Plan the company and record the run.

    Args:
        gateway: the store.
        request: what to plan.
        principal: who plans.
        tell: is told the name of each of `PLAN_STEPS` as it begins.

    Raises:
        Refused: a gate refuses the data, no forecast is accepted, or the checker refuses the plan.
    """
    company = company_tables(gateway, request, tell=tell)
    tell("plan")
    package = planning.read_package(company.tables)
    plan = planning.plan(package, request.method, seconds=request.seconds, seed=request.seed)
    tell("check")
    outputs = {name: plan.table(name) for name in plan.tables}
    findings = check(
        {**package.tables_without(plan.rejects), "parameters": company.tables["parameters"]},
        outputs,
        request.method,
        summary=plan.summary,
    )
    if findings:
        raise Refused("plan_not_accepted", method=request.method, count=len(findings), first=str(findings[0]))
    tell("record")
    plan_hash = keep_files(gateway.store.folder, plan.write, company.tables)
    receipt = _recorded(gateway, request, principal, plan, plan_hash, company)
    return PlanOutcome(receipt, dict(plan.summary), outputs["rejects"].height)


@dataclass(frozen=True)
class CompanyTables:
    """The company's package: tables by name, the version of the marts that they come from, and which forecast they hold."""

    tables: dict[str, pl.DataFrame]
    version: MartVersion
    forecast: str


def company_tables(
    gateway: Gateway, request: PlanRequest, *, finances: bool = False, tell: Tell = _silent
) -> CompanyTables:
    """Refresh the warehouse with the whole gate and make the company's package.

    Args:
        finances: with the financial tables beside it, from the books.

    Raises:
        Refused: a gate refuses the data, or no forecast is accepted.
    """
    tell("refresh")
    try:
        with gated_mart(gateway) as mart:
            tell("package")
            tables, version = planning_package(
                mart,
                request.as_of,
                horizon_days=request.horizon_days,
                bucket=request.bucket,
                forecast=request.forecast,
                parameters=request.parameters,
                run_files=gateway.store.folder / FOLDER,
                finances=finances,
            )
            return CompanyTables(tables, version, _forecast_taken(mart, request.forecast))
    except NoForecastError as error:
        raise Refused("no_accepted_forecast") from error


def write_company_package(gateway: Gateway, request: PlanRequest, folder: Path) -> None:
    """Write the company's package with its financial tables as Parquet files; what else lies in the folder stays.

    Raises:
        Refused: a gate refuses the data.
    """
    company = company_tables(gateway, request, finances=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in company.tables.items():
        table.write_parquet(folder / f"{name}.parquet")


def _recorded(
    gateway: Gateway,
    request: PlanRequest,
    principal: Principal,
    plan: planning.Plan,
    plan_hash: str,
    company: CompanyTables,
) -> Receipt:
    """Record the run with its alerts, and beside the versions which forecast it took.

    Raises:
        Refused: the store does not take it.
    """
    summary = dict(plan.summary)
    data = {
        "method": request.method,
        "seed": request.seed,
        "as_of": request.as_of,
        "feed_position": company.version.position,
        "package_hash": summary["package_hash"],
        "plan_hash": plan_hash,
        "status": plan.status,
        "summary": json.loads(json.dumps(summary, default=str)),
        "versions": {name: str(value) for name, value in summary["versions"].items()} | {"forecast": company.forecast},
        "alerts": _alerts(plan.table("alerts")),
    }
    return record_run(gateway, "record_plan_run", data, principal)


def _forecast_taken(mart: Mart, forecast: Forecast) -> str:
    """Which forecast the plan takes, as a version of what it rests on."""
    if forecast is not Forecast.ACCEPTED:
        return forecast.value
    with mart.pinned() as reader:
        return accepted_run(reader)[0]


def plan_job(gateway: Gateway, claim: Claim, principal: Principal) -> str:
    """Plan the company as a background job that reports each step as it begins."""
    payload = claim.payload
    request = PlanRequest(
        as_of=date.fromisoformat(payload.get("as_of") or gateway.clock.today().isoformat()),
        method=payload.get("method", "mrp"),
        forecast=Forecast(payload.get("forecast", Forecast.NONE.value)),
        seconds=payload.get("seconds"),
    )
    outcome = plan_company(
        gateway,
        request,
        principal,
        tell=lambda step: claim.report(PLAN_STEPS.index(step), len(PLAN_STEPS), message=step),
    )
    claim.report(len(PLAN_STEPS), len(PLAN_STEPS), message=PLAN_STEPS[-1])
    return outcome.receipt.number or ""


def _alerts(alerts: pl.DataFrame) -> list[dict[str, Any]]:
    """The alerts as the command takes them, the most severe first where there are too many."""
    order = pl.col("severity").replace_strict({"critical": 0, "warning": 1, "info": 2}, return_dtype=pl.Int8)
    rows = alerts.sort(order, "on", "item", maintain_order=True).head(_MOST_ALERTS)
    return [
        {
            "alert": row["alert"],
            "item": row["item"],
            "severity": row["severity"],
            "on": row["on"],
            "order": row["order"],
            "quantity": None if row["quantity"] is None else format(row["quantity"].normalize(), "f"),
            "cause": row["cause"][:400] if row["cause"] else None,
        }
        for row in rows.iter_rows(named=True)
    ]
