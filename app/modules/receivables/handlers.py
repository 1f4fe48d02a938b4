"""Handlers of customer invoices and payments from customers.

An invoice is in the currency of its order and booked at the rate of its own day; its total is converted once and its lines by
running sum. What of an order is invoiced counts at the order's rate. Taxes are reckoned in the currency of the document.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    CHARGE,
    find_document,
    follow_lines,
    is_done,
    lines_of,
    link,
    new_document,
    open_to_invoice,
    order_behind,
    uninvoice,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.returns import posted_children
from app.modules.ledger.credits import refuse_if_credited
from app.modules.ledger.exchange import realise_difference
from app.modules.ledger.open_items import Settled, open_opening_item, opening_item, settle
from app.modules.ledger.paid_in import bank_amount, paid_in
from app.modules.ledger.prepayments import SELLING, open_prepayment, order_to_prepay, take_up_prepayments
from app.modules.master_data.charges import charge_lines
from app.modules.master_data.currencies import (
    DocumentCurrency,
    currency_of,
    currency_on,
    net_at_order_rate,
    read_said,
    said_of,
    say_in_currency,
)
from app.modules.master_data.pricing import line_amounts, part_tax
from app.modules.master_data.terms import party_with_role, payment_due, tax_of
from app.modules.receivables.invoicing import book_invoice, write_invoice_line
from schemas.commands import trade as commands
from schemas.facts import DocumentReversed, FactLine, OpeningReceivableBooked, PaymentReceived
from schemas.operational import documents, master_data, shops
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded


@handles(commands.IssueCustomerInvoice, permission="receivables.invoice.write")
def issue_customer_invoice(ctx: Context, data: commands.IssueCustomerInvoice) -> Outcome:
    """Invoice what was shipped of an order and is not yet invoiced; its charges go with the first goods."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    customer = ctx.uow.need(master_data.party, order.party_id)
    posted_on = data.posted_on or ctx.today
    ordered_in = currency_of(ctx, order)
    currency = currency_on(ctx, ordered_in.code, posted_on)
    due_on = data.due_on or payment_due(ctx, customer, posted_on)
    invoice = new_document(
        ctx,
        DocumentKind.CUSTOMER_INVOICE,
        DocumentState.POSTED,
        party_id=customer.id,
        document_on=posted_on,
        posted_on=posted_on,
        due_on=due_on,
        external_number=data.external_number,
    )
    link(ctx, order, invoice, "invoice")
    open_lines = _to_invoice(order, lines_of(ctx, order).values())
    read_said(ctx, ordered_in, open_lines)
    of_shop = _is_of_shop(ctx, order)
    rows = [
        _invoice_line(ctx, invoice, number, row, ordered_in, currency, tax_stated=of_shop)
        for number, row in enumerate(open_lines, start=1)
    ]
    rows += charge_lines(ctx, invoice, data.charges, currency, first=len(rows) + 1)
    if not rows:
        raise Refused("nothing_to_invoice", number=order.number)
    book_invoice(ctx, order, invoice, customer, rows, currency)
    take_up_prepayments(ctx, SELLING, order, invoice)
    follow_lines(ctx, order)
    return Outcome("receipt.posted", invoice)


def _is_of_shop(ctx: Context, order: Row) -> bool:
    """Whether the buyer paid what a web shop says, taxes included, so that the invoices must come to exactly that."""
    return order.channel is not None and ctx.uow.one(shops.shop, "code", order.channel) is not None


def _to_invoice(order: Row, lines: Collection[Row]) -> list[Row]:
    """The goods that were shipped and not invoiced, and with them the order's charges; these alone where no goods are open."""
    goods = [row for row in lines if row.kind != CHARGE]
    found = [row for row in goods if open_to_invoice(row) > 0]
    nothing_open = all(is_done(row) for row in goods)
    if found or (nothing_open and order.state in {DocumentState.CONFIRMED, DocumentState.CLOSED}):
        found += [row for row in lines if row.kind == CHARGE and open_to_invoice(row) > 0]
    return found


def _invoice_line(
    ctx: Context,
    invoice: Row,
    number: int,
    order_line: Row,
    ordered_in: DocumentCurrency,
    currency: DocumentCurrency,
    *,
    tax_stated: bool,
) -> Row:
    """Invoice what is open of an order line; the part that completes the line takes what is left of its amounts."""
    quantity = open_to_invoice(order_line)
    tax_rate = tax_of(ctx, None, order_line.tax_code_id)[1]
    ordered = said_of(ctx, ordered_in, order_line)
    completes = order_line.invoiced_quantity + quantity == order_line.quantity
    if completes:
        net = ordered.net_amount - invoiced_said(ctx, currency, order_line)
    else:
        net = line_amounts(quantity, ordered.unit_price, ordered.discount_rate, tax_rate, currency.decimals)[0]
    tax = part_tax(ordered, quantity, net, tax_rate, currency.decimals, stated=tax_stated)
    at_order_rate = order_line.net_amount - order_line.invoiced_amount if completes else ordered_in.at_rate(net)
    ctx.uow.update(
        documents.document_line,
        order_line,
        invoiced_quantity=order_line.invoiced_quantity + quantity,
        invoiced_amount=order_line.invoiced_amount + at_order_rate,
    )
    amounts = {"quantity": quantity, "net": net, "tax": tax, "at_order_rate": at_order_rate}
    return write_invoice_line(ctx, invoice, number, ordered, currency, **amounts)


def invoiced_said(ctx: Context, currency: DocumentCurrency, order_line: Row) -> Decimal:
    """The net that invoices charged of an order line, in its currency."""
    if not currency.foreign:
        return order_line.invoiced_amount
    lines = posted_children(ctx, order_line, DocumentKind.CUSTOMER_INVOICE)
    return sum((said_of(ctx, currency, row).net_amount for row in lines), ZERO)


@handles(commands.BookOpeningItem, permission="receivables.opening.write")
def book_opening_receivable(ctx: Context, data: commands.BookOpeningItem) -> Outcome:
    """Book an invoice of before the company started here that the customer still owes."""
    customer = party_with_role(ctx, data.party, "customer")
    document = opening_item(ctx, data, customer, DocumentKind.OPENING_RECEIVABLE)
    fact = FactLine({"amount": document.total_amount}, party_id=customer.id)
    ctx.emit(OpeningReceivableBooked(document.id, document.posted_on, (fact,), data.external_number))
    open_opening_item(ctx, document, "receivable", data.due_on)
    return Outcome("receipt.posted", document)


@handles(commands.ReceivePayment, permission="receivables.payment.write")
def receive_payment(ctx: Context, data: commands.ReceivePayment) -> Outcome:
    """Book money from a customer and settle his invoices, or hold it for an order, in the currency of either."""
    customer = party_with_role(ctx, data.party, "customer")
    posted_on = data.posted_on or ctx.today
    currency = currency_on(ctx, paid_in(ctx, data, customer), posted_on)
    amount = rounded(data.amount, currency.decimals)
    received = bank_amount(ctx, data, currency, amount)
    order = None
    if data.order is not None:
        allocated = sum((rounded(a.amount, currency.decimals) for a in data.allocations), ZERO)
        order = order_to_prepay(ctx, SELLING, data.order, customer, amount - allocated, currency.code)
    payment = new_document(
        ctx,
        DocumentKind.PAYMENT_IN,
        DocumentState.POSTED,
        party_id=customer.id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
        net_amount=received,
        total_amount=received,
    )
    say_in_currency(ctx, payment, currency, amount, ZERO)
    named = [(a.document, rounded(a.amount, currency.decimals)) for a in data.allocations]
    settled = Settled(ZERO, ZERO)
    if named or order is None:
        settled = settle(ctx, payment, "receivable", amount, named, posted_on, currency.code)
    advance = amount - settled.amount
    held = rounded(received * advance / amount, ctx.company.currency_decimals)
    if advance > 0 and order is not None:
        foreign = currency.code if currency.foreign else None
        open_prepayment(ctx, payment, order, held, currency=foreign, said=advance)
    elif advance > 0 and currency.foreign:
        raise Refused("foreign_advance_without_order", field="order", amount=advance, currency=currency.code)
    amounts = {"amount": received, "settled": received - held, "advance": held}
    ctx.emit(PaymentReceived(payment.id, posted_on, (FactLine(amounts, party_id=customer.id),), data.external_number))
    realise_difference(ctx, payment, "receivable", settled.carried - (received - held), customer.id, posted_on)
    return Outcome("receipt.paid", payment, {"settled": settled.amount, "advance": advance})


def reopen_order_of_invoice(ctx: Context, fact: DocumentReversed) -> None:
    """What a reversed invoice billed can be invoiced again.

    Raises:
        Refused: the invoice is credited.
    """
    invoice = ctx.uow.need(documents.document, fact.reverses_id)
    if invoice.kind != DocumentKind.CUSTOMER_INVOICE:
        return
    refuse_if_credited(ctx, invoice, DocumentKind.CREDIT_NOTE)
    order, currency = order_behind(ctx, invoice), currency_of(ctx, invoice)
    for line in lines_of(ctx, invoice).values():
        if line.source_line_id is None:
            continue
        order_line = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
        ctx.uow.update(
            documents.document_line,
            order_line,
            invoiced_amount=order_line.invoiced_amount - net_at_order_rate(ctx, currency, line),
            **uninvoice(order_line, line.quantity),
        )
    follow_lines(ctx, order)
