"""Histories for the planner's statistics, in the columns that it reads: demand by week, demand by day, and receipts.

Everything comes from marts at one version, in a fixed row order, so that the same version and day give the same histories. The
names of the columns are mapped here and nowhere else.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipelines.serving.mart import PinnedReader

_NUMBER: Final = "decimal(18, 6)"


def forecast_history(reader: PinnedReader, as_of: date) -> dict[str, pl.DataFrame]:
    """The tables `history` and `overrides` of a forecast: whole weeks before a day, Monday first.

    Args:
        reader: one version of the marts.
        as_of: the first day that is not known yet.

    Source: schemas/planning/forecasting.py; columns beyond its own (cancelled, stock_out_days) are for people to read.
    """
    return {
        "history": reader.select(_HISTORY, {"as_of": as_of}),
        "overrides": reader.select(_OVERRIDES),
    }


def usage_history(reader: PinnedReader, as_of: date) -> pl.DataFrame:
    """Demand by item, location and day before a day: `demand_history` of schemas/planning/policies.py.

    A day on which more came back than was asked for takes the rest off the days before, as a return undoes what was asked.
    """
    return _without_negative(reader.select(_USAGE, {"as_of": as_of}))


def receipt_history(reader: PinnedReader, as_of: date) -> pl.DataFrame:
    """Receipts of orders before a day: `receipt_history` of schemas/planning/policies.py."""
    return reader.select(_RECEIPTS, {"as_of": as_of})


def _without_negative(rows: pl.DataFrame) -> pl.DataFrame:
    """Take what came back from the nearest earlier days of the item and location.

    >>> days = pl.DataFrame({"item": ["A"] * 3, "location": ["MAIN"] * 3, "on": [1, 2, 3], "quantity": [5, 4, -6]})
    >>> _without_negative(days).rows()
    [('A', 'MAIN', 1, 3)]
    """
    if not (rows["quantity"] < 0).any():
        return rows
    kept: list[tuple[object, ...]] = []
    for place in rows.partition_by("item", "location", maintain_order=True):
        owed = 0
        later: list[tuple[object, ...]] = []
        for item, location, on, quantity in reversed(place.rows()):
            left = quantity - owed
            owed = max(-left, 0)
            if left > 0:
                later.append((item, location, on, left))
        kept += reversed(later)
    return pl.DataFrame(kept, schema=rows.schema, orient="row")


_HISTORY: Final = f"""select
    item_code as item,
    site_code as location,
    customer_group,
    period_start,
    quantity::{_NUMBER} as quantity,
    returned_quantity::{_NUMBER} as returned,
    stocked_out,
    promoted,
    cancelled_quantity::{_NUMBER} as cancelled,
    stock_out_days
from marts.demand_history($as_of)
order by all"""
_OVERRIDES: Final = f"""select
    item_code as item,
    site_code as location,
    customer_group,
    period_start,
    override,
    before::{_NUMBER} as before,
    after::{_NUMBER} as after
from marts.forecast_override_in_force
order by all"""
_USAGE: Final = f"""select item_code as item, site_code as location, used_on as "on", quantity::{_NUMBER} as quantity
from marts.usage_history
where used_on < $as_of
order by all"""
_RECEIPTS: Final = f"""select
    receipt as "order",
    item_code as item,
    site_code as location,
    supplier_code as supplier,
    ordered_on,
    received_on,
    quantity::{_NUMBER} as quantity
from marts.receipt_history
where received_on < $as_of
order by all"""
