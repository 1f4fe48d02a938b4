"""The accepted forecast as demand of a planning package: the run's own weeks, people's changes instead of them where there are any.

Demand counts once: open orders are left to the planner's consumption, what was asked for in a week and is met already is taken
off it here, and an order that is promised for another week than it was asked for changes neither (marts.forecast_taken).
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from pipelines.serving.mart import PinnedReader

CONSUMPTION: Final = {"forecast_consumption.backward_days": "6", "forecast_consumption.forward_days": "0"}
"""An order takes the place of the forecast of its own week, which stands on the week's Monday."""

_NUMBER: Final = pl.Decimal(18, 6)
_SERIES: Final = ["item", "location", "customer_group", "period_start"]
_PLACE: Final = ["item", "location", "period_start"]


class NoForecastError(Exception):
    """No forecast was accepted yet, or its files are not there."""


def accepted_run(reader: PinnedReader) -> tuple[str, str]:
    """Number and hash of the run that was accepted last.

    Raises:
        NoForecastError: none was.
    """
    found = reader.select("select run_number, forecast_hash from marts.forecast_accepted")
    if found.is_empty():
        raise NoForecastError("no forecast is accepted")
    return found.row(0)


def accepted_demand(reader: PinnedReader, files: Path, as_of: date, days: int) -> pl.DataFrame:
    """The accepted forecast of the weeks of a plan as rows of `demand`.

    Args:
        reader: one version of the marts.
        files: the folder that holds the files of runs, by hash.
        as_of: the first day of the plan; what is left of its week stands on this day.
        days: days of the plan.

    Raises:
        NoForecastError: none was accepted, or its files are not there.
    """
    _, digest = accepted_run(reader)
    file = files / digest / "forecasts.parquet"
    if not file.is_file():
        raise NoForecastError(f"the files of forecast {digest[:12]} are not there")
    made = pl.read_parquet(file).select(*_SERIES, pl.col("mean").cast(_NUMBER))
    said = reader.select(_OVERRIDES)
    orders = reader.select(_TAKEN, {"as_of": as_of})
    left = pl.max_horizontal(pl.col("quantity") - pl.col("taken").fill_null(0), pl.lit(0))
    monday = as_of - timedelta(days=as_of.weekday())
    wanted = made.filter(pl.col("period_start").is_between(monday, as_of + timedelta(days=days), closed="left"))
    return (
        wanted.join(said, on=_SERIES, how="left")
        .with_columns(pl.coalesce("after", "mean").alias("quantity"))
        .group_by(_PLACE)
        .agg(pl.col("quantity").sum())
        .join(orders, on=_PLACE, how="left")
        .with_columns((left + pl.col("added").fill_null(0)).cast(_NUMBER).alias("quantity"))
        .filter(pl.col("quantity") > 0)
        .sort(_PLACE)
        .select(
            pl.format("forecast/{}@{}/{}", "item", "location", "period_start").alias("demand"),
            "item",
            "location",
            "quantity",
            pl.max_horizontal("period_start", pl.lit(as_of)).alias("due_on"),
            pl.lit("forecast").alias("kind"),
            pl.lit(None, dtype=pl.String).alias("customer"),
            pl.lit(9, dtype=pl.Int64).alias("priority"),
        )
    )


_OVERRIDES: Final = """select
    item_code as item, site_code as location, customer_group, period_start, after::decimal(18, 6) as after
from marts.forecast_accepted_override"""
_TAKEN: Final = """select
    item_code as item,
    site_code as location,
    period_start,
    taken_quantity::decimal(18, 6) as taken,
    added_quantity::decimal(18, 6) as added
from marts.forecast_taken($as_of)"""
