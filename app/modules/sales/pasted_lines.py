"""Reads order lines as they are pasted from a spreadsheet or typed in haste: item, quantity, and a price where one is given.

Columns are separated by tabs, else by semicolons, else by commas. The item is named by its code, its barcode or a part of its
name that fits no other. Every row is answered, in its order: what was read of it, or what is wrong with it; none is dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final
from unicodedata import normalize

from pydantic import Field
from sqlalchemy import Connection, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, contains, rows_of
from schemas.operational import master_data
from schemas.vocabulary.numbers import LARGEST_QUANTITY

_SEPARATORS: Final = ("\t", ";", ",")
_COLUMNS: Final = ("item", "quantity", "unit_price")
_MOST_ROWS: Final = 1000
_MOST_CANDIDATES: Final = 6
_GROUPED: Final = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_DECIMALS: Final = {"quantity": 6, "unit_price": 8}
_LARGEST_PRICE: Final = 10**10


@dataclass(frozen=True)
class ReadRow:
    """A row as it was read.

    Attributes:
        row: its number in the text, from 1; empty rows count and are not answered.
        text: as it was pasted.
        problem: named by `pasted.<problem>`; None where the row can be ordered but for its item.
    """

    row: int
    text: str
    item: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    problem: str | None = None


def read_rows(text: str) -> list[ReadRow]:
    r"""Read rows of item, quantity and price.

    >>> [(row.item, str(row.quantity), row.problem) for row in read_rows("KETTLE-1\t1,200\t9.5\n\nPAN, two\nLID")]
    [('KETTLE-1', '1200', None), ('PAN', 'None', 'quantity'), ('LID', 'None', 'columns')]
    """
    return [
        _row(number, line.strip(" \r"))
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip(" \r\t;,")
    ]


def _row(number: int, line: str) -> ReadRow:
    plain = normalize("NFKC", line)
    separator = next((sign for sign in _SEPARATORS if sign in plain), None)
    cells = [cell.strip().strip('"') for cell in (plain.split(separator) if separator else [plain])]
    while len(cells) > len(_COLUMNS) and not cells[-1]:
        cells.pop()
    named = dict(zip(_COLUMNS, cells, strict=False))
    read = ReadRow(number, line, named["item"])
    if not 1 < len(cells) <= len(_COLUMNS) or not named["item"]:
        return ReadRow(number, line, named["item"], problem="columns")
    quantity = _number(named["quantity"], "quantity", grouped=separator != ",")
    if quantity is None or not 0 < quantity < LARGEST_QUANTITY:
        return ReadRow(number, line, read.item, problem="quantity")
    written = named.get("unit_price", "")
    price = _number(written, "unit_price", grouped=separator != ",") if written else None
    if written and (price is None or not 0 <= price < _LARGEST_PRICE):
        return ReadRow(number, line, read.item, quantity, problem="unit_price")
    return ReadRow(number, line, read.item, quantity, price)


def _number(written: str, name: str, *, grouped: bool) -> Decimal | None:
    """A number with a point for its decimals; commas may group thousands where they do not separate columns."""
    digits = written.replace(" ", "")
    if grouped and "," in digits:
        if _GROUPED.fullmatch(digits) is None:
            return None
        digits = digits.replace(",", "")
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return None
    if not number.is_finite() or number.normalize().as_tuple().exponent < -_DECIMALS[name]:  # pyright: ignore[reportOperatorIssue]
        return None
    return number


class PastedText(Arguments):
    """What was pasted."""

    text: Annotated[str, Field(max_length=200_000)]


@answers(PastedText, permission="sales.read")
def read_order_lines(connection: Connection, asked: PastedText, _principal: Principal) -> list[dict[str, Any]]:
    """Every row that was pasted with its item, quantity and price, or with what is wrong with it and which items it could mean."""
    rows = read_rows(asked.text)
    answered = []
    for number, row in enumerate(rows, start=1):
        problem, found = row.problem, []
        if number > _MOST_ROWS:
            problem = "too_many"
        elif problem is None:
            found = _items(connection, row.item)
            problem = None if len(found) == 1 else "item_unknown" if not found else "item_unclear"
        chosen = found[0] if problem is None else None
        answered.append(
            {
                "row": row.row,
                "text": row.text,
                "item": chosen["code"] if chosen else None,
                "item_name": chosen["name"] if chosen else None,
                "quantity": row.quantity,
                "unit_price": row.unit_price,
                "problem": problem,
                "candidates": [item["code"] for item in found] if chosen is None else [],
            }
        )
    return answered


def _items(connection: Connection, named: str) -> list[dict[str, Any]]:
    """The items that a text can mean: the one with this code, else those with this barcode, else those whose name holds it."""
    item = master_data.item.c
    pattern = contains(named)
    by_name = or_(
        item.name.ilike(pattern, escape="\\"),
        item.name_zh.ilike(pattern, escape="\\"),
        item.code.ilike(pattern, escape="\\"),
    )
    for condition in (item.code == named, item.barcode == named, func.lower(item.code) == named.lower(), by_name):
        query = select(item.code, item.name).where(condition, item.active).order_by(item.code)
        found = rows_of(connection, query.limit(_MOST_CANDIDATES))
        if found:
            return found
    return []


QUERIES: Final[tuple[Query, ...]] = (read_order_lines,)
