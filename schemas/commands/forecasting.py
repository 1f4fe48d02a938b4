"""Commands of demand forecasts: record a run, change what it says, take a change back, accept it for planning."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from schemas.commands.base import Code, Command, Day, QuantityOrZero
from schemas.commands.planning_desk import Hash

RunNumber = Annotated[str, Field(max_length=64)]
Reason = Annotated[str, Field(min_length=1, max_length=400)]


class RecordForecastRun(Command):
    """Record a forecast of the company's demand; its tables lie in the store's folder under their hash."""

    as_of: Day
    starts_on: Day
    week_count: Annotated[int, Field(ge=1, le=520)]
    feed_position: Annotated[int, Field(ge=0)]
    forecast_hash: Hash
    summary: dict[str, Any]
    versions: dict[str, str]


class ForecastCell(Command):
    """One week of one series: an item at a site for a group of customers."""

    item: Code
    location: Code = "MAIN"
    customer_group: Code = "OTHER"
    period_start: Day


class OverriddenCell(ForecastCell):
    """What a week of a series shall be, in the item's stocking unit."""

    quantity: QuantityOrZero


class OverrideForecast(Command):
    """Say what weeks of the newest forecast shall be, and why; what was said of a week before is kept and replaced."""

    forecast_run: RunNumber
    reason: Reason
    cells: Annotated[list[OverriddenCell], Field(min_length=1, max_length=1000)]


class WithdrawForecastOverride(Command):
    """Take changes back, so that the forecast itself counts again in these weeks."""

    forecast_run: RunNumber
    reason: Reason
    cells: Annotated[list[ForecastCell], Field(min_length=1, max_length=1000)]


class PublishForecast(Command):
    """Accept the newest forecast with the changes that are in force: plans take it from now on."""

    forecast_run: RunNumber
    note: Annotated[str, Field(max_length=400)] | None = None
