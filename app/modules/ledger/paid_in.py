"""In which currency a payment is, and what it comes to in the company's: what the bank moved, else the rate of the day."""

from __future__ import annotations

from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.documents import find_document
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency, currency_of
from schemas.commands.trade import PaySupplier, ReceivePayment
from schemas.vocabulary.numbers import RATE_DECIMALS, ZERO, rounded

Payment = PaySupplier | ReceivePayment


def paid_in(ctx: Context, data: Payment, party: Row) -> str:
    """The currency of a payment: as named, of its order, of the first document that it settles, or the party's."""
    if data.currency is not None:
        return data.currency
    named = [data.order] if data.order is not None else [entry.document for entry in data.allocations[:1]]
    return currency_of(ctx, find_document(ctx, named[0])).code if named else party.currency


def bank_amount(ctx: Context, data: Payment, currency: DocumentCurrency, amount: Decimal) -> Decimal:
    """What a payment comes to in the company's currency, and the rate that this is.

    Raises:
        Refused: the bank moved another amount of the company's own currency, or the amount is nothing.
    """
    paid = currency.at_rate(amount)
    if data.bank_amount is not None:
        paid = rounded(data.bank_amount, ctx.company.currency_decimals)
        if currency.foreign:
            currency.rate = rounded(paid / amount, RATE_DECIMALS) if amount else ZERO
        elif paid != amount:
            raise Refused("bank_amount_at_home", field="bank_amount", amount=amount, bank_amount=paid)
    if paid == 0 or amount == 0 or currency.rate == 0:
        raise Refused("payment_of_nothing", field="amount", amount=data.amount, currency=currency.code)
    return paid
