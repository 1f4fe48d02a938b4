"""Classes of demand: how often it comes and how much its size varies decide which models may try.

The cut-offs are those at which the mean squared errors of Croston's method and of simple exponential smoothing cross.
"""

from dataclasses import dataclass

from planning.forecast.measures import FloatArray

INTERVAL_CUT = 1.32
VARIATION_CUT = 0.49
CLASSES = ("smooth", "erratic", "intermittent", "lumpy", "none")
SPORADIC = ("intermittent", "lumpy", "none")
"""Classes that are judged by squared errors and by the models made for many zeros."""


@dataclass(frozen=True)
class DemandPattern:
    """What a series looks like.

    Attributes:
        average_interval: periods per period with demand (ADI); NaN without demand.
        squared_variation: squared coefficient of variation of the sizes that are not zero (CV2), population deviation.
        name: one of CLASSES.
    """

    average_interval: float
    squared_variation: float
    name: str


def demand_pattern(history: FloatArray) -> DemandPattern:
    """Classify one series.

    Args:
        history: float[T], each >= 0.

    Source: Syntetos, Boylan and Croston (2005), On the categorization of demand patterns, JORS 56.

    >>> import numpy as np
    >>> demand_pattern(np.array([0.0, 4.0, 0.0, 0.0, 4.0, 0.0]))
    DemandPattern(average_interval=3.0, squared_variation=0.0, name='intermittent')
    >>> demand_pattern(np.array([1.0, 9.0, 1.0, 9.0])).name  # mean 5, deviation 4: CV2 0.64
    'erratic'
    """
    sizes = history[history > 0]
    if sizes.size == 0:
        return DemandPattern(float("nan"), float("nan"), "none")
    interval = history.size / sizes.size
    variation = float((sizes.std() / sizes.mean()) ** 2)
    names = ("smooth", "erratic") if interval < INTERVAL_CUT else ("intermittent", "lumpy")
    return DemandPattern(interval, variation, names[int(variation >= VARIATION_CUT)])
