"""Values of one column, of whatever type a file had, into the integers and texts that planning holds.

Every function answers with the held values (null where the value is absent or faulty) and the faults as (mask, reason)
pairs; none raises on a value. Rounding to 6 decimals is half up and happens here, in `_float_to_millionths` and
`_decimal_to_millionths`. Which rows fall out is checking.py's affair.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from schemas.planning import QUANTITY_LIMIT, QUANTITY_SCALE, Column, Kind

HUNDRED_YEARS_OF_DAYS = 36_525
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TRUE_WORDS = ["true", "t", "yes", "y", "1"]
FALSE_WORDS = ["false", "f", "no", "n", "0"]


@dataclass
class Parsed:
    """One column, parsed: held values, and why some source values could not be."""

    values: pl.Series
    faults: list[tuple[pl.Series, str]] = field(default_factory=list)

    def fault(self, mask: pl.Series, reason: str) -> None:
        """Note a fault where the mask is true and blank those values; an empty mask leaves no trace."""
        mask = mask.fill_null(value=False)
        if mask.any():
            self.faults.append((mask, reason))
            self.values = self.values.zip_with(~mask, pl.Series([None], dtype=self.values.dtype))


def parse(source: pl.Series, column: Column) -> Parsed:
    """Parse a source column as its declared kind; absent values stay null (defaults come later)."""
    source = _without_empty_text(source)
    if source.dtype == pl.Null:
        return Parsed(pl.Series(source.name, [None] * len(source), dtype=HELD[column.kind]))
    return PARSERS[column.kind](source, column)


def parse_signed(source: pl.Series) -> Parsed:
    """Parse a column of quantities that may be negative, as a history's are, into int64 millionths."""
    source = _without_empty_text(source)
    if source.dtype == pl.Null:
        return Parsed(pl.Series(source.name, [None] * len(source), dtype=pl.Int64))
    return _millionths(source) or _wrong_type(source, Kind.QUANTITY)


def _without_empty_text(source: pl.Series) -> pl.Series:
    if isinstance(source.dtype, (pl.Categorical, pl.Enum)):
        source = source.cast(pl.String)
    if source.dtype == pl.String:
        source = source.replace("", None) if (source == "").any() else source
    return source


def _wrong_type(source: pl.Series, kind: Kind) -> Parsed:
    parsed = Parsed(pl.Series(source.name, [None] * len(source), dtype=HELD[kind]))
    parsed.fault(source.is_not_null(), f"a column of type {source.dtype} cannot hold a {kind.value}")
    return parsed


def _float_to_millionths(numbers: pl.Series) -> pl.Series:
    whole = numbers.floor()
    part = ((numbers - whole) * QUANTITY_SCALE + 0.5).floor()
    return whole.cast(pl.Int64, strict=False) * QUANTITY_SCALE + part.cast(pl.Int64, strict=False)


def _decimal_to_millionths(decimals: pl.Series, scale: int) -> pl.Series:
    """Physical Int128 of a Decimal with that scale to Int64 millionths, half up; null where it does not fit."""
    physical = pl.col("n")
    if scale <= 6:
        expression = physical * pl.lit(10 ** (6 - scale), dtype=pl.Int128)
    else:
        divisor = 10 ** (scale - 6)
        expression = (physical + pl.lit(divisor // 2, dtype=pl.Int128)) // pl.lit(divisor, dtype=pl.Int128)
    return pl.DataFrame({"n": decimals.to_physical().cast(pl.Int128)}).select(expression.cast(pl.Int64, strict=False))[
        "n"
    ]


def _millionths(source: pl.Series) -> Parsed | None:
    """Any numeric or text column to Int64 millionths; None where the type cannot be a number."""
    dtype = source.dtype
    if dtype == pl.String:
        text = source.str.strip_chars()
        numbers = text.cast(pl.Float64, strict=False)
        exact = _decimal_to_millionths(text.cast(pl.Decimal(38, 12), strict=False), 12)
    elif dtype.is_float():
        numbers = source.cast(pl.Float64)
        exact = None
    elif dtype.is_integer():
        numbers = source.cast(pl.Float64)
        within = source.cast(pl.Int64, strict=False).clip(-QUANTITY_LIMIT, QUANTITY_LIMIT)
        exact = within * QUANTITY_SCALE
    elif isinstance(dtype, pl.Decimal):
        numbers = source.cast(pl.Float64)
        exact = _decimal_to_millionths(source, dtype.scale)
    else:
        return None
    finite = numbers.is_finite().fill_null(value=False)
    within = finite & (numbers.abs() <= QUANTITY_LIMIT)
    bounded = numbers.zip_with(within, pl.Series([None], dtype=pl.Float64))
    rounded = _float_to_millionths(bounded) if exact is None or exact.null_count() > source.null_count() else exact
    values = rounded if exact is None else exact.zip_with(exact.is_not_null(), rounded)
    parsed = Parsed(values.alias(source.name))
    parsed.fault(source.is_not_null() & numbers.is_null(), "not a number")
    parsed.fault(numbers.is_not_null() & ~finite, "not a finite number")
    parsed.fault(finite & (numbers.abs() > QUANTITY_LIMIT), f"beyond {QUANTITY_LIMIT} in size")
    return parsed


def _quantity(source: pl.Series, column: Column) -> Parsed:
    parsed = _millionths(source)
    if parsed is None:
        return _wrong_type(source, column.kind)
    parsed.fault(parsed.values < 0, "negative")
    if column.kind is Kind.SHARE:
        parsed.fault(parsed.values >= QUANTITY_SCALE, "must be below 1")
    elif column.kind is Kind.YIELD:
        parsed.fault(parsed.values <= 0, "must be above 0")
        parsed.fault(parsed.values > QUANTITY_SCALE, "must be at most 1")
    elif column.kind is Kind.POSITIVE:
        parsed.fault(parsed.values <= 0, "must be above 0")
    elif column.kind is Kind.DURATION:
        parsed.fault(parsed.values > HUNDRED_YEARS_OF_DAYS * QUANTITY_SCALE, "longer than a hundred years")
    return parsed


def _integer(source: pl.Series, column: Column) -> Parsed:
    parsed = _millionths(source)
    if parsed is None:
        return _wrong_type(source, column.kind)
    parsed.fault(parsed.values % QUANTITY_SCALE != 0, "not a whole number")
    if column.kind is Kind.COUNT:
        parsed.fault(parsed.values < 0, "negative")
    parsed.values = parsed.values // QUANTITY_SCALE
    parsed.fault(parsed.values.abs() > 2**31 - 1, "too large for a whole number here")
    parsed.values = parsed.values.cast(pl.Int32)
    return parsed


def _text(source: pl.Series, column: Column) -> Parsed:
    dtype = source.dtype
    if dtype == pl.String:
        return Parsed(source)
    if dtype == pl.Binary:
        parsed = Parsed(source.cast(pl.String, strict=False))
        parsed.fault(source.is_not_null() & parsed.values.is_null(), "not UTF-8 text")
        return parsed
    if dtype.is_integer() or dtype == pl.Date:
        return Parsed(source.cast(pl.String))
    return _wrong_type(source, column.kind)


def _choice(source: pl.Series, column: Column) -> Parsed:
    parsed = _text(source, column)
    wrong = parsed.values.is_not_null() & ~parsed.values.is_in(list(column.choices))
    parsed.fault(wrong, "not one of " + ", ".join(column.choices))
    return parsed


def _boolean(source: pl.Series, column: Column) -> Parsed:
    if source.dtype == pl.Boolean:
        return Parsed(source)
    if not (source.dtype == pl.String or source.dtype.is_integer()):
        return _wrong_type(source, column.kind)
    word = source.cast(pl.String).str.strip_chars().str.to_lowercase()
    values = word.is_in(TRUE_WORDS)
    parsed = Parsed(values.alias(source.name).zip_with(word.is_not_null(), pl.Series([None], dtype=pl.Boolean)))
    parsed.fault(word.is_not_null() & ~word.is_in(TRUE_WORDS + FALSE_WORDS), "neither true nor false")
    return parsed


def _date(source: pl.Series, column: Column) -> Parsed:
    dtype = source.dtype
    if dtype == pl.Date:
        return Parsed(source.cast(pl.Int32))
    if isinstance(dtype, pl.Datetime):
        return Parsed(source.dt.replace_time_zone(None).dt.date().cast(pl.Int32))
    if dtype != pl.String:
        return _wrong_type(source, column.kind)
    text = source.str.strip_chars()
    days = text.str.to_date("%Y-%m-%d", strict=False)
    if days.null_count() > text.null_count():
        instants = _text_to_datetime(text).dt.date()
        days = days.zip_with(days.is_not_null(), instants)
    parsed = Parsed(days.cast(pl.Int32))
    parsed.fault(text.is_not_null() & days.is_null(), "not an ISO date (YYYY-MM-DD)")
    return parsed


def _text_to_datetime(text: pl.Series) -> pl.Series:
    spaced = text.str.replace("T", " ", literal=True)
    moments = spaced.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    minutes = spaced.str.to_datetime("%Y-%m-%d %H:%M", strict=False, time_unit="us")
    days = spaced.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
    return moments.zip_with(moments.is_not_null(), minutes.zip_with(minutes.is_not_null(), days))


def _instant(source: pl.Series, column: Column) -> Parsed:
    dtype = source.dtype
    if dtype == pl.Date or isinstance(dtype, pl.Datetime):
        moments = source.cast(pl.Datetime("us")) if dtype == pl.Date else source.dt.replace_time_zone(None)
        return Parsed(moments.dt.epoch("s") // 60)
    if dtype != pl.String:
        return _wrong_type(source, column.kind)
    moments = _text_to_datetime(source.str.strip_chars())
    parsed = Parsed(moments.dt.epoch("s") // 60)
    parsed.fault(source.is_not_null() & moments.is_null(), "not an ISO timestamp")
    return parsed


def _clock(source: pl.Series, column: Column) -> Parsed:
    if source.dtype == pl.Time:
        return Parsed((source.cast(pl.Int64) // 60_000_000_000).cast(pl.Int32))
    if source.dtype != pl.String:
        return _wrong_type(source, column.kind)
    parts = source.str.strip_chars().str.extract_groups(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$").struct.unnest()
    minutes = parts["1"].cast(pl.Int32) * 60 + parts["2"].cast(pl.Int32)
    parsed = Parsed(minutes.alias(source.name))
    wrong = minutes.is_null() | (minutes > 24 * 60) | (parts["2"].cast(pl.Int32) > 59)
    parsed.fault(source.is_not_null() & wrong, "not a time of day (HH:MM)")
    return parsed


def _weekday(source: pl.Series, column: Column) -> Parsed:
    if not (source.dtype == pl.String or source.dtype.is_integer()):
        return _wrong_type(source, column.kind)
    word = source.cast(pl.String).str.strip_chars().str.to_lowercase()
    names = {name: number for number, name in enumerate(WEEKDAYS, start=1)}
    names |= {name[:3]: number for name, number in list(names.items())}
    names |= {str(number): number for number in range(1, 8)}
    numbers = word.replace_strict(names, default=None, return_dtype=pl.Int32)
    parsed = Parsed(numbers.alias(source.name))
    parsed.fault(word.is_not_null() & numbers.is_null(), "not a weekday (monday to sunday, or 1 to 7)")
    return parsed


HELD: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.QUANTITY: pl.Int64(),
    Kind.SHARE: pl.Int64(),
    Kind.YIELD: pl.Int64(),
    Kind.POSITIVE: pl.Int64(),
    Kind.DURATION: pl.Int64(),
    Kind.COUNT: pl.Int32(),
    Kind.INTEGER: pl.Int32(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.DATE: pl.Int32(),
    Kind.INSTANT: pl.Int64(),
    Kind.CLOCK: pl.Int32(),
    Kind.WEEKDAY: pl.Int32(),
    Kind.CHOICE: pl.String(),
}
"""The polars type that each kind is held in."""

PARSERS: dict[Kind, Callable[[pl.Series, Column], Parsed]] = {
    Kind.TEXT: _text,
    Kind.QUANTITY: _quantity,
    Kind.SHARE: _quantity,
    Kind.YIELD: _quantity,
    Kind.POSITIVE: _quantity,
    Kind.DURATION: _quantity,
    Kind.COUNT: _integer,
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.INSTANT: _instant,
    Kind.CLOCK: _clock,
    Kind.WEEKDAY: _weekday,
    Kind.CHOICE: _choice,
}
