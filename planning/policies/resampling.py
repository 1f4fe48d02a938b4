"""Lumpy demand over the protection interval, drawn from its own history instead of a distribution.

A draw takes a lead time (normal, cut at 0), then as many buckets of history as it covers, with replacement; a part of a
bucket is a whole bucket with that chance. How far stock lies below the reorder point when it is noticed is a share,
evenly drawn, of a bucket that is drawn in proportion to its size. After Willemain, Smart and Schwarz (2004), without
their Markov chain for quiet buckets: one bucket says nothing of the next here. Counter-based random numbers (splitmix64)
of seed and item, so that the order of items changes nothing.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planning.compiled import allocating_kernel, kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MOST_THREADS = 8
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_ONE = np.uint64(0xBF58476D1CE4E5B9)
MIX_TWO = np.uint64(0x94D049BB133111EB)
THIRTY, TWENTY_SEVEN, THIRTY_ONE, ELEVEN = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@dataclass(frozen=True)
class Resampled:
    """What the draws of each item say; arrays in the order of the items."""

    level: FloatArray
    mean: FloatArray
    deviation: FloatArray
    cycle_service: FloatArray
    fill_rate: FloatArray


@kernel
def _uniform(state: np.ndarray) -> float:
    """The next number in [0, 1); state is uint64[1]."""
    state[0] += GOLDEN
    z = state[0]
    z = (z ^ (z >> THIRTY)) * MIX_ONE
    z = (z ^ (z >> TWENTY_SEVEN)) * MIX_TWO
    z = z ^ (z >> THIRTY_ONE)
    return float(z >> ELEVEN) / 9007199254740992.0


@kernel
def _draw(values, bucket_count, interval, deviation, review, running, state, covers_undershoot) -> tuple[float, float]:
    """(demand over lead time and review or undershoot, demand over the lead time alone) in one draw."""
    days = interval
    if deviation > 0.0:
        a, b = max(_uniform(state), 1e-300), _uniform(state)
        days = max(0.0, interval + deviation * np.sqrt(-2.0 * np.log(a)) * np.cos(2.0 * np.pi * b))
    total, lead = 0.0, 0.0
    for span in range(2):
        length = days if span == 0 else review
        whole = int(np.floor(length))
        count = whole + (1 if _uniform(state) < length - whole else 0)
        for _ in range(count):
            place = int(_uniform(state) * bucket_count)
            if place < values.size:
                total += values[place]
        if span == 0:
            lead = total
    if covers_undershoot:
        place = np.searchsorted(running, _uniform(state) * running[-1])
        total += _uniform(state) * values[min(place, values.size - 1)]
    return total, lead


@kernel
def _excess(sample, suffix, x) -> float:
    """Mean of max(sample - x, 0); sample ascending, suffix[i] the sum from i on."""
    place = np.searchsorted(sample, x)
    return (suffix[place] - x * (sample.size - place)) / sample.size


@allocating_kernel
def _draw_all(values, bucket_count, lead, lead_deviation, review, state, sample, alone, sums) -> None:
    """Fill sample and alone, ascending, and sums[0] and sums[1], their sums from each place on."""
    running = np.cumsum(values)
    for k in range(sample.size):
        sample[k], alone[k] = _draw(values, bucket_count, lead, lead_deviation, review, running, state, review == 0.0)
    sample.sort()
    if review > 0.0:
        alone.sort()
    sums[:, sample.size] = 0.0
    for k in range(sample.size - 1, -1, -1):
        sums[0, k] = sums[0, k + 1] + sample[k]
        sums[1, k] = sums[1, k + 1] + alone[k]


@kernel
def _filled(sample, alone, sums, level, quantity, continuous) -> float:
    """Share of demand met at once: what a cycle adds to what is owed, over the cycle's demand."""
    short = _excess(sample, sums[0], level)
    if continuous:
        short -= _excess(sample, sums[0], level + quantity)
    else:
        short -= _excess(alone, sums[1], level)
    return 1.0 - short / quantity


@kernel
def _level_for_fill(sample, alone, sums, quantity, target, continuous) -> float:
    """The smallest level that fills the target, by halving."""
    low, high = -quantity - 1.0, sample[-1]
    for _ in range(60):
        middle = 0.5 * (low + high)
        if _filled(sample, alone, sums, middle, quantity, continuous) >= target:
            high = middle
        else:
            low = middle
    return high


@allocating_kernel
def _resample(
    begin,
    end,
    first,
    values,
    bucket_count,
    lead,
    lead_deviation,
    review,
    quantity,
    targets,
    by_fill,
    step,
    draws,
    keys,
    result,
) -> None:
    """Fill result[target, item, 5] of items [begin, end): level, mean, deviation, cycle service, fill rate."""
    state = np.empty(1, dtype=np.uint64)
    sample, alone, sums = np.empty(draws), np.empty(draws), np.empty((2, draws + 1))
    for item in range(begin, end):
        state[0] = keys[item]
        own = values[first[item] : first[item + 1]]
        continuous = review[item] == 0.0
        _draw_all(own, bucket_count[item], lead[item], lead_deviation[item], review[item], state, sample, alone, sums)
        spread = sample.std()
        for k in range(targets.shape[0]):
            target = targets[k, item]
            level = sample[max(int(np.ceil(target * draws - 1e-9)) - 1, 0)]
            if by_fill:
                level = _level_for_fill(sample, alone, sums, quantity[item], target, continuous)
            level = np.ceil(level / step[item] - 1e-6) * step[item]
            result[k, item, 0] = level
            result[k, item, 1] = sums[0, 0] / draws
            result[k, item, 2] = spread
            result[k, item, 3] = np.searchsorted(sample, level, side="right") / draws
            result[k, item, 4] = _filled(sample, alone, sums, level, quantity[item], continuous)


def resample(
    first: IntArray,
    values: FloatArray,
    bucket_count: IntArray,
    *,
    lead_buckets: FloatArray,
    lead_deviation_buckets: FloatArray,
    review_buckets: FloatArray,
    order_quantity: FloatArray,
    targets: FloatArray,
    by_fill: bool,
    step: FloatArray,
    keys: IntArray,
    draws: int,
    seed: int,
) -> list[Resampled]:
    """Levels and what they reach, item by item, for one set of targets after another from the same draws.

    Args:
        first, values, bucket_count: busy buckets of item i are values[first[i] : first[i + 1]], one at least, > 0; the
            rest of its bucket_count buckets had no demand.
        lead_buckets, lead_deviation_buckets, review_buckets: in buckets; a review of 0 stands for a reorder point.
        order_quantity: the lot, or mean demand of a review; > 0.
        targets: service, in (0, 1), float64[sets, items]; by_fill: measured as fill rate, not as cycle service.
        step: levels are rounded up to multiples of it.
        keys: a number an item, for its own random numbers.
        draws, seed: how many draws, and which.

    Returns:
        One answer a set of targets; the same whatever the number of threads.

    >>> found = resample(np.array([0, 2]), np.array([10.0, 30.0]), np.array([8]), lead_buckets=np.array([2.0]),
    ...     lead_deviation_buckets=np.zeros(1), review_buckets=np.array([2.0]), order_quantity=np.array([10.0]),
    ...     targets=np.array([[0.9]]), by_fill=False, step=np.ones(1), keys=np.array([5]), draws=20_000, seed=1)[0]
    >>> found.level.tolist(), bool(abs(found.mean[0] - 20) < 0.5), bool(0.9 <= found.cycle_service[0] < 0.95)
    ([40.0], True, True)
    """
    items = lead_buckets.size
    result = np.zeros((targets.shape[0], items, 5))
    mixed = keys.astype(np.uint64) * np.uint64(0x2545F4914F6CDD1D) ^ np.uint64(seed * int(GOLDEN) % 2**64)
    threads = max(min(os.cpu_count() or 1, MOST_THREADS, items), 1)
    cuts = np.linspace(0, items, threads + 1).astype(int).tolist()

    def work(begin: int, end: int) -> None:
        _resample(
            begin, end, first, values, bucket_count, lead_buckets, lead_deviation_buckets, review_buckets,
            order_quantity, targets, by_fill, step, draws, mixed, result,
        )  # fmt: skip

    with ThreadPoolExecutor(max_workers=threads) as pool:
        list(pool.map(work, cuts[:-1], cuts[1:]))
    return [Resampled(*(np.ascontiguousarray(part[:, place]) for place in range(5))) for part in result]
