"""Benchmark of the forecast on public series and on ten thousand made ones: error, bias, coverage and seconds.

Every set goes through the product's own road: a tidy history, read, forecast with default options. What is held out is never
seen. M4 is measured as the competition does, against its Naive2 (for weekly data the last value, since M4 takes their season
for one); car parts are the complete series of the R package `expsmooth`, 39 months for fitting and 12 held out; M1 is the rest
of the shared folder. Run one as

    python -m tests.benchmarks.forecast m4_weekly
"""

import csv
import gzip
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from planning.forecast import ForecastOptions, forecast, read_history
from planning.forecast.measures import absolute_scale, coverage, owa, smape, squared_scale
from planning.forecast.periods import Period

ROOT: Final = Path(__file__).resolve().parents[2]
END: Final = {
    "week": date(2025, 12, 29),
    "month": date(2025, 12, 1),
    "quarter": date(2025, 10, 1),
    "year": date(2025, 1, 1),
}
SETS: Final = ("m4_weekly", "carparts", "made_weekly", "m1_month", "m1_quarter", "m1_year")
CELLS: Final = [{"sets": [name]} for name in SETS]
SMALL: Final = [{"sets": ["made_weekly"], "series": 40}]
LEVELS: Final = (0.8, 0.95)

Series = list[tuple[np.ndarray, np.ndarray]]
"""What is known and what is held out, by series."""


def shared_forecast() -> Path:
    """Folder of the public files; it may be absent."""
    base = os.environ.get("TALLYWORKS_SHARED")
    return (Path(base) if base else ROOT.parent / "shared") / "data" / "forecast"


def m4_weekly() -> Series:
    """The 359 weekly series of M4, 13 weeks held out."""

    def read(part: str) -> dict[str, np.ndarray]:
        with gzip.open(shared_forecast() / f"M4_Weekly-{part}.csv.gz", "rt", encoding="utf-8") as file:
            rows = list(csv.reader(file))[1:]
        return {row[0]: np.array([float(value) for value in row[1:] if value]) for row in rows}

    known, held_out = read("Train"), read("Test")
    return [(known[name], held_out[name]) for name in known]


def carparts() -> Series:
    """The 2,509 car parts with all 51 months, 12 held out."""
    table = pl.read_parquet(shared_forecast() / "carparts.parquet").sort("unique_id", "t")
    whole = table.filter(pl.col("y").is_not_null().all().over("unique_id"))
    return [(row[:-12].astype(float), row[-12:].astype(float)) for row in whole["y"].to_numpy().reshape(-1, 51)]


def m1(period: str) -> Series:
    """The series of M1 with that period, held out as in the competition."""
    table = pl.read_parquet(shared_forecast() / "M1.parquet").filter(
        pl.col("period").str.to_lowercase() == f"{period}ly"
    )
    series = []
    for _, rows in table.group_by("unique_id", maintain_order=True):
        ordered = rows.sort("t")
        parts = [ordered.filter(pl.col("split") == split)["y"].to_numpy() for split in ("train", "test")]
        series.append((parts[0], parts[1]))
    return series


def made_weekly(series: int = 10_000, weeks: int = 156, held_out: int = 13, seed: int = 7) -> Series:
    """Weekly series of a wholesaler, half of them sporadic: level, trend, season, noise; whole and never negative."""
    random = np.random.default_rng(seed)
    made, time = [], np.arange(weeks + held_out)
    for place in range(series):
        level = float(np.exp(random.normal(3, 1.2)))
        season = 1 + random.uniform(0, 0.5) * np.sin(2 * np.pi * (time / 52 + random.uniform()))
        trend = 1 + random.normal(0, 0.15) * time / 52
        mean = np.maximum(level * season * trend, 0.05)
        if place % 2:
            mean = mean * random.gamma(4, 1 / 4, time.size)
            sizes = np.where(random.uniform(size=time.size) < random.uniform(0.05, 0.6), mean, 0)
            made.append(np.ceil(sizes / 8))
        else:
            made.append(random.negative_binomial(8, 8 / (8 + mean)).astype(float))
    return [(row[:weeks], row[weeks:]) for row in made]


def history_of(series: Series, period: str) -> pl.DataFrame:
    """The known part as a tidy table, all series ending together."""
    kind = Period(period)
    last = int(kind.numbers(np.array([np.datetime64(END[period], "D").astype(int)]))[0])
    anchor = np.datetime64(END[period], "D").astype(int) % 7 if period == "week" else 0
    kind = Period(period, int(anchor))
    last = int(kind.numbers(np.array([np.datetime64(END[period], "D").astype(int)]))[0])
    lengths = [known.size for known, _ in series]
    numbers = np.concatenate([np.arange(last - length + 1, last + 1) for length in lengths])
    names = [f"S{place:06d}" for place in range(len(series))]
    return pl.DataFrame(
        {
            "item": pl.Series(names)[np.repeat(np.arange(len(series)), lengths).astype(np.uint32)],
            "period_start": pl.Series(kind.starts_on(numbers)).cast(pl.Date),
            "quantity": np.concatenate([known for known, _ in series]),
        }
    )


LOADERS: Final[dict[str, tuple[Callable[..., Series], str, int]]] = {
    "m4_weekly": (m4_weekly, "week", 1),
    "carparts": (carparts, "month", 1),
    "made_weekly": (made_weekly, "week", 1),
    "m1_month": (lambda: m1("month"), "month", 12),
    "m1_quarter": (lambda: m1("quarter"), "quarter", 4),
    "m1_year": (lambda: m1("year"), "year", 1),
}
"""How each set is read, its period, and the season by which its errors are scaled."""


def naive2(known: np.ndarray, horizon: int, season: int) -> np.ndarray:
    """The yardstick of M4: the last value, seasonally adjusted where the competition's test finds a season.

    Source: Makridakis, Spiliotis and Assimakopoulos (2020), The M4 Competition; their `Benchmarks and Evaluation.R`.
    """
    factors = np.ones(season)
    if season > 1 and _is_seasonal(known, season):
        half = season // 2
        weights = np.ones(season + (season % 2 == 0))
        if season % 2 == 0:
            weights[[0, -1]] = 0.5
        trend = np.convolve(known, weights / season, mode="valid")
        ratio = known[half : half + trend.size] / trend
        places = np.arange(half, half + trend.size) % season
        factors = np.array([ratio[places == place].mean() for place in range(season)])
        factors = factors / factors.mean()
    adjusted = known / factors[np.arange(known.size) % season]
    return adjusted[-1] * factors[(known.size + np.arange(horizon)) % season]


def _is_seasonal(known: np.ndarray, season: int) -> bool:
    if known.size < 3 * season:
        return False
    centred = known - known.mean()
    correlation = np.array([centred[lag:] @ centred[:-lag] for lag in range(1, season + 1)]) / (centred @ centred)
    limit = 1.645 * np.sqrt((1 + 2 * (correlation[:-1] ** 2).sum()) / known.size)
    return bool(abs(correlation[-1]) > limit)


def run(sets: list[str], *, series: int | None = None, **options: Any) -> list[dict[str, Any]]:
    """Forecast the sets one after the other.

    Args:
        sets: keys of LOADERS.
        series: how many made series; the public sets are taken whole.
        options: of `ForecastOptions`.

    Returns:
        One row a set: series, OWA, sMAPE, MASE, RMSSE, bias, coverage by level, seconds.
    """
    rows = []
    for name in sets:
        loader, period, season = LOADERS[name]
        data = loader(series) if series and name == "made_weekly" else loader()
        horizon = data[0][1].size
        table = history_of(data, period)
        began = perf_counter()
        done = forecast(read_history(table, period=period), ForecastOptions(horizon=horizon, levels=LEVELS, **options))
        seconds = perf_counter() - began
        rows.append({"set": name} | _measured(data, done.table("forecasts"), season) | {"seconds": round(seconds, 1)})
        rows[-1] |= {"origins": done.summary["origins"], "combined": " ".join(done.summary["combined"])}
        if os.environ.get("FORECAST_SUMMARY"):
            print(done.summary)
    return rows


def _measured(data: Series, forecasts: pl.DataFrame, season: int) -> dict[str, Any]:
    horizon = data[0][1].size
    actual = np.array([held_out for _, held_out in data])
    ordered = forecasts.sort("item", "period_start")

    def column(name: str) -> np.ndarray:
        return ordered[name].cast(pl.Float64).to_numpy().reshape(-1, horizon)

    mean = column("mean")
    yardstick = np.array([naive2(known, horizon, season) for known, _ in data])
    scale = np.array([absolute_scale(known, season) for known, _ in data])
    square = np.array([squared_scale(known) for known, _ in data])

    def pair(made: np.ndarray) -> tuple[float, float]:
        return float(smape(actual, made).mean()), float(np.nanmean(np.abs(made - actual).mean(axis=1) / scale))

    measured, of_yardstick = pair(mean), pair(yardstick)
    row: dict[str, Any] = {
        "series": len(data),
        "OWA": round(owa(measured, of_yardstick), 3),
        "sMAPE": round(measured[0], 3),
        "MASE": round(measured[1], 3),
        "RMSSE": round(float(np.nanmean(np.sqrt(((mean - actual) ** 2).mean(axis=1) / square))), 4),
        "bias %": round(100 * float((mean.sum() - actual.sum()) / actual.sum()), 2),
    }
    for level in LEVELS:
        low, high = column(f"low_{round(level * 100)}"), column(f"high_{round(level * 100)}")
        row[f"within {round(level * 100)} %"] = round(100 * coverage(actual, low, high), 1)
    return row


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SETS:
        for row in run([chosen]):
            print(row, flush=True)
