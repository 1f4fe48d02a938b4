"""Why the buyers of a shop paid less: codes, rules and discounts by hand, kept beside the order as its shop tells them.

They change no price: what a line is booked at is less them already. Of each it is kept how much was taken off which line; what
remains concerns freight or the order as a whole. A newer version of the order puts the former ones out of force.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from app.kernel.bus import Context
from app.kernel.unit_of_work import Row
from schemas.exchange.shop_order import ShopOrder
from schemas.operational import shops as tables
from schemas.vocabulary.numbers import MONEY_DECIMALS, ZERO, rounded


def keep_discounts(ctx: Context, known: Row, order: ShopOrder) -> None:
    """Make the discounts in force those that the shop now tells; the same ones stay as they are."""
    wanted = Counter(_rows(ctx, known, order))
    for row in ctx.uow.where(tables.shop_discount, "shop_order_id", known.id, lock=True):
        if not row.in_force:
            continue
        said = (row.document_line_id, row.kind, row.code, row.title, row.amount)
        if wanted[said]:
            wanted[said] -= 1
        else:
            ctx.uow.update(tables.shop_discount, row, in_force=False)
    for line_id, kind, code, title, amount in wanted.elements():
        ctx.uow.insert(
            tables.shop_discount,
            shop_order_id=known.id,
            document_line_id=line_id,
            kind=kind,
            code=code,
            title=title,
            amount=amount,
            in_force=True,
            version=1,
        )


def _rows(ctx: Context, known: Row, order: ShopOrder) -> list[tuple[Any, ...]]:
    """Line, kind, code, title and amount of each part of each discount; one that took nothing off a line has one row."""
    if not order.discounts:
        return []
    ids = {
        row.external_id: row.document_line_id
        for row in sorted(ctx.uow.where(tables.shop_order_line, "shop_order_id", known.id), key=lambda row: row.id)
    }
    found = []
    for discount in order.discounts:
        parts = [(ids[line], amount) for line, amount in discount.lines if line in ids]
        rest = discount.amount - sum((amount for _, amount in parts), ZERO)
        parts += [(None, rest)] if rest > 0 or not parts else []
        found += [
            (line_id, discount.kind, discount.code, discount.title, rounded(amount, MONEY_DECIMALS))
            for line_id, amount in parts
        ]
    return found
