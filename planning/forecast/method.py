"""A forecast from beginning to end: clean, classify, plan the effort, back-test, choose, level, and put intervals around it.

Decides the order; what each step does is its own module's. Answers with tables (planning/forecast/tables.py) that are the
same for the same history and options, whatever the number of workers.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from planning.forecast.analogue import by_analogue
from planning.forecast.backtest import origins_of
from planning.forecast.choice import Judged, choose, class_errors, judge, unseen_past
from planning.forecast.classes import SPORADIC, DemandPattern, demand_pattern
from planning.forecast.cleaning import Cleaned, clean
from planning.forecast.effort import Effort, milliseconds, planned_effort
from planning.forecast.history import History
from planning.forecast.intervals import Errors, conformal_intervals, error_scale
from planning.forecast.level import Level, level_by_total
from planning.forecast.measures import FloatArray, squared_scale
from planning.forecast.overrides import override_table
from planning.forecast.reconcile import WAYS
from planning.forecast.sums import reconcile_sums, sum_table
from planning.forecast.tables import (
    Chosen,
    accuracy_table,
    cleaning_table,
    demand_table,
    forecast_table,
    series_table,
)
from planning.forecast.workers import Job, run_jobs

HORIZON_LIMIT = 520


@dataclass(frozen=True)
class ForecastOptions:
    """How to forecast.

    Attributes:
        horizon: periods ahead, 1 to HORIZON_LIMIT.
        levels: shares that the intervals hold, each between 0 and 1.
        seconds: how much effort is planned for, on two processors; not a clock, see effort.py.
        workers: processors to use; changes no number.
        cleaned: False to take the history as it is (gaps and returns are resolved all the same).
        leveled: False to leave sporadic series at their own level.
        reconcile: one of WAYS: how series and the sums of sums.py are made to agree.
    """

    horizon: int = 13
    levels: tuple[float, ...] = (0.8, 0.95)
    seconds: float = 160.0
    workers: int = 2
    cleaned: bool = True
    leveled: bool = True
    reconcile: str = "bottom_up"

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not 1 <= self.horizon <= HORIZON_LIMIT:
            message = f"the horizon {self.horizon} does not lie between 1 and {HORIZON_LIMIT} periods"
            raise ValueError(message)
        if not self.levels or not all(0 < level < 1 for level in self.levels):
            message = f"the levels {self.levels} do not all lie between 0 and 1"
            raise ValueError(message)
        if len({round(level * 100) for level in self.levels}) < len(self.levels):
            message = f"the levels {self.levels} differ by less than a percent"
            raise ValueError(message)
        if self.reconcile not in WAYS:
            message = f"the way {self.reconcile} to reconcile is not known; use one of: {', '.join(WAYS)}"
            raise ValueError(message)
        if not self.seconds > 0 or self.workers < 1:
            message = "seconds must be above 0 and workers 1 or more"
            raise ValueError(message)


@dataclass(frozen=True)
class Forecast:
    """One forecast.

    Attributes:
        tables: `forecasts`, `sums`, `accuracy`, `cleaning`, `series`, `overrides`, `demand` and `rejects`.
        summary: counts, the effort that was planned, the factor of the sporadic total, notices.
    """

    tables: dict[str, pl.DataFrame]
    summary: dict[str, Any] = field(default_factory=dict)

    def table(self, name: str) -> pl.DataFrame:
        """One table; KeyError for a name that there is none of."""
        return self.tables[name]

    def write(self, folder: str | Path, *, csv: bool = False) -> None:
        """Write every table (Parquet, or CSV) and summary.json; the folder is made where it is missing."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in self.tables.items():
            (folder / f"{name}.{'parquet' if csv else 'csv'}").unlink(missing_ok=True)
            if csv:
                table.write_csv(folder / f"{name}.csv")
            else:
                table.write_parquet(folder / f"{name}.parquet", compression="lz4")
        text = json.dumps(self.summary, indent=2, ensure_ascii=False) + "\n"
        (folder / "summary.json").write_text(text, encoding="utf-8")


def forecast(history: History, options: ForecastOptions | None = None) -> Forecast:
    """Forecast every series of a history.

    >>> from planning.forecast.history import read_history
    >>> rows = pl.DataFrame({"item": ["BIKE"] * 12, "quantity": [5] * 12}).with_columns(
    ...     period_start=pl.date_range(pl.date(2026, 1, 5), pl.date(2026, 3, 23), "1w"))
    >>> done = forecast(read_history(rows), ForecastOptions(horizon=2, workers=1))
    >>> done.table("forecasts").select("period_start", "mean", "model").rows()[0]
    (datetime.date(2026, 3, 30), Decimal('5.000000'), 'combination')
    """
    options = options or ForecastOptions()
    season = history.period.season
    cleaned = [_clean(history, at, options) for at in range(len(history))]
    values = [each.quantity for each in cleaned]
    patterns = [demand_pattern(each) for each in values]
    classes = [pattern.name for pattern in patterns]
    lengths = [each.size for each in values]
    effort = planned_effort(lengths, classes, seconds=options.seconds)
    judged = _tried(values, classes, effort, season, options)
    of_class = class_errors(list(zip(classes, judged, strict=True)))
    picks = [choose(each, of_class.get(name)) for each, name in zip(judged, classes, strict=True)]
    chosen = [_chosen(*each) for each in zip(judged, picks, patterns, values, strict=True)]
    for each, trial in zip(chosen, judged, strict=True):
        each.past = unseen_past(trial, of_class.get(each.class_name))
    level = _leveled(values, chosen, season, options)
    reconcile_sums(history, values, chosen, way=options.reconcile, season=season)
    errors = [_errors(*each) for each in zip(cleaned, chosen, strict=True)]
    for each, ends in zip(chosen, conformal_intervals(errors, options.levels), strict=True):
        each.ends = ends
    keys, given, rejects, notices = by_analogue(history, values, chosen)
    made = forecast_table(history, keys, given, options.levels)
    chosen = given[: len(history)]
    tables = {
        "forecasts": made,
        "accuracy": accuracy_table(history, judged, chosen, effort),
        "cleaning": cleaning_table(history, cleaned),
        "sums": sum_table(made),
        "series": series_table(history, patterns, cleaned, chosen),
        "overrides": override_table(history, values),
        "demand": demand_table(made),
        "rejects": pl.concat([history.rejects, rejects]),
    }
    return Forecast(
        tables, _summary(history, options, effort, level, tables) | {"notices": [*history.notices, *notices]}
    )


def _clean(history: History, series: int, options: ForecastOptions) -> Cleaned:
    span = history.span(series)
    none = np.zeros(span.stop - span.start, dtype=bool)
    return clean(
        history.quantity[span],
        stated=history.stated[span],
        returned=history.returned[span],
        stocked_out=history.stocked_out[span] if options.cleaned else none,
        promoted=history.promoted[span] if options.cleaned else none,
        season=history.period.season,
        outliers=options.cleaned,
    )


def _tried(
    values: list[FloatArray], classes: list[str], effort: Effort, season: int, options: ForecastOptions
) -> list[Judged]:
    """Every series' models, run and measured."""
    jobs = [
        Job(each, effort.models(name), options.horizon, season, effort.origins, milliseconds(effort, each.size, name))
        for each, name in zip(values, classes, strict=True)
    ]
    trials = run_jobs(jobs, options.workers)
    return [
        judge(
            job.values,
            job.models,
            trial.mean,
            trial.past,
            trial.actual,
            members=effort.combined(name),
            class_name=name,
            season=season,
        )
        for job, trial, name in zip(jobs, trials, classes, strict=True)
    ]


def _chosen(judged: Judged, pick: tuple[int, str], pattern: DemandPattern, values: FloatArray) -> Chosen:
    place, reason = pick
    mean, model = judged.mean[place], judged.names[place]
    if pattern.name == "none":
        reason = "no_demand"
    elif values.min() == values.max():
        reason = "constant"
    if np.isnan(mean).any():
        mean, model, reason = np.full(mean.size, values.mean()), "mean", "failed"
    return Chosen(place, model, reason, pattern.name, mean, judged.past[:, place], judged.actual)


def _leveled(values: list[FloatArray], chosen: list[Chosen], season: int, options: ForecastOptions) -> Level:
    """Scale the sporadic series' forecasts by their total, where that helps."""
    places = [at for at, each in enumerate(chosen) if each.class_name in SPORADIC and options.leveled]
    if not places:
        return Level(1.0, np.ones(0), "too_few")
    level = level_by_total(
        [values[at] for at in places],
        np.array([chosen[at].mean for at in places]),
        np.array([chosen[at].past for at in places]),
        np.array([chosen[at].actual for at in places]),
        np.nan_to_num(np.array([squared_scale(values[at]) for at in places])),
        season=season,
    )
    if level.reason == "total":
        for at in places:
            chosen[at].mean = chosen[at].mean * level.now
            chosen[at].past = chosen[at].past * level.past[:, None]
    return level


def _errors(cleaned: Cleaned, chosen: Chosen) -> Errors:
    """The back-test that intervals rest on; outliers count as they came, since more of them will."""
    sporadic = chosen.class_name in SPORADIC
    horizon, actual = chosen.mean.size, chosen.actual.copy()
    cuts = origins_of(cleaned.quantity.size, horizon, len(actual))
    for place, was, _, why in cleaned.changes:
        for origin, cut in enumerate(cuts):
            if why == "outlier" and cut <= place < cut + horizon:
                actual[origin, place - cut] = was
    scales = np.ones(len(actual))
    scales[: len(cuts)] = [error_scale(cleaned.quantity[:cut], sporadic=sporadic) for cut in cuts]
    scale = error_scale(cleaned.quantity, sporadic=sporadic)
    return Errors(chosen.class_name, scales, scale, chosen.past, actual, chosen.mean)


def _summary(
    history: History,
    options: ForecastOptions,
    effort: Effort,
    level: Level,
    tables: dict[str, pl.DataFrame],
) -> dict[str, Any]:
    def count(table: str, column: str) -> dict[str, int]:
        return dict(sorted(tables[table][column].value_counts().iter_rows()))

    return {
        "series": len(history),
        "period": history.period.name,
        "horizon": options.horizon,
        "levels": list(options.levels),
        "models": list(effort.regular),
        "combined": list(effort.members),
        "origins": effort.origins,
        "classes": count("series", "class_name"),
        "chosen": count("series", "model"),
        "reasons": count("series", "reason"),
        "sporadic_level": {"factor": round(level.now, 6), "reason": level.reason},
        "cleaned": count("cleaning", "why"),
        "rejects": tables["rejects"].height,
    }
