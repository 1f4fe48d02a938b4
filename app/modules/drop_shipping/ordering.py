"""Handler that orders of suppliers what they ship straight to a customer: one purchase order each, line by line from his order.

The customer's standing is asked here: once the supplier is told to ship, nobody holds the goods up any more.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, hold_followers, lines_of, link, need_line, need_state
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.places import location_of_kind
from app.modules.purchasing.handlers import Placed, place_order
from app.modules.sales.direct_lines import lead_days, quantity_on_order
from app.modules.sales.handlers import goods_of, shipment_waits
from schemas.commands import drop_shipments as commands
from schemas.commands.trade import CreatePurchaseOrder, OrderLine
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind

LINK: Final = "drop_shipment"
"""Links a sales order to the purchase orders made for it, and a receipt to the shipment that is booked with it."""


@handles(commands.OrderDropShipment, permission="purchasing.order.write")
def order_drop_shipment(ctx: Context, data: commands.OrderDropShipment) -> Outcome:
    """Order of suppliers what they ship straight to a customer: one purchase order a supplier, line by line from the sales order.

    Where the customer's terms or a rule hold shipments up, nothing is ordered until it is approved and ordered again.
    """
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    if shipment_waits(ctx, order):
        return Outcome("receipt.shipment_waits", order)
    lines = lines_of(ctx, order)
    hold_followers(ctx, lines)
    wanted = data.lines or [
        commands.DirectOrderLine(line=row.line) for row in goods_of(lines.values()) if _left(ctx, row)
    ]
    if not wanted:
        raise Refused("nothing_to_drop_ship", field="order", number=order.number)
    bought: dict[str, list[Placed]] = defaultdict(list)
    asked: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for entry in wanted:
        row = need_line(order, lines, entry.line)
        placed = _placed(ctx, order, row, entry, asked[entry.line])
        asked[entry.line] += placed.line.quantity
        bought[ctx.uow.need(master_data.party, row.supplier_id).code].append(placed)
    orders = [_place(ctx, order, supplier, placed, data) for supplier, placed in sorted(bought.items())]
    return Outcome(
        "receipt.ordered",
        order,
        {"orders": len(orders)},
        data={"documents": [purchase.id for purchase in orders]},
    )


def _left(ctx: Context, row: Row) -> Decimal:
    """What of a line is still to be ordered of its supplier; nothing of one that we ship ourselves."""
    if row.supplier_id is None or row.closed:
        return ZERO
    return max(row.quantity - row.fulfilled_quantity - quantity_on_order(ctx, row), ZERO)


def _placed(ctx: Context, order: Row, row: Row, entry: commands.DirectOrderLine, asked: Decimal) -> Placed:
    if row.supplier_id is None:
        raise Refused("line_ships_from_stock", field="lines", number=order.number, line=row.line)
    item = ctx.uow.need(master_data.item, row.item_id)
    left = _left(ctx, row) - asked
    if left <= 0 or (entry.quantity is not None and entry.quantity > left):
        wanted = left if entry.quantity is None else entry.quantity
        raise Refused("more_than_ordered", field="quantity", item=item.code, quantity=wanted, open=max(left, ZERO))
    possible = ctx.today + timedelta(days=lead_days(ctx, row))
    line = OrderLine(
        item=item.code,
        quantity=entry.quantity or left,
        unit_price=entry.unit_price,
        due_on=entry.due_on or max(possible, row.due_on or possible),
    )
    return Placed(line, row)


def _place(ctx: Context, order: Row, supplier: str, placed: list[Placed], data: commands.OrderDropShipment) -> Row:
    """Place the order of one supplier; its goods go to the customer, and its day is what he is promised."""
    header = CreatePurchaseOrder(
        supplier=supplier,
        document_on=data.document_on,
        due_on=max(entry.line.due_on for entry in placed if entry.line.due_on is not None),
        note=data.note,
        confirm=data.confirm,
        lines=[entry.line for entry in placed],
    )
    purchase, _ = place_order(ctx, header, placed, caused_by=order.caused_by)
    link(ctx, order, purchase, LINK)
    past_us = location_of_kind(ctx, LocationKind.DROP_SHIPMENT)
    for line in lines_of(ctx, purchase).values():
        ctx.uow.update(documents.document_line, line, to_location_id=past_us.id)
        sold = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
        ctx.uow.update(documents.document_line, sold, promised_on=line.due_on)
    return purchase
