"""Files of a package into raw frames: Parquet as it is, CSV as text, with every broken line named.

Parquet wins where both stand. A file that cannot be opened at all becomes one reject for its table (row 0); a CSV line
with the wrong number of cells or bytes that are not UTF-8 becomes a reject of its own. Values are parsed in parsing.py.
"""

import csv
import io
from pathlib import Path

import polars as pl
import polars.exceptions

from planning.package.findings import Findings

REPLACEMENT = "\ufffd"
ROW = "row"


def read_raw_table(folder: Path, name: str, findings: Findings) -> pl.DataFrame | None:
    """The rows of one table with a leading column `row` (1-based), or None where the folder has no such file."""
    for path in (folder / f"{name}.parquet", folder / f"{name}.csv"):
        if path.exists():
            return read_raw_file(path, name, findings)
    return None


def read_raw_file(path: Path, name: str, findings: Findings) -> pl.DataFrame | None:
    """The same of one file, Parquet by its ending or else CSV; `name` is what findings call its table."""
    return _read_parquet(path, name, findings) if path.suffix == ".parquet" else _read_csv(path, name, findings)


def with_row_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with its 1-based row number in front; a column of that name in the source gives way."""
    if ROW in frame.columns:
        frame = frame.drop(ROW)
    return frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int32))


def _read_parquet(path: Path, name: str, findings: Findings) -> pl.DataFrame | None:
    if path.stat().st_size == 0:
        findings.reject(name, 0, "", path.name, "the file is empty (0 bytes)")
        return None
    try:
        return with_row_numbers(pl.read_parquet(path, glob=False, hive_partitioning=False))
    except (polars.exceptions.PolarsError, OSError, ValueError) as error:
        findings.reject(name, 0, "", path.name, f"not a readable Parquet file: {_first_line(error)}")
        return None


def _read_csv(path: Path, name: str, findings: Findings) -> pl.DataFrame | None:
    body = path.read_bytes()
    if not body.strip():
        findings.reject(name, 0, "", path.name, "the file is empty (no header)")
        return None
    try:
        body.decode("utf-8")
        valid = True
    except UnicodeDecodeError:
        valid = False
    try:
        frame = pl.read_csv(io.BytesIO(body), infer_schema=False, encoding="utf8" if valid else "utf8-lossy")
    except polars.exceptions.PolarsError:
        frame = _read_csv_line_by_line(body, name, findings)
        if frame is None:
            return None
    else:
        frame = with_row_numbers(frame)
    if not valid:
        frame = _reject_undecodable(frame, name, findings)
    blank = pl.all_horizontal(pl.exclude(ROW).is_null())
    return frame.filter(~blank) if frame.width > 1 else frame


def _read_csv_line_by_line(body: bytes, name: str, findings: Findings) -> pl.DataFrame | None:
    """The slow road, for a file with broken lines: rows with the wrong number of cells are rejected, others kept."""
    text = body.decode("utf-8-sig", errors="replace").replace("\0", REPLACEMENT)
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        lines = list(reader)
    except csv.Error as error:
        findings.reject(name, 0, "", None, f"not a readable CSV file: {_first_line(error)}")
        return None
    header, kept, numbers = lines[0], [], []
    for number, cells in enumerate(lines[1:], start=1):
        if not cells:
            continue
        if len(cells) != len(header):
            findings.reject(
                name, number, "", ",".join(cells), f"the line has {len(cells)} cells, the header has {len(header)}"
            )
            continue
        kept.append([cell or None for cell in cells])
        numbers.append(number)
    names = [f"{title}_duplicated_{place}" if title in header[:place] else title for place, title in enumerate(header)]
    frame = pl.DataFrame(kept, schema=dict.fromkeys(names, pl.String), orient="row")
    frame = frame.drop(ROW) if ROW in frame.columns else frame
    return frame.insert_column(0, pl.Series(ROW, numbers, dtype=pl.Int32))


def _reject_undecodable(frame: pl.DataFrame, name: str, findings: Findings) -> pl.DataFrame:
    faulty = pl.Series([False]).new_from_index(0, frame.height)
    for column in frame.columns[1:]:
        wrong = frame[column].str.contains(REPLACEMENT, literal=True).fill_null(value=False)
        if wrong.any():
            findings.reject_rows(name, frame[ROW].filter(wrong), column, frame[column].filter(wrong), "not UTF-8 text")
            faulty = faulty | wrong
    return frame.filter(~faulty)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0][:200]
