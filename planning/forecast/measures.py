"""Measures of a forecast: how far off, in which direction, and against which yardstick.

Every function takes arrays whose last axis is time. Where a measure divides by zero, as WAPE does without demand, it is NaN,
never a number that looks good. An error is forecast less actual: a positive bias is a forecast that was too high.
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def _divided(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> FloatArray:
    top, bottom = np.broadcast_arrays(np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float))
    return np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)


def wape(actual: npt.ArrayLike, forecast: npt.ArrayLike) -> FloatArray:
    """Weighted absolute percentage error: sum of absolute errors over sum of actuals; NaN without demand.

    Args:
        actual, forecast: float[..., T].

    Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 5.8.

    >>> float(wape([10, 20, 30], [12, 20, 24]))  # (2 + 0 + 6) / 60
    0.13333333333333333
    """
    held, made = np.asarray(actual, dtype=float), np.asarray(forecast, dtype=float)
    return _divided(np.abs(made - held).sum(-1), np.abs(held).sum(-1))


def bias(actual: npt.ArrayLike, forecast: npt.ArrayLike) -> FloatArray:
    """Sum of errors over sum of actuals: +0.1 is a forecast a tenth too high; NaN without demand.

    >>> float(bias([10, 20, 30], [12, 20, 34]))  # (2 + 0 + 4) / 60
    0.1
    """
    held, made = np.asarray(actual, dtype=float), np.asarray(forecast, dtype=float)
    return _divided((made - held).sum(-1), np.abs(held).sum(-1))


def absolute_scale(history: npt.ArrayLike, season: int = 1) -> float:
    """Mean absolute change over a season within the history; NaN where there is none or it is shorter.

    Source: Hyndman and Koehler (2006), Another look at measures of forecast accuracy, International Journal of Forecasting.

    >>> absolute_scale([1, 3, 2, 6])  # (2 + 1 + 4) / 3
    2.3333333333333335
    """
    values = np.asarray(history, dtype=float)
    if values.size <= season:
        return float("nan")
    scale = float(np.abs(values[season:] - values[:-season]).mean())
    return scale if scale > 0 else float("nan")


def squared_scale(history: npt.ArrayLike) -> float:
    """Mean squared change from period to period; NaN where there is none.

    Source: Makridakis, Spiliotis and Assimakopoulos (2022), The M5 accuracy competition, International Journal of Forecasting.

    >>> squared_scale([1, 3, 2, 6])  # (4 + 1 + 16) / 3
    7.0
    """
    values = np.asarray(history, dtype=float)
    if values.size < 2:
        return float("nan")
    scale = float((np.diff(values) ** 2).mean())
    return scale if scale > 0 else float("nan")


def mase(actual: npt.ArrayLike, forecast: npt.ArrayLike, history: npt.ArrayLike, season: int = 1) -> float:
    """Mean absolute scaled error: below 1 it beats, on average, the (seasonal) naive steps inside the history.

    >>> mase([4, 6], [5, 9], [1, 3, 2, 6])  # mean of 1 and 3, over 7/3
    0.8571428571428571
    """
    held, made = np.asarray(actual, dtype=float), np.asarray(forecast, dtype=float)
    return float(np.abs(made - held).mean() / absolute_scale(history, season))


def rmsse(actual: npt.ArrayLike, forecast: npt.ArrayLike, history: npt.ArrayLike) -> float:
    """Root mean squared scaled error, the measure for intermittent demand: it is least at the mean, not at zero.

    >>> rmsse([4, 6], [5, 9], [1, 3, 2, 6]) ** 2  # mean of 1 and 9, over 7
    0.7142857142857143
    """
    held, made = np.asarray(actual, dtype=float), np.asarray(forecast, dtype=float)
    return float(np.sqrt(((made - held) ** 2).mean() / squared_scale(history)))


def smape(actual: npt.ArrayLike, forecast: npt.ArrayLike) -> FloatArray:
    """Symmetric mean absolute percentage error in percent, 0 to 200, as the M4 competition computes it.

    Source: Makridakis, Spiliotis and Assimakopoulos (2020), The M4 Competition, International Journal of Forecasting.

    >>> float(smape([10, 30], [30, 30]))  # 200 x 20/40, and 0
    50.0
    """
    held, made = np.asarray(actual, dtype=float), np.asarray(forecast, dtype=float)
    sizes = np.abs(held) + np.abs(made)
    return (200 * np.divide(np.abs(made - held), sizes, out=np.zeros(sizes.shape), where=sizes > 0)).mean(-1)


def owa(measured: tuple[float, float], yardstick: tuple[float, float]) -> float:
    """Overall weighted average of M4: the mean of sMAPE and MASE, each over that of the method Naive2.

    Args:
        measured: sMAPE and MASE, each averaged over the series.
        yardstick: the same of Naive2.

    >>> owa((8.0, 2.0), (10.0, 2.5))
    0.8
    """
    return (measured[0] / yardstick[0] + measured[1] / yardstick[1]) / 2


def coverage(actual: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike) -> float:
    """Share of actuals inside their interval, ends included.

    >>> coverage([1, 5, 9, 12], [0, 0, 0, 0], [10, 10, 10, 10])
    0.75
    """
    held = np.asarray(actual, dtype=float)
    return float(((held >= np.asarray(low)) & (held <= np.asarray(high))).mean())


def value_added(actual: npt.ArrayLike, before: npt.ArrayLike, after: npt.ArrayLike) -> FloatArray:
    """Forecast value added by a change: WAPE before less WAPE after, so that positive is better; NaN without demand.

    Source: Gilliland (2010), The Business Forecasting Deal, chapter 4.

    >>> float(value_added([100], [80], [95]))  # the change took 20 % of error down to 5 %
    0.15000000000000002
    """
    return wape(actual, before) - wape(actual, after)
