"""Exact numbers: how many decimals each kind carries, and the one way a number is rounded.

Money is held with 4 decimals, a quantity with 6, a unit cost, price or rate with 8. Rounding is half away from zero
(commercial rounding) and happens only where a function of this page is called by name. Converting for storage is left
to `schemas/operational/types.py`.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

MONEY_DECIMALS: Final = 4
QUANTITY_DECIMALS: Final = 6
RATE_DECIMALS: Final = 8

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)

LARGEST_MONEY: Final = Decimal(10) ** 14
LARGEST_QUANTITY: Final = Decimal(10) ** 12

_STEPS: Final = tuple(Decimal(1).scaleb(-places) for places in range(13))


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Round half away from zero to a number of decimals.

    Args:
        value: any finite decimal.
        decimals: digits kept after the point, 0..12.

    Returns:
        The rounded decimal with exactly that many digits after the point.

    >>> rounded(Decimal("2.345"), 2), rounded(Decimal("-2.345"), 2)
    (Decimal('2.35'), Decimal('-2.35'))
    """
    return value.quantize(_STEPS[decimals], rounding=ROUND_HALF_UP)


def rounded_up(value: Decimal, decimals: int) -> Decimal:
    """Round towards plus infinity to a number of decimals, as requirements are.

    >>> rounded_up(Decimal("1.0000001"), 6)
    Decimal('1.000001')
    """
    return value.quantize(_STEPS[decimals], rounding=ROUND_CEILING)


def split_proportionally(total: Decimal, weights: list[Decimal], decimals: int) -> list[Decimal]:
    """Split an amount by weights so that the parts sum to the whole.

    Each part is rounded from the running sum, so that no part is off by more than one last digit.

    Args:
        total: the amount to split, already on `decimals`.
        weights: length N >= 1, each >= 0, not all zero.
        decimals: digits each part is rounded to.

    Returns:
        N parts whose sum is exactly `total`.

    Raises:
        ValueError: no weight is positive.

    >>> split_proportionally(Decimal("10.00"), [Decimal(1)] * 3, 2)
    [Decimal('3.33'), Decimal('3.34'), Decimal('3.33')]
    """
    whole = sum(weights, ZERO)
    if whole <= 0:
        raise ValueError("to split an amount at least one weight must be positive")
    parts: list[Decimal] = []
    seen, given = ZERO, ZERO
    for weight in weights:
        seen += weight
        upto = rounded(total * seen / whole, decimals)
        parts.append(upto - given)
        given = upto
    return parts
