"""A folder or a dict of frames into a `Package`: read, parse, check, number the items, sort, hash.

Decides the order of these steps and the two faults that end everything (no items, no plan_start). What a value may be
is schemas/planning; how it is parsed is parsing.py; which rows fall out is checking.py and cycles.py.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from planning.package.checking import (
    reject_unknown_references,
    without_contradictions,
    without_missing,
    without_repeated_keys,
    without_unknown_items,
)
from planning.package.cycles import cyclic_edges
from planning.package.findings import Findings
from planning.package.hashing import content_hash
from planning.package.model import Package, PackageError, Parameters
from planning.package.parsing import HELD, parse
from planning.package.reading import ROW, read_raw_table, with_row_numbers
from schemas.planning import FAMILIES, FINANCE_TABLES, INPUT_TABLES, PARAMETERS, SCENARIOS, UNCERTAINTY, Column, Table

HORIZON_LIMIT_DAYS = 36_525
DAY_LIMIT = 2_932_896  # 9999-12-31
BESIDE = {*FINANCE_TABLES, "financial_settings", SCENARIOS.name, UNCERTAINTY.name, FAMILIES.name}
"""Tables that may lie beside a package's own and are read by those who need them."""
IGNORED = "columns carried along and ignored: "
PARAMETER_PREFIXES = ("forecast_consumption.", "forecast_consumption_")


def read_package(source: str | Path | Mapping[str, pl.DataFrame]) -> Package:
    """Read, validate and normalise a planning package.

    Args:
        source: a folder with `NAME.parquet` or `NAME.csv` files, or the tables as polars frames by name.

    Returns:
        The package; faulty rows are in `rejects`, everything else is planned.

    Raises:
        PackageError: the folder, the table `items` or the parameter `plan_start` is missing or unreadable.

    >>> frames = {
    ...     "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
    ...     "items": pl.DataFrame({"item": ["BOLT", "BIKE"], "lead_time_days": [2.5, 1.0]}),
    ...     "demand": pl.DataFrame({"demand": ["D1", "D2"], "item": ["BIKE", "CAR"], "quantity": [1, 1],
    ...                             "due_on": ["2026-01-12", "2026-01-12"]}),
    ... }
    >>> package = read_package(frames)
    >>> package.items.to_list(), package.table("demand")["quantity"].to_list()
    (['BIKE', 'BOLT'], [1000000])
    >>> package.rejects.row(0)
    ('demand', 2, 'item', 'CAR', 'unknown item')
    """
    findings = Findings()
    raw = _raw_tables(source, findings)
    parameters = _parameters(raw.get("parameters"), findings)
    tables: dict[str, pl.DataFrame] = {}
    unknown: list[str] = []
    item_index = pl.DataFrame(schema={"item": pl.String, "index": pl.Int32})
    for name, table in INPUT_TABLES.items():
        tables[name] = _normalised(raw.get(name), table, item_index, findings, unknown)
        if name == "items":
            if tables[name].height == 0:
                message = "the table items is missing or has no usable row; a package needs items.parquet or items.csv"
                raise PackageError(_with_reasons(message, findings))
            tables[name] = tables[name].sort("item")
            item_index = (
                tables[name].select("item").with_row_index("index").with_columns(pl.col("index").cast(pl.Int32))
            )
    if unknown:
        findings.notice(IGNORED + ", ".join(unknown))
    _reject_bom_cycles(tables, findings)
    _reject_transfer_cycles(tables, findings)
    reject_unknown_references(tables, findings)
    ordered = {name: in_canonical_order(frame, INPUT_TABLES[name]) for name, frame in tables.items()}
    rejects = findings.table()
    name = content_hash(parameters, ordered, rejects)
    return Package(parameters, ordered, rejects, tuple(findings.notices), name)


def read_beside(frame: pl.DataFrame, table: Table, package: Package, findings: Findings) -> pl.DataFrame:
    """Parse and check a table that goes with a package and is not part of it (a history), as its own tables are.

    Args:
        frame: as it was read or made; `row` in the answer counts its rows from 1.
        table: what the columns may hold.
        package: whose items the rows must name.
        findings: where rejects go.

    >>> from schemas.planning import DEMAND_HISTORY
    >>> package, findings = read_package({
    ...     "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
    ...     "items": pl.DataFrame({"item": ["BOLT"]}),
    ... }), Findings()
    >>> frame = pl.DataFrame({"item": ["BOLT", "NUT"], "on": ["2026-01-02", "2026-01-02"], "quantity": [3, 4]})
    >>> read_beside(frame, DEMAND_HISTORY, package, findings).select("item", "quantity", "item_index").rows()
    [('BOLT', 3000000, 0)]
    >>> findings.table()["reason"].to_list()
    ['unknown item']
    """
    index = pl.DataFrame({"item": package.items}).with_row_index("index").with_columns(pl.col("index").cast(pl.Int32))
    ignored: list[str] = []
    rows = _normalised(with_row_numbers(frame), table, index, findings, ignored)
    if ignored:
        findings.notice(IGNORED + ", ".join(ignored))
    return rows


def _raw_tables(source: str | Path | Mapping[str, pl.DataFrame], findings: Findings) -> dict[str, pl.DataFrame]:
    names = ["parameters", *INPUT_TABLES]
    if isinstance(source, Mapping):
        strangers = sorted(set(source) - set(names) - BESIDE)
        frames = {name: with_row_numbers(frame) for name, frame in source.items() if name in names}
    else:
        folder = Path(source)
        if not folder.is_dir():
            message = f"{folder} is not a folder with a planning package"
            raise PackageError(message)
        files = {path.stem for path in folder.iterdir() if path.suffix in {".csv", ".parquet"}}
        strangers = sorted(files - set(names) - BESIDE)
        found = {name: read_raw_table(folder, name, findings) for name in names}
        frames = {name: frame for name, frame in found.items() if frame is not None}
    if strangers:
        findings.notice("tables that the planning package does not know, ignored: " + ", ".join(strangers))
    return frames


def _with_reasons(message: str, findings: Findings) -> str:
    rows = findings.table().rows(named=True)
    reasons = "; ".join(f"{row['table']} row {row['row']} {row['column']}: {row['reason']}" for row in rows[:3])
    return f"{message} ({reasons})" if reasons else message


def _parameters(frame: pl.DataFrame | None, findings: Findings) -> Parameters:
    """Type the key-value table; a faulty optional value is rejected and its default holds."""
    known = {column.name: column for column in PARAMETERS}
    values: dict[str, Any] = {column.name: column.default for column in PARAMETERS}
    seen: set[str] = set()
    if frame is None or not {"key", "value"} <= set(frame.columns):
        message = "the table parameters (columns key and value) is missing; a plan needs at least plan_start"
        raise PackageError(_with_reasons(message, findings))
    for number, key, source in frame.select(ROW, "key", "value").iter_rows():
        name = str(key)
        for prefix in PARAMETER_PREFIXES:
            name = name.removeprefix(prefix)
        if name not in known:
            findings.notice(f"parameter {key} is not known and was ignored")
            continue
        if name in seen:
            findings.reject("parameters", number, "key", key, "duplicate key (key)")
            continue
        seen.add(name)
        parsed = parse(pl.Series("value", [None if source is None else str(source)], dtype=pl.String), known[name])
        if parsed.faults:
            findings.reject("parameters", number, "value", source, f"{key}: {parsed.faults[0][1]}")
        elif parsed.values[0] is not None:
            values[name] = parsed.values[0]
    if values["plan_start"] is None:
        message = "parameters.plan_start is missing or no ISO date; add the row plan_start,YYYY-MM-DD"
        raise PackageError(_with_reasons(message, findings))
    if not 1 <= values["horizon_days"] <= HORIZON_LIMIT_DAYS:
        reason = f"horizon_days must lie between 1 and {HORIZON_LIMIT_DAYS}"
        findings.reject("parameters", 0, "horizon_days", values["horizon_days"], reason)
        values["horizon_days"] = next(column.default for column in PARAMETERS if column.name == "horizon_days")
    if not 0 <= values["plan_start"] <= DAY_LIMIT - HORIZON_LIMIT_DAYS:
        message = "parameters.plan_start must lie between 1970-01-01 and 9899-12-31"
        raise PackageError(message)
    return Parameters(**values)


def _normalised(
    frame: pl.DataFrame | None, table: Table, item_index: pl.DataFrame, findings: Findings, unknown: list[str]
) -> pl.DataFrame:
    """One table, parsed and checked; columns `row`, the declared ones, item indexes, then carried-along ones."""
    if frame is not None:
        missing = [c.name for c in table.columns if c.required and c.name not in frame.columns]
        for name in missing:
            findings.reject(table.name, 0, name, None, "required column is missing; the table was not read")
        if missing:
            frame = None
    if frame is None:
        frame = pl.DataFrame(schema={ROW: pl.Int32})
    carried = [name for name in frame.columns if name != ROW and name not in {c.name for c in table.columns}]
    unknown.extend(f"{table.name}.{name}" for name in carried)
    parsed = _parsed(frame, table, findings)
    parsed = (
        parsed.with_columns(frame[name] for name in carried) if carried and parsed.height == frame.height else parsed
    )
    parsed = without_missing(parsed, table, findings)
    parsed = without_contradictions(parsed, table, findings)
    parsed = without_unknown_items(parsed, table, item_index, findings) if table.name != "items" else parsed
    return without_repeated_keys(parsed, table, findings)


def _parsed(frame: pl.DataFrame, table: Table, findings: Findings) -> pl.DataFrame:
    """Every declared column parsed, absent values at their default; rows with a faulty value taken out."""
    columns = [frame[ROW]]
    faulty: pl.Series | None = None
    for column in table.columns:
        if column.name not in frame.columns:
            columns.append(_constant(column, frame.height))
            continue
        source = frame[column.name]
        parsed = parse(source, column)
        for mask, reason in parsed.faults:
            findings.reject_rows(table.name, frame[ROW].filter(mask), column.name, source.filter(mask), reason)
            faulty = mask if faulty is None else faulty | mask
        values = parsed.values
        if column.default is not None and values.null_count():
            values = _filled(values, column)
        columns.append(values.alias(column.name))
    result = pl.DataFrame(columns)
    return result if faulty is None else result.filter(~faulty)


def _filled(values: pl.Series, column: Column) -> pl.Series:
    return values.zip_with(values.is_not_null(), pl.Series([column.default], dtype=HELD[column.kind]))


def _constant(column: Column, height: int) -> pl.Series:
    return pl.Series(column.name, [column.default], dtype=HELD[column.kind]).new_from_index(0, height)


def _reject_bom_cycles(tables: dict[str, pl.DataFrame], findings: Findings) -> None:
    bom, items = tables["bom"], tables["items"]["item"]
    edges = cyclic_edges(
        len(items), bom["parent_index"].to_numpy(), bom["component_index"].to_numpy(), lambda node: items[node]
    )
    tables["bom"] = _without_cyclic(bom, "component", "cycle in the bill of material: ", edges, findings)


def _reject_transfer_cycles(tables: dict[str, pl.DataFrame], findings: Findings) -> None:
    sources = tables["sources"]
    transfers = sources.filter(pl.col("method") == "transfer")
    if transfers.height == 0:
        return
    ends = [transfers.select("item", pl.col(name).alias("location")) for name in ("from_location", "location")]
    nodes = pl.concat(ends).unique().sort("item", "location").with_row_index("node")
    tails, heads = (
        end.join(nodes, on=["item", "location"], how="left", maintain_order="left")["node"].to_numpy() for end in ends
    )
    edges = cyclic_edges(nodes.height, tails, heads, lambda node: "{1}@{2}".format(*nodes.row(node)))
    others = sources.filter((pl.col("method") != "transfer") | pl.col("method").is_null())
    kept = _without_cyclic(transfers, "from_location", "cycle of transfers: ", edges, findings)
    tables["sources"] = pl.concat([others, kept])


def _without_cyclic(
    frame: pl.DataFrame, column: str, prefix: str, edges: list[tuple[int, str]], findings: Findings
) -> pl.DataFrame:
    if not edges:
        return frame
    name = "bom" if column == "component" else "sources"
    places = [edge for edge, _ in edges]
    cyclic = frame[places]
    reasons = pl.Series([prefix + path for _, path in edges], dtype=pl.String)
    findings.reject_rows(name, cyclic[ROW], column, cyclic[column], reasons)
    return frame.filter(~pl.int_range(frame.height, eager=True).is_in(places))


def in_canonical_order(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows in canonical order: by key where there is one, else by item and then every column that varies."""
    if frame.height < 2:
        return frame
    if len(table.key) == 1:
        key = frame[table.key[0]]
        return frame if key.is_sorted() else frame.sort(key.name)
    indexes = [f"{name}_index" for name in table.items]
    rest = [column.name for column in table.columns if column.name not in table.items and _varies(frame[column.name])]
    return frame.sort([*indexes, *rest], nulls_last=False, maintain_order=True)


def _varies(values: pl.Series) -> bool:
    if values.null_count() == len(values):
        return False
    return values.null_count() > 0 or values.min() != values.max()
