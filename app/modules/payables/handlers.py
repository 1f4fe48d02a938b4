"""Handlers of supplier bills and payments to suppliers.

A bill is in the currency of its order and booked at the rate of its own day; its prices are judged in that currency. It clears
goods received not invoiced at the value the receipts were booked with. What it differs by because of the rate is an exchange
difference. A difference in price goes to the stock that is still there, in that share, and for the rest to purchase price
variance; by FIFO a receipt's difference belongs to the layer of that receipt; at standard cost all of it is variance. A price above
the tolerance of `master_data/buying_policy.py` keeps the whole bill a draft until somebody approves it; till then it is in no
ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.kernel.approvals import must_wait, was_approved, withdraw_requests
from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    find_document,
    follow_lines,
    hold_followers,
    lines_of,
    link,
    need_line,
    need_state,
    new_document,
    new_line,
    open_to_invoice,
    order_behind,
    uninvoice,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.late_cost import LateCost, join_stock
from app.modules.inventory.returns import outstanding
from app.modules.inventory.stock import inventory_role
from app.modules.ledger.credits import refuse_if_credited
from app.modules.ledger.exchange import realise_difference
from app.modules.ledger.open_items import Settled, open_items_in, open_opening_item, opening_item, settle
from app.modules.ledger.paid_in import bank_amount, paid_in
from app.modules.ledger.prepayments import BUYING, open_prepayment, order_to_prepay, take_up_prepayments
from app.modules.master_data.buying_policy import policy_of
from app.modules.master_data.charges import charge_lines
from app.modules.master_data.currencies import (
    DocumentCurrency,
    currency_of,
    currency_on,
    said_of,
    say_in_currency,
    say_line,
    total_said,
)
from app.modules.master_data.pricing import line_amounts, part_tax
from app.modules.master_data.terms import dues_in, party_with_role, payment_due, tax_of
from app.modules.payables.at_order_rate import at_order_rate
from app.modules.payables.landed_cost import refuse_if_landed
from app.modules.purchasing.received import Cleared, clear_receipts, reopen_receipts, unbilled_of
from schemas.commands import purchasing
from schemas.commands import trade as commands
from schemas.facts import (
    DocumentApproved,
    DocumentReversed,
    FactLine,
    OpeningPayableBooked,
    PaymentMade,
    SupplierBilled,
)
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded, split_proportionally


@handles(commands.BookSupplierBill, permission="payables.bill.write")
def book_supplier_bill(ctx: Context, data: commands.BookSupplierBill) -> Outcome:
    """Book a bill against what was received of an order; above the tolerance of its prices it waits for approval."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    supplier = ctx.uow.need(master_data.party, order.party_id)
    posted_on = data.posted_on or ctx.today
    currency = currency_on(ctx, currency_of(ctx, order).code, posted_on)
    bill = new_document(
        ctx,
        DocumentKind.SUPPLIER_BILL,
        DocumentState.DRAFT,
        party_id=supplier.id,
        document_on=posted_on,
        due_on=data.due_on or payment_due(ctx, supplier, posted_on),
        external_number=data.external_number,
    )
    link(ctx, order, bill, "invoice")
    rows = _goods_lines(ctx, order, bill, data.lines, currency)
    rows += charge_lines(ctx, bill, data.charges, currency, first=len(rows) + 1)
    if not rows:
        raise Refused("nothing_to_bill", number=order.number)
    add_totals(ctx, bill, sum((row.net_amount for row in rows), ZERO), sum((row.tax_amount for row in rows), ZERO))
    said = [said_of(ctx, currency, row) for row in rows]
    net, tax = sum((row.net_amount for row in said), ZERO), sum((row.tax_amount for row in said), ZERO)
    say_in_currency(ctx, bill, currency, net, tax)
    return _post_or_wait(ctx, bill)


@handles(purchasing.BillAction, permission="payables.bill.write")
def post_supplier_bill(ctx: Context, data: purchasing.BillAction) -> Outcome:
    """Post a bill that waits: where its prices are within the tolerance by now, or after asking for approval again."""
    bill = find_document(ctx, data.bill, DocumentKind.SUPPLIER_BILL)
    need_state(bill, DocumentState.DRAFT)
    return _post_or_wait(ctx, bill)


@handles(purchasing.BillAction, permission="payables.bill.write")
def cancel_supplier_bill(ctx: Context, data: purchasing.BillAction) -> Outcome:
    """Cancel a bill that waits and was never posted."""
    bill = find_document(ctx, data.bill, DocumentKind.SUPPLIER_BILL)
    need_state(bill, DocumentState.DRAFT)
    ctx.uow.update(documents.document, bill, state=DocumentState.CANCELLED.value)
    withdraw_requests(ctx, bill)
    return Outcome("receipt.state_changed", bill, {"state": DocumentState.CANCELLED.value})


def post_approved_bill(ctx: Context, fact: DocumentApproved) -> None:
    """The last approval posts a bill that waited for it."""
    bill = ctx.uow.need(documents.document, fact.document_id, lock=True)
    if bill.kind == DocumentKind.SUPPLIER_BILL and bill.state == DocumentState.DRAFT:
        _post(ctx, bill)


def _post_or_wait(ctx: Context, bill: Row) -> Outcome:
    """Post a bill, or let it wait where a price exceeds the order's by more than is borne.

    Raises:
        Refused: nobody is named who could approve it.
    """
    above = [line for line in lines_of(ctx, bill).values() if line.kind == "item" and _is_above(ctx, bill, line)]
    if above:
        if must_wait(ctx, bill, book_supplier_bill.__name__):
            return Outcome("receipt.bill_waits", bill, {"lines": len(above)})
        if not was_approved(ctx, bill):
            order_line = ctx.uow.need(documents.document_line, above[0].source_line_id)
            item = ctx.uow.need(master_data.item, above[0].item_id)
            raise Refused(
                "bill_above_tolerance",
                field="lines",
                item=item.code,
                price=said_of(ctx, currency_of(ctx, bill), above[0]).unit_price,
                ordered=said_of(ctx, currency_of(ctx, order_behind(ctx, bill)), order_line).unit_price,
            )
    _post(ctx, bill)
    return Outcome("receipt.posted", bill)


def _is_above(ctx: Context, bill: Row, line: Row) -> bool:
    order_line = ctx.uow.need(documents.document_line, line.source_line_id)
    priced = at_order_rate(ctx, order_line, line, currency_of(ctx, bill))
    return not policy_of(ctx, bill.party_id, line.item_id).bears(priced.difference, priced.expected)


def _post(ctx: Context, bill: Row) -> None:
    order = order_behind(ctx, bill)
    posted_on = bill.document_on
    ctx.uow.update(documents.document, bill, state=DocumentState.POSTED.value, posted_on=posted_on)
    facts = [
        _posted_goods(ctx, bill, line) if line.kind == "item" else _posted_charge(bill, line)
        for line in lines_of(ctx, bill).values()
    ]
    fact = SupplierBilled(
        bill.id, posted_on, tuple(facts), bill.external_number, bill.party_id, bill.due_on, bill.total_amount
    )
    ctx.emit(fact)
    supplier = ctx.uow.need(master_data.party, bill.party_id)
    currency = currency_of(ctx, bill)
    dues = dues_in(ctx, supplier, bill, total_said(ctx, bill), currency.decimals, ordered_on=order.document_on)
    open_items_in(ctx, bill, "payable", dues, currency)
    take_up_prepayments(ctx, BUYING, order, bill)
    follow_lines(ctx, order)


def _goods_lines(
    ctx: Context, order: Row, bill: Row, lines: list[commands.BillLine], currency: DocumentCurrency
) -> list[Row]:
    order_lines = lines_of(ctx, order)
    hold_followers(ctx, order_lines)
    wanted = lines or [
        commands.BillLine(line=row.line, quantity=unbilled)
        for row in order_lines.values()
        if (unbilled := _unbilled(ctx, row)) > 0
    ]
    return [
        _goods_line(ctx, order, bill, number, need_line(order, order_lines, line.line), line, currency)
        for number, line in enumerate(wanted, start=1)
    ]


def _unbilled(ctx: Context, order_line: Row) -> Decimal:
    """What can be billed of an order line: received, kept, not billed nor on a bill that waits; no goods that replace others."""
    unbilled = open_to_invoice(order_line)
    if unbilled <= 0:
        return ZERO
    unbilled = min(unbilled, unbilled_of(ctx, order_line))
    for row in ctx.uow.where(documents.document_line, "source_line_id", order_line.id, lock=True):
        document = ctx.uow.need(documents.document, row.document_id)
        if document.kind == DocumentKind.SUPPLIER_BILL and document.state == DocumentState.DRAFT:
            unbilled -= row.quantity
    return unbilled


def _goods_line(
    ctx: Context,
    order: Row,
    bill: Row,
    number: int,
    order_line: Row,
    line: commands.BillLine,
    currency: DocumentCurrency,
) -> Row:
    item = ctx.uow.need(master_data.item, order_line.item_id)
    unbilled = max(_unbilled(ctx, order_line), ZERO)
    if line.quantity > unbilled:
        raise Refused("more_than_received", field="quantity", item=item.code, quantity=line.quantity, open=unbilled)
    ordered_in = currency_of(ctx, order)
    ordered = said_of(ctx, ordered_in, order_line)
    price = ordered.unit_price if line.unit_price is None else line.unit_price
    tax_rate = tax_of(ctx, None, order_line.tax_code_id)[1]
    net = line_amounts(line.quantity, price, order_line.discount_rate, tax_rate, currency.decimals)[0]
    tax = part_tax(ordered, line.quantity, net, tax_rate, currency.decimals)
    row = new_line(
        ctx,
        bill,
        number,
        item_id=item.id,
        quantity=line.quantity,
        unit_id=item.unit_id,
        unit_price=currency.price(price),
        discount_rate=order_line.discount_rate,
        tax_code_id=order_line.tax_code_id,
        net_amount=currency.next_amount(net),
        tax_amount=currency.next_amount(tax),
        source_line_id=order_line.id,
    )
    say_line(ctx, row, currency, unit_price=price, net=net, tax=tax, net_at_order_rate=ordered_in.at_rate(net))
    return row


def _posted_goods(ctx: Context, bill: Row, row: Row) -> FactLine:
    """Clear the receipts of a goods line and share its price difference between stock and variance."""
    item = ctx.uow.need(master_data.item, row.item_id)
    order_line = ctx.uow.need(documents.document_line, row.source_line_id, lock=True)
    received = min(open_to_invoice(order_line), unbilled_of(ctx, order_line))
    if row.quantity > received:
        raise Refused("more_than_received", field="quantity", item=item.code, quantity=row.quantity, open=received)
    cleared = clear_receipts(ctx, order_line, row.quantity)
    accrued = sum((part.value for part in cleared), ZERO)
    priced = at_order_rate(ctx, order_line, row, currency_of(ctx, bill))
    cost = priced.cost(accrued)
    ctx.uow.update(
        documents.document_line,
        order_line,
        invoiced_quantity=order_line.invoiced_quantity + row.quantity,
        invoiced_amount=order_line.invoiced_amount + priced.net,
    )
    ctx.uow.update(documents.document_line, row, stock_value=accrued)
    to_stock = _into_stock(ctx, bill, item, row, cleared, cost)
    amounts = {
        "net": row.net_amount,
        "accrued": accrued,
        "stock_adjustment": to_stock,
        "variance": cost - accrued - to_stock,
        "exchange": row.net_amount - cost,
        "tax": row.tax_amount,
        "gross": row.net_amount + row.tax_amount,
    }
    return FactLine(amounts, {"inventory": inventory_role(ctx, item)}, bill.party_id)


def _posted_charge(bill: Row, row: Row) -> FactLine:
    gross = row.net_amount + row.tax_amount
    return FactLine({"charge": row.net_amount, "tax": row.tax_amount, "gross": gross}, party_id=bill.party_id)


def _into_stock(ctx: Context, bill: Row, item: Row, line: Row, cleared: Sequence[Cleared], cost: Decimal) -> Decimal:
    """Put the share of a price difference that is still in stock into its value, and return it.

    Args:
        ctx: the running command.
        bill: the bill.
        item: what it bills.
        line: the line of the bill; its stock value is what the receipts were booked with.
        cleared: what the line takes of each receipt.
        cost: what the goods cost by the bill's prices, without what is due to the exchange rate.
    """
    if cost == line.stock_value:
        return ZERO
    nets = split_proportionally(cost, [part.quantity for part in cleared], ctx.company.currency_decimals)
    costs = [
        LateCost(part.receipt_line, net - part.value, outstanding(ctx, part.receipt_line))
        for part, net in zip(cleared, nets, strict=True)
    ]
    return join_stock(ctx, bill, item, costs, bill.posted_on, line_id=line.id)


@handles(commands.BookOpeningItem, permission="payables.opening.write")
def book_opening_payable(ctx: Context, data: commands.BookOpeningItem) -> Outcome:
    """Book a bill of before the company started here that is still to be paid."""
    supplier = party_with_role(ctx, data.party, "supplier")
    document = opening_item(ctx, data, supplier, DocumentKind.OPENING_PAYABLE)
    fact = FactLine({"amount": document.total_amount}, party_id=supplier.id)
    ctx.emit(OpeningPayableBooked(document.id, document.posted_on, (fact,), data.external_number))
    open_opening_item(ctx, document, "payable", data.due_on)
    return Outcome("receipt.posted", document)


@handles(commands.PaySupplier, permission="payables.payment.write")
def pay_supplier(ctx: Context, data: commands.PaySupplier) -> Outcome:
    """Pay a supplier and settle his bills, or prepay an order, in the currency of either."""
    supplier = party_with_role(ctx, data.party, "supplier")
    posted_on = data.posted_on or ctx.today
    currency = currency_on(ctx, paid_in(ctx, data, supplier), posted_on)
    amount = rounded(data.amount, currency.decimals)
    paid = bank_amount(ctx, data, currency, amount)
    order = None
    if data.order is not None:
        allocated = sum((rounded(a.amount, currency.decimals) for a in data.allocations), ZERO)
        order = order_to_prepay(ctx, BUYING, data.order, supplier, amount - allocated, currency.code)
    payment = new_document(
        ctx,
        DocumentKind.PAYMENT_OUT,
        DocumentState.POSTED,
        party_id=supplier.id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
        net_amount=paid,
        total_amount=paid,
    )
    say_in_currency(ctx, payment, currency, amount, ZERO)
    named = [(a.document, rounded(a.amount, currency.decimals)) for a in data.allocations]
    settled = Settled(ZERO, ZERO)
    if named or order is None:
        settled = settle(ctx, payment, "payable", amount, named, posted_on, currency.code)
    advance = amount - settled.amount
    held = rounded(paid * advance / amount, ctx.company.currency_decimals)
    if advance > 0 and order is not None:
        foreign = currency.code if currency.foreign else None
        open_prepayment(ctx, payment, order, held, currency=foreign, said=advance)
    elif advance > 0 and currency.foreign:
        raise Refused("foreign_advance_without_order", field="order", amount=advance, currency=currency.code)
    amounts = {"amount": paid, "settled": paid - held, "advance": held}
    ctx.emit(PaymentMade(payment.id, posted_on, (FactLine(amounts, party_id=supplier.id),), data.external_number))
    realise_difference(ctx, payment, "payable", settled.carried - (paid - held), supplier.id, posted_on)
    return Outcome("receipt.paid", payment, {"settled": settled.amount, "advance": advance})


def reopen_receipts_of_bill(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed bill leaves its receipts unbilled again.

    Raises:
        Refused: part of the bill is paid or debited, or one of its charges was shared over goods.
    """
    bill = ctx.uow.need(documents.document, fact.reverses_id)
    if bill.kind != DocumentKind.SUPPLIER_BILL:
        return
    refuse_if_credited(ctx, bill, DocumentKind.DEBIT_NOTE)
    refuse_if_landed(ctx, bill)
    order, currency = order_behind(ctx, bill), currency_of(ctx, bill)
    for line in lines_of(ctx, bill).values():
        if line.source_line_id is None:
            continue
        order_line = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
        ctx.uow.update(
            documents.document_line,
            order_line,
            invoiced_amount=order_line.invoiced_amount - at_order_rate(ctx, order_line, line, currency).net,
            **uninvoice(order_line, line.quantity),
        )
        reopen_receipts(ctx, order_line, line.quantity, line.stock_value)
    follow_lines(ctx, order)
