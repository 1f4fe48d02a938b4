"""Classes of items: ABC by yearly usage value, XYZ by how unsteady demand is, and the pattern of demand over time.

ABC sorts by usage value and cuts the cumulative share (Dickie 1951); which side of a cut the crossing item falls on is a
rule that must be named, because texts differ. XYZ cuts the coefficient of variation. The pattern (smooth, erratic,
intermittent, lumpy) is that of Syntetos, Boylan and Croston (2005), with their cuts 1.32 and 0.49.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from planning.policies.limits import require_above_zero

FloatArray = npt.NDArray[np.float64]
TextArray = npt.NDArray[np.str_]

CrossingRule = Literal["start", "end"]
Deviation = Literal["population", "sample"]

INTERVAL_CUT = 1.32
SQUARED_VARIATION_CUT = 0.49
SHARE_SLACK = 1e-12


def abc_classes(
    usage_values: npt.ArrayLike,
    *,
    cut_a: float = 0.80,
    cut_b: float = 0.95,
    crossing: CrossingRule = "start",
) -> tuple[TextArray, FloatArray]:
    """Class A, B or C of each item, and its cumulative share of value.

    Args:
        usage_values: yearly quantity x unit cost, one an item, >= 0; equal values keep their order.
        cut_a, cut_b: cumulative shares, 0 < cut_a <= cut_b <= 1.
        crossing: the item that crosses a cut belongs to the class before it (`start`: classed by the share before the
            item) or after it (`end`: by the share with the item).

    Returns:
        Classes and cumulative shares (with the item itself, 0..1), in the order given. Without any value all are C.

    Raises:
        ValueError: a value that is negative or not finite, or cuts out of order.

    Source: facts of the domain, POL-16; APICS dictionary, "ABC classification".

    >>> classes, shares = abc_classes([60.0, 25.0, 10.0, 5.0], cut_a=0.8, cut_b=0.95)
    >>> "".join(classes), shares.tolist()
    ('AABC', [0.6, 0.85, 0.95, 1.0])
    >>> "".join(abc_classes([60.0, 25.0, 10.0, 5.0], crossing="end")[0])
    'ABBC'
    """
    values = np.asarray(usage_values, dtype=np.float64)
    if not np.all(np.isfinite(values) & (values >= 0)):
        message = "usage values must be finite numbers of at least 0"
        raise ValueError(message)
    if not 0 < cut_a <= cut_b <= 1:
        message = f"cuts must ascend between 0 and 1: cut_a {cut_a}, cut_b {cut_b}"
        raise ValueError(message)
    order = np.argsort(-values, kind="stable")
    total = values.sum()
    shares = np.ones(values.size)
    if total <= 0:
        return np.full(values.size, "C"), shares
    running = np.cumsum(values[order]) / total
    judged = running if crossing == "end" else np.concatenate([[0.0], running[:-1]])
    beyond = SHARE_SLACK if crossing == "end" else -SHARE_SLACK
    letters = np.full(values.size, "C")
    letters[order] = np.where(judged <= cut_a + beyond, "A", np.where(judged <= cut_b + beyond, "B", "C"))
    shares[order] = running
    return letters, shares


def coefficient_of_variation(demand: Sequence[float], *, deviation: Deviation = "population") -> float:
    """Deviation over mean of one item's demand by bucket; infinite where the mean is 0.

    Raises:
        ValueError: no bucket, or only one under the sample deviation.

    >>> round(coefficient_of_variation([100, 105, 98, 102, 97, 98]), 4)
    0.0277
    >>> round(coefficient_of_variation([40, 60, 30, 80, 50, 40], deviation="sample"), 4)
    0.3578
    """
    values = np.asarray(demand, dtype=np.float64)
    lost = 1 if deviation == "sample" else 0
    require_above_zero(**{"number of buckets less those lost": float(values.size - lost)})
    mean = float(values.mean())
    return float(values.std(ddof=lost)) / mean if mean > 0 else float("inf")


def xyz_classes(variations: npt.ArrayLike, *, cut_x: float = 0.25, cut_y: float = 0.50) -> TextArray:
    """Class X (below cut_x), Y (up to and including cut_y) or Z (above, or not known) of each coefficient of variation.

    >>> "".join(xyz_classes([0.03, 0.25, 0.5, 0.51, float("inf"), float("nan")]))
    'XYYZZZ'
    """
    if not 0 < cut_x <= cut_y:
        message = f"cuts must ascend above 0: cut_x {cut_x}, cut_y {cut_y}"
        raise ValueError(message)
    cv = np.asarray(variations, dtype=np.float64)
    return np.where(cv < cut_x, "X", np.where(cv <= cut_y, "Y", "Z"))


def demand_patterns(interval: npt.ArrayLike, squared_variation: npt.ArrayLike) -> TextArray:
    """`smooth`, `erratic`, `intermittent` or `lumpy`, one an item.

    Args:
        interval: mean number of buckets from one bucket with demand to the next, >= 1.
        squared_variation: squared coefficient of variation of demand in the buckets that have any.

    Source: Syntetos, Boylan and Croston (2005), On the categorization of demand patterns.

    >>> demand_patterns([1.0, 1.0, 3.0, 3.0], [0.1, 0.9, 0.1, 0.9]).tolist()
    ['smooth', 'erratic', 'intermittent', 'lumpy']
    """
    often = np.asarray(interval, dtype=np.float64) <= INTERVAL_CUT
    even = np.asarray(squared_variation, dtype=np.float64) <= SQUARED_VARIATION_CUT
    return np.where(often, np.where(even, "smooth", "erratic"), np.where(even, "intermittent", "lumpy"))
