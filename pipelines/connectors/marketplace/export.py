"""Cuts a seller's files into one message an order: its rows as they stand, by the titles of their columns.

Taobao hands over orders and their goods in two files; a file without goods adds what it says to the orders of the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pipelines.connectors.marketplace.layouts import Cells, Layout
from pipelines.connectors.marketplace.sheet import sheet_of
from schemas.exchange.shop_order import NotTranslatable


def orders_of_files(layout: Layout, contents: Iterable[bytes]) -> list[bytes]:
    """The bodies of the orders in the files of one export, in the order in which they first occur.

    Raises:
        NotTranslatable: a file is none of the marketplace's, goods or states are in none of them, or two files tell
            goods of one order: which of them counts nobody can say.
    """
    orders: dict[str, dict[str, Any]] = {}
    titles: set[str] = set()
    told: dict[str, int] = {}
    for number, content in enumerate(contents):
        sheet = sheet_of(content)
        if not layout.named(sheet.titles, "order"):
            raise NotTranslatable("field_missing", " / ".join(layout.columns["order"]))
        of_goods = layout.named(sheet.titles, "quantity")
        titles |= sheet.titles
        for row in sheet.rows:
            order = orders.setdefault(_number(layout, row), {"marketplace": layout.system, "order": {}, "lines": []})
            if of_goods:
                if told.setdefault(_number(layout, row), number) != number:
                    raise NotTranslatable("duplicate_key", f"{layout.columns['order'][0]} = {_number(layout, row)}")
                order["lines"].append(row)
            else:
                order["order"] |= row
    for field in ("quantity", "state"):
        if not layout.named(titles, field):
            raise NotTranslatable("field_missing", " / ".join(layout.columns[field]))
    return [json.dumps(order, ensure_ascii=False, sort_keys=True).encode() for order in orders.values()]


def _number(layout: Layout, row: Cells) -> str:
    number = layout.first(row, "order")
    if not number:
        raise NotTranslatable("field_missing", f"{layout.columns['order'][0]}: {'; '.join(row.values())[:80]}")
    if "E+" in number.upper():
        raise NotTranslatable("field_invalid", f"{layout.columns['order'][0]} = {number}")
    return number
