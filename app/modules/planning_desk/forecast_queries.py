"""Queries of demand forecasts: runs and acceptances from the store, series and weeks from the files that were recorded with a run.

What a series was, what was changed of it and why, which model was chosen among which and how good each was, what is expected with
its intervals, and what people said instead: all of it is read from the run as it was made, beside the changes of now.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl
from sqlalchemy import Connection, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Nothing, Paged, Text, rows_of
from app.kernel.errors import Refused
from app.modules.planning_desk.overrides import overrides_in_force
from app.modules.planning_desk.plan_files import package_scan, plan_scan
from app.modules.planning_desk.queries import PlanNumber, holds, items_named
from app.modules.planning_desk.runs import jobs_of, run_of
from schemas.operational import forecasting as tables
from schemas.operational import kernel, master_data

_READ: Final = "planning.forecast.read"
_SERIES: Final = ["item", "location", "customer_group"]
_SOON_WEEKS: Final = 4

ClassName = Literal["smooth", "erratic", "intermittent", "lumpy", "none"]
Cleaning = Literal["gap", "return", "stock_out", "promotion", "outlier"]


class OneForecast(Arguments):
    """Which forecast; the newest where none is named."""

    forecast_run: PlanNumber | None = None


class SeriesList(Paged):
    """Which series of a forecast: by class of demand and by chosen model."""

    forecast_run: PlanNumber | None = None
    class_name: ClassName | None = None
    model: Text | None = None


class OneSeries(Arguments):
    """One series of a forecast."""

    forecast_run: PlanNumber | None = None
    item: Text
    location: Text = "MAIN"
    customer_group: Text = "OTHER"


class CleaningList(Paged):
    """Which changes of the history."""

    forecast_run: PlanNumber | None = None
    why: Cleaning | None = None


class OverrideList(Paged):
    """Which changes of the forecast; those in force alone unless all are asked for."""

    all: bool = False


def _runs() -> Any:
    run, user = tables.forecast_run, kernel.user_account
    return (
        select(
            run.c.id,
            run.c.number,
            run.c.as_of,
            run.c.starts_on,
            run.c.week_count,
            run.c.feed_position,
            run.c.forecast_hash,
            run.c.summary,
            run.c.versions,
            run.c.created_at,
            user.c.name.label("created_by_name"),
        )
        .outerjoin(user, user.c.id == run.c.created_by)
        .order_by(run.c.id.desc())
    )


@answers(Paged, permission=_READ)
def forecast_runs(connection: Connection, asked: Paged, _principal: Principal) -> list[dict[str, Any]]:
    """Demand forecasts, the newest first, with what they say in figures and which one is accepted."""
    rows = rows_of(connection, _runs().limit(asked.limit).offset(asked.offset))
    accepted = _accepted(connection)
    for row in rows:
        summary = json.loads(row.pop("summary"))
        row["versions"] = json.loads(row["versions"])
        row["series_count"] = summary.get("series", 0)
        row["changes_count"] = sum(summary.get("cleaned", {}).values())
        row["rejects_count"] = summary.get("rejects", 0)
        row["models"] = summary.get("chosen", {})
        row["notices"] = summary.get("notices", [])
        row["accepted"] = row["number"] == accepted
    return rows


@answers(Nothing, permission=_READ)
def forecast_jobs(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Forecasts that were asked for lately, the newest first: waiting, running, done or failed."""
    return jobs_of(connection, "forecast")


@answers(Paged, permission=_READ)
def forecast_publications(connection: Connection, asked: Paged, _principal: Principal) -> list[dict[str, Any]]:
    """Forecasts that were accepted, the last first; the first row is what plans take."""
    publication, run, user = tables.forecast_publication, tables.forecast_run, kernel.user_account
    query = (
        select(
            publication.c.publication_number,
            run.c.number.label("forecast_run"),
            run.c.as_of,
            publication.c.note,
            publication.c.created_at,
            user.c.name.label("created_by_name"),
        )
        .join(run, run.c.id == publication.c.forecast_run_id)
        .outerjoin(user, user.c.id == publication.c.created_by)
        .order_by(publication.c.publication_number.desc())
    )
    return rows_of(connection, query.limit(asked.limit).offset(asked.offset))


@answers(SeriesList, permission=_READ, reads_files=True)
def forecast_series(
    connection: Connection, asked: SeriesList, _principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """Series of a forecast, the largest demand to come first: class, model and why, errors in the back-test, what is expected.

    What people said instead of the forecast counts in the quantities.
    """
    run = run_of(connection, tables.forecast_run, asked.forecast_run)
    series = plan_scan(folder, run.forecast_hash, "series")
    errors = plan_scan(folder, run.forecast_hash, "accuracy").filter("chosen")
    said = _said(connection, run.starts_on)
    made = plan_scan(folder, run.forecast_hash, "forecasts").join(
        said.lazy(), on=[*_SERIES, "period_start"], how="left"
    )
    soon = pl.col("period_start") < pl.lit(run.starts_on) + pl.duration(weeks=_SOON_WEEKS)
    wanted = pl.coalesce("after", "mean")
    expected = made.group_by(_SERIES).agg(
        wanted.filter(soon).sum().alias("soon_quantity"),
        wanted.sum().alias("expected_quantity"),
        pl.col("after").count().cast(pl.Int32).alias("override_count"),
    )
    found = (
        expected.join(series, on=_SERIES, how="left")
        .join(errors.select(*_SERIES, "wape", "mase", "bias"), on=_SERIES, how="left")
        .with_columns(pl.col("class_name").fill_null("none"), pl.col("model").fill_null("analogue"))
        .sort("expected_quantity", *_SERIES, descending=[True, False, False, False])
        .collect()
    )
    names = items_named(connection, set(found["item"]))
    labelled = found.with_columns(
        pl.Series("item_name", [names.get(code, {}).get("name") for code in found["item"]], dtype=pl.String),
        pl.Series("item_name_zh", [names.get(code, {}).get("name_zh") for code in found["item"]], dtype=pl.String),
        pl.Series("unit_code", [names.get(code, {}).get("unit_code") for code in found["item"]], dtype=pl.String),
    )
    for column in ("class_name", "model"):
        if (value := getattr(asked, column)) is not None:
            labelled = labelled.filter(pl.col(column) == value)
    if asked.search:
        labelled = labelled.filter(holds(asked.search, *_SERIES, "item_name", "item_name_zh"))
    rows = labelled.slice(asked.offset, asked.limit).to_dicts()
    for row in rows:
        row.update({name: _share(row[name]) for name in ("wape", "mase", "bias")})
    return rows


@answers(OneSeries, permission=_READ, reads_files=True)
def forecast_weeks(
    connection: Connection, asked: OneSeries, _principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """What is expected of a series, week by week: the forecast with its intervals, what people said instead, and what counts."""
    run = run_of(connection, tables.forecast_run, asked.forecast_run)
    rows = (
        _of_series(plan_scan(folder, run.forecast_hash, "forecasts"), asked).sort("period_start").collect().to_dicts()
    )
    said = {
        (row["item"], row["location"], row["customer_group"], row["period_start"]): row
        for row in overrides_in_force(connection, since=run.starts_on, items=[asked.item])
    }
    for row in rows:
        change = said.get((row["item"], row["location"], row["customer_group"], row["period_start"]), {})
        row["override"] = change.get("after")
        row["reason"] = change.get("reason")
        row["created_by_name"] = change.get("created_by_name")
        row["quantity"] = row["mean"] if change.get("after") is None else change["after"]
    return rows


@answers(OneSeries, permission=_READ, reads_files=True)
def forecast_past(
    connection: Connection, asked: OneSeries, _principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """The history of a series, week by week: as it was, as the forecast took it, and why it differs."""
    run = run_of(connection, tables.forecast_run, asked.forecast_run)
    rows = (
        _of_series(package_scan(folder, run.forecast_hash, "history"), asked).sort("period_start").collect().to_dicts()
    )
    changes = _of_series(plan_scan(folder, run.forecast_hash, "cleaning"), asked).collect().to_dicts()
    cleaned: dict[date, Decimal] = {}
    why: dict[date, list[str]] = {}
    for change in changes:  # In the order in which the rules came: the last one says what the week is.
        cleaned[change["period_start"]] = change["is"]
        why.setdefault(change["period_start"], []).append(change["why"])
    for row in rows:
        row["cleaned"] = cleaned.get(row["period_start"], row["quantity"])
        row["why"] = list(dict.fromkeys(why.get(row["period_start"], [])))
    return rows


@answers(OneSeries, permission=_READ, reads_files=True)
def forecast_models(
    connection: Connection, asked: OneSeries, _principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """Every model that tried on a series: its errors in the back-test, and why it was chosen or was not."""
    run = run_of(connection, tables.forecast_run, asked.forecast_run)
    rows = _of_series(plan_scan(folder, run.forecast_hash, "accuracy"), asked).collect()
    ordered = rows.sort("chosen", "mase", descending=[True, False], nulls_last=True, maintain_order=True)
    names = ("wape", "mase", "rmsse", "bias")
    return [{**row, **{name: _share(row[name]) for name in names}} for row in ordered.to_dicts()]


@answers(OneForecast, permission=_READ, reads_files=True)
def forecast_accuracy(
    connection: Connection, asked: OneForecast, _principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """How good a forecast is by class of demand: series, WAPE and bias weighted by what is expected, the middle MASE."""
    run = run_of(connection, tables.forecast_run, asked.forecast_run)
    series = plan_scan(folder, run.forecast_hash, "series").select(*_SERIES, "class_name")
    errors = plan_scan(folder, run.forecast_hash, "accuracy").filter("chosen").select(*_SERIES, "wape", "mase", "bias")
    weight = (
        plan_scan(folder, run.forecast_hash, "forecasts").group_by(_SERIES).agg(pl.col("mean").cast(pl.Float64).sum())
    )

    def weighted(name: str) -> pl.Expr:
        known = pl.col(name).is_not_null() & (pl.col("mean") > 0)
        total = pl.col("mean").filter(known).sum()
        return pl.when(total > 0).then((pl.col(name) * pl.col("mean")).filter(known).sum() / total).alias(name)

    rows = (
        series.join(errors, on=_SERIES, how="left")
        .join(weight, on=_SERIES, how="left")
        .group_by("class_name")
        .agg(
            pl.len().cast(pl.Int32).alias("series_count"),
            pl.col("mean").sum().alias("expected_quantity"),
            weighted("wape"),
            weighted("bias"),
            pl.col("mase").median(),
        )
        .sort("series_count", "class_name", descending=[True, False])
        .collect()
        .to_dicts()
    )
    names = ("wape", "bias", "mase", "expected_quantity")
    return [{**row, **{name: _share(row[name]) for name in names}} for row in rows]


@answers(CleaningList, permission=_READ, reads_files=True)
def forecast_cleaning(
    connection: Connection, asked: CleaningList, _principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """What was changed of the history before it was forecast from, the newest week first: what was, what is, and why."""
    run = run_of(connection, tables.forecast_run, asked.forecast_run)
    changes = plan_scan(folder, run.forecast_hash, "cleaning")
    if asked.why is not None:
        changes = changes.filter(pl.col("why") == asked.why)
    if asked.search:
        changes = changes.filter(holds(asked.search, *_SERIES))
    ordered = changes.sort("period_start", *_SERIES, descending=[True, False, False, False], maintain_order=True)
    rows = ordered.slice(asked.offset, asked.limit).collect().to_dicts()
    names = items_named(connection, {row["item"] for row in rows})
    for row in rows:
        known = names.get(row["item"], {})
        row.update(item_name=known.get("name"), item_name_zh=known.get("name_zh"), unit_code=known.get("unit_code"))
    return rows


@answers(OverrideList, permission=_READ, reads_files=True)
def forecast_overrides(
    connection: Connection, asked: OverrideList, _principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """What people said instead of the forecast, the newest first, and what it was worth once the week was over.

    A change is judged by the newest run, which knows what came. Above zero it took that much error away.
    """
    change, item, user = tables.forecast_override, master_data.item, kernel.user_account
    query = (
        select(
            change.c.id,
            item.c.code.label("item"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            change.c.site_code.label("location"),
            change.c.customer_group,
            change.c.period_start,
            change.c.override_number,
            change.c.before,
            change.c.after,
            change.c.reason,
            change.c.created_at,
            user.c.name.label("created_by_name"),
        )
        .join(item, item.c.id == change.c.item_id)
        .outerjoin(user, user.c.id == change.c.created_by)
        .order_by(change.c.id.desc())
    )
    current = {row["id"] for row in overrides_in_force(connection)}
    if not asked.all:
        query = query.where(change.c.id.in_(sorted(current)))
    rows = rows_of(connection, query)
    if asked.search:
        wanted = asked.search.casefold()
        rows = [row for row in rows if any(wanted in str(row[name] or "").casefold() for name in _SEARCHED)]
    rows = rows[asked.offset : asked.offset + asked.limit]
    verdicts = _verdicts(connection, folder)
    for row in rows:
        judged = verdicts.get(str(row["id"]), {})
        row["state"] = "in_force" if row["id"] in current else "withdrawn" if row["after"] is None else "replaced"
        row["actual"] = _share(judged.get("actual"))
        row["value_added"] = _share(judged.get("value_added"))
        row["verdict"] = judged.get("verdict", "not_known_yet") if row["state"] == "in_force" else None
    return rows


_SEARCHED: Final = ("item", "item_name", "item_name_zh", "customer_group", "reason", "created_by_name")


def _verdicts(connection: Connection, folder: Path) -> dict[str, dict[str, Any]]:
    """What the newest run says of changes, by their key; nothing where nothing was forecast or its files are gone."""
    table = tables.forecast_run
    newest = connection.execute(select(table.c.forecast_hash).order_by(table.c.id.desc()).limit(1)).scalar()
    if newest is None:
        return {}
    try:
        rows = plan_scan(folder, newest, "overrides").collect()
    except Refused:
        return {}
    return {row["override"]: row for row in rows.to_dicts()}


def _accepted(connection: Connection) -> str | None:
    publication, run = tables.forecast_publication, tables.forecast_run
    query = (
        select(run.c.number)
        .join(publication, publication.c.forecast_run_id == run.c.id)
        .order_by(publication.c.publication_number.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def _said(connection: Connection, since: date) -> pl.DataFrame:
    """The changes in force from a week on, as a table to join."""
    rows = [
        {name: row[name] for name in (*_SERIES, "period_start", "after")}
        for row in overrides_in_force(connection, since=since)
    ]
    schema = {**dict.fromkeys(_SERIES, pl.String), "period_start": pl.Date, "after": pl.Decimal(18, 6)}
    return pl.DataFrame(rows, schema=schema)


def _of_series(table: pl.LazyFrame, asked: OneSeries) -> pl.LazyFrame:
    return table.filter(
        pl.col("item") == asked.item,
        pl.col("location") == asked.location,
        pl.col("customer_group") == asked.customer_group,
    )


def _share(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, 4)))


QUERIES: Final[tuple[Query, ...]] = (
    forecast_runs,
    forecast_jobs,
    forecast_publications,
    forecast_series,
    forecast_weeks,
    forecast_past,
    forecast_models,
    forecast_accuracy,
    forecast_cleaning,
    forecast_overrides,
)
