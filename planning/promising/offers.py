"""What can be promised to a customer now: on which days a quantity can be had, whole and split, from cumulative ATP.

Stock that nobody has reserved and dated supply, less what is promised of both already, by day. The promise is the first day on
which the cumulative available-to-promise reaches the quantity; the split offer takes on each day what has become available. The
arithmetic is `planning.mrp.available_to_promise`, ATP without look-ahead, as the plan's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from planning.mrp.available_to_promise import available_to_promise

MILLION = 10**6
_LARGEST_SUM = 2**62


@dataclass(frozen=True)
class Offer:
    """A quantity, stocking unit, and the day from which it can be had."""

    quantity: Decimal
    on: date


def offers(
    free: Decimal,
    supply: Iterable[tuple[date, Decimal]],
    committed: Iterable[tuple[date, Decimal]],
    quantity: Decimal,
    *,
    today: date,
) -> list[Offer]:
    """Split a quantity into what can be had by which day; the last part's day is the promise of the whole.

    Args:
        free: stock on hand that is not reserved, stocking unit, >= 0.
        supply: dated supply, each > 0; what is late counts today, the caller decides when it can come.
        committed: what of stock and supply is promised to others and not reserved, by the day it is promised for, each > 0.
        quantity: how much is wanted, > 0.
        today: the first day of which anything can be promised.

    Returns:
        Parts in the order of their days, each > 0; together less than the quantity where supply does not reach.

    Raises:
        ValueError: the quantity is not above zero.

    Source: ASCM dictionary, "available-to-promise", cumulative without look-ahead; worked cases ATP-01, ATP-02, ATP-05.

    >>> D, day = Decimal, date(2026, 12, 1)
    >>> later = date(2026, 12, 12)
    >>> [(str(o.quantity), o.on.day) for o in offers(D(40), [(later, D(80))], [], D(100), today=day)]
    [('40', 1), ('60', 12)]
    >>> offers(D(40), [(later, D(80))], [(later, D(90))], D(100), today=day)
    [Offer(quantity=Decimal('30'), on=datetime.date(2026, 12, 1))]
    """
    if quantity <= 0:
        raise ValueError(f"{quantity} is nothing to promise")
    arriving, leaving = _by_day(supply, today), _by_day(committed, today)
    days = sorted({today, *arriving, *leaving})
    found: list[Offer] = []
    given = Decimal(0)
    for day, total in zip(days, _cumulative(free, days, arriving, leaving), strict=True):
        part = min(total, quantity) - given
        if part > 0:
            found.append(Offer(part, day))
            given += part
    return found


def _cumulative(
    free: Decimal, days: list[date], arriving: dict[date, Decimal], leaving: dict[date, Decimal]
) -> list[Decimal]:
    """Cumulative ATP by day, exact however large the quantities are.

    In the kernel, unless a sum might leave its 64 bits: then the same rule runs on Python's own integers.
    """
    arrives = [_scaled(arriving.get(day, Decimal(0))) for day in days]
    leaves = [_scaled(leaving.get(day, Decimal(0))) for day in days]
    opening = _scaled(free)
    fits = abs(opening) + sum(arrives) + sum(leaves) < _LARGEST_SUM
    rule = available_to_promise if fits else available_to_promise.py_func  # pyright: ignore[reportFunctionMemberAccess]
    supply, committed, discrete, cumulative = (
        np.array(values, dtype=np.int64 if fits else object)
        for values in (arrives, leaves, [0] * len(days), [0] * len(days))
    )
    rule(opening, supply, committed, discrete, cumulative)
    return [Decimal(total) / MILLION for total in cumulative.tolist()]


def _by_day(dated: Iterable[tuple[date, Decimal]], today: date) -> dict[date, Decimal]:
    """Sums by day; what lies before today counts today."""
    sums: dict[date, Decimal] = {}
    for day, quantity in dated:
        sums[max(day, today)] = sums.get(max(day, today), Decimal(0)) + quantity
    return sums


def _scaled(quantity: Decimal) -> int:
    """Millionths, the scale of quantities in planning."""
    return int(quantity.scaleb(6))
