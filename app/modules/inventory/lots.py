"""Lots of items: found by their codes, made when goods with a new one come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from schemas.operational import inventory as tables


def lot_for(ctx: Context, item: Row, code: str | None, received_on: date, expires_on: date | None) -> int:
    """Return the id of an item's lot, making it if it is new; 0 where the item has no lots.

    Raises:
        Refused: a lot is missing on a lot-tracked item, or given on another.
    """
    if item.lot_tracked != (code is not None):
        raise Refused("lot_needed" if item.lot_tracked else "lot_not_used", field="lot", item=item.code)
    if code is None:
        return 0
    known = lot_by_code(ctx, item, code)
    if known is not None:
        return known.id
    if expires_on is None and item.shelf_life_days is not None:
        expires_on = date.fromordinal(received_on.toordinal() + item.shelf_life_days)
    lot = ctx.uow.insert(tables.lot, item_id=item.id, code=code, expires_on=expires_on, received_on=received_on)
    return lot.id


def existing_lot(ctx: Context, item: Row, code: str | None) -> int:
    """Return the id of a lot that is there; 0 where the item has no lots.

    Raises:
        Refused: the item has no such lot.
    """
    if not item.lot_tracked:
        return 0
    known = lot_by_code(ctx, item, code)
    if known is None:
        raise Refused("lot_unknown", field="lot", item=item.code, lot=code)
    return known.id


def lot_by_code(ctx: Context, item: Row, code: str | None) -> Row | None:
    """An item's lot by its code; None where it has no such lot."""
    return ctx.uow.keyed(tables.lot, "item_id", item.id, "code").get(code)


def lots_of(ctx: Context, item: Row) -> Mapping[int, Row]:
    """The lots of an item by id; none where it has no lots."""
    return ctx.uow.keyed(tables.lot, "item_id", item.id, "id") if item.lot_tracked else {}
