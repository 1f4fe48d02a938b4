"""A history of demand, read: tidy rows in, one gapless row of numbers per series out, faulty rows named.

A series is an item at a location for a customer group; it runs from its first row to the history's last period, and a period
without a row had no demand (cleaning.py shows that, as it shows every other change). Values are parsed as those of a
planning package are; quantities become floats here, since what follows is statistics.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from planning.forecast.measures import FloatArray
from planning.forecast.periods import SEASONS, IntArray, Period, anchored
from planning.package.checking import without_missing, without_repeated_keys
from planning.package.findings import Findings
from planning.package.parsing import HELD, parse, parse_signed
from planning.package.reading import ROW, read_raw_table, with_row_numbers
from schemas.planning import DAY_ZERO, QUANTITY_SCALE, Table
from schemas.planning.forecasting import ANALOGUES, HISTORY, OVERRIDES

PERIODS_LIMIT = 5_200
"""A series of more periods than this, a century of weeks, is a date gone wrong."""

KEY = ("item", "location", "customer_group")


class HistoryError(ValueError):
    """There is nothing to forecast from: the folder, the table or every row of it is missing or unusable."""


@dataclass(frozen=True)
class History:
    """Series of demand, one after the other in rows of numbers that all end with the same period.

    Attributes:
        keys: columns item, location, customer_group; one row a series, sorted.
        first: int64[N + 1], where each series begins in the arrays below (CSR).
        quantity: float64 as it was stated; 0 in a gap; negative where more came back than went out.
        returned: float64, what came back in the period beside that.
        stated: bool, False in a gap.
        stocked_out, promoted: bool.
        price: float64, NaN where none is stated.
        period: which period this is.
        last: number of the last period.
        analogues, overrides: parsed tables, quantities as floats.
        rejects: rows that could not be used.
        notices: what else the reader should know.
    """

    keys: pl.DataFrame
    first: IntArray
    quantity: FloatArray
    returned: FloatArray
    stated: npt.NDArray[np.bool_]
    stocked_out: npt.NDArray[np.bool_]
    promoted: npt.NDArray[np.bool_]
    price: FloatArray
    period: Period
    last: int
    analogues: pl.DataFrame
    overrides: pl.DataFrame
    rejects: pl.DataFrame
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        """How many series."""
        return self.keys.height

    def span(self, series: int) -> slice:
        """Where a series lies in the arrays."""
        return slice(int(self.first[series]), int(self.first[series + 1]))


def read_history(
    source: str | Path | pl.DataFrame | Mapping[str, pl.DataFrame], *, period: str = "week", until: date | None = None
) -> History:
    """Read a history of demand.

    Args:
        source: a folder with `history.parquet` or `history.csv` (and perhaps `analogues` and `overrides`), the tables as
            polars frames by name, or the table `history` alone.
        period: a key of `SEASONS`.
        until: start of the last whole period; rows after it are rejected. Without it the last row says.

    Raises:
        HistoryError: no such period, no folder, no table or no row that can be used.

    >>> rows = pl.DataFrame({"item": ["BIKE"] * 2, "period_start": ["2026-01-05", "2026-01-19"], "quantity": [3, 5]})
    >>> history = read_history(rows)
    >>> history.quantity.tolist(), history.stated.tolist()
    ([3.0, 0.0, 5.0], [True, False, True])
    """
    if period not in SEASONS:
        message = f"the period {period} is not known; use one of: {', '.join(SEASONS)}"
        raise HistoryError(message)
    findings = Findings()
    tables = {table.name: _read(source, table, findings) for table in (HISTORY, ANALOGUES, OVERRIDES)}
    rows = tables["history"]
    days = rows["period_start"].to_numpy().astype(np.int64)
    kind, fits = anchored(period, days)
    reason = f"does not start a {period} as most rows do"
    rows = _without(rows, ~pl.Series(fits, dtype=pl.Boolean), findings, reason)
    if until is not None:
        late = rows["period_start"] > (until - DAY_ZERO).days
        rows = _without(rows, late, findings, f"after {until}, the end of the history")
    numbers = pl.Series("number", kind.numbers(rows["period_start"].to_numpy().astype(np.int64)), dtype=pl.Int64)
    rows = rows.with_columns(numbers)
    if rows.height == 0:
        raise HistoryError(_nothing_left(findings))
    last = int(rows["number"].to_numpy().max())
    if until is not None:
        last = max(last, int(kind.numbers(np.array([(until - DAY_ZERO).days]))[0]))
    old = rows["number"] <= last - PERIODS_LIMIT
    rows = _without(rows, old, findings, f"{PERIODS_LIMIT} periods or more before the history's end")
    return _laid_out(rows, kind, last, tables, findings)


def _read(source: str | Path | pl.DataFrame | Mapping[str, pl.DataFrame], table: Table, findings: Findings):
    """One table parsed, faulty rows taken out; empty where it is missing."""
    if isinstance(source, pl.DataFrame):
        source = {"history": source}
    if isinstance(source, Mapping):
        raw = with_row_numbers(source[table.name]) if table.name in source else None
    else:
        folder = Path(source)
        if not folder.is_dir():
            message = f"{folder} is not a folder with a history"
            raise HistoryError(message)
        raw = read_raw_table(folder, table.name, findings)
    missing = [] if raw is None else [c.name for c in table.columns if c.required and c.name not in raw.columns]
    for name in missing:
        findings.reject(table.name, 0, name, None, "required column is missing; the table was not read")
    if table.required and (raw is None or missing):
        message = (
            f"the table {table.name} is missing or lacks a column ({', '.join(missing) or 'history.parquet or .csv'})"
        )
        raise HistoryError(message)
    if raw is None or missing:
        raw = pl.DataFrame(schema={ROW: pl.Int32})
    carried = [name for name in raw.columns if name != ROW and name not in {c.name for c in table.columns}]
    if carried:
        findings.notice(f"columns of {table.name} that are not known, ignored: {', '.join(carried)}")
    return without_repeated_keys(without_missing(_parsed(raw, table, findings), table, findings), table, findings)


def _parsed(raw: pl.DataFrame, table: Table, findings: Findings) -> pl.DataFrame:
    columns, faulty = [raw[ROW]], pl.Series([False]).new_from_index(0, raw.height)
    for column in table.columns:
        if column.name in raw.columns:
            source = raw[column.name]
            signed = table.name == "history" and column.name == "quantity"
            parsed = parse_signed(source) if signed else parse(source, column)
            for mask, reason in parsed.faults:
                findings.reject_rows(table.name, raw[ROW].filter(mask), column.name, source.filter(mask), reason)
                faulty = faulty | mask
            values = parsed.values
        else:
            values = pl.Series([None], dtype=HELD[column.kind]).new_from_index(0, raw.height)
        if column.default is not None and values.null_count():
            values = values.fill_null(column.default)
        if values.dtype == pl.Int64:
            values = values / QUANTITY_SCALE
        columns.append(values.alias(column.name))
    return pl.DataFrame(columns).filter(~faulty)


def _without(rows: pl.DataFrame, wrong: pl.Series, findings: Findings, reason: str) -> pl.DataFrame:
    if not wrong.any():
        return rows
    lost = rows.filter(wrong)
    findings.reject_rows("history", lost[ROW], "period_start", lost["period_start"].cast(pl.Date), reason)
    return rows.filter(~wrong)


def _nothing_left(findings: Findings) -> str:
    rejected = findings.table()
    first = f"; the first: row {rejected['row'][0]}, {rejected['reason'][0]}" if rejected.height else ""
    return f"the table history has no row that can be used ({rejected.height} were rejected{first})"


def _laid_out(
    rows: pl.DataFrame, kind: Period, last: int, tables: dict[str, pl.DataFrame], findings: Findings
) -> History:
    rows = rows.sort([*KEY, "number"])
    begins = rows.group_by(KEY, maintain_order=True).agg(pl.col("number").first().alias("begin"), pl.len())
    begin = begins["begin"].to_numpy()
    lengths = last + 1 - begin
    first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    owner = np.repeat(np.arange(begins.height), begins["len"].to_numpy())
    places = first[owner] + rows["number"].to_numpy() - begin[owner]

    def spread(name: str, empty: float | bool) -> np.ndarray:
        held = np.full(first[-1], empty, dtype=type(empty))
        held[places] = rows[name].fill_null(empty).to_numpy() if rows[name].null_count() else rows[name].to_numpy()
        return held

    stated = np.zeros(first[-1], dtype=bool)
    stated[places] = True
    return History(
        keys=begins.select(KEY),
        first=first,
        quantity=spread("quantity", 0.0),
        returned=spread("returned", 0.0),
        stated=stated,
        stocked_out=spread("stocked_out", False),
        promoted=spread("promoted", False),
        price=spread("price", float("nan")),
        period=kind,
        last=last,
        analogues=tables["analogues"],
        overrides=tables["overrides"],
        rejects=findings.table(),
        notices=tuple(findings.notices),
    )
