"""What a package is once it has been read: tables of integers, parameters, rejects, notices and a content hash.

Nothing in it changes afterwards; a scenario is a new package made from patched frames.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import polars as pl

from schemas.planning import DAY_ZERO


class PackageError(ValueError):
    """The package cannot be planned at all; the message names what is missing and what to do."""


@dataclass(frozen=True)
class Parameters:
    """The table `parameters`, typed. Days are day numbers (days since 1970-01-01), weekday 1 is Monday."""

    plan_start: int
    horizon_days: int
    bucket: str
    week_starts_on: int
    currency: str | None
    working_days_only: bool
    scrap_basis: str
    part_period_rule: str
    receipt_window_days: int
    backward_days: int
    forward_days: int

    @property
    def plan_start_date(self) -> date:
        """The first day of the plan as a date."""
        return DAY_ZERO + timedelta(days=self.plan_start)

    @property
    def buckets_per_year(self) -> int:
        """52 weeks or 365 days, as the cost conventions of the package say."""
        return 52 if self.bucket == "week" else 365

    def bucket_starts(self) -> list[int]:
        """Start of every bucket, as days after plan_start, ascending; the first is 0.

        The first bucket begins at plan_start, the second at the next week start; day buckets begin every day.

        >>> p = Parameters(4, 20, "week", 1, None, False, "divide", "closest", 0, 7, 0)  # 1970-01-05, a Monday
        >>> p.bucket_starts()
        [0, 7, 14]
        """
        if self.bucket == "day":
            return list(range(self.horizon_days))
        weekday = (self.plan_start + 3) % 7 + 1  # 1970-01-01 was a Thursday, weekday 4.
        first = (self.week_starts_on - weekday) % 7 or 7
        return [0, *range(first, self.horizon_days, 7)]


@dataclass(frozen=True)
class Package:
    """One planning package, validated.

    Attributes:
        parameters: the typed parameters.
        tables: every input table by wire name, with every declared column, rows sorted canonically. Quantities, money,
            shares and durations are Int64 millionths, dates Int32 day numbers, instants Int64 minutes, text String.
            Columns that name an item have a twin `<column>_index` (Int32), the row of that item in `items`.
            Every table has `row` (Int32), its 1-based row in the source.
        rejects: columns table, row, column, value, reason; row 0 stands for the table as a whole.
        notices: sentences for the reader that are no faults.
        content_hash: 32 hex digits; the same content in Parquet, CSV or frames, in any row order, hashes the same.
    """

    parameters: Parameters
    tables: Mapping[str, pl.DataFrame]
    rejects: pl.DataFrame
    notices: tuple[str, ...]
    content_hash: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    def table(self, name: str) -> pl.DataFrame:
        """The table of that wire name; empty where the package has none. KeyError for a name the format lacks."""
        return self.tables[name]

    def tables_without(self, rejects: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """The tables without the rows of demand, stock and receipts that a method rejected: what its plan answers to.

        Args:
            rejects: the plan's table `rejects`.
        """
        left = dict(self.tables)
        for name in ("demand", "stock", "receipts"):
            rows = rejects.filter(pl.col("table") == name)["row"]
            left[name] = left[name].filter(~pl.col("row").is_in(rows.implode()))
        return left

    @property
    def items(self) -> pl.Series:
        """Item names, sorted; an item's index is its place here."""
        return self.tables["items"]["item"]

    def summary(self) -> dict[str, Any]:
        """Counts for summary.json: rows planned by table, rejects, hash."""
        return {
            "package_hash": self.content_hash,
            "rows": {name: frame.height for name, frame in self.tables.items()},
            "rejects": self.rejects.height,
        }
