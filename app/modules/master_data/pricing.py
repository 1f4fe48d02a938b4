"""Pure pricing rules for buying and selling alike: the amounts of a line, and which price holds for a quantity on a day."""

from __future__ import annotations

from collections.abc import Iterable
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


def best_price(breaks: Iterable[Any], quantity: Decimal, on: date) -> Decimal | None:
    """Choose the price that holds for a quantity on a day: the largest break reached, then the latest valid.

    Args:
        breaks: rows with from_quantity, unit_price, valid_from and perhaps valid_to (exclusive).
        quantity: in the stocking unit.
        on: the day.

    Returns:
        The unit price, or None where no break applies.
    """
    fitting = [
        row
        for row in breaks
        if row["from_quantity"] <= quantity
        and row["valid_from"] <= on
        and (row.get("valid_to") is None or on < row["valid_to"])
    ]
    if not fitting:
        return None
    return max(fitting, key=lambda row: (row["from_quantity"], row["valid_from"]))["unit_price"]
