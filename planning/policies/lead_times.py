"""Lead times as receipts show them: days from order to receipt, by item and location, with the odd ones named.

P50 and P90 are values that occurred (the smallest that half, or nine in ten, of the receipts do not exceed), as in the
supplier scorecard, and count every receipt. Mean and deviation, on which safety stock rests, leave out receipts beyond
three quartile ranges of the quartiles (Tukey's outer fence), or beyond the median once more where most receipts take as long
as one another, where there are eight or more to judge by: an order that was forgotten for a year says nothing about the
supplier. Each of them is reported with its row.
"""

import polars as pl

from planning.package.findings import Findings

FENCE = 3.0
LEAST_TO_JUDGE = 8
BY_PLACE = ("item_index", "location")


def learned_lead_times(receipts: pl.DataFrame, findings: Findings, *, by: tuple[str, ...] = BY_PLACE) -> pl.DataFrame:
    """Lead times from checked receipts.

    Args:
        receipts: columns row, item, item_index, location, supplier, ordered_on and received_on (day numbers), quantity.
        findings: receipts dated before their order are rejected there, outliers are noted.
        by: columns to learn by.

    Returns:
        A row for each of `by`: receipt_count, outlier_count, days_mean, days_deviation (sample; 0 for one receipt),
        quantity_days_mean (weighted by quantity, outliers left out), days_p50, days_p90; sorted.

    >>> receipts = pl.DataFrame({"row": [1, 2, 3, 4], "item": ["A"] * 4, "item_index": [0] * 4, "location": ["MAIN"] * 4,
    ...     "supplier": [None] * 4, "ordered_on": [0, 10, 20, 40], "received_on": [6, 18, 30, 39],
    ...     "quantity": [1, 1, 2, 1]})
    >>> findings = Findings()
    >>> table = learned_lead_times(receipts, findings)
    >>> table.select("receipt_count", "days_mean", "days_deviation", "quantity_days_mean", "days_p50", "days_p90").row(0)
    (3, 8.0, 2.0, 8.5, 8.0, 10.0)
    >>> findings.table()["reason"].to_list()
    ['received before it was ordered']
    """
    judged = judged_receipts(receipts, findings, by=by)
    inside = ~pl.col("outlier")
    weight = pl.col("quantity").cast(pl.Float64).filter(inside)
    return (
        judged.group_by(by)
        .agg(
            pl.len().cast(pl.Int32).alias("receipt_count"),
            pl.col("outlier").sum().cast(pl.Int32).alias("outlier_count"),
            pl.col("days").filter(inside).mean().alias("days_mean"),
            pl.col("days").filter(inside).std().fill_null(0.0).alias("days_deviation"),
            ((pl.col("days").filter(inside) * weight).sum() / weight.sum()).alias("quantity_days_mean"),
            _occurring(0.5).alias("days_p50"),
            _occurring(0.9).alias("days_p90"),
        )
        .sort(by)
    )


def judged_receipts(receipts: pl.DataFrame, findings: Findings, *, by: tuple[str, ...] = BY_PLACE) -> pl.DataFrame:
    """Receipts with their `days` and whether each is an `outlier` among its kind; impossible ones are rejected."""
    backwards = receipts["received_on"] < receipts["ordered_on"]
    if backwards.any():
        wrong = receipts.filter(backwards)
        dates = wrong["received_on"].cast(pl.Date)
        findings.reject_rows("receipt_history", wrong["row"], "received_on", dates, "received before it was ordered")
        receipts = receipts.filter(~backwards)
    days = (pl.col("received_on") - pl.col("ordered_on")).cast(pl.Float64)
    low, high = (pl.col("days").quantile(share, "linear").over(by) for share in (0.25, 0.75))
    width = pl.max_horizontal(FENCE * (high - low), pl.col("days").median().over(by))
    beyond = (pl.col("days") > high + width) | (pl.col("days") < low - width)
    judged = receipts.with_columns(days.alias("days")).with_columns(
        ((pl.len().over(by) >= LEAST_TO_JUDGE) & beyond & (high > low)).alias("outlier")
    )
    odd = judged.filter("outlier")
    if odd.height:
        shown = odd["days"].cast(pl.Int64)
        reason = "outlier: its days lie beyond three quartile ranges and the median; left out of mean and deviation"
        findings.reject_rows("receipt_history", odd["row"], "received_on", shown, reason)
    return judged


def _occurring(share: float) -> pl.Expr:
    """The smallest value that at least this share of the values do not exceed."""
    place = ((pl.len() * share - 1e-9).ceil() - 1).clip(lower_bound=0).cast(pl.UInt32)
    return pl.col("days").sort().get(place)
