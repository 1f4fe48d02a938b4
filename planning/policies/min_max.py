"""(s, S): order up to S when the inventory position is at or below s; exact for discrete demand, else approximated.

Periodic review, backorders, demand independent from period to period, an order arrives `lead_time` periods later. Exact
is the algorithm of Zheng and Federgruen (1991), Finding optimal (s, S) policies is about as simple as evaluating a
single policy: the cost of a policy is a renewal reward, and a search that never goes back finds the cheapest. For demand
known only by mean and deviation the power approximation of Ehrhardt and Mosier (1984).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from planning.policies.limits import require_above_zero, require_not_negative
from planning.policies.newsvendor import checked_chances

FloatArray = npt.NDArray[np.float64]

WIDEST = 200_000
"""Units between s and S, or below zero, beyond which the search says that its costs are out of proportion."""


@dataclass(frozen=True)
class MinMaxPolicy:
    """s, S and the expected cost a period (None from the power approximation, which does not know it)."""

    reorder_level: float
    order_up_to: float
    cost: float | None


class _Costs:
    """One item: G(y), expected holding and backorder cost of inventory position y, and the renewal function of demand."""

    def __init__(
        self, holding_cost: float, backorder_cost: float, fixed_cost: float, chances: Sequence[float], lead_time: int
    ) -> None:
        require_above_zero(holding_cost=holding_cost, backorder_cost=backorder_cost)
        require_not_negative(fixed_cost=fixed_cost, lead_time=lead_time)
        self.fixed_cost = fixed_cost
        self.chances = checked_chances(chances)
        if self.chances[0] >= 1:
            message = "demand is always 0; there is nothing to order"
            raise ValueError(message)
        self.holding_cost, self.backorder_cost = holding_cost, backorder_cost
        covered = self.chances
        for _ in range(lead_time):
            covered = np.convolve(covered, self.chances)
        self.mean = float(covered @ np.arange(covered.size))
        below = np.cumsum(covered)
        self._left = np.concatenate([[0.0], np.cumsum(below)])  # E[(y - D)+] at y = 0, 1, ...
        self.best = int(np.argmax(below >= backorder_cost / (backorder_cost + holding_cost) - 1e-12))
        self.renewals = np.array([1 / (1 - self.chances[0])])

    def position_cost(self, y: int) -> float:
        """G(y), money a period."""
        if y <= 0:
            left = 0.0
        elif y < self._left.size:
            left = float(self._left[y])
        else:
            left = y - self.mean
        return self.holding_cost * left + self.backorder_cost * (self.mean - y + left)

    def policy_cost(self, s: int, up_to: int) -> float:
        """Cost a period of (s, S): (fixed + sum of m(j) G(S - j)) / M(S - s)."""
        width = up_to - s
        self._extend(width)
        m = self.renewals[:width]
        held = np.array([self.position_cost(up_to - j) for j in range(width)])
        return float((self.fixed_cost + m @ held) / m.sum())

    def _extend(self, width: int) -> None:
        """Renewal function m(0..width - 1): expected visits to position S - j in a cycle."""
        if width > WIDEST:
            message = f"s and S lie more than {WIDEST} units apart; state demand and costs in a larger unit (boxes, thousands)"
            raise ValueError(message)
        have = self.renewals.size
        if width <= have:
            return
        grown = np.zeros(max(width, 2 * have))
        grown[:have] = self.renewals
        p = self.chances
        for j in range(have, grown.size):
            reach = min(j, p.size - 1)
            grown[j] = p[1 : reach + 1] @ grown[j - reach : j][::-1] / (1 - p[0])
        self.renewals = grown


def min_max_exact(
    chances: Sequence[float],
    *,
    holding_cost: float,
    backorder_cost: float,
    fixed_cost: float,
    lead_time: int = 0,
) -> MinMaxPolicy:
    """The cheapest (s, S) for demand of 0, 1, 2, ... units a period.

    Args:
        chances: P(demand of a period = k) at place k.
        holding_cost, backorder_cost: money per unit and period at the period's end, > 0.
        fixed_cost: money an order, >= 0.
        lead_time: whole periods, >= 0.

    Raises:
        ValueError: an argument outside its range, demand that is always 0, or costs out of all proportion.

    Source: Zheng and Federgruen (1991); figures Snyder and Shen, example 4.7.

    >>> from planning.policies.newsvendor import poisson_chances
    >>> found = min_max_exact(poisson_chances(6).tolist(), holding_cost=1, backorder_cost=4, fixed_cost=5)
    >>> found.reorder_level, found.order_up_to, round(found.cost, 4)
    (4, 10, 8.0341)
    """
    costs = _Costs(holding_cost, backorder_cost, fixed_cost, chances, lead_time)
    best_up_to = costs.best
    s = best_up_to - 1
    while costs.policy_cost(s, best_up_to) > costs.position_cost(s):
        s -= 1
    cheapest = costs.policy_cost(s, best_up_to)
    up_to = best_up_to + 1
    while costs.position_cost(up_to) <= cheapest:
        if costs.policy_cost(s, up_to) < cheapest - 1e-12:
            best_up_to = up_to
            while costs.policy_cost(s, best_up_to) <= costs.position_cost(s + 1):
                s += 1
            cheapest = costs.policy_cost(s, best_up_to)
        up_to += 1
    return MinMaxPolicy(s, best_up_to, cheapest)


def min_max_cost(
    reorder_level: int,
    order_up_to: int,
    chances: Sequence[float],
    *,
    holding_cost: float,
    backorder_cost: float,
    fixed_cost: float,
    lead_time: int = 0,
) -> float:
    """Expected cost a period of any (s, S), s < S.

    >>> from planning.policies.newsvendor import poisson_chances
    >>> cost = min_max_cost(6, 18, poisson_chances(6).tolist(), holding_cost=1, backorder_cost=4, fixed_cost=5)
    >>> round(cost, 4)
    10.1938
    """
    if not reorder_level < order_up_to:
        message = f"reorder_level {reorder_level} must lie below order_up_to {order_up_to}"
        raise ValueError(message)
    costs = _Costs(holding_cost, backorder_cost, fixed_cost, chances, lead_time)
    return costs.policy_cost(reorder_level, order_up_to)


def min_max_power_approximation(
    demand_mean: float,
    demand_deviation: float,
    *,
    holding_cost: float,
    backorder_cost: float,
    fixed_cost: float,
    lead_time: float = 0.0,
    base_stock_cap: bool = False,
) -> MinMaxPolicy:
    """(s, S) from mean and deviation of a period's demand.

    Args:
        demand_mean, demand_deviation: a period, > 0; the other arguments as for `min_max_exact`, fixed_cost > 0.
        base_stock_cap: the authors' clause for lots of at most 1.5 periods of demand: neither s nor S above the base
            stock. Textbooks print the formula without it, and so does the default; in the example below the cap brings
            the cost from 6.80 to 4.50, of which the optimum is 4.4988.

    Source: Ehrhardt and Mosier (1984), A revision of the power approximation; figures stockpyl, ss.py.

    >>> costs = {"holding_cost": 0.18, "backorder_cost": 0.70, "fixed_cost": 2.5}
    >>> found = min_max_power_approximation(50, 8, **costs)
    >>> round(found.reorder_level, 2), round(found.order_up_to, 2)
    (40.19, 74.29)
    >>> found = min_max_power_approximation(50, 8, **costs, base_stock_cap=True)
    >>> round(found.reorder_level, 2), round(found.order_up_to, 2)
    (40.19, 56.6)
    """
    require_above_zero(
        demand_mean=demand_mean,
        demand_deviation=demand_deviation,
        holding_cost=holding_cost,
        backorder_cost=backorder_cost,
        fixed_cost=fixed_cost,
    )
    require_not_negative(lead_time=lead_time)
    mean, deviation = demand_mean * (lead_time + 1), demand_deviation * math.sqrt(lead_time + 1)
    spread = (1 + deviation**2 / demand_mean**2) ** 0.116
    width = 1.30 * demand_mean**0.494 * (fixed_cost / holding_cost) ** 0.506 * spread
    z = math.sqrt(width * holding_cost / (deviation * backorder_cost))
    s = 0.973 * mean + deviation * (0.183 / z + 1.063 - 2.192 * z)
    if not base_stock_cap or width / demand_mean > 1.5:
        return MinMaxPolicy(s, s + width, None)
    base_stock = mean + deviation * float(special.ndtri(backorder_cost / (backorder_cost + holding_cost)))
    return MinMaxPolicy(min(s, base_stock), min(s + width, base_stock), None)
