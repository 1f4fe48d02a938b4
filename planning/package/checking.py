"""Which rows of a parsed table can be planned: required values, keys, known items, sensible combinations, no cycles.

A row that cannot is taken out and named in the findings; its neighbours stay. Order of the checks: required, limits of
combinations, items, keys; then cycles over what is left. Values were parsed by parsing.py.
"""

import polars as pl

from planning.package.findings import Findings
from planning.package.reading import ROW
from schemas.planning import QUANTITY_SCALE, Table

MAX_DECIMALS = 6


def without_missing(frame: pl.DataFrame, table: Table, findings: Findings) -> pl.DataFrame:
    """Take out rows where a required column is null."""
    faulty = pl.repeat(value=False, n=frame.height, dtype=pl.Boolean, eager=True)
    for column in table.columns:
        if column.required and frame[column.name].null_count():
            missing = frame[column.name].is_null()
            findings.reject_rows(
                table.name, frame[ROW].filter(missing), column.name, frame[column.name].filter(missing), "missing value"
            )
            faulty = faulty | missing
    return frame.filter(~faulty) if faulty.any() else frame


def without_unknown_items(
    frame: pl.DataFrame, table: Table, item_index: pl.DataFrame, findings: Findings
) -> pl.DataFrame:
    """Add `<column>_index` for every item column and take out rows that name an item `items` does not have.

    Args:
        item_index: columns item (String, unique) and index (Int32).
    """
    for name in table.items:
        found = frame.join(item_index, left_on=name, right_on="item", how="left", maintain_order="left")
        frame = found.rename({"index": f"{name}_index"})
        unknown = frame[f"{name}_index"].is_null()
        if unknown.any():
            values = frame[name].filter(unknown)
            findings.reject_rows(table.name, frame[ROW].filter(unknown), name, values, "unknown item")
            frame = frame.filter(~unknown)
    return frame


def without_repeated_keys(frame: pl.DataFrame, table: Table, findings: Findings) -> pl.DataFrame:
    """Take out every row whose key stood in an earlier row."""
    if not table.key:
        return frame
    keys = frame.select(table.key)
    first = keys[table.key[0]].is_first_distinct() if len(table.key) == 1 else keys.to_struct("key").is_first_distinct()
    if first.all():
        return frame
    repeated = frame.filter(~first)
    findings.reject_rows(
        table.name, repeated[ROW], table.key[0], repeated[table.key[0]], f"duplicate key ({', '.join(table.key)})"
    )
    return frame.filter(first)


def _rules(table_name: str) -> list[tuple[str, pl.Expr, str]]:
    """(column to name, expression that is true where the row is faulty, reason), by table."""
    multiple = pl.col("lot_multiple") if table_name in {"items", "sources"} else pl.lit(None)
    lots = [
        ("max_lot", pl.col("max_lot") <= 0, "max_lot must be above 0"),
        ("max_lot", (pl.col("max_lot") < multiple) & (multiple > 0), "max_lot is below lot_multiple"),
        ("max_lot", pl.col("max_lot") < pl.col("min_lot"), "max_lot is below min_lot"),
    ]
    by_table = {
        "items": [
            *lots,
            ("decimals", pl.col("decimals") > MAX_DECIMALS, f"at most {MAX_DECIMALS} decimals"),
            (
                "lot_size",
                (pl.col("lot_policy") == "fixed_quantity") & (pl.col("lot_size").fill_null(0) <= 0),
                "lot policy fixed_quantity needs a lot_size above 0",
            ),
            (
                "lot_periods",
                (pl.col("lot_policy") == "fixed_period") & (pl.col("lot_periods").fill_null(0) <= 0),
                "lot policy fixed_period needs lot_periods of 1 or more",
            ),
            (
                "max_stock",
                (pl.col("lot_policy") == "min_max") & pl.col("max_stock").is_null(),
                "lot policy min_max needs a max_stock",
            ),
        ],
        "bom": [("quantity_per", pl.col("quantity_per") > 10**6 * QUANTITY_SCALE, "beyond a million per parent")],
        "sources": [
            *lots,
            (
                "from_location",
                (pl.col("method") == "transfer") & pl.col("from_location").is_null(),
                "a transfer needs a from_location",
            ),
            (
                "from_location",
                (pl.col("method") == "transfer") & (pl.col("from_location") == pl.col("location")),
                "a transfer from a location to itself",
            ),
        ],
        "calendars": [
            (
                "starts_at",
                pl.col("weekday").is_null() & (pl.col("starts_at").is_null() | pl.col("ends_at").is_null()),
                "needs a weekday, or starts_at and ends_at",
            ),
            ("ends_at", pl.col("ends_at") <= pl.col("starts_at"), "ends before it starts"),
        ],
        "routings": [
            ("resource", pl.col("resource").is_null() & pl.col("group").is_null(), "needs a resource or a group")
        ],
        "setups": [
            ("resource", pl.col("resource").is_null() & pl.col("group").is_null(), "needs a resource or a group")
        ],
    }
    return by_table.get(table_name, [])


def without_contradictions(frame: pl.DataFrame, table: Table, findings: Findings) -> pl.DataFrame:
    """Take out rows whose values contradict each other."""
    rules = _rules(table.name)
    if not rules or frame.height == 0:
        return frame
    verdicts = frame.select(rule.fill_null(value=False).alias(str(i)) for i, (_, rule, _) in enumerate(rules))
    faulty = verdicts.select(pl.any_horizontal(pl.all()))[:, 0]
    if not faulty.any():
        return frame
    for i, (column, _, reason) in enumerate(rules):
        wrong = verdicts[str(i)]
        if wrong.any():
            values = _as_written(frame[column].filter(wrong), table, column)
            findings.reject_rows(table.name, frame[ROW].filter(wrong), column, values, reason)
    return frame.filter(~faulty)


def _as_written(values: pl.Series, table: Table, column: str) -> pl.Series:
    """Held millionths back to the number a reader typed."""
    if values.dtype == pl.Int64 and table.column(column).kind.value not in {"instant"}:
        return values / QUANTITY_SCALE
    return values


def reject_unknown_references(tables: dict[str, pl.DataFrame], findings: Findings) -> None:
    """Take out routings and capacity of unknown resources, and resources with neither calendar nor capacity."""
    resources, capacity = tables["resources"], tables["capacity"]
    known_calendars = tables["calendars"]["calendar"].unique()
    has_hours = resources["calendar"].is_in(known_calendars.implode()).fill_null(value=False)
    has_hours = has_hours | resources["resource"].is_in(capacity["resource"].unique().implode())
    if not has_hours.all():
        lost = resources.filter(~has_hours)
        findings.reject_rows(
            "resources", lost[ROW], "calendar", lost["calendar"], "resource without calendar and without capacity"
        )
        tables["resources"] = resources.filter(has_hours)
    for name in ("routings", "setups"):
        frame = tables[name]
        for column, reason in (("resource", "unknown resource"), ("group", "unknown resource group")):
            known = tables["resources"][column].drop_nulls().unique()
            wrong = frame[column].is_not_null() & ~frame[column].is_in(known.implode()).fill_null(value=False)
            if wrong.any():
                findings.reject_rows(name, frame[ROW].filter(wrong), column, frame[column].filter(wrong), reason)
                frame = frame.filter(~wrong)
        tables[name] = frame
    named = capacity["resource"].is_in(tables["resources"]["resource"].implode())
    if not named.all():
        lost = capacity.filter(~named)
        findings.reject_rows("capacity", lost[ROW], "resource", lost["resource"], "unknown resource")
        tables["capacity"] = capacity.filter(named)
