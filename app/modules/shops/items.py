"""Which item a line of a shop's order is: what somebody mapped, else the item whose code is the SKU; nothing is made by itself.

A mapping of the variant outranks one of the SKU, and this one of the product, which counts only where the product has no variants.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context
from app.kernel.unit_of_work import Row
from schemas.exchange.shop_order import ShopLine
from schemas.operational import master_data
from schemas.operational import shops as tables
from schemas.vocabulary.numbers import ONE

_SHOWN_TITLE: Final = 200


@dataclass(frozen=True)
class Sold:
    """An item, and how many stocking units of it one piece in the shop holds."""

    item: Row
    unit_factor: Decimal


def item_of(ctx: Context, shop: Row, line: ShopLine) -> Sold | None:
    """Find the item of a line; None where nobody has said it and no active item has the SKU for its code."""
    for kind, external_id in _names(line):
        mapped = mapping(ctx, shop, kind, external_id)
        if mapped is not None:
            return Sold(ctx.uow.need(master_data.item, mapped.item_id), mapped.unit_factor)
    item = ctx.uow.one(master_data.item, "code", line.sku) if line.sku else None
    return Sold(item, ONE) if item is not None and item.active else None


def mapping(ctx: Context, shop: Row, kind: str, external_id: str, *, lock: bool = False) -> Row | None:
    """The mapping of one of a shop's names, if there is one."""
    rows = ctx.uow.where(tables.shop_item, "external_id", external_id, lock=lock)
    return next((row for row in rows if (row.shop_id, row.kind) == (shop.id, kind)), None)


def name_to_map(line: ShopLine) -> tuple[str, str, str]:
    """Kind, id and title under which an unknown line waits for its item: its SKU, else its variant, product or title."""
    kind, external_id = next((name for name in (_sku(line), *_names(line)) if name[1]), ("title", "-"))
    return kind, external_id, line.title[:_SHOWN_TITLE]


def _sku(line: ShopLine) -> tuple[str, str]:
    return "sku", line.sku


def _names(line: ShopLine) -> list[tuple[str, str]]:
    product = "" if line.variant_id else line.product_id
    title = "" if line.sku or line.variant_id or line.product_id else line.title
    names = [("variant", line.variant_id), _sku(line), ("product", product), ("title", title)]
    return [name for name in names if name[1]]
