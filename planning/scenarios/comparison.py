"""Measures of scenarios beside each other: one row a scenario and measure, with the base's value and the difference to it."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from planning.scenarios.measures import MEASURES, Measured
from planning.scenarios.model import BASE

COMPARISON: dict[str, Any] = {
    "scenario": pl.String,
    "measure": pl.String,
    "unit": pl.String,
    "value": pl.Decimal(38, 6),
    "base": pl.Decimal(38, 6),
    "difference": pl.Decimal(38, 6),
    "on": pl.Date,
    "base_on": pl.Date,
}


def comparison(measured: Sequence[tuple[str, Measured]]) -> pl.DataFrame:
    """Lay measures side by side.

    Args:
        measured: names with what was measured; one is BASE.

    Returns:
        Columns COMPARISON, scenarios as they came, measures in the order of MEASURES. `on` is the day of the lowest cash.

    >>> from datetime import date
    >>> from decimal import Decimal
    >>> one = {name: Decimal(1) for name in MEASURES}
    >>> loads = pl.DataFrame()
    >>> rows = comparison([(BASE, Measured(one, date(2026, 1, 5), loads)),
    ...                    ("boom", Measured({**one, "late_units": Decimal(4)}, date(2026, 1, 6), loads))])
    >>> rows.filter((pl.col("scenario") == "boom") & (pl.col("measure") == "late_units"))["difference"].to_list()
    [Decimal('3.000000')]
    """
    base = dict(measured)[BASE]
    rows = []
    for name, each in measured:
        for measure, unit in MEASURES.items():
            value, against = each.values[measure], base.values[measure]
            difference = None if value is None or against is None else value - against
            dates = (each.lowest_cash_on, base.lowest_cash_on) if measure == "lowest_cash" else (None, None)
            rows.append((name, measure, unit, value, against, difference, *dates))
    return pl.DataFrame(rows, schema=COMPARISON, orient="row")


def side_by_side(table: pl.DataFrame) -> pl.DataFrame:
    """The same with a row a measure and a column a scenario, for reading.

    >>> side_by_side(pl.DataFrame({"scenario": ["base", "boom"], "measure": ["late_units"] * 2, "unit": ["unit"] * 2,
    ...                            "value": [1, 4]})).rows()
    [('late_units', 'unit', 1, 4)]
    """
    return table.pivot(on="scenario", index=["measure", "unit"], values="value", maintain_order=True)
