"""Workbooks that mean harm, or are none: each is refused by a limit, at the limit it still passes."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter

from pipelines.connectors.workbook import read
from pipelines.connectors.workbook.read import WorkbookError, read_workbook, refuse_what_unpacks_too_far


def archive(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return file.getvalue()


def one_sheet(rows: int = 1, columns: int = 1, text: str = "x") -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    page = book.add_worksheet("parties")
    for row in range(rows):
        page.write_string(row, 0, text)
    page.write_string(0, columns - 1, text)
    book.close()
    return file.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"code,name\n1,2\n", archive({"a.txt": b"hello"}), one_sheet()[:900]]
)
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(WorkbookError):
        read_workbook(content)


def test_a_bomb_is_stopped_while_it_unpacks() -> None:
    with pytest.raises(WorkbookError, match="times its size"):
        refuse_what_unpacks_too_far(archive({"xl/worksheets/sheet1.xml": b"0" * 20_000_000}))


def test_a_size_that_the_archive_lies_about_does_not_help() -> None:
    bomb = archive({"xl/worksheets/sheet1.xml": b"0" * 20_000_000})
    lying = bomb.replace((20_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    with pytest.raises(WorkbookError):
        refuse_what_unpacks_too_far(lying)


def test_many_parts_are_refused_and_the_limit_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MOST_FILES", 5)
    refuse_what_unpacks_too_far(archive({f"part{n}": b"x" for n in range(5)}))
    with pytest.raises(WorkbookError, match="6 parts, more than 5"):
        refuse_what_unpacks_too_far(archive({f"part{n}": b"x" for n in range(6)}))


def test_bytes_are_refused_one_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    content = archive({"a": b"x"})
    monkeypatch.setattr(read, "LARGEST_BYTES", len(content))
    refuse_what_unpacks_too_far(content)
    monkeypatch.setattr(read, "LARGEST_BYTES", len(content) - 1)
    with pytest.raises(WorkbookError, match="more than"):
        refuse_what_unpacks_too_far(content)


def test_unpacked_bytes_are_refused_one_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    content = archive({"a": b"x" * 100, "b": b"y" * 100})
    monkeypatch.setattr(read, "LARGEST_UNPACKED_BYTES", 200)
    refuse_what_unpacks_too_far(content)
    monkeypatch.setattr(read, "LARGEST_UNPACKED_BYTES", 199)
    with pytest.raises(WorkbookError, match="unpacks to more than"):
        refuse_what_unpacks_too_far(content)


@pytest.mark.slow
def test_rows_columns_and_texts_beyond_the_limits_are_refused() -> None:
    assert len(read_workbook(one_sheet(rows=read.MOST_ROWS + 1))["parties"]) == read.MOST_ROWS + 1
    with pytest.raises(WorkbookError, match="rows; split"):
        read_workbook(one_sheet(rows=read.MOST_ROWS + 2))
    read_workbook(one_sheet(columns=read.MOST_COLUMNS))
    with pytest.raises(WorkbookError, match="columns"):
        read_workbook(one_sheet(columns=read.MOST_COLUMNS + 1))
    read_workbook(one_sheet(text="x" * read.LONGEST_TEXT))
    with pytest.raises(WorkbookError, match="characters"):
        read_workbook(one_sheet(text="x" * (read.LONGEST_TEXT + 1)))
