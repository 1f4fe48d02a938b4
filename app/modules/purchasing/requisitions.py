"""Handlers of purchase requisitions: a need with its reason, approved, and ordered with or without asking for prices.

Estimates are in the company's currency unless another is named; approvals judge what they come to in the books at the rate of the
requisition's day. Orders are in the supplier's currency at his prices, at the rate of their own day.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from app.kernel.approvals import must_wait
from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    find_document,
    lines_of,
    link,
    need_line,
    need_state,
    new_document,
    new_line,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import (
    DocumentCurrency,
    currency_on,
    say_in_currency,
    say_line,
    sums_said,
)
from app.modules.master_data.pricing import best_price
from app.modules.master_data.terms import active_item, party_with_role, stocking_quantity
from app.modules.purchasing.handlers import Placed, place_order
from app.modules.purchasing.offers import in_lots
from app.modules.purchasing.progress import is_ordered
from schemas.commands import purchasing as commands
from schemas.commands.trade import CreatePurchaseOrder, OrderLine
from schemas.facts import DocumentApproved
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded

_WRITE = "purchasing.requisition.write"


@handles(commands.CreatePurchaseRequisition, permission=_WRITE)
def create_purchase_requisition(ctx: Context, data: commands.CreatePurchaseRequisition) -> Outcome:
    """Ask for goods to be bought, with the day they are needed, the reason, and a supplier who might bring them."""
    on = data.document_on or ctx.today
    currency = currency_on(ctx, data.currency or ctx.company.currency, on)
    requisition = new_document(
        ctx,
        DocumentKind.PURCHASE_REQUISITION,
        DocumentState.DRAFT,
        document_on=on,
        external_number=data.external_number,
        note=data.note,
    )
    rows = [_add_line(ctx, requisition, number, line, on, currency) for number, line in enumerate(data.lines, start=1)]
    ctx.uow.update(documents.document, requisition, due_on=min(row.due_on for row in rows))
    add_totals(ctx, requisition, sum((row.net_amount for row in rows), ZERO), ZERO)
    say_in_currency(ctx, requisition, currency, *sums_said(ctx, currency, rows))
    waits = data.confirm and must_wait(ctx, requisition, confirm_purchase_requisition.__name__)
    if data.confirm and not waits:
        ctx.uow.update(documents.document, requisition, state=DocumentState.CONFIRMED.value)
    return Outcome("receipt.waits_for_approval" if waits else "receipt.created_document", requisition)


def _add_line(
    ctx: Context, requisition: Row, number: int, line: commands.RequisitionLine, on: date, currency: DocumentCurrency
) -> Row:
    item = active_item(ctx, line.item)
    quantity, unit_id = stocking_quantity(ctx, item, line.quantity, line.unit)
    terms = [row for row in ctx.uow.where(master_data.supplier_item, "item_id", item.id) if row.active]
    supplier_id: int | None = None
    if line.supplier is not None:
        supplier_id = party_with_role(ctx, line.supplier, "supplier").id
    elif terms:
        supplier_id = min(terms, key=lambda row: (row.priority, row.id)).supplier_id
    own = next((row for row in terms if row.supplier_id == supplier_id), None)
    price = _estimate(ctx, item, own, quantity, on, currency) if line.estimated_price is None else line.estimated_price
    net = rounded(quantity * price, currency.decimals)
    lead_days = int(own.lead_time_days if own is not None else item.lead_time_days)
    row = new_line(
        ctx,
        requisition,
        number,
        item_id=item.id,
        description=line.reason,
        quantity=quantity,
        unit_id=unit_id,
        entered_quantity=line.quantity,
        unit_price=currency.price(price),
        net_amount=currency.next_amount(net),
        supplier_id=supplier_id,
        due_on=line.needed_by or on + timedelta(days=lead_days),
    )
    say_line(ctx, row, currency, unit_price=price, net=net, tax=ZERO, net_at_order_rate=row.net_amount)
    return row


def _estimate(
    ctx: Context, item: Row, terms: Row | None, quantity: Decimal, on: date, currency: DocumentCurrency
) -> Decimal:
    """What an item would cost in a currency by the suggested supplier's terms, else by its standard cost."""
    price = None
    if terms is not None:
        price = best_price(ctx.uow.where(master_data.price_break, "supplier_item_id", terms.id), quantity, on)
    if terms is None or price is None:
        return currency.from_home(item.standard_cost)
    theirs = currency_on(ctx, ctx.uow.need(master_data.party, terms.supplier_id).currency, on)
    return price if theirs.code == currency.code else currency.from_home(theirs.price(price))


@handles(commands.RequisitionAction, permission=_WRITE)
def confirm_purchase_requisition(ctx: Context, data: commands.RequisitionAction) -> Outcome:
    """Confirm a draft requisition, or ask for the approvals it needs."""
    requisition = find_document(ctx, data.requisition, DocumentKind.PURCHASE_REQUISITION)
    need_state(requisition, DocumentState.DRAFT)
    if must_wait(ctx, requisition, confirm_purchase_requisition.__name__):
        return Outcome("receipt.waits_for_approval", requisition)
    ctx.uow.update(documents.document, requisition, state=DocumentState.CONFIRMED.value)
    return Outcome("receipt.state_changed", requisition, {"state": DocumentState.CONFIRMED.value})


def confirm_approved_requisition(ctx: Context, fact: DocumentApproved) -> None:
    """The last approval confirms a requisition that waited for it."""
    requisition = ctx.uow.need(documents.document, fact.document_id, lock=True)
    if requisition.kind == DocumentKind.PURCHASE_REQUISITION and requisition.state == DocumentState.DRAFT:
        ctx.uow.update(documents.document, requisition, state=DocumentState.CONFIRMED.value)


@handles(commands.RequisitionAction, permission=_WRITE)
def cancel_purchase_requisition(ctx: Context, data: commands.RequisitionAction) -> Outcome:
    """Cancel a requisition of which nothing is ordered."""
    requisition = find_document(ctx, data.requisition, DocumentKind.PURCHASE_REQUISITION)
    if any(line.fulfilled_quantity > 0 for line in lines_of(ctx, requisition).values()):
        raise Refused("order_partly_fulfilled", number=requisition.number)
    ctx.uow.update(documents.document, requisition, state=DocumentState.CANCELLED.value)
    return Outcome("receipt.state_changed", requisition, {"state": DocumentState.CANCELLED.value})


@handles(commands.RequisitionAction, permission=_WRITE)
def close_purchase_requisition(ctx: Context, data: commands.RequisitionAction) -> Outcome:
    """Close a requisition: what was not ordered of it is not needed any more."""
    requisition = find_document(ctx, data.requisition, DocumentKind.PURCHASE_REQUISITION)
    need_state(requisition, DocumentState.CONFIRMED)
    for line in lines_of(ctx, requisition).values():
        ctx.uow.update(documents.document_line, line, closed=True)
    ctx.uow.update(documents.document, requisition, state=DocumentState.CLOSED.value)
    return Outcome("receipt.state_changed", requisition, {"state": DocumentState.CLOSED.value})


@handles(commands.OrderPurchaseRequisition, permission="purchasing.order.write")
def order_purchase_requisition(ctx: Context, data: commands.OrderPurchaseRequisition) -> Outcome:
    """Order what a requisition asks for without asking for prices: one purchase order a supplier."""
    requisition = find_document(ctx, data.requisition, DocumentKind.PURCHASE_REQUISITION)
    need_state(requisition, DocumentState.CONFIRMED)
    lines = lines_of(ctx, requisition)
    wanted = data.lines or [
        commands.RequisitionOrderLine(line=row.line) for row in lines.values() if not is_ordered(row)
    ]
    bought: dict[str, list[Placed]] = defaultdict(list)
    for entry in wanted:
        supplier, placed = _placed(ctx, requisition, need_line(requisition, lines, entry.line), entry)
        bought[supplier].append(placed)
    orders = []
    for supplier, placed in sorted(bought.items()):
        header = CreatePurchaseOrder(
            supplier=supplier,
            currency=data.currency,
            document_on=data.document_on,
            confirm=data.confirm,
            lines=[entry.line for entry in placed],
        )
        order, _ = place_order(ctx, header, placed, caused_by=requisition.caused_by)
        link(ctx, requisition, order, "order")
        orders.append(order)
    return Outcome(
        "receipt.ordered",
        requisition,
        {"orders": len(orders)},
        data={"documents": [order.id for order in orders]},
    )


def _placed(ctx: Context, requisition: Row, line: Row, entry: commands.RequisitionOrderLine) -> tuple[str, Placed]:
    item = ctx.uow.need(master_data.item, line.item_id)
    if is_ordered(line):
        raise Refused("line_ordered", field="lines", number=requisition.number, line=line.line, item=item.code)
    supplier = entry.supplier
    if supplier is None:
        if line.supplier_id is None:
            raise Refused(
                "supplier_unnamed", field="supplier", number=requisition.number, line=line.line, item=item.code
            )
        supplier = ctx.uow.need(master_data.party, line.supplier_id).code
    rest: Decimal = line.quantity - line.fulfilled_quantity
    quantity = entry.quantity or rest
    largest = _largest(ctx, item, supplier, rest)
    if quantity > largest:
        raise Refused("more_than_asked", field="lines", item=item.code, quantity=quantity, open=largest)
    order_line = OrderLine(
        item=item.code, quantity=quantity, unit_price=entry.unit_price, due_on=entry.due_on or line.due_on
    )
    return supplier, Placed(order_line, line)


def _largest(ctx: Context, item: Row, supplier: str, rest: Decimal) -> Decimal:
    """What is left of a line, rounded up to the lots in which the supplier sells the item."""
    party = party_with_role(ctx, supplier, "supplier")
    terms = ctx.uow.where(master_data.supplier_item, "item_id", item.id)
    own = next((row for row in terms if row.supplier_id == party.id), None)
    return rest if own is None else in_lots(rest, own.min_lot, own.lot_multiple)
