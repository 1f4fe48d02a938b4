"""Handlers of blanket orders: quantities and prices agreed for a time, and the orders that call them off.

A blanket order expects no goods and owes nothing; its call-offs do. What is called off never exceeds what is agreed by more than
the limit of `master_data/buying_policy.py`.
"""

from __future__ import annotations

from datetime import date

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
from app.modules.master_data.buying_policy import policy_of
from app.modules.master_data.pricing import line_amounts
from app.modules.master_data.terms import active_item, party_with_role, stocking_quantity, tax_of
from app.modules.purchasing.handlers import Placed, place_order
from schemas.commands import purchasing as commands
from schemas.commands.trade import CreatePurchaseOrder, OrderLine
from schemas.facts import DocumentApproved
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_WRITE = "purchasing.order.write"


@handles(commands.CreateBlanketOrder, permission=_WRITE)
def create_blanket_order(ctx: Context, data: commands.CreateBlanketOrder) -> Outcome:
    """Agree with a supplier on quantities and prices for a time."""
    supplier = party_with_role(ctx, data.supplier, "supplier")
    valid_from = data.valid_from or ctx.today
    if data.valid_until < valid_from:
        raise Refused("dates_reversed", field="valid_until", from_on=valid_from, to_on=data.valid_until)
    blanket = new_document(
        ctx,
        DocumentKind.BLANKET_ORDER,
        DocumentState.DRAFT,
        party_id=supplier.id,
        document_on=valid_from,
        due_on=data.valid_until,
        external_number=data.external_number,
        note=data.note,
    )
    rows = [_add_line(ctx, blanket, number, line, supplier) for number, line in enumerate(data.lines, start=1)]
    net, tax = sum((row.net_amount for row in rows), ZERO), sum((row.tax_amount for row in rows), ZERO)
    add_totals(ctx, blanket, net, tax)
    waits = data.confirm and must_wait(ctx, blanket, confirm_blanket_order.__name__)
    if data.confirm and not waits:
        ctx.uow.update(documents.document, blanket, state=DocumentState.CONFIRMED.value)
    return Outcome("receipt.waits_for_approval" if waits else "receipt.created_document", blanket)


def _add_line(ctx: Context, blanket: Row, number: int, line: commands.BlanketLine, supplier: Row) -> Row:
    item = active_item(ctx, line.item)
    quantity, unit_id = stocking_quantity(ctx, item, line.quantity, line.unit)
    tax_id, tax_rate = tax_of(ctx, None, supplier.tax_code_id, item.tax_code_id)
    net, tax = line_amounts(quantity, line.unit_price, ZERO, tax_rate, ctx.company.currency_decimals)
    return new_line(
        ctx,
        blanket,
        number,
        item_id=item.id,
        quantity=quantity,
        unit_id=unit_id,
        entered_quantity=line.quantity,
        unit_price=line.unit_price,
        tax_code_id=tax_id,
        net_amount=net,
        tax_amount=tax,
    )


@handles(commands.BlanketAction, permission=_WRITE)
def confirm_blanket_order(ctx: Context, data: commands.BlanketAction) -> Outcome:
    """Confirm a draft blanket order, or ask for the approvals it needs."""
    blanket = find_document(ctx, data.blanket, DocumentKind.BLANKET_ORDER)
    need_state(blanket, DocumentState.DRAFT)
    if must_wait(ctx, blanket, confirm_blanket_order.__name__):
        return Outcome("receipt.waits_for_approval", blanket)
    ctx.uow.update(documents.document, blanket, state=DocumentState.CONFIRMED.value)
    return Outcome("receipt.state_changed", blanket, {"state": DocumentState.CONFIRMED.value})


def confirm_approved_blanket_order(ctx: Context, fact: DocumentApproved) -> None:
    """The last approval confirms a blanket order that waited for it."""
    blanket = ctx.uow.need(documents.document, fact.document_id, lock=True)
    if blanket.kind == DocumentKind.BLANKET_ORDER and blanket.state == DocumentState.DRAFT:
        ctx.uow.update(documents.document, blanket, state=DocumentState.CONFIRMED.value)


@handles(commands.BlanketAction, permission=_WRITE)
def cancel_blanket_order(ctx: Context, data: commands.BlanketAction) -> Outcome:
    """Cancel a blanket order of which nothing is called off."""
    blanket = find_document(ctx, data.blanket, DocumentKind.BLANKET_ORDER)
    if any(line.fulfilled_quantity > 0 for line in lines_of(ctx, blanket).values()):
        raise Refused("order_partly_fulfilled", number=blanket.number)
    ctx.uow.update(documents.document, blanket, state=DocumentState.CANCELLED.value)
    return Outcome("receipt.state_changed", blanket, {"state": DocumentState.CANCELLED.value})


@handles(commands.BlanketAction, permission=_WRITE)
def close_blanket_order(ctx: Context, data: commands.BlanketAction) -> Outcome:
    """Close a blanket order: nothing more is called off; what was called off stays as it is."""
    blanket = find_document(ctx, data.blanket, DocumentKind.BLANKET_ORDER)
    need_state(blanket, DocumentState.CONFIRMED)
    for line in lines_of(ctx, blanket).values():
        ctx.uow.update(documents.document_line, line, closed=True)
    ctx.uow.update(documents.document, blanket, state=DocumentState.CLOSED.value)
    return Outcome("receipt.state_changed", blanket, {"state": DocumentState.CLOSED.value})


@handles(commands.CallOffBlanketOrder, permission=_WRITE)
def call_off_blanket_order(ctx: Context, data: commands.CallOffBlanketOrder) -> Outcome:
    """Order a part of what a blanket order agrees on, at its prices."""
    blanket = find_document(ctx, data.blanket, DocumentKind.BLANKET_ORDER)
    need_state(blanket, DocumentState.CONFIRMED)
    on = data.document_on or ctx.today
    _refuse_outside(blanket, on)
    lines = lines_of(ctx, blanket)
    placed: list[Placed] = []
    for entry in data.lines:
        line = need_line(blanket, lines, entry.line)
        item = ctx.uow.need(master_data.item, line.item_id)
        before = sum((p.line.quantity for p in placed if p.source is line), line.fulfilled_quantity)
        most = policy_of(ctx, blanket.party_id, item.id).most_releasable(line.quantity)
        if entry.quantity > most - before:
            raise Refused(
                "more_than_agreed",
                field="lines",
                number=blanket.number,
                item=item.code,
                quantity=entry.quantity,
                open=max(most - before, ZERO),
            )
        order_line = OrderLine(item=item.code, quantity=entry.quantity, unit_price=line.unit_price, due_on=entry.due_on)
        placed.append(Placed(order_line, line))
    header = CreatePurchaseOrder(
        supplier=ctx.uow.need(master_data.party, blanket.party_id).code,
        currency=ctx.company.currency,
        document_on=on,
        note=data.note,
        external_number=blanket.external_number,
        confirm=data.confirm,
        lines=[entry.line for entry in placed],
    )
    order, waits = place_order(ctx, header, placed)
    link(ctx, blanket, order, "call_off")
    return Outcome("receipt.waits_for_approval" if waits else "receipt.created_document", order)


def _refuse_outside(blanket: Row, on: date) -> None:
    if not blanket.document_on <= on <= blanket.due_on:
        raise Refused(
            "blanket_not_valid",
            field="document_on",
            number=blanket.number,
            from_on=blanket.document_on,
            to_on=blanket.due_on,
        )
