"""Reads a seller's export as rows of text: CSV in UTF-8 or GB 18030, separated by commas or tabs, or an Excel workbook.

Marketplaces guard long numbers against spreadsheets (`="123"`, `'123`, a trailing tab); what is meant is the number.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Final

from pipelines.connectors.marketplace.layouts import narrow
from pipelines.connectors.reading_json import clean
from pipelines.connectors.workbook.read import WorkbookError, read_workbook
from schemas.exchange.shop_order import NotTranslatable

LARGEST_BYTES: Final = 50_000_000
MOST_ROWS: Final = 200_000
_MOST_COLUMNS: Final = 200
_LONGEST_CELL: Final = 2_000
_LONGEST_HEAD: Final = 100_000
_WORKBOOK: Final = b"PK\x03\x04"


@dataclass(frozen=True)
class Sheet:
    """A table: the titles of its columns and its rows by them; empty rows and cells are left out."""

    titles: frozenset[str]
    rows: list[dict[str, str]]


def sheet_of(content: bytes) -> Sheet:
    """Read a file.

    Raises:
        NotTranslatable: it is no text and no workbook, has a title twice, or is larger than it may be.
    """
    if len(content) > LARGEST_BYTES:
        raise NotTranslatable("too_many_lines", f"{len(content)} > {LARGEST_BYTES} bytes")
    table = _of_workbook(content) if content.startswith(_WORKBOOK) else _of_text(content)
    table = [row for row in table if any(row)]
    if not table:
        raise NotTranslatable("no_lines", "the file is empty")
    titles, *rows = table
    if len(rows) > MOST_ROWS:
        raise NotTranslatable("too_many_lines", f"{len(rows)} > {MOST_ROWS}")
    names = [narrow(title) for title in titles]
    filled = [name for name in names if name]
    twice = next((name for name in filled if filled.count(name) > 1), None)
    if twice is not None:
        raise NotTranslatable("duplicate_key", twice)
    found = [{name: cell for name, cell in zip(names, row, strict=False) if name and cell} for row in rows]
    return Sheet(frozenset(filled), found)


def _of_workbook(content: bytes) -> list[list[str]]:
    try:
        sheets = read_workbook(content)
    except WorkbookError as error:
        raise NotTranslatable("not_text", str(error)) from error
    first = next((rows for rows in sheets.values() if rows), [])
    return [[_cell(cell or "") for cell in row] for row in first]


def _of_text(content: bytes) -> list[list[str]]:
    text = _decoded(content)
    head = text.partition("\n")[0]
    separator = "\t" if head.count("\t") > head.count(",") else ","
    if len(text.partition("\n")[0]) > _LONGEST_HEAD:
        raise NotTranslatable("too_many_lines", f"> {_MOST_COLUMNS} columns")
    table: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            if len(row) > _MOST_COLUMNS:
                raise NotTranslatable("too_many_lines", f"> {_MOST_COLUMNS} columns")
            if not any(row):
                continue
            if len(table) > MOST_ROWS:
                raise NotTranslatable("too_many_lines", f"> {MOST_ROWS}")
            table.append([_cell(cell) for cell in row])
    except csv.Error as error:
        raise NotTranslatable("not_text", str(error)) from error
    return table


def _decoded(content: bytes) -> str:
    """The text of a file: UTF-8 where it is, else GB 18030, the other encoding in which marketplaces write."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotTranslatable("not_text", "neither UTF-8 nor GB 18030")


def _cell(text: str) -> str:
    """What a cell means, without the guards around it.

    >>> _cell('="3804120001234567890"'), _cell("'T-01"), _cell("380412\\t"), _cell("=1+1")
    ('3804120001234567890', 'T-01', '380412', '=1+1')
    """
    found = clean(text)
    if found.startswith('="') and found.endswith('"'):
        found = found[2:-1]
    return found.removeprefix("'")[:_LONGEST_CELL]
