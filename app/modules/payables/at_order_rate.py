"""What a line of a bill or debit note is at the rate of its order, which its goods were received at.

Only so can its price be compared with the order's: what the line differs by from the receipts because its own day had another rate
is an exchange difference and no price difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency, currency_of, said_of
from app.modules.master_data.pricing import line_amounts
from schemas.operational import documents
from schemas.vocabulary.numbers import ZERO


@dataclass(frozen=True)
class AtOrderRate:
    """The net of a line and what it would be at the order's price, in the company's currency at the order's rate.

    Attributes:
        net: of the line.
        expected: at the order's price.
        difference: due to the price alone.
        foreign: whether the order is in a foreign currency.
    """

    net: Decimal
    expected: Decimal
    difference: Decimal
    foreign: bool

    def cost(self, accrued: Decimal) -> Decimal:
        """What goods cost by the line, of which the receipts were booked with a value: that and the price difference.

        In the company's own currency it is the line's net.
        """
        return accrued + self.difference if self.foreign else self.net


def at_order_rate(ctx: Context, order_line: Row, line: Row, currency: DocumentCurrency) -> AtOrderRate:
    """Value a line of goods at the rate of its order.

    Args:
        ctx: the running command.
        order_line: the order line behind it.
        line: of a bill or debit note.
        currency: of the line's document.
    """
    if not currency.foreign:
        expected = _expected(line.quantity, order_line, currency.decimals)
        return AtOrderRate(line.net_amount, expected, line.net_amount - expected, foreign=False)
    order = currency_of(ctx, ctx.uow.need(documents.document, order_line.document_id))
    said = said_of(ctx, currency, line)
    expected = _expected(line.quantity, said_of(ctx, order, order_line), order.decimals)
    return AtOrderRate(
        order.at_rate(said.net_amount),
        order.at_rate(expected),
        order.at_rate(said.net_amount - expected),
        foreign=True,
    )


def _expected(quantity: Decimal, order_line: Row, decimals: int) -> Decimal:
    return line_amounts(quantity, order_line.unit_price, order_line.discount_rate, ZERO, decimals)[0]
