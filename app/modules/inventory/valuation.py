"""Pure valuation: what a receipt adds to an item's value and what an issue takes, by method.

Moving average: an issue takes its share of the present value. FIFO: it takes the oldest layers. Standard: it takes the
standard cost. By every method the last unit takes what value is left, so that nothing remains without goods. Values lie on the
currency's minor unit; nothing that was posted is ever valued again: a late price joins the stock in the share that is still there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from schemas.vocabulary.numbers import ONE, ZERO, rounded


@dataclass(frozen=True)
class Layer:
    """What is left of one receipt."""

    layer_id: int
    quantity: Decimal
    value: Decimal


@dataclass(frozen=True)
class LayerTake:
    """What an issue takes from a layer."""

    layer_id: int
    quantity: Decimal
    value: Decimal


def average_issue(quantity: Decimal, *, held_quantity: Decimal, held_value: Decimal, decimals: int) -> Decimal:
    """Value an issue at the moving average.

    Args:
        quantity: units issued, 0 < quantity <= held_quantity.
        held_quantity: units held before the issue.
        held_value: their value, on the minor unit.
        decimals: digits of the currency's minor unit.

    Returns:
        The value that leaves, on the minor unit.

    Source: moving weighted average; the residual goes out with the last unit (worked case VAL-18).

    >>> average_issue(Decimal(1), held_quantity=Decimal(3), held_value=Decimal("10.00"), decimals=2)
    Decimal('3.33')
    >>> average_issue(Decimal(3), held_quantity=Decimal(3), held_value=Decimal("10.00"), decimals=2)
    Decimal('10.00')
    """
    assert 0 < quantity <= held_quantity, (quantity, held_quantity)
    if quantity == held_quantity:
        return held_value
    return rounded(held_value * quantity / held_quantity, decimals)


def standard_issue(
    quantity: Decimal, *, unit_cost: Decimal, held_quantity: Decimal, held_value: Decimal, decimals: int
) -> Decimal:
    """Value an issue at standard cost; the last unit takes the remainder.

    >>> standard_issue(Decimal(2), unit_cost=Decimal("1.005"), held_quantity=Decimal(3), held_value=Decimal("3.02"), decimals=2)
    Decimal('2.01')
    """
    assert 0 < quantity <= held_quantity, (quantity, held_quantity)
    if quantity == held_quantity:
        return held_value
    return min(rounded(quantity * unit_cost, decimals), held_value)


def first_in_first_out(quantity: Decimal, layers: Sequence[Layer], *, decimals: int) -> list[LayerTake]:
    """Take an issue from the oldest layers.

    Args:
        quantity: units issued, > 0 and not more than the layers hold.
        layers: remaining layers, oldest first.
        decimals: digits of the currency's minor unit.

    Returns:
        What is taken from each layer; the values sum to the issue's value.

    >>> layers = [Layer(1, Decimal(10), Decimal(100)), Layer(2, Decimal(10), Decimal(200))]
    >>> takes = first_in_first_out(Decimal(15), layers, decimals=2)
    >>> [(take.layer_id, take.quantity, take.value) for take in takes]
    [(1, Decimal('10'), Decimal('100')), (2, Decimal('5'), Decimal('100.00'))]
    """
    takes: list[LayerTake] = []
    wanted = quantity
    for layer in layers:
        if wanted <= 0:
            break
        taken = min(wanted, layer.quantity)
        value = average_issue(taken, held_quantity=layer.quantity, held_value=layer.value, decimals=decimals)
        takes.append(LayerTake(layer.layer_id, taken, value))
        wanted -= taken
    assert wanted == ZERO, f"layers lack {wanted}"
    return takes


def allocated(total: Decimal, weights: Sequence[Decimal], decimals: int) -> list[Decimal]:
    """Share a landed cost over lines by weights; what rounding leaves goes to the largest line.

    Args:
        total: the cost, on the minor unit.
        weights: length N >= 1, each >= 0, not all zero.
        decimals: digits of the currency's minor unit.

    Returns:
        N amounts on the minor unit whose sum is exactly `total`.

    Source: landed cost in domain facts 4, "residual cent to the largest line"; worked cases VAL-12 and VAL-13.

    >>> allocated(Decimal("10.00"), [Decimal(1), Decimal(1), Decimal(1)], 2)
    [Decimal('3.34'), Decimal('3.33'), Decimal('3.33')]
    >>> allocated(Decimal("100.00"), [Decimal(1), Decimal(5)], 2)
    [Decimal('16.67'), Decimal('83.33')]
    """
    whole = sum(weights, ZERO)
    assert whole > 0, weights
    shares = [rounded(total * weight / whole, decimals) for weight in weights]
    largest = max(range(len(weights)), key=lambda index: weights[index])
    shares[largest] += total - sum(shares, ZERO)
    return shares


def late_price_share(
    difference: Decimal, *, still_there: Decimal, received: Decimal, value: Decimal, decimals: int
) -> Decimal:
    """The part of a late price difference that joins the stock; the rest went with the goods that are gone.

    Args:
        difference: what the goods cost more, or less where negative, on the minor unit.
        still_there: units that are still held; by FIFO those of the receipt's own layer.
        received: units that were received, > 0.
        value: the value of what is still there, >= 0.
        decimals: digits of the currency's minor unit.

    Returns:
        The amount on the minor unit; it never takes the value below nothing.

    Source: late prices in docs/architecture.md, "The store".

    >>> D = Decimal
    >>> late_price_share(D(20), still_there=D(4), received=D(10), value=D(40), decimals=2)
    Decimal('8.00')
    >>> late_price_share(D(-20), still_there=D(10), received=D(10), value=D(15), decimals=2)
    Decimal('-15')
    """
    assert received > 0, received
    assert value >= 0, value
    return max(rounded(difference * min(ONE, still_there / received), decimals), -value)


def late_price_returned(amount: Decimal, *, present: Decimal, received: Decimal) -> Decimal:
    """What a layer gives back of a late price that is taken back: no more than what it holds beyond its receipt's own price.

    Units that left since took their share along; that is booked as a difference.

    Args:
        amount: what once joined the layer.
        present: the layer's value.
        received: the value of what is left in it at the price it was received at.

    >>> D = Decimal
    >>> late_price_returned(D(20), present=D(60), received=D(50)), late_price_returned(D(-20), present=D(45), received=D(50))
    (Decimal('10'), Decimal('-5'))
    """
    excess = present - received
    return min(amount, max(excess, ZERO)) if amount > 0 else max(amount, min(excess, ZERO))
