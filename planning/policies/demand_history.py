"""Demand as history shows it: by buckets counted back from plan_start, quiet ones included, by item and location.

An item's history begins with its first demand; the oldest bucket of the table counts only if it is whole. Deviations are
sample deviations about the mean: a trend or a season in the history widens them, and forecasting is not done here. The
moments of a day's demand say how far stock falls below a reorder point before anybody looks.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from planning.package.findings import Findings
from schemas.planning import QUANTITY_SCALE

PLACE = ("item_index", "location")


def demand_before(history: pl.DataFrame, plan_start: int, findings: Findings) -> pl.DataFrame:
    """The rows before plan_start; later ones are no history and are rejected."""
    late = history["on"] >= plan_start
    if not late.any():
        return history
    wrong = history.filter(late)
    findings.reject_rows(
        "demand_history", wrong["row"], "on", wrong["on"].cast(pl.Date), "not before plan_start, so no history"
    )
    return history.filter(~late)


def bucket_demand(history: pl.DataFrame, *, plan_start: int, bucket_days: int) -> pl.DataFrame:
    """Demand by item, location and bucket, in stocking units; 0 is the last bucket before plan_start, quiet ones absent.

    Args:
        history: item_index, location, on (day number), quantity (millionths); rows before plan_start.

    Returns:
        item_index, location, bucket, quantity (Float64), sorted; the table's oldest bucket only where it is whole.
    """
    if history.height == 0:
        return pl.DataFrame(
            schema={"item_index": pl.Int32, "location": pl.String, "bucket": pl.Int32, "quantity": float}
        )
    oldest = history["on"].min()
    assert isinstance(oldest, int)
    whole = max((plan_start - oldest) // bucket_days, 1)
    bucket = (plan_start - 1 - pl.col("on")) // bucket_days
    return (
        history.with_columns(bucket.cast(pl.Int32).alias("bucket"), pl.col("quantity") / QUANTITY_SCALE)
        .filter((pl.col("bucket") < whole) & (pl.col("quantity") > 0))
        .group_by(*PLACE, "bucket")
        .agg(pl.col("quantity").sum())
        .sort(*PLACE, "bucket")
    )


def demand_statistics(history: pl.DataFrame, buckets: pl.DataFrame) -> pl.DataFrame:
    """Mean, deviation, variation and rhythm of demand.

    Args:
        history: item_index, location, on (day number), quantity (millionths); rows before plan_start.
        buckets: what `bucket_demand` makes of it.

    Returns:
        A row an item and location that had demand: bucket_count, busy_count, mean and deviation a bucket,
        population_deviation, interval (buckets per bucket with demand), busy_variation (squared coefficient of variation
        of those), day_second and day_third (E[D^2] and E[D^3] over E[D], of days with demand); sorted.

    >>> history = pl.DataFrame({"item_index": [0, 0, 0], "location": ["MAIN"] * 3, "on": [72, 79, 93],
    ...                         "quantity": [4_000_000, 2_000_000, 6_000_000]})
    >>> table = demand_statistics(history, bucket_demand(history, plan_start=100, bucket_days=7))
    >>> table.select("bucket_count", "busy_count", "mean", "interval").row(0)
    (4, 3, 3.0, 1.3333333333333333)
    >>> round(table["deviation"][0], 4)  # of 4, 2, 0, 6
    2.582
    """
    q, count = pl.col("quantity"), pl.col("bucket_count").cast(pl.Float64)
    by_bucket = (
        buckets.group_by(PLACE)
        .agg(
            (pl.col("bucket").max() + 1).alias("bucket_count"),
            pl.len().cast(pl.Int32).alias("busy_count"),
            q.sum().alias("total"),
            q.mean().alias("busy_mean"),
            q.std(ddof=0).alias("busy_deviation"),
        )
        .with_columns((pl.col("total") / count).alias("mean"))
    )
    quiet = count - pl.col("busy_count")
    squares = (
        pl.col("busy_count") * (pl.col("busy_deviation") ** 2 + (pl.col("busy_mean") - pl.col("mean")) ** 2)
        + quiet * pl.col("mean") ** 2
    )
    days = history.group_by(*PLACE, "on").agg((q.sum() / QUANTITY_SCALE).alias("quantity")).filter(q > 0)
    by_day = days.group_by(PLACE).agg(
        ((q**2).sum() / q.sum()).alias("day_second"), ((q**3).sum() / q.sum()).alias("day_third")
    )
    return (
        by_bucket.with_columns(
            (squares / (count - 1)).sqrt().alias("deviation"),
            (squares / count).sqrt().alias("population_deviation"),
            (count / pl.col("busy_count")).alias("interval"),
            ((pl.col("busy_deviation") / pl.col("busy_mean")) ** 2).alias("busy_variation"),
        )
        .join(by_day, on=PLACE, how="left")
        .sort(PLACE)
    )


def bucket_samples(
    buckets: pl.DataFrame, places: pl.DataFrame
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """(first, values): the busy buckets' demand of each place, values[first[i] : first[i + 1]], in the order of places."""
    numbered = places.select(PLACE).with_row_index("place")
    joined = buckets.join(numbered, on=PLACE, how="inner").sort("place", "bucket")
    first = np.searchsorted(joined["place"].to_numpy(), np.arange(places.height + 1))
    return first.astype(np.int64), joined["quantity"].to_numpy().astype(np.float64)
