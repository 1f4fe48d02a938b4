"""What a method answers with: the output tables, a summary that is the same every time, and timings that are not.

Holds and writes; decides nothing. Columns are those of schemas/planning/outputs.py, quantities DECIMAL(18, 6).
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.planning import OUTPUT_TABLES, Kind

DECIMAL = pa.decimal64(18, 6)
ARROW_TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.large_string(),
    Kind.QUANTITY: DECIMAL,
    Kind.DATE: pa.date32(),
    Kind.COUNT: pa.int32(),
    Kind.INTEGER: pa.int32(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.INSTANT: pa.timestamp("us"),
}
ROW_GROUP_ROWS = 512 * 1024
DICTIONARY_BYTES = 2**31 - 1
DICTIONARY_ENTRIES = 200_000
"""Text with more different values than this is written letter by letter: compressed, that is smaller than a dictionary
a row group, and it spares hashing every entry."""
DICTIONARY_KEPT = 4096


@dataclass(frozen=True)
class SlicedTable:
    """A table too large to stand in memory beside what it is made from: `make` gives its rows [start, end)."""

    num_rows: int
    make: Callable[[int, int], pa.Table]

    def slice(self, start: int, length: int) -> pa.Table:
        """At most `length` rows from `start` on."""
        return self.make(start, min(start + length, self.num_rows))


@dataclass(frozen=True)
class Plan:
    """One plan.

    Attributes:
        method: the method that made it.
        status: `planned`, `optimal`, `feasible`, `infeasible` or `no_plan_found` (in the time given).
        tables: output tables by wire name, as Arrow (text may be dictionary-encoded), polars frames or slices to be
            made; all of OUTPUT_TABLES, empty where the method has nothing to say.
        summary: everything of summary.json; no seconds, so that the same package gives the same bytes.
        timings: everything of timings.json: seconds by phase, machine.
    """

    method: str
    status: str
    tables: Mapping[str, pa.Table | pl.DataFrame | SlicedTable]
    summary: Mapping[str, Any]
    timings: dict[str, Any] = field(default_factory=dict)

    def table(self, name: str) -> pl.DataFrame:
        """One output table as a polars frame, text as String; KeyError for a name the format lacks."""
        table = self.tables[name]
        if isinstance(table, pl.DataFrame):
            return table
        if isinstance(table, SlicedTable):
            table = table.slice(0, table.num_rows)
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame.with_columns(pl.col(pl.Categorical).cast(pl.String))

    @property
    def rejects(self) -> pl.DataFrame:
        """Rows that could not be planned."""
        return self.table("rejects")

    def write(self, folder: str | Path, *, csv: bool = False) -> None:
        """Write every table (Parquet, or CSV), summary.json and timings.json; the folder is made where it is
        missing."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in OUTPUT_TABLES:
            (folder / f"{name}.{'parquet' if csv else 'csv'}").unlink(missing_ok=True)
        by_size = sorted(OUTPUT_TABLES, key=lambda name: -self._height(name))
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(lambda name: self._write_table(folder, name, csv=csv), by_size))
        for name, content in (("summary.json", self.summary), ("timings.json", self.timings)):
            text = json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"
            (folder / name).write_text(text, encoding="utf-8")

    def _height(self, name: str) -> int:
        table = self.tables[name]
        return table.height if isinstance(table, pl.DataFrame) else table.num_rows

    def _write_table(self, folder: Path, name: str, *, csv: bool) -> None:
        if csv:
            self.table(name).write_csv(folder / f"{name}.csv")
            return
        table = self.tables[name]
        if isinstance(table, pl.DataFrame):
            table = table.to_arrow(compat_level=pl.CompatLevel.oldest())
        head = table.slice(0, ROW_GROUP_ROWS)
        held = [title for title in head.column_names if _is_dictionary(head[title])]
        written = pa.schema(
            [(c.name, pa.dictionary(pa.int32(), pa.large_string()) if c.name in held else _plain_type(c.type))
             for c in head.schema]
        )  # fmt: skip
        with pq.ParquetWriter(
            folder / f"{name}.parquet",
            written,
            compression="lz4",
            use_dictionary=held,  # type: ignore[arg-type]
            dictionary_pagesize_limit=DICTIONARY_BYTES,
            store_decimal_as_integer=True,
            write_statistics=False,
            store_schema=False,
        ) as writer:
            for start in range(0, max(table.num_rows, 1), ROW_GROUP_ROWS):
                rows = head if start == 0 else table.slice(start, ROW_GROUP_ROWS)
                columns = [
                    _compacted(column) if title in held else _spelt(column)
                    for title, column in zip(head.column_names, rows.columns, strict=True)
                ]
                writer.write_table(pa.table(columns, schema=written), row_group_size=ROW_GROUP_ROWS)


def _is_dictionary(column: pa.ChunkedArray) -> bool:
    """Whether a column is written as a dictionary: one with few entries."""
    if not pa.types.is_dictionary(column.type):
        return False
    return all(len(chunk.dictionary) <= DICTIONARY_ENTRIES for chunk in column.chunks)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    return pa.large_string() if pa.types.is_dictionary(kind) else kind


def _spelt(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, text as text."""
    whole = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return whole.dictionary.take(whole.indices) if isinstance(whole, pa.DictionaryArray) else whole


def _compacted(chunked: pa.ChunkedArray) -> pa.Array:
    """A dictionary column with only the entries that it uses, since every row group carries its own."""
    column = chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()
    if len(column.dictionary) <= DICTIONARY_KEPT:
        return column
    indexes = column.indices
    valid = None if indexes.null_count == 0 else indexes.is_valid().to_numpy(zero_copy_only=False)
    places = indexes.fill_null(0).to_numpy()
    used = np.zeros(len(column.dictionary), dtype=bool)
    used[places] = True
    renumbered = (np.cumsum(used, dtype=np.int32) - 1)[places]
    entries = column.dictionary.take(pa.array(np.flatnonzero(used)))
    mask = None if valid is None else ~valid
    return pa.DictionaryArray.from_arrays(pa.array(renumbered, type=pa.int32(), mask=mask), entries)


def empty_table(name: str) -> pa.Table:
    """An output table without rows, with its columns and types."""
    columns = OUTPUT_TABLES[name].columns
    return pa.schema([(column.name, ARROW_TYPES[column.kind]) for column in columns]).empty_table()
