"""Reorder points or order-up-to levels of many items at once, and what service and stock they will give.

Protection demand is demand over the lead time and, at a reorder point, what stock has fallen below it before anybody
looked (`undershoot`), or under periodic review demand of the review. Its family is chosen by `family_for`; items that
are marked are resampled from their own history.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planning.policies.distributions import Family, expected_excess, family_for, quantile
from planning.policies.resampling import Resampled, resample
from planning.policies.safety_stock import (
    cycle_service,
    fill_rate,
    order_up_to_for_fill_rate,
    periodic_fill_rate,
    reorder_point_for_fill_rate,
    undershoot,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

PARTS = 8
RESAMPLED = "resampled"
FAMILY_NAMES = np.array([member.name.lower() for member in Family], dtype=object)


@dataclass(frozen=True)
class LevelTerms:
    """One entry an item and location; days, stocking units, targets in (0, 1), order quantities above 0.

    `day_second` and `day_third` are E[D^2] / E[D] and E[D^3] / E[D] of a day's demand; `step` is the smallest step of a
    quantity; `review_days` is None for a reorder point that is looked at every day.
    """

    day_mean: FloatArray
    day_deviation: FloatArray
    day_second: FloatArray
    day_third: FloatArray
    lead_days: FloatArray
    lead_deviation_days: FloatArray
    order_quantity: FloatArray
    target: FloatArray
    step: FloatArray
    whole_units: BoolArray
    by_fill: bool
    review_days: float | None


@dataclass(frozen=True)
class Samples:
    """Histories to resample: places in the terms, their busy buckets, bucket counts, and numbers of their own."""

    places: IntArray
    first: IntArray
    values: FloatArray
    bucket_count: IntArray
    keys: IntArray
    bucket_days: int
    draws: int
    seed: int


@dataclass(frozen=True)
class Levels:
    """One entry an item and location; `level` is the reorder point or the order-up-to level, rounded up to the step."""

    level: FloatArray
    mean: FloatArray
    deviation: FloatArray
    undershoot_mean: FloatArray
    cycle_service: FloatArray
    fill_rate: FloatArray
    expected_stock: FloatArray
    distribution: list[str]


def stock_levels(terms: LevelTerms, samples: Samples | None = None, drawn: Resampled | None = None) -> Levels:
    """Levels that reach the targets.

    Args:
        terms: one entry an item and location.
        samples: those that are resampled instead of fitted.
        drawn: what `resampled_levels` has found for these targets already, where several sets were asked for at once.

    >>> one = np.ones(1)
    >>> terms = LevelTerms(100 * one, 20 * one, 104 * one, 11_200 * one, 7 * one, 2 * one, 1000 * one, 0.95 * one,
    ...                    0.01 * one, np.array([False]), False, 5.0)
    >>> found = stock_levels(terms)
    >>> found.mean.tolist(), found.deviation.round(2).tolist(), found.level.tolist(), found.distribution
    ([1200.0], [211.66], [1568.05], ['gamma'])
    """
    review = terms.review_days or 0.0
    below_mean, below_variance = undershoot(terms.day_second, terms.day_third, terms.whole_units)
    if terms.review_days is not None:
        below_mean, below_variance = np.zeros_like(below_mean), np.zeros_like(below_variance)
    lead_mean = terms.day_mean * terms.lead_days
    lead_variance = terms.lead_days * terms.day_deviation**2 + (terms.day_mean * terms.lead_deviation_days) ** 2
    mean = lead_mean + terms.day_mean * review + below_mean
    deviation = np.sqrt(lead_variance + review * terms.day_deviation**2 + below_variance)
    family = family_for(mean, deviation, terms.whole_units)
    lead = lead_mean, np.sqrt(lead_variance)
    lead_family = family_for(*lead, terms.whole_units)
    level = _smallest_levels(terms, mean, deviation, family, lead, lead_family)
    level = np.ceil(level / terms.step - 1e-6) * terms.step
    served = cycle_service(level, mean, deviation, family)
    q = terms.order_quantity
    if terms.review_days is None:
        filled = fill_rate(level, q, mean, deviation, family)
    else:
        filled = periodic_fill_rate(level, mean, deviation, *lead, family, lead_family)
    names = FAMILY_NAMES[family].tolist()
    if samples is not None and samples.places.size:
        drawn = drawn or resampled_levels(terms, samples, terms.target[None, :])[0]
        for place in samples.places.tolist():
            names[place] = RESAMPLED
        pairs = (
            (level, drawn.level),
            (mean, drawn.mean),
            (deviation, drawn.deviation),
            (served, drawn.cycle_service),
            (filled, drawn.fill_rate),
        )
        for whole, part in pairs:
            whole[samples.places] = part
    stock = expected_stock(terms, level)
    return Levels(level, mean, deviation, below_mean, served, np.clip(filled, 0, 1), stock, names)


def _smallest_levels(
    terms: LevelTerms,
    mean: FloatArray,
    deviation: FloatArray,
    family: IntArray,
    lead: tuple[FloatArray, FloatArray],
    lead_family: IntArray,
) -> FloatArray:
    if not terms.by_fill:
        return quantile(family, mean, deviation, terms.target)
    if terms.review_days is None:
        return reorder_point_for_fill_rate(terms.target, terms.order_quantity, mean, deviation, family)
    return order_up_to_for_fill_rate(terms.target, mean, deviation, *lead, family, lead_family)


def expected_stock(terms: LevelTerms, level: FloatArray) -> FloatArray:
    """Mean stock on hand at the day's end, from the position after an order less demand until it shows.

    At a reorder point s the position after the day's order lies evenly between s and s + Q, and what was on order has
    come when L + 1 more days of demand are gone. Under periodic review stock stands at S less L + 1 to L + R days.
    Both in eight parts; what is owed does not count against what is on hand.
    """
    total = np.zeros_like(level)
    for part in range(PARTS):
        share = (part + 0.5) / PARTS
        if terms.review_days is None:
            at = level + share * terms.order_quantity + np.where(terms.whole_units, 0.5, 0.0)
            days = terms.lead_days + 1
        else:
            at = level
            days = terms.lead_days + 0.5 + share * terms.review_days
        mean = terms.day_mean * days
        deviation = np.sqrt(days * terms.day_deviation**2 + (terms.day_mean * terms.lead_deviation_days) ** 2)
        family = family_for(mean, deviation, terms.whole_units)
        total += at - mean + expected_excess(family, mean, deviation, at)
    return np.maximum(total / PARTS, 0.0)


def resampled_levels(terms: LevelTerms, samples: Samples, targets: FloatArray) -> list[Resampled]:
    """What the marked items' own histories say, for each set of targets; targets float64[sets, all items]."""
    at, days = samples.places, samples.bucket_days
    return resample(
        samples.first,
        samples.values,
        samples.bucket_count,
        lead_buckets=terms.lead_days[at] / days,
        lead_deviation_buckets=terms.lead_deviation_days[at] / days,
        review_buckets=np.full(at.size, (terms.review_days or 0.0) / days),
        order_quantity=terms.order_quantity[at],
        targets=targets[:, at],
        by_fill=terms.by_fill,
        step=terms.step[at],
        keys=samples.keys,
        draws=samples.draws,
        seed=samples.seed,
    )
