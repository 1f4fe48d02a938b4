"""The level of sporadic demand, taken from its total: what no single slow mover can say, all of them together can.

A part that sells three times a year shows no trend; two thousand of them do. The total of the sporadic series is forecast as
a regular series, and each series' forecast is scaled by the total's forecast over their sum. That is done only where it
would have helped at the back-test's origins: smaller bias and no larger squared error.

Source: Gross and Sohl (1990), Disaggregation methods to expedite product line forecasting, Journal of Forecasting 9.
"""

from dataclasses import dataclass

import numpy as np

from planning.forecast.backtest import origins_of
from planning.forecast.effort import REGULAR_MEMBERS
from planning.forecast.measures import FloatArray
from planning.forecast.models import combined, run_model

FEWEST_SERIES = 30
LIMITS = (0.5, 2.0)


@dataclass(frozen=True)
class Level:
    """By how much the sporadic series' forecasts are scaled.

    Attributes:
        now: factor on today's forecasts; 1 where nothing is scaled.
        past: float[K], factors at the origins.
        reason: `too_few`, `no_total` (the total cannot be forecast), `no_gain`, or `total`.
    """

    now: float
    past: FloatArray
    reason: str


def level_by_total(
    values: list[FloatArray], mean: FloatArray, past: FloatArray, actual: FloatArray, scale: FloatArray, *, season: int
) -> Level:
    """The factors for N sporadic series.

    Args:
        values: their cleaned histories, which all end together.
        mean: float[N, H], chosen forecasts; past: float[N, K, H]; actual: float[N, K, H].
        scale: float[N], mean squared change of each history.
    """
    origins, horizon = past.shape[1], past.shape[2]
    length = int(np.median([each.size for each in values])) if values else 0
    cuts = [cut for cut in origins_of(length, horizon, origins) if cut + horizon <= length]
    old = [at for at, each in enumerate(values) if each.size >= length and not np.isnan(past[at, : len(cuts)]).any()]
    if len(old) < FEWEST_SERIES or not cuts:
        return Level(1.0, np.ones(origins), "too_few")
    total = np.sum([values[at][-length:] for at in old], axis=0)
    now = _factor(total, float(mean[old].sum()), horizon, season)
    factors = [_factor(total[:cut], float(past[old, at].sum()), horizon, season) for at, cut in enumerate(cuts)]
    if now is None or None in factors:
        return Level(1.0, np.ones(origins), "no_total")
    scaled = np.ones(origins)
    scaled[: len(cuts)] = factors
    said, came = past[old, : len(cuts)], actual[old, : len(cuts)]
    before, after = said - came, said * scaled[None, : len(cuts), None] - came
    weights = np.divide(1.0, scale[old], out=np.zeros(len(old)), where=scale[old] > 0)[:, None, None]
    closer = np.abs(after.sum(axis=(0, 2))).sum() < np.abs(before.sum(axis=(0, 2))).sum()
    no_worse = float((after**2 * weights).sum()) <= float((before**2 * weights).sum())
    if not (closer and no_worse):
        return Level(1.0, np.ones(origins), "no_gain")
    return Level(now, scaled, "total")


def _factor(total: FloatArray, parts: float, horizon: int, season: int) -> float | None:
    said = [run_model(name, total, horizon, season) for name in REGULAR_MEMBERS]
    members = np.array([each for each in said if each is not None])
    if members.size == 0 or parts <= 0:
        return None
    return float(np.clip(combined(members, sporadic=False).sum() / parts, *LIMITS))
