"""What people's changes to forecasts were worth, each against what then came: forecast value added.

An override is judged once its period is in the history. Its value is the error it took away, in units and as a share of the
demand; below zero it cost something. By name of the override, by series and in total, a table answers all three.
"""

import numpy as np
import polars as pl

from planning.forecast.history import KEY, History
from planning.forecast.measures import FloatArray
from planning.package.parsing import HELD
from schemas.planning.columns import Kind

VERDICTS = ("added", "cost", "no_difference", "not_known_yet", "no_such_series")


def override_table(history: History, values: list[FloatArray]) -> pl.DataFrame:
    """One row an override, in the order of its key: before, after, actual, value added in units and share, verdict.

    Args:
        values: the cleaned history of each series: a stock-out does not make a good forecast look bad.

    Source: Gilliland (2010), The Business Forecasting Deal, chapter 4; Fildes et al. (2009) on judgmental adjustments.
    """
    assert HELD[Kind.DATE] == pl.Int32
    rows = history.overrides.sort([*KEY, "period_start", "override"])
    places = {key: at for at, key in enumerate(history.keys.iter_rows())}
    owner = [places.get(key) for key in rows.select(KEY).iter_rows()]
    numbers = history.period.numbers(rows["period_start"].to_numpy().astype(np.int64))
    actual = np.full(rows.height, np.nan)
    for at, (series, number) in enumerate(zip(owner, numbers, strict=True)):
        if series is None:
            continue
        place = int(number) - history.last - 1
        if -values[series].size <= place < 0:
            actual[at] = values[series][place]
    before, after = rows["before"].to_numpy(), rows["after"].to_numpy()
    added = np.abs(before - actual) - np.abs(after - actual)
    share = np.divide(added, actual, out=np.full(added.shape, np.nan), where=actual > 0)
    verdict = [
        _verdict(value, known=not np.isnan(came), series=series)
        for value, came, series in zip(added, actual, owner, strict=True)
    ]
    return rows.select(*KEY, pl.col("period_start").cast(pl.Date), "override", "before", "after").with_columns(
        actual=pl.Series(actual, dtype=pl.Float64).fill_nan(None),
        value_added=pl.Series(added, dtype=pl.Float64).fill_nan(None),
        share_added=pl.Series(share, dtype=pl.Float64).fill_nan(None),
        verdict=pl.Series(verdict, dtype=pl.String),
    )


def _verdict(value: float, *, known: bool, series: int | None) -> str:
    if series is None:
        return "no_such_series"
    if not known:
        return "not_known_yet"
    return "added" if value > 0 else "cost" if value < 0 else "no_difference"


def value_by(table: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Overrides summed up by columns (`override`, or the series' key): count, units added, share of demand, WAPE before and after.

    >>> made = pl.DataFrame({"override": ["sales", "sales"], "before": [80.0, 50.0], "after": [95.0, 60.0],
    ...     "actual": [100.0, 50.0], "value_added": [15.0, -10.0]})
    >>> value_by(made, "override").rows()  # (20 + 0) / 150 before, (5 + 10) / 150 after
    [('sales', 2, 5.0, 0.13333333333333333, 0.1)]
    """
    known = table.filter(pl.col("actual").is_not_null())
    demand = pl.col("actual").sum()

    def error(name: str) -> pl.Expr:
        return pl.when(demand > 0).then((pl.col(name) - pl.col("actual")).abs().sum() / demand)

    return (
        known.group_by(columns)
        .agg(
            pl.len().cast(pl.Int32).alias("override_count"),
            pl.col("value_added").sum(),
            error("before").alias("wape_before"),
            error("after").alias("wape_after"),
        )
        .sort(columns)
    )
