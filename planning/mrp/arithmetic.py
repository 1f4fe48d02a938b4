"""Exact integer arithmetic of the netting engine: rounding up, and a x n / d without a 128-bit type.

Quantities are int64 millionths. Nothing here wraps round: a result beyond LIMIT is LIMIT, and the engine reports the
item.
"""

from planning.compiled import inlined_kernel, kernel

LIMIT = 10**18
"""10^12 units, the largest single quantity; a result beyond it is cut off and reported."""

SUM_LIMIT = 4 * 10**18
"""The largest sum of one item's requirements."""

_INT64_MAX = 2**63 - 1


@inlined_kernel
def round_up(quantity: int, unit: int) -> int:
    """The smallest multiple of `unit` that is not below `quantity`; both int64, quantity >= 0, unit >= 1.

    >>> round_up(11, 5), round_up(10, 5), round_up(0, 5)
    (15, 10, 0)
    """
    if unit <= 1:
        return quantity
    return (quantity + unit - 1) // unit * unit


@kernel
def multiply_divide_up(quantity: int, numerator: int, denominator: int) -> int:
    """ceil(quantity * numerator / denominator), exact, cut off at LIMIT; all int64 >= 0, denominator in [1, 2^62).

    >>> multiply_divide_up(400, 100, 95), multiply_divide_up(10**17, 10**6, 10**6), multiply_divide_up(10**18, 10**9, 1)
    (422, 100000000000000000, 1000000000000000000)
    """
    if quantity == 0 or numerator == 0:
        return 0
    if quantity <= (_INT64_MAX - denominator) // numerator:
        return min((quantity * numerator + denominator - 1) // denominator, LIMIT)
    whole, rest = quantity // denominator, quantity % denominator
    if whole > LIMIT // numerator:
        return LIMIT
    quotient, remainder = 0, 0
    for place in range(62, -1, -1):
        quotient, remainder = quotient * 2, remainder * 2
        if remainder >= denominator:
            remainder -= denominator
            quotient += 1
        if (numerator >> place) & 1:
            remainder += rest
            if remainder >= denominator:
                remainder -= denominator
                quotient += 1
        if quotient > LIMIT:
            return LIMIT
    if remainder > 0:
        quotient += 1
    return min(whole * numerator + quotient, LIMIT)
