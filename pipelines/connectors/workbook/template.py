"""Writes the empty going-live workbook: a sheet a subject, headings with notes, lists where a cell takes one of a few words."""

from __future__ import annotations

import io
from typing import Final

import xlsxwriter

from pipelines.connectors.workbook.layout import SHEETS

_ROWS: Final = 20_000


def template() -> bytes:
    """Return the empty workbook."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    formats = {
        "needed": book.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1}),
        "free": book.add_format({"italic": True, "bg_color": "#F2F2F2", "bottom": 1}),
        "text": book.add_format({"num_format": "@"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "number": book.add_format({"num_format": "General"}),
    }
    for sheet in SHEETS:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        for index, column in enumerate(sheet.columns):
            page.write_string(0, index, column.name, formats["needed" if column.needed else "free"])
            page.set_column(index, index, 18, formats.get(column.kind, formats["text"]))
            note = ("Needed. " if column.needed else "") + column.note
            if note.strip():
                page.write_comment(0, index, note.strip())
            words = column.choices or (("yes", "no") if column.kind == "yes_no" else ())
            if words:
                page.data_validation(1, index, _ROWS, index, {"validate": "list", "source": list(words)})
    book.close()
    return file.getvalue()
