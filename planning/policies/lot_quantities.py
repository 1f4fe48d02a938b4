"""Economic order and production quantities: the lot at which ordering and holding together cost least, under steady demand.

EOQ (Harris 1913), with planned backorders, EPQ for a lot that arrives at a finite rate (Taft 1918), and EOQ under
all-units or incremental price breaks. Time is any unit, as long as demand and holding cost name the same one. Rounding
to whole units and lot rules is left to `proposals.py`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from planning.policies.limits import require_above_zero, require_not_negative


@dataclass(frozen=True)
class EconomicLot:
    """A lot and what it costs.

    Attributes:
        quantity: units a lot.
        cost: money per unit of time: ordering, holding and backorders, with purchase only where prices break.
        cycle: units of time between two lots.
        max_backorder: units owed when a lot arrives.
        unit_price: money per unit at that quantity, where prices break.
    """

    quantity: float
    cost: float
    cycle: float
    max_backorder: float = 0.0
    unit_price: float | None = None


def economic_order_quantity(
    demand: float, order_cost: float, holding_cost: float, *, backorder_cost: float | None = None
) -> EconomicLot:
    """EOQ = sqrt(2 x order cost x demand / holding cost), times sqrt((h + p) / p) with planned backorders.

    Args:
        demand: units per unit of time, > 0.
        order_cost: money a lot, >= 0.
        holding_cost: money per unit and unit of time, > 0.
        backorder_cost: money per unit owed and unit of time, > 0; None where nothing may be owed.

    Raises:
        ValueError: an argument outside its range.

    Source: Harris (1913); with backorders Zipkin (2000), section 3.3. Figures: SCperf, EOQ.

    >>> lot = economic_order_quantity(8000, 12000, 0.3)
    >>> round(lot.quantity, 4), round(lot.cost, 4), round(lot.cycle, 4)
    (25298.2213, 7589.4664, 3.1623)
    >>> lot = economic_order_quantity(8000, 12000, 0.3, backorder_cost=1.1)
    >>> round(lot.quantity, 4), round(lot.max_backorder, 4), round(lot.cost, 4)
    (28540.2427, 6115.7663, 6727.3429)
    """
    return _economic(demand, order_cost, holding_cost, backorder_cost)


def economic_production_quantity(
    demand: float,
    production_rate: float,
    setup_cost: float,
    holding_cost: float,
    *,
    backorder_cost: float | None = None,
) -> EconomicLot:
    """EPQ: stock builds up at `production_rate - demand` while a lot is made, so holding counts as h (1 - d / p).

    Args:
        production_rate: units per unit of time, above demand.
        demand, setup_cost, holding_cost, backorder_cost: as for the EOQ.

    Raises:
        ValueError: an argument outside its range, or a production rate that does not exceed demand.

    Source: Taft (1918); Nahmias, Production and Operations Analysis, section 4.6: 2,500 a year, 10,000 a year made,
    50 a setup, 0.60 held a year gives 745.

    >>> round(economic_production_quantity(2500, 10_000, 50, 0.6).quantity)
    745
    """
    require_above_zero(production_rate=production_rate)
    if not production_rate > demand:
        message = f"production_rate {production_rate} must exceed demand {demand}; otherwise the lot is never finished"
        raise ValueError(message)
    return _economic(demand, setup_cost, holding_cost, backorder_cost, 1 - demand / production_rate)


def _economic(
    demand: float, order_cost: float, holding_cost: float, backorder_cost: float | None, build_up: float = 1.0
) -> EconomicLot:
    require_above_zero(demand=demand, holding_cost=holding_cost)
    require_not_negative(order_cost=order_cost)
    allowance = 1.0
    if backorder_cost is not None:
        require_above_zero(backorder_cost=backorder_cost)
        allowance = (holding_cost + backorder_cost) / backorder_cost
    quantity = math.sqrt(2 * order_cost * demand / (holding_cost * build_up) * allowance)
    cost = math.sqrt(2 * order_cost * demand * holding_cost * build_up / allowance)
    owed = 0.0 if backorder_cost is None else quantity * build_up * holding_cost / (holding_cost + backorder_cost)
    return EconomicLot(quantity, cost, quantity / demand, owed)


def order_quantity_cost(quantity: float, demand: float, order_cost: float, holding_cost: float) -> float:
    """Money per unit of time of any lot: order cost x demand / quantity + holding cost x quantity / 2.

    >>> order_quantity_cost(100, 1000, 20, 2)
    300.0
    """
    require_above_zero(quantity=quantity)
    require_not_negative(demand=demand, order_cost=order_cost, holding_cost=holding_cost)
    return order_cost * demand / quantity + holding_cost * quantity / 2


def order_quantity_with_price_breaks(
    demand: float,
    order_cost: float,
    holding_rate: float,
    breaks: Sequence[tuple[float, float]],
    *,
    incremental: bool = False,
    other_holding_cost: float = 0.0,
) -> EconomicLot:
    """The lot that costs least with purchase, where the price depends on the lot.

    Args:
        demand, order_cost: as for the EOQ.
        holding_rate: share of a unit's price that holding it for a unit of time costs, >= 0.
        breaks: (from quantity, unit price), ascending from quantity 0 (or from the smallest lot that is sold); prices
            >= 0 that do not rise.
        incremental: a price holds for the units above its break only (False: for all units of the lot).
        other_holding_cost: money per unit and unit of time beside the rate; together with the rate above 0.

    Returns:
        The lot; its cost has purchase in it. Equal costs go to the smaller lot.

    Raises:
        ValueError: an argument outside its range, or breaks that are missing or do not ascend.

    Source: Nahmias, section 4.7: 600 a year, order 8, rate 0.2, prices 0.30, 0.29 from 500, 0.28 from 1,000: order 500
    for 198.10 a year; as incremental prices 400 for 204.00.

    >>> breaks = [(0, 0.30), (500, 0.29), (1000, 0.28)]
    >>> lot = order_quantity_with_price_breaks(600, 8, 0.2, breaks)
    >>> lot.quantity, round(lot.cost, 2), lot.unit_price
    (500, 198.1, 0.29)
    >>> lot = order_quantity_with_price_breaks(600, 8, 0.2, breaks, incremental=True)
    >>> round(lot.quantity), round(lot.cost, 2)
    (400, 204.0)
    """
    require_above_zero(demand=demand)
    require_not_negative(order_cost=order_cost, holding_rate=holding_rate, other_holding_cost=other_holding_cost)
    _require_ascending(breaks)
    best: EconomicLot | None = None
    paid_before = 0.0
    for place, (lowest, price) in enumerate(breaks):
        highest = breaks[place + 1][0] if place + 1 < len(breaks) else math.inf
        if incremental and place:
            paid_before += breaks[place - 1][1] * (lowest - max(breaks[place - 1][0], 0.0))
        fixed = paid_before - price * lowest if incremental else 0.0
        holding = holding_rate * price + other_holding_cost
        if holding <= 0:
            message = f"holding costs nothing at the price {price}, so that no lot is the best; state a rate"
            raise ValueError(message)
        quantity = max(math.sqrt(2 * (order_cost + fixed) * demand / holding), lowest)
        if quantity <= 0 or quantity > highest:
            continue  # The next tier has a lot that costs no more.
        candidate = _bought(quantity, demand, order_cost, holding_rate, other_holding_cost, price + fixed / quantity)
        if best is None or candidate.cost < best.cost * (1 - 1e-12):
            best = candidate
    if best is None:
        message = "order_cost must be above 0 where a lot may be as small as one likes"
        raise ValueError(message)
    return best


def _require_ascending(breaks: Sequence[tuple[float, float]]) -> None:
    if not breaks:
        message = "breaks must have at least one (from quantity, unit price)"
        raise ValueError(message)
    for lowest, price in breaks:
        require_not_negative(from_quantity=lowest, unit_price=price)
    if any(later[0] <= earlier[0] for earlier, later in pairwise(breaks)):
        message = f"from quantities must ascend: {[lowest for lowest, _ in breaks]}"
        raise ValueError(message)
    if any(later[1] > earlier[1] for earlier, later in pairwise(breaks)):
        message = f"unit prices must not rise with the quantity: {[price for _, price in breaks]}"
        raise ValueError(message)


def _bought(
    quantity: float,
    demand: float,
    order_cost: float,
    holding_rate: float,
    other_holding_cost: float,
    unit_price: float,
) -> EconomicLot:
    """What a lot costs at the average price of its units, of which holding takes its share."""
    holding = (holding_rate * unit_price + other_holding_cost) * quantity / 2
    cost = demand * unit_price + order_cost * demand / quantity + holding
    return EconomicLot(quantity, cost, quantity / demand, unit_price=unit_price)
