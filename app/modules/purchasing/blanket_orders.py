"""Handlers of blanket orders: quantities and prices agreed for a time, and the orders that call them off.

A blanket order expects no goods and owes nothing; its call-offs do. What is called off never exceeds what is agreed by more than
the limit of `master_data/buying_policy.py`. It is in its supplier's currency or in one that is named, and so are its call-offs: at
its price, or at the price break that their quantity reaches, and at the rate of their own day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
from app.modules.master_data.currencies import (
    DocumentCurrency,
    currency_of,
    currency_on,
    said_of,
    say_in_currency,
    say_line,
    sums_said,
)
from app.modules.master_data.pricing import line_amounts
from app.modules.master_data.terms import active_item, party_with_role, stocking_quantity, tax_of
from app.modules.purchasing.handlers import Placed, place_order
from app.modules.purchasing.offers import price_at
from schemas.commands import purchasing as commands
from schemas.commands.trade import CreatePurchaseOrder, OrderLine
from schemas.facts import DocumentApproved
from schemas.operational import documents, master_data
from schemas.operational import purchasing as tables
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
    currency = currency_on(ctx, data.currency or supplier.currency, valid_from)
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
    agreed = _with_breaks(data.lines)
    rows = [_add_line(ctx, blanket, number, line, supplier, currency) for number, line in enumerate(agreed, start=1)]
    add_totals(ctx, blanket, sum((row.net_amount for row in rows), ZERO), sum((row.tax_amount for row in rows), ZERO))
    say_in_currency(ctx, blanket, currency, *sums_said(ctx, currency, rows))
    waits = data.confirm and must_wait(ctx, blanket, confirm_blanket_order.__name__)
    if data.confirm and not waits:
        ctx.uow.update(documents.document, blanket, state=DocumentState.CONFIRMED.value)
    return Outcome("receipt.waits_for_approval" if waits else "receipt.created_document", blanket)


@dataclass
class _Agreed:
    """A line of an agreement with its price breaks."""

    line: commands.BlanketLine
    breaks: list[commands.BlanketLine] = field(default_factory=list)


def _with_breaks(lines: list[commands.BlanketLine]) -> list[_Agreed]:
    """The agreed lines, each with the price breaks that follow it.

    Raises:
        Refused: a break names no item of a line before it, or has a quantity of its own; one quantity has two prices.
    """
    agreed: list[_Agreed] = []
    for number, line in enumerate(lines, start=1):
        if line.from_quantity == 0:
            agreed.append(_Agreed(line))
            continue
        own = next((entry for entry in reversed(agreed) if entry.line.item == line.item), None)
        if own is None or line.quantity is not None or line.unit is not None:
            raise Refused("blanket_break", field="lines", line=number, item=line.item)
        if any(known.from_quantity == line.from_quantity for known in own.breaks):
            raise Refused("price_twice", field="lines", line=number, from_quantity=line.from_quantity)
        own.breaks.append(line)
    return agreed


def _add_line(
    ctx: Context, blanket: Row, number: int, agreed: _Agreed, supplier: Row, currency: DocumentCurrency
) -> Row:
    """Add an agreed line at the price that holds below all of its breaks."""
    line = agreed.line
    if line.quantity is None:
        raise Refused("input_missing", field="quantity", name="quantity")
    item = active_item(ctx, line.item)
    quantity, unit_id = stocking_quantity(ctx, item, line.quantity, line.unit)
    tax_id, tax_rate = tax_of(ctx, None, supplier.tax_code_id, item.tax_code_id)
    net, tax = line_amounts(quantity, line.unit_price, ZERO, tax_rate, currency.decimals)
    row = new_line(
        ctx,
        blanket,
        number,
        item_id=item.id,
        quantity=quantity,
        unit_id=unit_id,
        entered_quantity=line.quantity,
        unit_price=currency.price(line.unit_price),
        tax_code_id=tax_id,
        net_amount=currency.next_amount(net),
        tax_amount=currency.next_amount(tax),
    )
    say_line(ctx, row, currency, unit_price=line.unit_price, net=net, tax=tax, net_at_order_rate=row.net_amount)
    for entry in agreed.breaks:
        ctx.uow.insert(
            tables.quotation_price,
            document_line_id=row.id,
            from_quantity=entry.from_quantity,
            unit_price=entry.unit_price,
        )
    return row


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
    """Order a part of what a blanket order agrees on, in its currency at its prices."""
    blanket = find_document(ctx, data.blanket, DocumentKind.BLANKET_ORDER)
    need_state(blanket, DocumentState.CONFIRMED)
    on = data.document_on or ctx.today
    _refuse_outside(blanket, on)
    lines, currency = lines_of(ctx, blanket), currency_of(ctx, blanket)
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
        breaks = ctx.uow.where(tables.quotation_price, "document_line_id", line.id)
        price = price_at(said_of(ctx, currency, line).unit_price, breaks, entry.quantity)
        order_line = OrderLine(item=item.code, quantity=entry.quantity, unit_price=price, due_on=entry.due_on)
        placed.append(Placed(order_line, line))
    header = CreatePurchaseOrder(
        supplier=ctx.uow.need(master_data.party, blanket.party_id).code,
        currency=currency.code,
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
