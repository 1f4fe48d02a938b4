"""Writes and books a customer invoice, whatever it invoices: lines at the rate of its day, revenue and tax posted, items opened.

What is invoiced of a line, and what that counts at its own document's rate, is decided by who invoices: `handlers` for orders,
the billing of repairs for those.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.documents import CHARGE, add_totals, new_line
from app.kernel.unit_of_work import Row
from app.modules.ledger.open_items import open_items_in
from app.modules.master_data.currencies import DocumentCurrency, say_in_currency, say_line, sums_said, total_said
from app.modules.master_data.terms import dues_in
from schemas.facts import CustomerInvoiced, FactLine
from schemas.vocabulary.numbers import ZERO


def write_invoice_line(
    ctx: Context,
    invoice: Row,
    number: int,
    said: Row,
    currency: DocumentCurrency,
    *,
    quantity: Decimal,
    net: Decimal,
    tax: Decimal,
    at_order_rate: Decimal,
) -> Row:
    """Add a line to an invoice.

    Args:
        ctx: the running command.
        invoice: the invoice.
        number: of the line.
        said: the line that is invoiced, as it reads in its document's currency.
        currency: of the invoice, at the rate of its day.
        quantity: how much of the line is invoiced.
        net: what that is in the currency.
        tax: the tax on it in the currency.
        at_order_rate: the net in the company's currency at the rate of the line's own document.
    """
    row = new_line(
        ctx,
        invoice,
        number,
        kind=said.kind,
        description=said.description,
        item_id=said.item_id,
        quantity=quantity,
        unit_id=said.unit_id,
        unit_price=currency.price(said.unit_price),
        discount_rate=said.discount_rate,
        tax_code_id=said.tax_code_id,
        net_amount=currency.next_amount(net),
        tax_amount=currency.next_amount(tax),
        source_line_id=said.id,
    )
    say_line(ctx, row, currency, unit_price=said.unit_price, net=net, tax=tax, net_at_order_rate=at_order_rate)
    return row


def book_invoice(
    ctx: Context, order: Row, invoice: Row, customer: Row, rows: Sequence[Row], currency: DocumentCurrency
) -> None:
    """Sum an invoice up, post it, and open what it makes due by the customer's terms.

    Args:
        ctx: the running command.
        order: what is invoiced; terms run from its day.
        invoice: the invoice, with its day and due day.
        customer: who is invoiced.
        rows: its lines.
        currency: of the invoice.
    """
    facts = tuple(_fact_line(row, customer) for row in rows)
    net = sum((f.amounts.get("net", ZERO) + f.amounts.get("charge", ZERO) for f in facts), ZERO)
    tax = sum((f.amounts["tax"] for f in facts), ZERO)
    add_totals(ctx, invoice, net, tax)
    say_in_currency(ctx, invoice, currency, *sums_said(ctx, currency, rows))
    told = (invoice.external_number, customer.id, invoice.due_on, net + tax)
    ctx.emit(CustomerInvoiced(invoice.id, invoice.posted_on, facts, *told))
    dues = dues_in(ctx, customer, invoice, total_said(ctx, invoice), currency.decimals, ordered_on=order.document_on)
    open_items_in(ctx, invoice, "receivable", dues, currency)


def _fact_line(row: Row, customer: Row) -> FactLine:
    name = "charge" if row.kind == CHARGE else "net"
    amounts = {name: row.net_amount, "tax": row.tax_amount, "gross": row.net_amount + row.tax_amount}
    return FactLine(amounts, party_id=customer.id)
