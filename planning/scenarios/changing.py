"""Arithmetic of patches: held integers times a factor, plus something, or set; rounded half up, refused out of range."""

import polars as pl

from planning.package.parsing import HELD, Parsed, parse, parse_signed
from planning.scenarios.model import Patch, PatchRefused
from schemas.planning import QUANTITY_LIMIT, QUANTITY_SCALE, Column, Kind

WHOLE = {Kind.COUNT, Kind.INTEGER}
LIMITS: dict[Kind, tuple[int, int, str]] = {
    Kind.SHARE: (0, QUANTITY_SCALE - 1, "must stay below 1"),
    Kind.YIELD: (1, QUANTITY_SCALE, "must stay above 0 and at most 1"),
    Kind.POSITIVE: (1, QUANTITY_LIMIT * QUANTITY_SCALE, "must stay above 0"),
    Kind.DURATION: (0, 36_525 * QUANTITY_SCALE, "must stay between 0 and a hundred years"),
    Kind.QUANTITY: (0, QUANTITY_LIMIT * QUANTITY_SCALE, f"must stay between 0 and {QUANTITY_LIMIT}"),
    Kind.COUNT: (0, 2**31 - 1, "must stay a whole number of 0 or more"),
}


def number_of(patch: Patch) -> int:
    """The patch's value as signed millionths.

    Raises:
        PatchRefused: it is none.

    >>> number_of(Patch("demand", operation="add", value="-1.5"))
    -1500000
    """
    parsed = parse_signed(pl.Series("value", [patch.value], dtype=pl.String))
    return int(_one(parsed, patch))


def set_value(patch: Patch, column: Column) -> int | str | bool:
    """The patch's value as a value of that column, in held form.

    Raises:
        PatchRefused: the column cannot hold it.
    """
    return _one(parse(pl.Series("value", [patch.value], dtype=pl.String), column), patch)


def _one(parsed: Parsed, patch: Patch) -> int:
    if parsed.faults:
        raise PatchRefused("value", patch.value, parsed.faults[0][1])
    if parsed.values[0] is None:
        raise PatchRefused("value", None, "missing value")
    return parsed.values[0]


def changed(
    frame: pl.DataFrame, mask: pl.Series, column: Column, patch: Patch, *, unit: pl.Expr | None = None
) -> pl.DataFrame:
    """The frame with one column changed where the mask is true, by the patch's operation and value.

    Args:
        column: the column, one of the frame's, held as its kind says.
        unit: what the result is rounded half up to, by row; whole numbers by themselves.

    Raises:
        PatchRefused: nothing is selected, the value does not fit, or a result would leave the column's limits.

    >>> frame = pl.DataFrame({"quantity": [10_000_000, 5_000_000]})
    >>> patch = Patch("demand", operation="factor", value="1.25")
    >>> mask = pl.Series([True, False])
    >>> changed(frame, mask, Column("quantity", Kind.QUANTITY), patch)["quantity"].to_list()
    [12500000, 5000000]
    """
    if not mask.any():
        raise PatchRefused("kind", patch.kind, "the patch selects nothing")
    name, held = column.name, HELD[column.kind]
    if patch.operation == "set":
        value = pl.Series([set_value(patch, column)], dtype=held)
        return frame.with_columns(frame[name].zip_with(~mask, value.new_from_index(0, frame.height)).alias(name))
    if column.kind in {Kind.TEXT, Kind.CHOICE, Kind.BOOLEAN, Kind.DATE}:
        raise PatchRefused("operation", patch.operation, f"{name} can only be set")
    if frame[name].filter(mask).null_count() == int(mask.sum()):
        raise PatchRefused("column", name, "there is no value to change; set it")
    scale = QUANTITY_SCALE if column.kind in WHOLE else 1
    number = number_of(patch)
    values = pl.col(name).cast(pl.Int128) * scale
    if patch.operation == "factor":
        if number < 0:
            raise PatchRefused("value", patch.value, "a factor must not be negative")
        result = _rounded(values * number, pl.lit(QUANTITY_SCALE, dtype=pl.Int128))
    else:
        result = values + number
    if scale > 1:
        result = _rounded(result, pl.lit(scale, dtype=pl.Int128))
    elif unit is not None:
        result = _rounded(result, unit.cast(pl.Int128)) * unit.cast(pl.Int128)
    low, high, reason = LIMITS.get(column.kind, (-(2**31), 2**31 - 1, "too large for a whole number here"))
    new = frame.select(result.alias(name))[name]
    if ((new < low) | (new > high)).filter(mask).any():
        raise PatchRefused("value", patch.value, f"{name} {reason}")
    return frame.with_columns(frame[name].zip_with(~mask, new.cast(held, strict=False)).alias(name))


def _rounded(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Divide and round half up, exact in 128 bits."""
    return (2 * numerator + denominator) // (2 * denominator)
