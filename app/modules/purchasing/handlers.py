"""Handlers of purchase orders and goods receipts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from app.kernel.approvals import must_wait
from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    find_document,
    follow_lines,
    lines_of,
    link,
    need_line,
    need_state,
    new_document,
    new_line,
    order_behind,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.returns import refuse_if_returned
from app.modules.inventory.stock import (
    Movement,
    inventory_role,
    location_of_kind,
    lot_for,
    move_goods,
    storage_location,
)
from app.modules.master_data.pricing import best_price, order_line_amounts
from app.modules.master_data.terms import active_item, party_with_role, stocking_quantity, tax_of
from schemas.commands import trade as commands
from schemas.facts import DocumentApproved, DocumentReversed, FactLine, GoodsReceived
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO, rounded
from schemas.vocabulary.places import LocationKind


@handles(commands.CreatePurchaseOrder, permission="purchasing.order.write")
def create_purchase_order(ctx: Context, data: commands.CreatePurchaseOrder) -> Outcome:
    """Order goods from a supplier at his terms; prices that are not given come from his price breaks."""
    supplier = party_with_role(ctx, data.supplier, "supplier")
    on = data.document_on or ctx.today
    order = new_document(
        ctx,
        DocumentKind.PURCHASE_ORDER,
        DocumentState.DRAFT,
        party_id=supplier.id,
        document_on=on,
        due_on=data.due_on,
        external_number=data.external_number,
        note=data.note,
    )
    net_sum, tax_sum = ZERO, ZERO
    for number, line in enumerate(data.lines, start=1):
        net, tax = _order_line(ctx, order, supplier, number, line, on)
        net_sum, tax_sum = net_sum + net, tax_sum + tax
    add_totals(ctx, order, net_sum, tax_sum)
    if not data.confirm or must_wait(ctx, order, confirm_purchase_order.__name__):
        return Outcome("receipt.waits_for_approval" if data.confirm else "receipt.created_document", order)
    ctx.uow.update(documents.document, order, state=DocumentState.CONFIRMED.value)
    return Outcome("receipt.created_document", order)


def _order_line(
    ctx: Context, order: Row, supplier: Row, number: int, line: commands.OrderLine, on: date
) -> tuple[Decimal, Decimal]:
    item = active_item(ctx, line.item)
    quantity, unit_id = stocking_quantity(ctx, item, line.quantity, line.unit)
    terms = next(
        (row for row in ctx.uow.where(master_data.supplier_item, "item_id", item.id) if row.supplier_id == supplier.id),
        None,
    )
    price = line.unit_price
    if price is None and terms is not None:
        price = best_price(ctx.uow.where(master_data.price_break, "supplier_item_id", terms.id), quantity, on)
    if price is None:
        raise Refused("price_missing", field="unit_price", item=line.item, party=supplier.code)
    tax_id, tax_rate = tax_of(ctx, line.tax_code, supplier.tax_code_id, item.tax_code_id)
    decimals = ctx.company.currency_decimals
    net, tax = order_line_amounts(quantity, price, line.discount_rate, tax_rate, decimals, stated_tax=line.tax_amount)
    lead_days = int(terms.lead_time_days if terms is not None else item.lead_time_days)
    new_line(
        ctx,
        order,
        number,
        item_id=item.id,
        quantity=quantity,
        unit_id=unit_id,
        entered_quantity=line.quantity,
        unit_price=price,
        discount_rate=line.discount_rate,
        tax_code_id=tax_id,
        net_amount=net,
        tax_amount=tax,
        due_on=line.due_on or order.due_on or on + timedelta(days=lead_days),
    )
    return net, tax


@handles(commands.OrderAction, permission="purchasing.order.write")
def confirm_purchase_order(ctx: Context, data: commands.OrderAction) -> Outcome:
    """Confirm a draft purchase order, or ask for the approvals it needs."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    need_state(order, DocumentState.DRAFT)
    if must_wait(ctx, order, confirm_purchase_order.__name__):
        return Outcome("receipt.waits_for_approval", order)
    ctx.uow.update(documents.document, order, state=DocumentState.CONFIRMED.value)
    return Outcome("receipt.state_changed", order, {"state": DocumentState.CONFIRMED.value})


def confirm_approved_purchase_order(ctx: Context, fact: DocumentApproved) -> None:
    """The last approval confirms a purchase order that waited for it."""
    order = ctx.uow.need(documents.document, fact.document_id, lock=True)
    if order.kind == DocumentKind.PURCHASE_ORDER and order.state == DocumentState.DRAFT:
        ctx.uow.update(documents.document, order, state=DocumentState.CONFIRMED.value)


@handles(commands.OrderAction, permission="purchasing.order.write")
def cancel_purchase_order(ctx: Context, data: commands.OrderAction) -> Outcome:
    """Cancel a purchase order of which nothing was received."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    if any(line.fulfilled_quantity > 0 for line in lines_of(ctx, order).values()):
        raise Refused("order_partly_fulfilled", number=order.number)
    ctx.uow.update(documents.document, order, state=DocumentState.CANCELLED.value)
    return Outcome("receipt.state_changed", order, {"state": DocumentState.CANCELLED.value})


@handles(commands.OrderAction, permission="purchasing.order.write")
def close_purchase_order(ctx: Context, data: commands.OrderAction) -> Outcome:
    """Close a purchase order short: what was not received is not expected any more."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    for line in lines_of(ctx, order).values():
        ctx.uow.update(documents.document_line, line, closed=True)
    ctx.uow.update(documents.document, order, state=DocumentState.CLOSED.value)
    return Outcome("receipt.state_changed", order, {"state": DocumentState.CLOSED.value})


@handles(commands.ReceiveGoods, permission="purchasing.receipt.write")
def receive_goods(ctx: Context, data: commands.ReceiveGoods) -> Outcome:
    """Receive goods against a confirmed order, valued at the order's price."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    posted_on = data.posted_on or ctx.today
    order_lines = lines_of(ctx, order)
    wanted = data.lines or [
        commands.ReceiptLine(line=row.line, quantity=row.quantity - row.fulfilled_quantity)
        for row in order_lines.values()
        if not row.closed and row.quantity > row.fulfilled_quantity
    ]
    if not wanted:
        raise Refused("nothing_open", number=order.number)
    receipt = new_document(
        ctx,
        DocumentKind.GOODS_RECEIPT,
        DocumentState.POSTED,
        party_id=order.party_id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
    )
    link(ctx, order, receipt, "fulfilment")
    supplier_side = location_of_kind(ctx, LocationKind.SUPPLIER)
    movements = [
        _receipt_movement(
            ctx, receipt, number, need_line(order, order_lines, line.line), line, data.location, supplier_side
        )
        for number, line in enumerate(wanted, start=1)
    ]
    moves = move_goods(ctx, receipt, movements, posted_on)
    facts = []
    for move, movement in zip(moves, movements, strict=True):
        line = movement.line
        assert line is not None
        ctx.uow.update(documents.document_line, line, stock_value=move.value)
        amounts = {
            "order_value": line.net_amount,
            "stock_value": move.value,
            "variance": line.net_amount - move.value,
        }
        facts.append(FactLine(amounts, {"inventory": inventory_role(ctx, movement.item)}))
    add_totals(ctx, receipt, sum((f.amounts["order_value"] for f in facts), ZERO), ZERO)
    ctx.emit(GoodsReceived(receipt.id, posted_on, tuple(facts)))
    follow_lines(ctx, order)
    return Outcome("receipt.posted", receipt)


def _receipt_movement(
    ctx: Context,
    receipt: Row,
    number: int,
    order_line: Row,
    line: commands.ReceiptLine,
    location: str | None,
    supplier_side: Row,
) -> Movement:
    item = ctx.uow.need(master_data.item, order_line.item_id)
    open_quantity = order_line.quantity - order_line.fulfilled_quantity
    if line.quantity > open_quantity or order_line.closed:
        raise Refused(
            "more_than_ordered", field="quantity", item=item.code, quantity=line.quantity, open=max(open_quantity, ZERO)
        )
    ctx.uow.update(
        documents.document_line, order_line, fulfilled_quantity=order_line.fulfilled_quantity + line.quantity
    )
    place = storage_location(ctx, line.location or location)
    lot_id = lot_for(ctx, item, line.lot, receipt.posted_on, line.expires_on)
    value = rounded(
        line.quantity * order_line.unit_price * (ONE - order_line.discount_rate), ctx.company.currency_decimals
    )
    row = new_line(
        ctx,
        receipt,
        number,
        item_id=item.id,
        quantity=line.quantity,
        unit_id=item.unit_id,
        unit_price=order_line.unit_price,
        discount_rate=order_line.discount_rate,
        tax_code_id=order_line.tax_code_id,
        net_amount=value,
        source_line_id=order_line.id,
        location_id=place.id,
        lot_id=lot_id,
    )
    return Movement(item, supplier_side, place, line.quantity, row, lot_id, value=value)


def reopen_order_of_receipt(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed receipt is open on its order again.

    Raises:
        Refused: the receipt is billed already, or something of it was sent back.
    """
    receipt = ctx.uow.need(documents.document, fact.reverses_id)
    if receipt.kind != DocumentKind.GOODS_RECEIPT:
        return
    refuse_if_returned(ctx, receipt)
    order = order_behind(ctx, receipt)
    for line in lines_of(ctx, receipt).values():
        if line.invoiced_quantity > 0:
            raise Refused("receipt_billed", number=receipt.number)
        order_line = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
        ctx.uow.update(
            documents.document_line, order_line, fulfilled_quantity=order_line.fulfilled_quantity - line.quantity
        )
    follow_lines(ctx, order)
