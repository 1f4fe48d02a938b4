"""Tables as the checker sees them: rows of plain integers and text, whatever form the frame had.

Quantities, money and shares become integers of millionths, dates day numbers, flags truth values; missing columns take
the defaults of schemas.planning. A frame in held form (with the column `row`) has integers already. No row is
rejected here: the checker is handed what the planner planned.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from schemas.planning import DAY_ZERO, INPUT_TABLES, OUTPUT_TABLES, PARAMETERS, QUANTITY_SCALE, Column, Kind

MILLIONTHS = (Kind.QUANTITY, Kind.SHARE, Kind.YIELD, Kind.POSITIVE, Kind.DURATION)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Row = dict[str, Any]


def read_inputs(tables: Mapping[str, pl.DataFrame]) -> dict[str, list[Row]]:
    """Every input table as rows; a missing table is empty."""
    return {name: _rows(tables.get(name), table.columns) for name, table in INPUT_TABLES.items()}


def read_outputs(tables: Mapping[str, pl.DataFrame]) -> dict[str, list[Row]]:
    """Every output table as rows; a missing table is empty."""
    return {name: _rows(tables.get(name), table.columns) for name, table in OUTPUT_TABLES.items()}


def read_parameters(table: pl.DataFrame) -> Row:
    """The table `parameters` (key, value) with its defaults."""
    said = {row["key"]: row["value"] for row in table.iter_rows(named=True)}
    found: Row = {}
    for column in PARAMETERS:
        value = said.get(column.name)
        found[column.name] = column.default if value is None else _value(value, column, held=False)
    return found


def _rows(frame: pl.DataFrame | None, columns: tuple[Column, ...]) -> list[Row]:
    if frame is None:
        return []
    held = "row" in frame.columns and frame.schema["row"] == pl.Int32 and "table" not in frame.columns
    rows = []
    for raw in frame.iter_rows(named=True):
        row: Row = {}
        for column in columns:
            value = raw.get(column.name)
            row[column.name] = column.default if value is None else _value(value, column, held=held)
        rows.append(row)
    return rows


def _value(value: Any, column: Column, *, held: bool) -> Any:
    """One cell.

    >>> _value("2.5", Column("quantity", Kind.QUANTITY), held=False)
    2500000
    >>> _value("1970-01-05", Column("due_on", Kind.DATE), held=False)
    4
    """
    if held:
        return value
    read = READERS.get(column.kind)
    return str(value) if read is None else read(value)


def _millionths(value: Any) -> int:
    return int((Decimal(str(value)) * QUANTITY_SCALE).to_integral_value(rounding=ROUND_HALF_UP))


def _whole(value: Any) -> int:
    return int(Decimal(str(value)))


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).strip().lower() in ("true", "1", "yes")


def _weekday(value: Any) -> int:
    return WEEKDAYS.index(value.lower()) + 1 if isinstance(value, str) and not value.isdigit() else int(value)


def _minute(value: Any) -> int:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return int((moment - datetime.combine(DAY_ZERO, datetime.min.time())).total_seconds() // 60)


def _day(value: Any) -> int:
    if isinstance(value, datetime):
        value = value.date()
    if not isinstance(value, date):
        value = date.fromisoformat(str(value)[:10])
    return (value - DAY_ZERO).days


def _clock(value: Any) -> int:
    if isinstance(value, int):
        return value
    parts = str(value).split(":")
    return 60 * int(parts[0]) + int(parts[1])


READERS: dict[Kind, Callable[[Any], Any]] = {
    **dict.fromkeys(MILLIONTHS, _millionths),
    Kind.DATE: _day,
    Kind.COUNT: _whole,
    Kind.INTEGER: _whole,
    Kind.BOOLEAN: _flag,
    Kind.WEEKDAY: _weekday,
    Kind.CLOCK: _clock,
    Kind.INSTANT: _minute,
}
"""How each kind of value is read from its wire form; text is taken as it is."""
