"""The judge of policies: day by day, what service and stock a policy really gives. It shares no formula with the others.

A day: receipts that are due arrive; demand takes what is there and the rest is owed; at the day's end, on review days,
an order is placed. An order of day t arrives at the start of day t + 1 + its lead time, so that a lead time of 0 is there
for the next day's demand. Orders may overtake each other; what arrives serves what is owed first. Demand and lead times
are drawn beforehand by a seeded generator, so that the same seed gives the same days.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from planning.compiled import allocating_kernel
from planning.policies.limits import require_above_zero, require_not_negative

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

DemandShape = Literal["normal", "gamma", "poisson", "negative_binomial", "lumpy"]


@dataclass(frozen=True)
class Attained:
    """What a policy gave.

    Attributes:
        cycle_service: share of arrivals before which nothing was owed; a review that ordered nothing counts as one that
            arrives empty, where every review orders.
        fill_rate: share of demand met on its day from stock.
        mean_stock: on hand at the day's end, on average.
        mean_backlog: owed at the day's end, on average.
        cycle_count: arrivals that were judged.
    """

    cycle_service: float
    fill_rate: float
    mean_stock: float
    mean_backlog: float
    cycle_count: int


@allocating_kernel
def _days(
    demand, lead_times, begin, level, up_to, quantity, review, warm_up
) -> tuple[int, int, float, float, float, float]:
    """(arrivals, arrivals with nothing owed before, demand, met, stock sum, backlog sum) after the warm-up."""
    span = demand.size
    arriving, due_count = np.zeros(span + 1), np.zeros(span + 1, dtype=np.int64)
    drawn = 0
    net = position = begin
    arrivals = unharmed = 0
    asked = met = stock = backlog = 0.0
    for day in range(span):
        if due_count[day] > 0:
            if day >= warm_up:
                arrivals += due_count[day]
                unharmed += due_count[day] if net >= -1e-9 else 0
            net += arriving[day]
        if day >= warm_up:
            asked += demand[day]
            met += min(demand[day], max(net, 0.0))
        net -= demand[day]
        position -= demand[day]
        if day >= warm_up:
            stock += max(net, 0.0)
            backlog += max(-net, 0.0)
        if (day + 1) % review == 0:
            ordered = 0.0
            if quantity > 0.0:
                if position <= level + 1e-9:
                    ordered = quantity * (np.floor((level - position) / quantity + 1e-12) + 1)
            elif position <= level + 1e-9:
                ordered = up_to - position
            if ordered > 0.0 or level == np.inf:
                position += ordered
                due = day + 1 + lead_times[drawn % lead_times.size]
                drawn += 1
                if due < span:
                    arriving[due] += ordered
                    due_count[due] += 1
    return arrivals, unharmed, asked, met, stock, backlog


def judge_reorder_point(
    demand: FloatArray, lead_times: IntArray, *, reorder_point: float, order_quantity: float, review_days: int = 1
) -> Attained:
    """Order `order_quantity` (or as many lots as it takes) when the position is at or below the reorder point.

    Args:
        demand: by day, >= 0; the first tenth warms up and is not judged.
        lead_times: whole days of the orders one after another, begun again when used up.

    Two days' lead time, 10 a day: at 30, two days of demand and the 10 that are seen only at the day's end are covered.

    >>> steady = np.full(1000, 10.0)
    >>> judge_reorder_point(steady, np.array([2]), reorder_point=20, order_quantity=40).fill_rate
    1.0
    >>> judge_reorder_point(steady, np.array([2]), reorder_point=19, order_quantity=40).cycle_service
    0.0
    """
    require_above_zero(order_quantity=order_quantity)
    return _attained(demand, lead_times, reorder_point, reorder_point, order_quantity, review_days)


def judge_order_up_to(demand: FloatArray, lead_times: IntArray, *, order_up_to: float, review_days: int) -> Attained:
    """Raise the position to `order_up_to` at every review.

    >>> judge_order_up_to(np.full(1000, 10.0), np.array([2]), order_up_to=70, review_days=5).mean_stock
    20.0
    """
    return _attained(demand, lead_times, np.inf, order_up_to, 0.0, review_days)


def judge_min_max(
    demand: FloatArray, lead_times: IntArray, *, reorder_level: float, order_up_to: float, review_days: int = 1
) -> Attained:
    """Raise the position to `order_up_to` when it is at or below `reorder_level`.

    >>> judge_min_max(np.full(1000, 10.0), np.array([0]), reorder_level=10, order_up_to=40).mean_stock
    20.0
    """
    return _attained(demand, lead_times, reorder_level, order_up_to, 0.0, review_days)


def _attained(
    demand: FloatArray, lead_times: IntArray, level: float, up_to: float, quantity: float, review_days: int
) -> Attained:
    require_above_zero(review_days=review_days, **{"number of days": float(demand.size)})
    require_not_negative(**{"smallest demand": float(demand.min()), "smallest lead time": float(lead_times.min())})
    warm_up = demand.size // 10
    days, orders = demand.astype(np.float64), lead_times.astype(np.int64)
    counted = _days(days, orders, up_to + quantity, float(level), float(up_to), float(quantity), review_days, warm_up)
    arrivals, unharmed, asked, met, stock, backlog = counted
    judged = demand.size - warm_up
    return Attained(
        unharmed / arrivals if arrivals else 1.0,
        met / asked if asked > 0 else 1.0,
        stock / judged,
        backlog / judged,
        arrivals,
    )


def drawn_demand(
    shape: DemandShape, mean: float, deviation: float, days: int, generator: np.random.Generator
) -> FloatArray:
    """Demand of each day, >= 0.

    Args:
        shape: `normal` is cut at 0; `poisson` ignores the deviation; `negative_binomial` needs a variance above the
            mean; `lumpy` is 0 on most days and otherwise gamma, with the mean and deviation asked for.

    >>> drawn_demand("poisson", 6.0, 0.0, 4, np.random.default_rng(1)).tolist()
    [8.0, 5.0, 4.0, 8.0]
    """
    require_above_zero(mean=mean, days=days)
    require_not_negative(deviation=deviation)
    if shape == "poisson":
        return generator.poisson(mean, days).astype(np.float64)
    if shape == "normal" or deviation == 0:
        return np.maximum(generator.normal(mean, deviation, days), 0.0)
    if shape == "gamma":
        return generator.gamma((mean / deviation) ** 2, deviation**2 / mean, days)
    if shape == "negative_binomial":
        chance = mean / deviation**2
        return generator.negative_binomial(mean * chance / (1 - chance), chance, days).astype(np.float64)
    squared = (deviation / mean) ** 2
    busy = min(1.0, 1.0 / (squared / 1.5 + 1.0))
    of_size = (squared + 1) * busy - 1  # squared variation of a busy day's demand
    return np.where(generator.random(days) < busy, generator.gamma(1 / of_size, mean / busy * of_size, days), 0.0)


def drawn_lead_times(mean: float, deviation: float, count: int, generator: np.random.Generator) -> IntArray:
    """Whole days with about that mean and deviation, >= 0: gamma, rounded to one of its neighbours by chance.

    >>> drawn_lead_times(5.0, 0.0, 3, np.random.default_rng(1)).tolist()
    [5, 5, 5]
    """
    require_not_negative(mean=mean, deviation=deviation)
    if deviation == 0 or mean == 0:
        exact = np.full(count, mean)
    else:
        exact = generator.gamma((mean / deviation) ** 2, deviation**2 / mean, count)
    return np.floor(exact + generator.random(count)).astype(np.int64)
