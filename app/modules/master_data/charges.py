"""Charges without goods on invoices and bills: freight and the like, with their tax."""

from __future__ import annotations

from app.kernel.bus import Context
from app.kernel.documents import new_line
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency, say_line
from app.modules.master_data.terms import tax_of
from schemas.commands.trade import ChargeLine
from schemas.vocabulary.numbers import ONE, rounded


def charge_lines(
    ctx: Context, document: Row, charges: list[ChargeLine], currency: DocumentCurrency, *, first: int
) -> list[Row]:
    """Write charges without goods on an invoice or bill, in its currency."""
    rows: list[Row] = []
    for number, charge in enumerate(charges, start=first):
        amount = rounded(charge.amount, currency.decimals)
        tax_id, tax_rate = tax_of(ctx, charge.tax_code)
        tax = rounded(amount * tax_rate, currency.decimals)
        net = currency.next_amount(amount)
        row = new_line(
            ctx,
            document,
            number,
            kind="charge",
            description=charge.description,
            quantity=ONE,
            unit_price=net,
            tax_code_id=tax_id,
            net_amount=net,
            tax_amount=currency.next_amount(tax),
        )
        say_line(ctx, row, currency, unit_price=amount, net=amount, tax=tax, net_at_order_rate=net)
        rows.append(row)
    return rows
