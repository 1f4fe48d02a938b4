"""What the columns and states of a marketplace's order files mean. A marketplace that renames a column is a line of data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from schemas.exchange.shop_order import ShopStatus

FOLDER: Final = Path(__file__).parents[3] / "data" / "reference" / "marketplaces"
MARKETPLACES: Final = ("taobao", "jd", "pinduoduo")
FIELDS: Final = frozenset(
    {
        "order",
        "line",
        "state",
        "created_at",
        "currency",
        "changed_at",
        "title",
        "sku",
        "product",
        "variant",
        "quantity",
        "price",
        "line_amount",
        "goods_amount",
        "freight",
        "total",
        "buyer",
        "phone",
        "address",
        "note",
    }
)
_WIDE: Final = str.maketrans("，（）：；　", ",():; ")

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """A marketplace's files.

    Attributes:
        system: its name among the systems of shops.
        columns: the titles of the columns that say a thing, the best first, by the thing's name in `FIELDS`.
        states: what a state of an order means.
    """

    system: str
    columns: Mapping[str, tuple[str, ...]]
    states: Mapping[str, ShopStatus]

    def first(self, cells: Cells, field: str) -> str:
        """What the first filled column of a field says; empty where none is filled."""
        return next((cells[title] for title in self.columns[field] if cells.get(title)), "")

    def all(self, cells: Cells, field: str) -> list[str]:
        """What every filled column of a field says."""
        return [cells[title] for title in self.columns[field] if cells.get(title)]

    def named(self, titles: Iterable[str], field: str) -> bool:
        """Whether a file with these titles has a column for a field."""
        return not set(self.columns[field]).isdisjoint(titles)

    def status(self, state: str) -> ShopStatus | None:
        """What a state means; None where nobody has said it."""
        return self.states.get(narrow(state))


def narrow(text: str) -> str:
    """A title or state with the narrow forms of the signs that are written wide or narrow, without spaces.

    >>> narrow("商品总价（元）"), narrow("已发货， 待签收")
    ('商品总价(元)', '已发货,待签收')
    """
    return "".join(text.translate(_WIDE).split())


@cache
def layout(system: str) -> Layout:
    """The layout of a marketplace."""
    said: dict[str, Any] = json.loads((FOLDER / f"{system}.json").read_text(encoding="utf-8"))
    assert set(said["columns"]) == FIELDS, system
    return Layout(
        system,
        {field: tuple(map(narrow, titles)) for field, titles in said["columns"].items()},
        {narrow(state): ShopStatus(status) for state, status in said["states"].items()},
    )
