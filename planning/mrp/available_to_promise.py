"""Available to promise, discrete and cumulative, for one item at one location.

Supply is stock at plan_start (first bucket), receipts and planned receipts; discrete ATP stands in the first bucket and
in buckets with supply, less what is committed up to the next supply; a negative one is netted backward into earlier
supply; cumulative ATP is the running sum. Promises by date belong to promises.py.
"""

import numpy as np

from planning.compiled import kernel

NO_ATP = -(2**63)


@kernel
def available_to_promise(
    opening: int,
    supply: np.ndarray,
    committed: np.ndarray,
    discrete: np.ndarray,
    cumulative: np.ndarray,
) -> None:
    """Fill discrete (NO_ATP where it does not stand) and cumulative ATP.

    Args:
        opening: stock at plan_start that counts, millionths.
        supply, committed: int64[buckets], what arrives and what is promised in each bucket.
        discrete, cumulative: int64[buckets], filled.

    Source: ASCM dictionary, "available-to-promise"; worked cases ATP-01 and ATP-02.

    >>> discrete, cumulative = np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64)
    >>> available_to_promise(0, np.array([100, 100, 100, 0]), np.array([80, 50, 30, 10]), discrete, cumulative)
    >>> discrete.tolist()[:3], cumulative.tolist()
    ([20, 50, 60], [20, 70, 130, 130])
    """
    place = 0
    for bucket in range(supply.shape[0]):
        if bucket == 0 or supply[bucket] > 0:
            place = bucket
            discrete[bucket] = supply[bucket] + (opening if bucket == 0 else 0)
        else:
            discrete[bucket] = NO_ATP
        discrete[place] -= committed[bucket]
    later = -1
    for bucket in range(supply.shape[0] - 1, -1, -1):
        if discrete[bucket] == NO_ATP:
            continue
        if later >= 0 and discrete[later] < 0:
            discrete[bucket] += discrete[later]
            discrete[later] = 0
        later = bucket
    total = 0
    for bucket in range(supply.shape[0]):
        if discrete[bucket] != NO_ATP:
            total += discrete[bucket]
        cumulative[bucket] = total
