"""What has fallen to its minimum: bought items whose stock and supply no longer reach, and the requisition that asks for them.

The position of an item is what is in stock or on the way, on order and asked for already, less what customers and production orders
still take. It is at its minimum when it reaches the reorder point, or falls below the safety stock where there is none (ASCM:
order point technique). What is asked for then brings it up to the maximum stock, or by whole lots above the minimum, in the lots
of the supplier who would bring it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from sqlalchemy import Connection, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Context, Outcome, Query, answers, handles
from app.kernel.document_queries import Nothing, rows_of
from app.kernel.documents import need_by_code
from app.kernel.errors import Refused
from app.kernel.i18n import format_quantity, t
from app.modules.inventory.demand import TAKES_STOCK
from app.modules.inventory.queries import ItemCodes, availability_of
from app.modules.purchasing.offers import in_lots
from app.modules.purchasing.requisitions import create_purchase_requisition
from schemas.commands import purchasing as commands
from schemas.operational import inventory, master_data
from schemas.operational.documents import document, document_line
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import StockStatus

_ITEM: Final = master_data.item.c
_LINE: Final = document_line.c
_DOCUMENT: Final = document.c
_PART: Final = 5000


def quantity_to_ask(
    position: Decimal, minimum: Decimal, *, max_stock: Decimal | None, lot_size: Decimal | None
) -> Decimal:
    """How much brings an item that has fallen to its minimum up again, before it is rounded to lots.

    Args:
        position: stock and supply less what is still taken, stocking unit; may be negative.
        minimum: reorder point or safety stock, stocking unit.
        max_stock: fill up to this level where there is one.
        lot_size: ask for whole lots until the position is above the minimum where there is no maximum.

    >>> D = Decimal
    >>> quantity_to_ask(D(8), D(10), max_stock=D(50), lot_size=None)
    Decimal('42')
    >>> quantity_to_ask(D(10), D(10), max_stock=None, lot_size=D(25))
    Decimal('25')
    >>> quantity_to_ask(D(-30), D(10), max_stock=None, lot_size=D(25))
    Decimal('50')
    >>> quantity_to_ask(D(4), D(10), max_stock=None, lot_size=None)
    Decimal('6')
    """
    if max_stock is not None and max_stock > position:
        return max_stock - position
    short = minimum - position
    if lot_size:
        lots = (short / lot_size).to_integral_value(ROUND_CEILING)
        return max(lots, Decimal(1)) * lot_size
    return short


@answers(Nothing, permission="purchasing.read")
def items_below_minimum(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Bought items at or below their minimum: what their position is made of, and what to ask for from whom."""
    return _below(connection)


@handles(commands.RequisitionBelowMinimum, permission="purchasing.requisition.write")
def requisition_below_minimum(ctx: Context, data: commands.RequisitionBelowMinimum) -> Outcome:
    """Ask for what has fallen to its minimum, of all bought items or of some, each line with the figures that are its reason.

    Two who do so at once wait for each other at the items, so that the second finds asked for what the first has asked for.

    Raises:
        Refused: no such item, or none has fallen to its minimum.
    """
    named = {need_by_code(ctx, master_data.item, code, "item", field="items").id for code in data.items}
    ctx.uow.write_earlier()
    found = {row["item_id"] for row in _below(ctx.uow.connection, named)}
    ctx.uow.many(master_data.item, found, lock=True)
    rows = _below(ctx.uow.connection, found) if found else []
    if not rows:
        raise Refused("nothing_below_minimum", field="items")
    lines = [
        commands.RequisitionLine(
            item=row["item_code"], quantity=row["proposed"], supplier=row["supplier_code"], reason=_reason(ctx, row)
        )
        for row in rows
    ]
    return create_purchase_requisition(ctx, commands.CreatePurchaseRequisition(confirm=data.confirm, lines=lines))


def _reason(ctx: Context, row: dict[str, Any]) -> str:
    lang = ctx.company.language
    names = ("position", "minimum", "in_stock", "on_order", "requisitioned", "needed")
    return t("why.below_minimum", lang, **{name: format_quantity(row[name], lang) for name in names})


def _below(connection: Connection, only: Collection[int] = ()) -> list[dict[str, Any]]:
    """The bought items at or below their minimum, by code; of these ids where some are named."""
    items = rows_of(connection, _with_minimum(only))
    found = []
    for start in range(0, len(items), _PART):
        found += _judged(connection, items[start : start + _PART])
    return found


def _with_minimum(only: Collection[int]) -> Any:
    """Active bought items that have a reorder point or a safety stock."""
    query = (
        select(
            _ITEM.id.label("item_id"),
            _ITEM.code.label("item_code"),
            _ITEM.name.label("item_name"),
            _ITEM.name_zh.label("item_name_zh"),
            master_data.unit.c.code.label("unit_code"),
            _ITEM.reorder_point,
            _ITEM.safety_stock,
            _ITEM.max_stock,
            _ITEM.lot_size,
            _ITEM.min_lot,
            _ITEM.lot_multiple,
        )
        .join(master_data.unit, master_data.unit.c.id == _ITEM.unit_id)
        .where(_ITEM.active, _ITEM.source == "buy", or_(_ITEM.reorder_point.is_not(None), _ITEM.safety_stock > ZERO))
        .order_by(_ITEM.code)
    )
    return query.where(_ITEM.id.in_(sorted(only))) if only else query


def _judged(connection: Connection, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the items whose position is at or below their minimum, with what it is made of and what to ask for."""
    ids = [row["item_id"] for row in items]
    known = {
        row["id"]: row for row in availability_of(connection, ItemCodes(items=[row["item_code"] for row in items]))
    }
    unpacked, asked_for, needed = _unpacked(connection, ids), _asked_for(connection, ids), _needed(connection, ids)
    suppliers = _suppliers(connection, ids)
    found = []
    for row in items:
        item, own = row["item_id"], known[row["item_id"]]
        row["in_stock"] = own["on_hand"] + own["in_transit"] + unpacked[item]
        row["on_order"], row["requisitioned"], row["needed"] = own["on_order"], asked_for[item], needed[item]
        row["position"] = row["in_stock"] + row["on_order"] + row["requisitioned"] - row["needed"]
        at_point = row["reorder_point"] is not None
        row["minimum"] = row["reorder_point"] if at_point else row["safety_stock"]
        if row["position"] > row["minimum"] or (row["position"] == row["minimum"] and not at_point):
            continue
        quantity = quantity_to_ask(
            row["position"], row["minimum"], max_stock=row.pop("max_stock"), lot_size=row.pop("lot_size")
        )
        terms = suppliers.get(item, row)
        row["proposed"] = in_lots(quantity, terms["min_lot"], terms["lot_multiple"])
        row["supplier_code"], row["supplier_name"] = terms.get("supplier_code"), terms.get("supplier_name")
        if row["proposed"] > 0:
            found.append(row)
    return found


def _unpacked(connection: Connection, ids: list[int]) -> dict[int, Decimal]:
    """What stands in receiving places and waits to be put away."""
    balance, place = inventory.stock_balance, master_data.location
    query = (
        select(balance.c.item_id, balance.c.quantity)
        .join(place, place.c.id == balance.c.location_id)
        .where(
            balance.c.item_id.in_(ids),
            balance.c.owner_id == 0,
            balance.c.status == StockStatus.AVAILABLE.value,
            place.c.receiving,
            place.c.blocked.is_(False),
        )
    )
    return _summed(connection, query)


def _asked_for(connection: Connection, ids: list[int]) -> dict[int, Decimal]:
    """What requisitions ask for that is not ordered yet, those that wait for approval included."""
    query = (
        select(_LINE.item_id, (_LINE.quantity - _LINE.fulfilled_quantity).label("quantity"))
        .join(document, _DOCUMENT.id == _LINE.document_id)
        .where(
            _LINE.item_id.in_(ids),
            _DOCUMENT.kind == DocumentKind.PURCHASE_REQUISITION.value,
            _DOCUMENT.state.in_((DocumentState.DRAFT.value, DocumentState.CONFIRMED.value)),
            _LINE.closed.is_(False),
            _LINE.quantity > _LINE.fulfilled_quantity,
        )
    )
    return _summed(connection, query)


def _needed(connection: Connection, ids: list[int]) -> dict[int, Decimal]:
    """What confirmed sales orders take from our stock and released production orders consume, as far as they have not."""
    query = (
        select(_LINE.item_id, (_LINE.quantity - _LINE.fulfilled_quantity).label("quantity"))
        .join(document, _DOCUMENT.id == _LINE.document_id)
        .where(_LINE.item_id.in_(ids), TAKES_STOCK, _LINE.quantity > _LINE.fulfilled_quantity)
    )
    return _summed(connection, query)


def _summed(connection: Connection, query: Any) -> dict[int, Decimal]:
    """Sums by item, zero for others; added up here, for the database's sums end at 64 bits."""
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for row in rows_of(connection, query):
        sums[row["item_id"]] += row["quantity"]
    return sums


def _suppliers(connection: Connection, ids: list[int]) -> dict[int, dict[str, Any]]:
    """The first supplier of each item by priority, with his lots."""
    terms, party = master_data.supplier_item.c, master_data.party.c
    query = (
        select(
            terms.item_id,
            party.code.label("supplier_code"),
            party.name.label("supplier_name"),
            terms.min_lot,
            terms.lot_multiple,
            func.row_number().over(partition_by=terms.item_id, order_by=(terms.priority, terms.id)).label("place"),
        )
        .join(master_data.party, party.id == terms.supplier_id)
        .where(terms.item_id.in_(ids), terms.active)
    )
    return {row["item_id"]: row for row in rows_of(connection, query) if row["place"] == 1}


QUERIES: Final[tuple[Query, ...]] = (items_below_minimum,)
