"""What goods in stock are worth: one pool an item, valued at standard cost or by moving average, as the books do it.

Moving average: an issue takes its share of the present value. Standard: it takes the standard cost. By both the last unit takes
what value is left. The same rules as app/modules/inventory/valuation.py, on integers. FIFO and month-end average are not
projected: an item of theirs is read as moving average by whoever fills `item_accounts`.
"""

from dataclasses import dataclass

from planning.projection.amounts import divided, valued


@dataclass
class Pool:
    """What there is of an item.

    Attributes:
        standard: whether it is valued at standard cost; else by moving average.
        unit_cost: standard cost, or the cost where nothing was ever received, millionths.
        decimals: digits of the currency's minor unit.
        quantity: millionths, all that is ours.
        value: minor units.
        bound: part of the quantity that may not be taken: on hold, allocated, on its way.
    """

    standard: bool
    unit_cost: int
    decimals: int
    quantity: int = 0
    value: int = 0
    bound: int = 0

    @property
    def free(self) -> int:
        """What can be taken."""
        return self.quantity - self.bound

    def worth(self, quantity: int) -> int:
        """What a receipt of unknown cost is worth: at standard or, by moving average, at the present cost.

        >>> Pool(False, 2_000_000, 2, quantity=3_000_000, value=1000).worth(1_000_000)
        333
        """
        if self.standard or self.quantity <= 0:
            return valued(quantity, self.unit_cost, self.decimals)
        return divided(self.value * quantity, self.quantity)

    def receive(self, quantity: int, cost: int) -> int:
        """Take goods in that cost so much; returns the value they are booked at.

        >>> pool = Pool(True, 3_000_000, 2)
        >>> pool.receive(2_000_000, 700), pool.value
        (600, 600)
        """
        value = valued(quantity, self.unit_cost, self.decimals) if self.standard else cost
        self.quantity += quantity
        self.value += value
        if not self.standard and quantity > 0:
            self.unit_cost = divided(value * 10**12, quantity * 10**self.decimals)
        return value

    def issue(self, quantity: int) -> int:
        """Take goods out, not more than there are; returns the value that leaves.

        Source: worked case VAL-18, the residual goes out with the last unit.

        >>> pool = Pool(False, 0, 2, quantity=3_000_000, value=1000)
        >>> pool.issue(1_000_000), pool.issue(2_000_000), pool.value
        (333, 667, 0)
        """
        assert 0 < quantity <= self.quantity, (quantity, self.quantity)
        if quantity == self.quantity:
            value = self.value
        elif self.standard:
            value = min(valued(quantity, self.unit_cost, self.decimals), self.value)
        else:
            value = divided(self.value * quantity, self.quantity)
        self.quantity -= quantity
        self.value -= value
        return value
