"""The currency of a repair: what its lines and its diagnosis fee say in it, and what the books have of them.

What is priced is in the repair's currency, at the rate of the day on which it was opened; the columns of its lines are in the
company's, converted from the running sum again whenever a line changes, so that they come to its total at its rate. What the
repair costs is in the company's currency alone.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.kernel.bus import Context
from app.kernel.documents import add_totals, lines_of
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency, currency_of, say_again
from schemas.operational import documents
from schemas.operational import foreign_currency as tables
from schemas.vocabulary.numbers import ZERO


def put_said(ctx: Context, currency: DocumentCurrency, row: Row, **amounts: Decimal) -> None:
    """Keep what a line of a repair says in its currency; `add_up` makes the books follow.

    Args:
        ctx: the running command.
        currency: of the repair.
        row: the line.
        amounts: unit_price, net_amount and tax_amount, those that change.
    """
    if not currency.foreign:
        ctx.uow.update(documents.document_line, row, **amounts)
        return
    said = ctx.uow.get(tables.foreign_line, row.id, lock=True)
    if said is None:
        ctx.uow.insert(tables.foreign_line, id=row.id, net_at_order_rate=ZERO, **amounts)
    else:
        ctx.uow.update(tables.foreign_line, said, **amounts)


def add_up(ctx: Context, repair: Row) -> None:
    """Set the amounts of a repair from the customer's share of its lines, in the books and in its currency."""
    currency = currency_of(ctx, repair)
    rows = [row for _, row in sorted(lines_of(ctx, repair).items())]
    for row in rows if currency.foreign else ():
        said = ctx.uow.need(tables.foreign_line, row.id, lock=True)
        booked: dict[str, Any] = {
            "unit_price": currency.price(said.unit_price),
            "net_amount": currency.next_amount(said.net_amount),
            "tax_amount": currency.next_amount(said.tax_amount),
        }
        ctx.uow.update(documents.document_line, row, **booked)
        ctx.uow.update(tables.foreign_line, said, net_at_order_rate=booked["net_amount"])
    add_totals(ctx, repair, sum((r.net_amount for r in rows), ZERO), sum((r.tax_amount for r in rows), ZERO))
    say_again(ctx, repair)


def net_said(ctx: Context, repair: Row) -> Decimal:
    """What the customer is to pay for a repair without tax, in its currency."""
    said = ctx.uow.get(tables.foreign_document, repair.id)
    return repair.net_amount if said is None else said.net_amount


def put_fee(ctx: Context, repair: Row, currency: DocumentCurrency, fee: Decimal) -> Decimal:
    """Keep the diagnosis fee of a repair in its currency, and return what it is in the company's."""
    if currency.foreign:
        said = ctx.uow.get(tables.foreign_repair, repair.id, lock=True)
        if said is None:
            ctx.uow.insert(tables.foreign_repair, id=repair.id, diagnosis_fee=fee)
        else:
            ctx.uow.update(tables.foreign_repair, said, diagnosis_fee=fee)
    return currency.at_rate(fee)


def fee_said(ctx: Context, about: Row) -> Decimal:
    """The diagnosis fee of a repair in its currency."""
    said = ctx.uow.get(tables.foreign_repair, about.id)
    return about.diagnosis_fee if said is None else said.diagnosis_fee
