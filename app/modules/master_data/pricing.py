"""Pure pricing rules for buying and selling alike: the amounts of a line, and which price holds for a quantity on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from schemas.vocabulary.numbers import ONE, rounded


def line_amounts(
    quantity: Decimal, unit_price: Decimal, discount_rate: Decimal, tax_rate: Decimal, decimals: int
) -> tuple[Decimal, Decimal]:
    """Compute net and tax of a line, each rounded once to the minor unit.

    >>> line_amounts(Decimal(3), Decimal("33.333"), Decimal("0.1"), Decimal("0.13"), 2)
    (Decimal('90.00'), Decimal('11.70'))
    """
    net = rounded(quantity * unit_price * (ONE - discount_rate), decimals)
    return net, rounded(net * tax_rate, decimals)


def order_line_amounts(
    quantity: Decimal,
    unit_price: Decimal,
    discount_rate: Decimal,
    tax_rate: Decimal,
    decimals: int,
    *,
    stated_tax: Decimal | None,
) -> tuple[Decimal, Decimal]:
    """Compute net and tax of an order line; a tax that the other side stated stands, rounded to the minor unit.

    >>> order_line_amounts(Decimal(1), Decimal(100), Decimal(0), Decimal(0), 2, stated_tax=Decimal("8.0051"))
    (Decimal('100.00'), Decimal('8.01'))
    """
    net, tax = line_amounts(quantity, unit_price, discount_rate, tax_rate, decimals)
    return net, tax if stated_tax is None else rounded(stated_tax, decimals)


def part_tax(
    order_line: Mapping[str, Any],
    quantity: Decimal,
    net: Decimal,
    tax_rate: Decimal,
    decimals: int,
    *,
    stated: bool = False,
) -> Decimal:
    """Compute the tax of a part of an order line that is billed or invoiced.

    Where the line's tax is what its rate says, so is the part's. A stated tax is shared by quantity, from the running sum, so
    that the parts add up to it.

    Args:
        order_line: quantity, invoiced_quantity before this part, net_amount and tax_amount of the order line.
        quantity: of the part.
        net: of the part.
        tax_rate: of the line's tax code.
        decimals: digits of the currency's minor unit.
        stated: whether the line's tax is a stated one though its rate says the same.

    >>> line = {"quantity": Decimal(3), "invoiced_quantity": Decimal(1), "net_amount": Decimal(30), "tax_amount": Decimal("2.50")}
    >>> part_tax(line, Decimal(2), Decimal(20), Decimal(0), 2), part_tax(line, Decimal(1), Decimal(10), Decimal(0), 2)
    (Decimal('1.67'), Decimal('0.84'))
    """
    tax = order_line["tax_amount"]
    if not stated and tax == rounded(order_line["net_amount"] * tax_rate, decimals):
        return rounded(net * tax_rate, decimals)
    before = order_line["invoiced_quantity"]
    upto = rounded(tax * (before + quantity) / order_line["quantity"], decimals)
    return upto - rounded(tax * before / order_line["quantity"], decimals)


def best_price(breaks: Iterable[Any], quantity: Decimal, on: date) -> Decimal | None:
    """The unit price that holds for a quantity on a day, as `best_break` chooses it; None where no break applies."""
    found = best_break(breaks, quantity, on)
    return found["unit_price"] if found is not None else None


def best_break(breaks: Iterable[Any], quantity: Decimal, on: date) -> Any | None:
    """Choose the price that holds for a quantity on a day: the largest break reached, then the latest valid.

    Args:
        breaks: rows with from_quantity, unit_price, valid_from and perhaps valid_to (exclusive).
        quantity: in the stocking unit.
        on: the day.

    Returns:
        The row of the break, or None where none applies.
    """
    fitting = [
        row
        for row in breaks
        if row["from_quantity"] <= quantity
        and row["valid_from"] <= on
        and (row.get("valid_to") is None or on < row["valid_to"])
    ]
    return max(fitting, key=lambda row: (row["from_quantity"], row["valid_from"])) if fitting else None
