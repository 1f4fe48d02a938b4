"""Forecasts the company's demand: refreshes the warehouse with the whole gate, reads the history, forecasts, and records the run.

The tables are written beside the store under the hash of their content before the run is recorded, as those of a plan are.
Weeks are the only periods here: the planner's buckets and the consumption of forecast by orders are weeks, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from typing import Any

import polars as pl

import planning.forecast as forecasting
from app.jobs.run_records import gated_mart, record_run
from app.jobs.steps import FORECAST_STEPS
from app.kernel.access import Principal
from app.kernel.bus import Receipt
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.kernel.jobs import Claim
from app.modules.planning_desk.plan_files import keep_files
from pipelines.serving.histories import forecast_history

Tell = Callable[[str], None]


def _silent(_step: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class ForecastRequest:
    """What to forecast.

    Attributes:
        as_of: the first day that is not known yet; its week is the first that is forecast.
        weeks: how many weeks ahead, 1 to 104.
        seconds: the effort to plan for, on two processors; no clock.
        workers: processors to use.
    """

    as_of: date
    weeks: int = 13
    seconds: float = 160.0
    workers: int = 2


@dataclass(frozen=True)
class ForecastOutcome:
    """A recorded run and what it says."""

    receipt: Receipt
    summary: dict[str, Any]


def forecast_company(
    gateway: Gateway, request: ForecastRequest, principal: Principal, *, tell: Tell = _silent
) -> ForecastOutcome:
    """Forecast the company's demand and record the run.

    Args:
        gateway: the store.
        request: what to forecast.
        principal: who forecasts.
        tell: is told the name of each of `FORECAST_STEPS` as it begins.

    Raises:
        Refused: a gate refuses the data, or nothing was ever asked for.
    """
    tell("refresh")
    with gated_mart(gateway) as mart:
        tell("history")
        with mart.pinned() as reader:
            tables, position = forecast_history(reader, request.as_of), reader.version.position
    starts_on = request.as_of - timedelta(days=request.as_of.weekday())
    try:
        history = forecasting.read_history(_known(tables), until=starts_on - timedelta(days=7))
    except forecasting.HistoryError as error:
        raise Refused("no_demand_history", day=starts_on.isoformat()) from error
    tell("forecast")
    options = forecasting.ForecastOptions(horizon=request.weeks, seconds=request.seconds, workers=request.workers)
    made = forecasting.forecast(history, options)
    tell("record")
    digest = keep_files(gateway.store.folder, made.write, tables)
    data = {
        "as_of": request.as_of,
        "starts_on": starts_on,
        "week_count": request.weeks,
        "feed_position": position,
        "forecast_hash": digest,
        "summary": json.loads(json.dumps(made.summary, default=str)),
        "versions": _versions(),
    }
    return ForecastOutcome(record_run(gateway, "record_forecast_run", data, principal), made.summary)


def _known(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables without the columns that are for people only."""
    return {**tables, "history": tables["history"].drop("cancelled", "stock_out_days")}


def _versions() -> dict[str, str]:
    """What made the forecast, by name."""
    return {name: version(name) for name in ("numpy", "polars", "statsforecast")}


def forecast_job(gateway: Gateway, claim: Claim, principal: Principal) -> str:
    """Forecast the company's demand as a background job that reports each step as it begins."""
    payload = claim.payload
    request = ForecastRequest(
        as_of=date.fromisoformat(payload.get("as_of") or gateway.clock.today().isoformat()),
        weeks=payload.get("weeks", 13),
    )
    outcome = forecast_company(
        gateway,
        request,
        principal,
        tell=lambda step: claim.report(FORECAST_STEPS.index(step), len(FORECAST_STEPS), message=step),
    )
    claim.report(len(FORECAST_STEPS), len(FORECAST_STEPS), message=FORECAST_STEPS[-1])
    return outcome.receipt.number or ""
