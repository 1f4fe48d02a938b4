"""Handler that says of lines of a sales order whether a supplier ships them straight to the customer or we do from stock."""

from __future__ import annotations

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import CHARGE, find_document, hold_followers, lines_of, need_line, need_state
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import refuse_lines_advanced
from app.modules.inventory.reservations import refuse_if_held, release_beyond
from app.modules.inventory.taking import hold_stock
from app.modules.master_data.terms import party_with_role
from app.modules.sales.direct_lines import first_supplier, refuse_if_on_order
from app.modules.sales.handlers import goods_of, reserve_lines
from app.modules.sales.promises import prepare_promises, promise_again
from schemas.commands import drop_shipments as commands
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO


@handles(commands.MarkDropShipment, permission="sales.order.write")
def mark_drop_shipment(ctx: Context, data: commands.MarkDropShipment) -> Outcome:
    """Say which lines of an order a supplier ships straight to the customer, and which we ship from stock."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.DRAFT, DocumentState.CONFIRMED)
    lines = lines_of(ctx, order)
    goods = goods_of(lines.values())
    prepare_promises(ctx, ((row.item_id, row.quantity) for row in goods))
    hold_followers(ctx, lines)
    marked = [(need_line(order, lines, asked.line), asked) for asked in data.lines]
    _refuse_unfit(ctx, order, [row for row, _ in marked])
    hold_stock(ctx, (row.item_id for row, _ in marked))
    for row, asked in marked:
        supplier_id = _supplier(ctx, order, row, asked.supplier) if asked.drop_ship else None
        if supplier_id is not None:
            release_beyond(ctx, row, ZERO)
        ctx.uow.update(documents.document_line, row, supplier_id=supplier_id, promised_on=None)
    if order.state == DocumentState.CONFIRMED:
        touched = {row.id for row, _ in marked}
        reserve_lines(ctx, (row for row, _ in marked if row.supplier_id is None))
        promise_again(ctx, goods, touched)
    return Outcome("receipt.changed", order, {"what": "sales_order", "code": order.number})


def _refuse_unfit(ctx: Context, order: Row, rows: list[Row]) -> None:
    """Refuse lines that are charges, closed, begun, given in advance, being picked or ordered of a supplier already.

    Raises:
        Refused: one is.
    """
    for row in rows:
        if row.kind == CHARGE:
            raise Refused("line_is_charge", field="lines", number=order.number, line=row.line)
        if row.closed:
            raise Refused("change_closed_line", field="lines", number=order.number, line=row.line)
        if row.fulfilled_quantity > 0:
            facts = {"number": order.number, "line": row.line, "quantity": row.fulfilled_quantity}
            raise Refused("line_partly_shipped", field="lines", **facts)
    refuse_lines_advanced(ctx, order, rows)
    refuse_if_held(ctx, order, rows)
    refuse_if_on_order(ctx, order, rows)


def _supplier(ctx: Context, order: Row, row: Row, code: str | None) -> int:
    """Who ships a line: who is named, else who sells us the item first.

    Raises:
        Refused: nobody is named and nobody sells it to us, or he makes it of components that we provide.
    """
    terms = first_supplier(ctx, row.item_id)
    if code is not None:
        supplier_id = party_with_role(ctx, code, "supplier").id
        known = ctx.uow.where(master_data.supplier_item, "item_id", row.item_id)
        terms = next((entry for entry in known if entry.supplier_id == supplier_id), None)
    elif terms is not None:
        supplier_id = terms.supplier_id
    else:
        item = ctx.uow.need(master_data.item, row.item_id)
        facts = {"number": order.number, "line": row.line, "item": item.code}
        raise Refused("supplier_unnamed", field="supplier", **facts)
    if terms is not None and terms.components_provided:
        item, supplier = ctx.uow.need(master_data.item, row.item_id), ctx.uow.need(master_data.party, supplier_id)
        raise Refused("drop_shipment_of_components", field="supplier", item=item.code, supplier=supplier.code)
    return supplier_id
