"""Opens a filled workbook within limits: bytes, unpacked bytes, files in the archive, rows, columns, text, memory and seconds.

What is packed is unpacked once and counted while it is unpacked, because an archive may lie about its sizes. Parsing then happens
in a process of its own that the system stops when it takes too much; a spreadsheet that brings it down brings down nothing else.
What the cells mean is left to `translate`.
"""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import zipfile
from typing import Final

import fastexcel

Cells = dict[str, list[list[str | None]]]

LARGEST_BYTES: Final = 10 * 1024 * 1024
LARGEST_UNPACKED_BYTES: Final = 50 * 1024 * 1024
LARGEST_RATIO: Final = 100
MOST_FILES: Final = 200
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 60
LONGEST_TEXT: Final = 4_000
_CHUNK: Final = 64 * 1024
_SMALL_BYTES: Final = 1024 * 1024
_MEMORY_BYTES: Final = 4 * 1024 * 1024 * 1024
_SECONDS: Final = 20


class WorkbookError(Exception):
    """The file is no workbook, or goes beyond a limit."""


def read_workbook(content: bytes) -> Cells:
    """Read every sheet of a workbook as text.

    Args:
        content: the uploaded file.

    Returns:
        Rows of cells by sheet name, the heading row first; empty cells are None.

    Raises:
        WorkbookError: the file is no workbook, or goes beyond a limit.
    """
    refuse_what_unpacks_too_far(content)
    command = [sys.executable, "-P", __file__]
    try:
        child = subprocess.run(command, input=content, capture_output=True, timeout=_SECONDS * 2, check=False)
    except subprocess.TimeoutExpired as error:
        raise WorkbookError(
            f"reading takes more than {_SECONDS} seconds; remove what is not part of the template"
        ) from error
    if child.returncode != 0:
        raise WorkbookError("the file cannot be read as a workbook; save it as .xlsx again from the template")
    answer = json.loads(child.stdout)
    if "error" in answer:
        raise WorkbookError(answer["error"])
    return answer["sheets"]


def refuse_what_unpacks_too_far(content: bytes) -> None:
    """Unpack an archive in pieces, counting, and stop at the first limit.

    Raises:
        WorkbookError: a limit is passed, or it is no archive.
    """
    if len(content) > LARGEST_BYTES:
        raise WorkbookError(f"the file has {len(content)} bytes, more than {LARGEST_BYTES}; split it")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MOST_FILES:
                raise WorkbookError(f"the file holds {len(members)} parts, more than {MOST_FILES}; save it again")
            total = 0
            for member in members:
                total += _unpacked(archive, member, LARGEST_UNPACKED_BYTES - total)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        # What the library raises for: no archive, an unknown compression, an encrypted part, a torn file, an early end.
        raise WorkbookError("the file is no .xlsx workbook; save it as .xlsx from the template") from error
    except Exception as error:
        if isinstance(error, WorkbookError):
            raise
        raise WorkbookError("the file is damaged; save it as .xlsx from the template") from error


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> int:
    count = 0
    with archive.open(member) as part:
        while piece := part.read(_CHUNK):
            count += len(piece)
            if count > left:
                raise WorkbookError(
                    f"the file unpacks to more than {LARGEST_UNPACKED_BYTES} bytes; remove empty rows and pictures"
                )
            if count > _SMALL_BYTES and count > LARGEST_RATIO * max(member.compress_size, 1):
                raise WorkbookError(
                    f"part {member.filename[:80]} unpacks to more than {LARGEST_RATIO} times its size; save it again"
                )
    return count


def _parse(content: bytes) -> Cells:
    book = fastexcel.read_excel(content)
    sheets: Cells = {}
    for name in book.sheet_names[:MOST_FILES]:
        page = book.load_sheet(name, header_row=None, n_rows=MOST_ROWS + 2, dtypes="string")
        if page.height > MOST_ROWS + 1:
            raise WorkbookError(f"sheet {name[:40]} has more than {MOST_ROWS} rows; split the file")
        if page.width > MOST_COLUMNS:
            raise WorkbookError(
                f"sheet {name[:40]} has {page.width} columns, more than {MOST_COLUMNS}; use the template's"
            )
        rows = page.to_polars().rows() if page.height else []
        for number, row in enumerate(rows, start=1):
            for value in row:
                if value is not None and len(value) > LONGEST_TEXT:
                    raise WorkbookError(
                        f"sheet {name[:40]}, row {number} has a text of {len(value)} characters; shorten it"
                    )
        sheets[name] = [[_tidy(value) for value in row] for row in rows]
    return sheets


def _tidy(value: str | None) -> str | None:
    text = (value or "").strip()
    return text or None


def _main() -> None:
    """Parse standard input under limits of memory and processor time; what goes wrong is said on standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    try:
        answer: dict[str, object] = {"sheets": _parse(sys.stdin.buffer.read())}
    except WorkbookError as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main()
