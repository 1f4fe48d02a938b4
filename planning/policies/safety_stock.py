"""Safety stock and reorder point of one item: by cycle service or by fill rate, with demand and lead time both uncertain.

Demand over the protection interval (lead time, plus the review interval where stock is looked at only then) has mean
d (L + R) and deviation sqrt((L + R) sd_d^2 + d^2 sd_L^2). Cycle service is the chance that no order cycle ends short;
the fill rate is the share of demand met at once, which also depends on the lot. What says `ArrayLike` computes
any number of items at once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from planning.policies.distributions import Family, expected_excess, quantile, share_below
from planning.policies.limits import require_above_zero, require_not_negative, require_share

FloatArray = npt.NDArray[np.float64]

DOUBLINGS = 40
HALVINGS = 60


@dataclass(frozen=True)
class ReorderPoint:
    """A reorder point (or, under periodic review, an order-up-to level) and what it is made of, in stocking units."""

    level: float
    safety_stock: float
    safety_factor: float
    mean: float
    deviation: float


def protection_demand(
    demand_mean: float,
    demand_deviation: float,
    lead_time: float,
    *,
    lead_time_deviation: float = 0.0,
    review: float = 0.0,
) -> tuple[float, float]:
    """(mean, deviation) of demand over lead time and review.

    Args:
        demand_mean, demand_deviation: of demand per unit of time, independent from one to the next.
        lead_time, lead_time_deviation, review: in the same unit of time.

    Raises:
        ValueError: an argument is negative or not finite.

    Source: Silver, Pyke and Thomas (2017), equation 6.17 and section 6.9. Figures: 100 a day, deviation 20, 7 days,
    deviation 2.

    >>> mean, deviation = protection_demand(100, 20, 7, lead_time_deviation=2)
    >>> mean, round(deviation, 4)
    (700.0, 206.8816)
    >>> protection_demand(10, 3, 12, review=4)
    (160.0, 12.0)
    """
    require_not_negative(
        demand_mean=demand_mean,
        demand_deviation=demand_deviation,
        lead_time=lead_time,
        lead_time_deviation=lead_time_deviation,
        review=review,
    )
    interval = lead_time + review
    variance = interval * demand_deviation**2 + demand_mean**2 * lead_time_deviation**2
    return float(demand_mean * interval), float(np.sqrt(variance))


def safety_factor(service_level: float) -> float:
    """Deviations of stock above the mean that a cycle service asks for under normal demand.

    >>> round(safety_factor(0.95), 6)
    1.644854
    """
    require_share(service_level=service_level)
    return float(special.ndtri(service_level))


def reorder_point(
    demand_mean: float,
    demand_deviation: float,
    lead_time: float,
    *,
    service_level: float | None = None,
    factor: float | None = None,
    lead_time_deviation: float = 0.0,
    review: float = 0.0,
    family: Family = Family.NORMAL,
) -> ReorderPoint:
    """Reorder point for a cycle service, or with a review interval the order-up-to level.

    Args:
        demand_mean, demand_deviation, lead_time, lead_time_deviation, review: see `protection_demand`.
        service_level: chance that a cycle does not end short, in (0, 1); or
        factor: the safety factor itself, where a table's rounded one is to be used.
        family: shape of demand over the protection interval.

    Raises:
        ValueError: an argument outside its range, or not exactly one of service_level and factor.

    Source: Silver, Pyke and Thomas (2017), chapter 6. Figures: POL-06 (with the printed factor 1.65), SCperf ROP.

    >>> point = reorder_point(100, 20, 7, factor=1.65, lead_time_deviation=2)
    >>> round(point.safety_stock, 2), round(point.level, 2)
    (341.35, 1041.35)
    >>> round(reorder_point(2500, 500, 6, service_level=0.9).level, 2)
    16569.57
    >>> round(reorder_point(0, 0.7, 2, service_level=0.95).safety_stock, 2)
    1.63
    """
    if (service_level is None) == (factor is None):
        message = "state exactly one of service_level and factor"
        raise ValueError(message)
    mean, deviation = protection_demand(
        demand_mean, demand_deviation, lead_time, lead_time_deviation=lead_time_deviation, review=review
    )
    if factor is not None:
        level = mean + factor * deviation
    else:
        assert service_level is not None
        require_share(service_level=service_level)
        level = float(quantile(family, mean, deviation, service_level))
    used = factor if factor is not None else (level - mean) / deviation if deviation > 0 else 0.0
    return ReorderPoint(level, level - mean, used, mean, deviation)


def cycle_service(
    level: npt.ArrayLike, mean: npt.ArrayLike, deviation: npt.ArrayLike, family: npt.ArrayLike = Family.NORMAL
) -> FloatArray:
    """Chance that demand over the protection interval does not exceed the level.

    >>> cycle_service(1041.35, 700, 206.8816).round(4).item()
    0.9505
    """
    return share_below(family, mean, deviation, level)


def fill_rate(
    level: npt.ArrayLike,
    order_quantity: npt.ArrayLike,
    mean: npt.ArrayLike,
    deviation: npt.ArrayLike,
    family: npt.ArrayLike = Family.NORMAL,
) -> FloatArray:
    """Share of demand met at once by a reorder point and lot: 1 - (G(s) - G(s + Q)) / Q, G the expected excess.

    Args:
        level: reorder point; order_quantity: lot, > 0; mean, deviation: of demand over the lead time; stocking unit.

    Source: Hadley and Whitin (1963), section 4.7; the second term is what backorders of one cycle leave to the next.
    The textbook's short form leaves it out. Chopra and Meindl, example 12.2: 5,000 over the lead time, deviation 707,
    reorder point 6,000, lot 10,000: 25 short a cycle.

    >>> fill_rate(6000, 10_000, 5000, 707).round(4).item()
    0.9975
    """
    q = np.asarray(order_quantity, dtype=np.float64)
    short = expected_excess(family, mean, deviation, level) - expected_excess(
        family, mean, deviation, np.asarray(level, dtype=np.float64) + q
    )
    return np.clip(1 - short / q, 0.0, 1.0)


def periodic_fill_rate(
    level: npt.ArrayLike,
    mean: npt.ArrayLike,
    deviation: npt.ArrayLike,
    lead_time_mean: npt.ArrayLike,
    lead_time_deviation: npt.ArrayLike,
    family: npt.ArrayLike = Family.NORMAL,
    lead_time_family: npt.ArrayLike | None = None,
) -> FloatArray:
    """Share of demand met at once where stock is raised to `level` at every review: 1 - (G(S) - G_L(S)) / (d R).

    Args:
        mean, deviation: of demand over lead time and review.
        lead_time_mean, lead_time_deviation: of demand over the lead time alone; `mean` less it is demand of a review.

    Source: Silver, Pyke and Thomas (2017), section 6.10, with what one cycle owes the next taken off (Johnson et al. 1995).

    >>> periodic_fill_rate(180, 160, 12, 120, 10.3923).round(4).item()
    0.9941
    """
    own = family if lead_time_family is None else lead_time_family
    between = np.asarray(mean, dtype=np.float64) - np.asarray(lead_time_mean, dtype=np.float64)
    short = expected_excess(family, mean, deviation, level) - expected_excess(
        own, lead_time_mean, lead_time_deviation, level
    )
    return np.clip(1 - short / between, 0.0, 1.0)


def reorder_point_for_fill_rate(
    target: npt.ArrayLike,
    order_quantity: npt.ArrayLike,
    mean: npt.ArrayLike,
    deviation: npt.ArrayLike,
    family: npt.ArrayLike = Family.NORMAL,
) -> FloatArray:
    """Smallest reorder point whose `fill_rate` reaches the target; whole numbers in whole units.

    It may lie below mean demand over the lead time, where lots are large: safety stock is then negative, and right.

    Raises:
        ValueError: a target outside (0, 1) or a lot that is not above 0.

    Source: Chopra and Meindl, example 12.4: 67 units of safety stock for 97.5 % of demand.

    >>> level = reorder_point_for_fill_rate(0.975, 10_000, 5000, 707)
    >>> level.round(1).item(), fill_rate(level, 10_000, 5000, 707).round(4).item()
    (5066.6, 0.975)
    """
    codes, q, m, s, wanted = np.broadcast_arrays(
        np.asarray(family, dtype=np.int64),
        *(np.asarray(a, dtype=np.float64) for a in (order_quantity, mean, deviation, target)),
    )
    _require_targets(wanted)
    if not np.all(np.isfinite(q) & (q > 0)):
        message = "order_quantity must be a finite number above 0"
        raise ValueError(message)
    return _smallest_level(lambda x: fill_rate(x, q, m, s, codes), wanted, m - q, m + 8 * s + 1, codes)


def order_up_to_for_fill_rate(
    target: npt.ArrayLike,
    mean: npt.ArrayLike,
    deviation: npt.ArrayLike,
    lead_time_mean: npt.ArrayLike,
    lead_time_deviation: npt.ArrayLike,
    family: npt.ArrayLike = Family.NORMAL,
    lead_time_family: npt.ArrayLike | None = None,
) -> FloatArray:
    """Smallest order-up-to level whose `periodic_fill_rate` reaches the target.

    >>> level = order_up_to_for_fill_rate(0.99, 160, 12, 120, 10.3923)
    >>> periodic_fill_rate(level, 160, 12, 120, 10.3923).round(4).item()
    0.99
    """
    own = family if lead_time_family is None else lead_time_family
    codes, leads, m, s, lm, ls, wanted = np.broadcast_arrays(
        np.asarray(family, dtype=np.int64),
        np.asarray(own, dtype=np.int64),
        *(np.asarray(a, dtype=np.float64) for a in (mean, deviation, lead_time_mean, lead_time_deviation, target)),
    )
    _require_targets(wanted)
    if not np.all(m > lm):
        message = "demand over lead time and review must exceed demand over the lead time alone"
        raise ValueError(message)
    low = lm - 8 * ls - 1
    return _smallest_level(
        lambda x: periodic_fill_rate(x, m, s, lm, ls, codes, leads), wanted, low, m + 8 * s + 1, codes
    )


def _require_targets(wanted: FloatArray) -> None:
    if not np.all((wanted > 0) & (wanted < 1)):
        message = "a fill rate must lie between 0 and 1, both excluded; write 95 % as 0.95"
        raise ValueError(message)


def _smallest_level(reached, wanted: FloatArray, low: FloatArray, high: FloatArray, codes) -> FloatArray:
    """The smallest level at which a rising share reaches what is wanted, by doubling and halving; all items at once."""
    low, high = np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)
    for _ in range(DOUBLINGS):
        short = reached(high) < wanted
        if not short.any():
            break
        high = np.where(short, high + 2 * (high - low), high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        enough = reached(middle) >= wanted
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        if np.all(high - low <= 1e-9 * np.maximum(np.abs(high), 1.0)):
            break
    counted = (codes == Family.NEGATIVE_BINOMIAL) | (codes == Family.POISSON)
    return np.where(counted, np.ceil(high - 1e-6), high)


def undershoot(
    second: npt.ArrayLike, third: npt.ArrayLike, whole_units: npt.ArrayLike = False
) -> tuple[FloatArray, FloatArray]:
    """(mean, variance) of how far stock has fallen below the reorder point when it is noticed.

    Args:
        second, third: E[D^2] / E[D] and E[D^3] / E[D] of demand between two looks, looks without demand left out or not.
        whole_units: demand comes in whole units, and an order is placed at the reorder point itself.

    Source: the stationary excess of renewal theory, E[D^2] / 2 E[D] and E[D^3] / 3 E[D] (Cox 1962; Silver, Pyke and
    Thomas, section 6.9.4), in whole units without the half unit. Demand of always 10 leaves stock between 0 and 10 below,
    all equally likely; demand of single units leaves it at the reorder point.

    >>> mean, variance = undershoot([10.0, 1.0], [100.0, 1.0], [False, True])
    >>> mean.tolist(), variance.round(4).tolist()
    ([5.0, 0.0], [8.3333, 0.0])
    """
    two, three = (np.asarray(a, dtype=np.float64) for a in (second, third))
    counted = np.asarray(whole_units, dtype=bool)
    mean = np.where(counted, (two - 1) / 2, two / 2)
    square = np.where(counted, (2 * three - 3 * two + 1) / 6, three / 3)
    return np.maximum(mean, 0.0), np.maximum(square - mean**2, 0.0)


def empirical_level(sample: npt.ArrayLike, service_level: float) -> float:
    """The smallest value of a sample of protection demand that at least `service_level` of the sample do not exceed.

    >>> empirical_level([0, 0, 0, 4, 0, 9, 0, 0, 4, 0], 0.9)
    4.0
    """
    require_share(service_level=service_level)
    values = np.sort(np.asarray(sample, dtype=np.float64))
    require_above_zero(**{"size of the sample": float(values.size)})
    place = int(np.ceil(service_level * values.size - 1e-9)) - 1
    return float(values[max(place, 0)])
