"""How much to have for one selling period: the newsvendor, where what is left and what is missing each has its price.

With `overage_cost` a unit left and `underage_cost` a unit missing the best quantity is the critical ratio
underage / (underage + overage) of demand. In a stock that is carried over, overage is holding a unit for a period and
underage is owing it: the base-stock level of a periodic review with no fixed cost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from planning.policies.distributions import standard_normal_loss
from planning.policies.limits import require_above_zero, require_not_negative

TAIL = 1e-13
"""Share of demand that may lie beyond the largest quantity that a discrete demand is followed to."""


@dataclass(frozen=True)
class NewsvendorQuantity:
    """The quantity, its expected cost of overage and underage, and the critical ratio that it stands on."""

    quantity: float
    cost: float
    critical_ratio: float


def critical_ratio(*, overage_cost: float, underage_cost: float) -> float:
    """underage / (underage + overage).

    With price p, purchase c and salvage v these are c - v and p - c.

    >>> critical_ratio(overage_cost=1, underage_cost=4)
    0.8
    """
    require_above_zero(overage_cost=overage_cost, underage_cost=underage_cost)
    return underage_cost / (underage_cost + overage_cost)


def newsvendor_normal(
    mean: float, deviation: float, *, overage_cost: float, underage_cost: float
) -> NewsvendorQuantity:
    """Best quantity for normal demand: mean + deviation x the ratio's quantile.

    Args:
        mean, deviation: of demand in the period, stocking unit; deviation > 0.
        overage_cost, underage_cost: money a unit, > 0.

    Source: Snyder and Shen, Fundamentals of Supply Chain Theory, example 4.3 (56.60, 2.00).

    >>> found = newsvendor_normal(50, 8, overage_cost=0.18, underage_cost=0.70)
    >>> round(found.quantity, 2), round(found.cost, 4), round(found.critical_ratio, 4)
    (56.6, 1.9976, 0.7955)
    """
    require_not_negative(mean=mean)
    require_above_zero(deviation=deviation)
    ratio = critical_ratio(overage_cost=overage_cost, underage_cost=underage_cost)
    quantity = mean + deviation * float(special.ndtri(ratio))
    cost = newsvendor_normal_cost(quantity, mean, deviation, overage_cost=overage_cost, underage_cost=underage_cost)
    return NewsvendorQuantity(quantity, cost, ratio)


def newsvendor_normal_cost(
    quantity: float, mean: float, deviation: float, *, overage_cost: float, underage_cost: float
) -> float:
    """Expected cost of any quantity under normal demand: overage x what is left + underage x what is missing.

    >>> round(newsvendor_normal_cost(50, 50, 8, overage_cost=0.18, underage_cost=0.70), 4)
    2.8086
    """
    require_above_zero(deviation=deviation, overage_cost=overage_cost, underage_cost=underage_cost)
    missing = deviation * float(standard_normal_loss((quantity - mean) / deviation))
    left = quantity - mean + missing
    return overage_cost * left + underage_cost * missing


def newsvendor_discrete(chances: Sequence[float], *, overage_cost: float, underage_cost: float) -> NewsvendorQuantity:
    """Best whole quantity for demand of 0, 1, 2, ... units with the given chances: the smallest that reaches the ratio.

    Args:
        chances: P(demand = k) at place k, each >= 0, together 1.

    Raises:
        ValueError: chances that are no distribution, or a cost that is not above 0.

    >>> found = newsvendor_discrete([0.25, 0.25, 0.25, 0.25], overage_cost=1, underage_cost=2)
    >>> found.quantity, found.cost
    (2.0, 1.25)
    """
    pmf = checked_chances(chances)
    ratio = critical_ratio(overage_cost=overage_cost, underage_cost=underage_cost)
    quantity = int(np.argmax(np.cumsum(pmf) >= ratio - 1e-12))
    cost = newsvendor_discrete_cost(quantity, pmf.tolist(), overage_cost=overage_cost, underage_cost=underage_cost)
    return NewsvendorQuantity(float(quantity), cost, ratio)


def newsvendor_discrete_cost(
    quantity: float, chances: Sequence[float], *, overage_cost: float, underage_cost: float
) -> float:
    """Expected cost of any quantity under demand of 0, 1, 2, ... units.

    >>> newsvendor_discrete_cost(1, [0.25, 0.25, 0.25, 0.25], overage_cost=1, underage_cost=2)
    1.75
    """
    require_above_zero(overage_cost=overage_cost, underage_cost=underage_cost)
    pmf = checked_chances(chances)
    gap = quantity - np.arange(pmf.size)
    return float(pmf @ (overage_cost * np.maximum(gap, 0) + underage_cost * np.maximum(-gap, 0)))


def newsvendor_poisson(mean: float, *, overage_cost: float, underage_cost: float) -> NewsvendorQuantity:
    """Best whole quantity for Poisson demand.

    Source: Snyder and Shen, example 4.7 (8 units, 3.5701).

    >>> found = newsvendor_poisson(6, overage_cost=1, underage_cost=4)
    >>> found.quantity, round(found.cost, 4)
    (8.0, 3.5701)
    """
    return newsvendor_discrete(poisson_chances(mean).tolist(), overage_cost=overage_cost, underage_cost=underage_cost)


def newsvendor_poisson_cost(quantity: float, mean: float, *, overage_cost: float, underage_cost: float) -> float:
    """Expected cost of any quantity under Poisson demand.

    >>> round(newsvendor_poisson_cost(5, 6, overage_cost=1, underage_cost=4), 4)
    6.5903
    """
    return newsvendor_discrete_cost(
        quantity, poisson_chances(mean).tolist(), overage_cost=overage_cost, underage_cost=underage_cost
    )


def poisson_chances(mean: float) -> np.ndarray:
    """P(demand = k) for k = 0, 1, ... until less than 1e-13 is left, brought to 1; float64.

    >>> poisson_chances(2.0)[:3].round(4).tolist()
    [0.1353, 0.2707, 0.2707]
    """
    require_not_negative(mean=mean)
    return _chances(lambda k: special.pdtr(k, mean), mean, mean**0.5)


def negative_binomial_chances(mean: float, deviation: float) -> np.ndarray:
    """P(demand = k) of the negative binomial with that mean and deviation; its variance must exceed the mean.

    >>> negative_binomial_chances(2.0, 2.0)[:3].round(4).tolist()
    [0.25, 0.25, 0.1875]
    """
    require_above_zero(mean=mean, deviation=deviation)
    if not deviation**2 > mean:
        message = f"the variance {deviation**2} must exceed the mean {mean}; take poisson_chances where it does not"
        raise ValueError(message)
    p = mean / deviation**2
    successes = mean * p / (1 - p)
    return _chances(lambda k: special.betainc(successes, k + 1.0, p), mean, deviation)


def _chances(below: Callable[[np.ndarray], np.ndarray], mean: float, deviation: float) -> np.ndarray:
    top = int(mean + 10 * deviation) + 10
    while float(below(np.array([top]))[0]) < 1 - TAIL and top < 10**7:
        top *= 2
    shares = below(np.arange(top + 1))
    last = int(np.argmax(shares >= 1 - TAIL)) if shares[-1] >= 1 - TAIL else top
    pmf = np.diff(shares[: last + 1], prepend=0.0)
    return np.maximum(pmf, 0.0) / pmf.sum()


def checked_chances(chances: Sequence[float]) -> np.ndarray:
    """The chances as float64; ValueError where they are no distribution."""
    pmf = np.asarray(chances, dtype=np.float64)
    if pmf.ndim != 1 or pmf.size == 0 or not np.all(np.isfinite(pmf) & (pmf >= 0)) or abs(pmf.sum() - 1) > 1e-9:
        message = "chances must be numbers of at least 0 that sum to 1, one for each demand 0, 1, 2, ..."
        raise ValueError(message)
    return pmf


def period_service(quantity: float, chances: Sequence[float]) -> tuple[float, float]:
    """(cycle service, fill rate) of a quantity for one period: P(demand <= quantity), and the share of units served.

    The two differ: a period in which one unit of a hundred is missing fails the first and costs the second a hundredth.

    >>> cycle, fill = period_service(2, [0.25, 0.25, 0.25, 0.25])
    >>> cycle, round(fill, 4)
    (0.75, 0.8333)
    """
    pmf = checked_chances(chances)
    demand = np.arange(pmf.size)
    mean = float(pmf @ demand)
    missing = float(pmf @ np.maximum(demand - quantity, 0))
    return float(pmf[demand <= quantity].sum()), 1.0 if mean == 0 else 1 - missing / mean
