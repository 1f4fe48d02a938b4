"""Handlers of customer invoices and payments from customers."""

from __future__ import annotations

from collections.abc import Collection

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    CHARGE,
    add_totals,
    find_document,
    follow_lines,
    is_done,
    lines_of,
    link,
    new_document,
    new_line,
    open_to_invoice,
    order_behind,
    uninvoice,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.ledger.credits import refuse_if_credited
from app.modules.ledger.open_items import open_an_item, open_items, opening_item, settle
from app.modules.ledger.prepayments import SELLING, open_prepayment, order_to_prepay, take_up_prepayments
from app.modules.master_data.pricing import line_amounts, part_tax
from app.modules.master_data.terms import dues_of, party_with_role, payment_due, tax_of
from schemas.commands import trade as commands
from schemas.facts import CustomerInvoiced, DocumentReversed, FactLine, OpeningReceivableBooked, PaymentReceived
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO, rounded


@handles(commands.IssueCustomerInvoice, permission="receivables.invoice.write")
def issue_customer_invoice(ctx: Context, data: commands.IssueCustomerInvoice) -> Outcome:
    """Invoice what was shipped of an order and is not yet invoiced; its charges go with the first goods."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    customer = ctx.uow.need(master_data.party, order.party_id)
    posted_on = data.posted_on or ctx.today
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
    facts = [_invoice_line(ctx, invoice, number, row) for number, row in enumerate(open_lines, start=1)]
    facts += _charge_lines(ctx, invoice, data.charges, first=len(facts) + 1)
    if not facts:
        raise Refused("nothing_to_invoice", number=order.number)
    net = sum((f.amounts.get("net", ZERO) + f.amounts.get("charge", ZERO) for f in facts), ZERO)
    tax = sum((f.amounts["tax"] for f in facts), ZERO)
    add_totals(ctx, invoice, net, tax)
    ctx.emit(
        CustomerInvoiced(invoice.id, posted_on, tuple(facts), data.external_number, customer.id, due_on, net + tax)
    )
    open_items(ctx, invoice, "receivable", dues_of(ctx, customer, invoice, ordered_on=order.document_on))
    take_up_prepayments(ctx, SELLING, order, invoice)
    follow_lines(ctx, order)
    return Outcome("receipt.posted", invoice)


def _to_invoice(order: Row, lines: Collection[Row]) -> list[Row]:
    """The goods that were shipped and not invoiced, and with them the order's charges; these alone where no goods are open."""
    goods = [row for row in lines if row.kind != CHARGE]
    found = [row for row in goods if open_to_invoice(row) > 0]
    nothing_open = all(is_done(row) for row in goods)
    if found or (nothing_open and order.state in {DocumentState.CONFIRMED, DocumentState.CLOSED}):
        found += [row for row in lines if row.kind == CHARGE and open_to_invoice(row) > 0]
    return found


def _invoice_line(ctx: Context, invoice: Row, number: int, order_line: Row) -> FactLine:
    """Invoice what is open of an order line; the part that completes the line takes what is left of its amounts."""
    quantity = open_to_invoice(order_line)
    tax_rate = tax_of(ctx, None, order_line.tax_code_id)[1]
    decimals = ctx.company.currency_decimals
    if order_line.invoiced_quantity + quantity == order_line.quantity:
        net = order_line.net_amount - order_line.invoiced_amount
    else:
        net = line_amounts(quantity, order_line.unit_price, order_line.discount_rate, tax_rate, decimals)[0]
    tax = part_tax(order_line, quantity, net, tax_rate, decimals)
    ctx.uow.update(
        documents.document_line,
        order_line,
        invoiced_quantity=order_line.invoiced_quantity + quantity,
        invoiced_amount=order_line.invoiced_amount + net,
    )
    new_line(
        ctx,
        invoice,
        number,
        kind=order_line.kind,
        description=order_line.description,
        item_id=order_line.item_id,
        quantity=quantity,
        unit_id=order_line.unit_id,
        unit_price=order_line.unit_price,
        discount_rate=order_line.discount_rate,
        tax_code_id=order_line.tax_code_id,
        net_amount=net,
        tax_amount=tax,
        source_line_id=order_line.id,
    )
    return FactLine(
        {"charge" if order_line.kind == CHARGE else "net": net, "tax": tax, "gross": net + tax},
        party_id=invoice.party_id,
    )


def _charge_lines(ctx: Context, invoice: Row, charges: list[commands.ChargeLine], *, first: int) -> list[FactLine]:
    facts = []
    decimals = ctx.company.currency_decimals
    for number, charge in enumerate(charges, start=first):
        amount = rounded(charge.amount, decimals)
        tax_id, tax_rate = tax_of(ctx, charge.tax_code)
        tax = rounded(amount * tax_rate, decimals)
        new_line(
            ctx,
            invoice,
            number,
            kind="charge",
            description=charge.description,
            quantity=ONE,
            unit_price=amount,
            tax_code_id=tax_id,
            net_amount=amount,
            tax_amount=tax,
        )
        facts.append(FactLine({"charge": amount, "tax": tax, "gross": amount + tax}, party_id=invoice.party_id))
    return facts


@handles(commands.BookOpeningItem, permission="receivables.opening.write")
def book_opening_receivable(ctx: Context, data: commands.BookOpeningItem) -> Outcome:
    """Book an invoice of before the company started here that the customer still owes."""
    customer = party_with_role(ctx, data.party, "customer")
    document = opening_item(ctx, data, customer, DocumentKind.OPENING_RECEIVABLE)
    fact = FactLine({"amount": document.total_amount}, party_id=customer.id)
    ctx.emit(OpeningReceivableBooked(document.id, document.posted_on, (fact,), data.external_number))
    open_an_item(ctx, document, "receivable", document.total_amount, data.due_on)
    return Outcome("receipt.posted", document)


@handles(commands.ReceivePayment, permission="receivables.payment.write")
def receive_payment(ctx: Context, data: commands.ReceivePayment) -> Outcome:
    """Book money from a customer and settle his invoices, or hold it for an order."""
    customer = party_with_role(ctx, data.party, "customer")
    posted_on = data.posted_on or ctx.today
    amount = rounded(data.amount, ctx.company.currency_decimals)
    order = None
    if data.order is not None:
        allocated = sum((a.amount for a in data.allocations), ZERO)
        order = order_to_prepay(ctx, SELLING, data.order, customer, amount - allocated, ctx.company.currency)
    payment = new_document(
        ctx,
        DocumentKind.PAYMENT_IN,
        DocumentState.POSTED,
        party_id=customer.id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
        net_amount=amount,
        total_amount=amount,
    )
    named = [(a.document, a.amount) for a in data.allocations]
    settled = ZERO
    if named or order is None:
        settled = settle(ctx, payment, "receivable", amount, named, posted_on, ctx.company.currency).amount
    if order is not None and amount > settled:
        open_prepayment(ctx, payment, order, amount - settled)
    amounts = {"amount": amount, "settled": settled, "advance": amount - settled}
    ctx.emit(PaymentReceived(payment.id, posted_on, (FactLine(amounts, party_id=customer.id),), data.external_number))
    return Outcome("receipt.paid", payment, {"settled": settled, "advance": amount - settled})


def reopen_order_of_invoice(ctx: Context, fact: DocumentReversed) -> None:
    """What a reversed invoice billed can be invoiced again.

    Raises:
        Refused: the invoice is credited.
    """
    invoice = ctx.uow.need(documents.document, fact.reverses_id)
    if invoice.kind != DocumentKind.CUSTOMER_INVOICE:
        return
    refuse_if_credited(ctx, invoice, DocumentKind.CREDIT_NOTE)
    order = order_behind(ctx, invoice)
    for line in lines_of(ctx, invoice).values():
        if line.source_line_id is None:
            continue
        order_line = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
        ctx.uow.update(
            documents.document_line,
            order_line,
            invoiced_amount=order_line.invoiced_amount - line.net_amount,
            **uninvoice(order_line, line.quantity),
        )
    follow_lines(ctx, order)
