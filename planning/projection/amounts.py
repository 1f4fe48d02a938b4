"""Amounts as integers of the currency's minor unit, and the one way in which they are rounded: half away from zero.

Quantities and prices come as int64 millionths (schemas/planning). Python's own integers take every product, so nothing here can
overflow and nothing is a float.
"""

from schemas.planning import QUANTITY_SCALE


def divided(numerator: int, denominator: int) -> int:
    """Divide and round half away from zero; denominator > 0.

    >>> divided(7, 2), divided(-7, 2), divided(10, 4), divided(9, 4)
    (4, -4, 3, 2)
    """
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def valued(quantity: int, price: int, decimals: int) -> int:
    """What a quantity is worth at a price a unit, in minor units.

    Args:
        quantity, price: millionths.
        decimals: digits of the currency's minor unit.

    >>> valued(3_000_000, 1_005_000, 2), valued(1_500_000, 3_330_000, 0)
    (302, 5)
    """
    return divided(quantity * price * 10**decimals, QUANTITY_SCALE**2)


def minor(amount: int, decimals: int) -> int:
    """Millionths of money in minor units.

    >>> minor(12_345_000, 2), minor(12_344_999, 2)
    (1235, 1234)
    """
    return divided(amount * 10**decimals, QUANTITY_SCALE)


def share(amount: int, rate: int) -> int:
    """A rate in millionths of an amount in minor units: a tax of a net.

    >>> share(10_000, 130_000)
    1300
    """
    return divided(amount * rate, QUANTITY_SCALE)
