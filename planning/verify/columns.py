"""Tables as the checker of large plans sees them: whole columns of integers and text, whatever form the frame had.

The same forms as reading.py, which reads row by row: quantities, money and shares are millionths, dates day numbers;
missing columns take the defaults of schemas.planning.
"""

from collections.abc import Mapping

import polars as pl

from planning.verify.reading import MILLIONTHS
from schemas.planning import INPUT_TABLES, OUTPUT_TABLES, QUANTITY_SCALE, Column, Kind

WHOLE = (Kind.COUNT, Kind.INTEGER, Kind.WEEKDAY)


def input_frames(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Every input table; a missing one is empty."""
    return {name: _frame(tables.get(name), table.columns) for name, table in INPUT_TABLES.items()}


def output_frames(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Every output table; a missing one is empty."""
    return {name: _frame(tables.get(name), table.columns) for name, table in OUTPUT_TABLES.items()}


def _frame(frame: pl.DataFrame | None, columns: tuple[Column, ...]) -> pl.DataFrame:
    frame = pl.DataFrame() if frame is None else frame
    held = "row" in frame.columns and frame.schema["row"] == pl.Int32 and "table" not in frame.columns
    made = []
    for column in columns:
        if column.name in frame.columns:
            made.append(_column(frame[column.name], column, held=held).alias(column.name))
        else:
            made.append(pl.Series(column.name, [column.default], dtype=_type(column)).new_from_index(0, frame.height))
    return pl.DataFrame(made)


def _type(column: Column) -> pl.DataType:
    if column.kind in MILLIONTHS or column.kind in WHOLE:
        return pl.Int64()
    if column.kind is Kind.DATE:
        return pl.Int32()
    return pl.Boolean() if column.kind is Kind.BOOLEAN else pl.String()


def _column(values: pl.Series, column: Column, *, held: bool) -> pl.Series:
    if column.kind in MILLIONTHS and not held:
        values = _millionths(values)
    elif column.kind is Kind.DATE and not values.dtype.is_integer():
        dated = values.str.slice(0, 10).str.to_date("%Y-%m-%d") if values.dtype == pl.String else values.cast(pl.Date)
        values = dated.cast(pl.Int32)
    elif column.kind is Kind.BOOLEAN and values.dtype == pl.String:
        values = values.str.strip_chars().str.to_lowercase().is_in(["true", "1", "yes"])
    made = values.cast(_type(column), strict=column.kind is not Kind.WEEKDAY)
    if column.default is None or made.null_count() == 0:
        return made
    return made.zip_with(made.is_not_null(), pl.Series([column.default], dtype=made.dtype))


def _millionths(values: pl.Series) -> pl.Series:
    """Any number to millionths, half up."""
    if values.dtype.is_float():
        return (values * QUANTITY_SCALE + 0.5).floor().cast(pl.Int64)
    if values.dtype.is_integer():
        return values.cast(pl.Int64) * QUANTITY_SCALE
    if values.dtype == pl.Null:
        return values.cast(pl.Int64)
    scaled = values if values.dtype == pl.Decimal(18, 6) else values.cast(pl.Decimal(38, 6))
    return scaled.to_physical().cast(pl.Int64)
