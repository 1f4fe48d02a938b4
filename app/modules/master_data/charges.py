"""Charges without goods on invoices and bills: freight and the like, with their tax."""

from __future__ import annotations

from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.documents import new_line
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency, say_line
from app.modules.master_data.terms import tax_of
from schemas.commands.trade import ChargeLine
from schemas.vocabulary.numbers import ONE, rounded


def charge_amounts(
    ctx: Context, charge: ChargeLine, currency: DocumentCurrency, default_tax_id: int | None = None
) -> tuple[int | None, Decimal, Decimal]:
    """The tax code of a charge, its net and its tax, in the document's currency."""
    amount = rounded(charge.amount, currency.decimals)
    tax_id, tax_rate = tax_of(ctx, charge.tax_code, default_tax_id)
    return tax_id, amount, rounded(amount * tax_rate, currency.decimals)


def charge_lines(
    ctx: Context,
    document: Row,
    charges: list[ChargeLine],
    currency: DocumentCurrency,
    *,
    first: int,
    default_tax_id: int | None = None,
) -> list[Row]:
    """Write charges without goods on an order, invoice or bill, in its currency.

    Args:
        ctx: the running command.
        document: that they are charged on.
        charges: what is charged.
        currency: of the document.
        first: the number of the first of them.
        default_tax_id: the tax code of a charge that names none; without it such a charge is not taxed.
    """
    rows: list[Row] = []
    for number, charge in enumerate(charges, start=first):
        tax_id, amount, tax = charge_amounts(ctx, charge, currency, default_tax_id)
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
