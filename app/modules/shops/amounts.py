"""The amounts of an order as they are booked: each line on the minor unit of the currency, and all of them the shop's total.

A discount on the order as a whole is spread over the goods by their amounts. Taxes stand as the shop states them a line; where it
states one for the order alone, that is spread over the goods; where it states none, it is taken out of the prices at the lines' own
rates. Fractions below the minor unit are rounded from the running sum,
so that nothing is lost between lines. A shop that rounds its tax once an order differs from its lines by less than a minor unit a
line: that goes to the line with the largest tax. Any other difference is the shop's to explain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from schemas.exchange.shop_order import ShopOrder
from schemas.vocabulary.numbers import ZERO, rounded

_SHARE_DECIMALS: Final = 12


@dataclass(frozen=True)
class Amounts:
    """Net and tax of a line, on the minor unit."""

    net: Decimal
    tax: Decimal


class TotalsDiffer(Exception):
    """The parts of an order do not come to what its shop says.

    Attributes:
        stated: the shop's total.
        computed: what the parts come to.
    """

    def __init__(self, stated: Decimal, computed: Decimal) -> None:
        super().__init__(f"{stated} <> {computed}")
        self.stated = stated
        self.computed = computed


def booked_amounts(order: ShopOrder, decimals: int, rates: Sequence[Decimal] = ()) -> list[Amounts]:
    """Compute what each line and then each charge of an order is booked at.

    Args:
        order: the order as the shop states it.
        decimals: digits of the currency's minor unit.
        rates: tax rate of each line and then each charge, 0.13 for 13 %; asked for where the shop states no tax.

    Returns:
        One entry a line and charge, in their order; their sum is the order's total.

    Raises:
        TotalsDiffer: the parts do not come to the total.
    """
    goods = [line.amount for line in order.lines]
    goods = [a - share for a, share in zip(goods, spread(order.discount, goods), strict=True)]
    charges = [charge.amount for charge in order.charges]
    taxes = rounded_together(_taxes(order, [*goods, *charges], rates, decimals), decimals)
    nets = rounded_together([*goods, *charges], decimals)
    if order.prices_include_tax:
        nets = [amount - tax for amount, tax in zip(nets, taxes, strict=True)]
    elif order.tax is not None:
        taxes = _with_stated_tax(taxes, order.tax, decimals)
    computed = sum(nets, ZERO) + sum(taxes, ZERO)
    if computed != order.total or min([*nets, *taxes], default=ZERO) < 0:
        raise TotalsDiffer(order.total, computed)
    return [Amounts(net, tax) for net, tax in zip(nets, taxes, strict=True)]


def _taxes(order: ShopOrder, amounts: Sequence[Decimal], rates: Sequence[Decimal], decimals: int) -> list[Decimal]:
    goods = amounts[: len(order.lines)]
    stated = [part.tax for part in (*order.lines, *order.charges)]
    if any(tax is not None for tax in stated):
        taxes = [tax or ZERO for tax in stated]
        own = spread(order.discount_tax, taxes[: len(goods)])
        return [tax - share for tax, share in zip(taxes, [*own, *[ZERO] * len(order.charges)], strict=True)]
    if order.tax is None:
        within = order.prices_include_tax
        return [
            rounded(amount * rate / (1 + rate) if within else amount * rate, decimals)
            for amount, rate in zip(amounts, rates, strict=True)
        ]
    return [*spread(order.tax, goods), *[ZERO] * len(order.charges)]


def spread(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Spread an amount by weights; the shares have twelve decimals at most and sum to the amount.

    >>> [str(share.normalize()) for share in spread(Decimal("1.00"), [Decimal(3), Decimal(1), Decimal(0)])]
    ['0.75', '0.25', '0']
    """
    whole = sum(weights, ZERO)
    if not amount or not whole:
        return [ZERO] * len(weights)
    shares, seen, given = [], ZERO, ZERO
    for weight in weights:
        seen += weight
        upto = rounded(amount * seen / whole, _SHARE_DECIMALS)
        shares.append(upto - given)
        given = upto
    return shares


def rounded_together(values: Iterable[Decimal], decimals: int) -> list[Decimal]:
    """Round values so that their sum is the rounded sum; what lies on the minor unit stays.

    >>> rounded_together([Decimal("0.335")] * 3, 2)
    [Decimal('0.34'), Decimal('0.33'), Decimal('0.34')]
    """
    found: list[Decimal] = []
    seen, given = ZERO, ZERO
    for value in values:
        seen += value
        upto = rounded(seen, decimals)
        found.append(upto - given)
        given = upto
    return found


def _with_stated_tax(taxes: list[Decimal], stated: Decimal, decimals: int) -> list[Decimal]:
    """The taxes with the difference to the stated sum on the largest, where rounding explains it."""
    missing = rounded(stated, decimals) - sum(taxes, ZERO)
    if not missing or not taxes or abs(missing) > len(taxes) * Decimal(1).scaleb(-decimals):
        return taxes
    largest = max(range(len(taxes)), key=lambda index: taxes[index])
    return [tax + missing if index == largest else tax for index, tax in enumerate(taxes)]
