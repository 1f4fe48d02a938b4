"""Makes a planning package from the published warehouse: the contract's tables as polars frames, under their wire names.

Everything comes from marts at one version, in a fixed row order, so that the same version and day give the same
package. The forecast, where asked for, is the one that the planners accepted, or last year's same weeks and nothing
cleverer; the plan desk says so by that name.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

import polars as pl

from pipelines.serving.accepted_forecast import CONSUMPTION, accepted_demand
from pipelines.serving.financial_tables import financial_tables
from pipelines.serving.mart import Mart, MartVersion, PinnedReader
from schemas.exchange.planning_package import WIRE_TABLES

_NUMBER: Final = "decimal(18, 6)"


class Forecast(StrEnum):
    """Which forecast goes into a package."""

    NONE = "none"
    LAST_YEAR_SAME_WEEKS = "last_year_same_weeks"
    ACCEPTED = "accepted"


def planning_package(
    mart: Mart,
    as_of: date,
    *,
    horizon_days: int = 364,
    bucket: str = "week",
    forecast: Forecast = Forecast.NONE,
    parameters: dict[str, str] | None = None,
    run_files: Path | None = None,
    finances: bool = False,
) -> tuple[dict[str, pl.DataFrame], MartVersion]:
    """Make a planning package.

    Args:
        mart: the warehouse; refresh it before, with the whole gate, if the plan is to be acted on.
        as_of: the first day of the plan.
        horizon_days: days of the plan, `as_of` being the first.
        bucket: `day` or `week`.
        forecast: demand beyond orders.
        parameters: further parameters of the package, by key; they win over ours.
        run_files: the folder that holds the files of runs by hash; needed for the accepted forecast.
        finances: with the financial tables that lie beside a package, so that its plan ends in statements.

    Returns:
        The tables by name, `parameters` among them, columns as in schemas/planning; and the version they come from.

    Raises:
        NoWarehouseError: nothing is published.
        NoForecastError: no forecast is accepted, or its files are not there.

    Source: contract of the planning package, "Inputs".
    """
    with mart.pinned() as reader:
        tables = package_of(
            reader,
            as_of,
            horizon_days=horizon_days,
            bucket=bucket,
            forecast=forecast,
            parameters=parameters,
            run_files=run_files,
        )
        beside = financial_tables(reader) if finances else {}
        return {**tables, **beside}, reader.version


def package_of(
    reader: PinnedReader,
    as_of: date,
    *,
    horizon_days: int = 364,
    bucket: str = "week",
    forecast: Forecast = Forecast.NONE,
    parameters: dict[str, str] | None = None,
    run_files: Path | None = None,
) -> dict[str, pl.DataFrame]:
    """Make a planning package from one version of the marts, where other questions must see the same; else `planning_package`.

    Raises:
        NoForecastError: no forecast is accepted, or its files are not there.
    """
    tables = {name: _table(reader, name, as_of, horizon_days) for name in WIRE_TABLES}
    expected: pl.DataFrame | None = None
    if forecast is Forecast.LAST_YEAR_SAME_WEEKS:
        expected = reader.select(_FORECAST, {"as_of": as_of, "days": horizon_days})
    elif forecast is Forecast.ACCEPTED:
        assert run_files is not None, "the accepted forecast lies in files"
        expected = accepted_demand(reader, run_files, as_of, horizon_days).join(tables["items"], on="item", how="semi")
    if expected is not None:
        tables["demand"] = pl.concat([tables["demand"], expected.select(tables["demand"].columns)])
    company = reader.select("select currency from staging.company")
    settings = {
        "plan_start": as_of.isoformat(),
        "horizon_days": str(horizon_days),
        "bucket": bucket,
        "currency": company["currency"][0],
        **(CONSUMPTION if forecast is Forecast.ACCEPTED else {}),
        **(parameters or {}),
    }
    listed = {"key": list(settings), "value": list(settings.values())}
    return {"parameters": pl.DataFrame(listed, schema={"key": pl.String, "value": pl.String}), **tables}


def _table(reader: PinnedReader, name: str, as_of: date, horizon_days: int) -> pl.DataFrame:
    wire = WIRE_TABLES[name]
    spanned = wire.mart == "marts.planning_capacity"
    origin = f"{wire.mart}($as_of, $days)" if spanned else wire.mart
    values = {"as_of": as_of, "days": horizon_days} if spanned else {}
    kinds = dict(
        zip(
            *reader.select(f"describe select * from {origin}", values).select("column_name", "column_type"), strict=True
        )
    )
    columns = ", ".join(
        f'{house}{"::" + _NUMBER if kinds[house].startswith("DECIMAL") else ""} as "{column}"'
        for column, house in wire.columns.items()
    )
    return reader.select(f"select {columns} from {origin} order by all", values)


_FORECAST: Final = f"""select
    demand,
    item_code as item,
    site_code as location,
    quantity::{_NUMBER} as quantity,
    week as due_on,
    'forecast' as kind,
    null::varchar as customer,
    9::bigint as priority
from marts.forecast_last_year_same_weeks($as_of, $days)
order by all"""
