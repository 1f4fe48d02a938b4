"""Prediction intervals from what went wrong before: split conformal, calibrated over the series of a kind.

The back-test's errors, each over its series' own scale, are pooled by kind of demand and step; an interval's ends are the mean
plus the scale times two quantiles of that pool. The share cut off on each side is then moved until the intervals, as they are
given out (never below zero), would have held the stated share of what came, with the correction for a finite sample. Those
of sporadic demand begin at zero, since that comes more often than a tail is long. No distribution is assumed; that errors to
come are like those of the back-test is. Where a pool is small, steps share one, spread by a power of the step; where it is
tiny, all kinds do.
"""

from dataclasses import dataclass

import numpy as np

from planning.forecast.classes import SPORADIC
from planning.forecast.measures import FloatArray

SPORADIC_KIND = "sporadic"
ENOUGH_A_STEP = 150
ENOUGH_OF_A_KIND = 60
ENOUGH = 10
BISECTIONS = 40
LEAST_SCALE = 1e-6
RECENT = 12
SHARE_OF_WHOLE = 0.05
OWN_WEIGHT = 10.0
"""A series' own errors count against its kind's as origins to this number."""


@dataclass(frozen=True)
class Errors:
    """The chosen model's back-test for one series.

    Attributes:
        kind: demand class.
        scales: float[K], the series' own unit of error as it was at each origin, > 0; scale: as it is now.
        past: float[K, H], what the model said.
        actual: float[K, H], what came; NaN where nothing is known.
        mean: float[H], what it says now.
    """

    kind: str
    scales: FloatArray
    scale: float
    past: FloatArray
    actual: FloatArray
    mean: FloatArray


@dataclass(frozen=True)
class _Pool:
    """Scaled errors with the mean and unit that they belong to, of one kind and step (or of several)."""

    error: FloatArray
    mean: FloatArray
    unit: FloatArray
    actual: FloatArray


def error_scale(known: FloatArray, *, sporadic: bool) -> float:
    """A series' own unit of error, from what was known: the mean absolute change from period to period.

    For sporadic demand it is the root mean square of the last RECENT periods, with a little of the whole, so that intervals
    narrow with an item that dies out.

    >>> error_scale(np.array([1.0, 3.0, 2.0, 6.0]), sporadic=False)
    2.3333333333333335
    >>> round(error_scale(np.array([0.0] * 12 + [4.0, 0.0] * 6), sporadic=True), 4)  # root of 8 + 0.05 x 4
    2.8636
    """
    if not (known > 0).any():
        return LEAST_SCALE
    if sporadic:
        return float(np.sqrt((known[-RECENT:] ** 2).mean() + SHARE_OF_WHOLE * (known**2).mean()))
    change = float(np.abs(np.diff(known)).mean()) if known.size > 1 else 0.0
    return change if change > 0 else float(known.mean()) * LEAST_SCALE


def conformal_intervals(series: list[Errors], levels: tuple[float, ...]) -> list[FloatArray]:
    """Low and high ends for every series, level and step.

    Args:
        series: one an entry, all with the same horizon H.
        levels: L shares between 0 and 1, ascending.

    Returns:
        For each series float[L, 2, H]: low, high; nested, around the mean, >= 0.

    Source: Lei, G'Sell, Rinaldo, Tibshirani and Wasserman (2018), Distribution-free predictive inference for regression, JASA
    113, section 5.2 (locally weighted split conformal).

    >>> errors = [Errors("smooth", np.ones(1), 1.0, np.full((1, 1), 100.0), np.array([[100.0 + e]]), np.array([100.0]))
    ...           for e in (-10, 10) * 50]
    >>> conformal_intervals(errors, (0.8,))[0].round(1).tolist()  # it was always off by ten, either way
    [[[90.0], [110.0]]]
    """
    if not series:
        return []
    horizon = series[0].mean.size
    units = _units(series)
    kinds = {_pooled_as(each) for each in series}
    result = [np.zeros((len(levels), 2, horizon)) for _ in series]
    everyone = list(range(len(series)))
    for kind in sorted(kinds):
        of_kind = [at for at in everyone if _pooled_as(series[at]) == kind]
        known = sum(int((~np.isnan(series[at].past - series[at].actual)).sum()) for at in of_kind)
        pools = _pools(series, units, of_kind if known >= ENOUGH_OF_A_KIND else everyone)
        for level_at, level in enumerate(levels):
            for step, (pool, growth) in enumerate(pools):
                low, high = _calibrated(pool, level, from_zero=kind == SPORADIC_KIND)
                for at in of_kind:
                    unit, mean = units[at][1] * growth, series[at].mean[step]
                    result[at][level_at, :, step] = max(mean + low * unit, 0.0), max(mean + high * unit, 0.0)
    return [_nested(ends, series[at].mean) for at, ends in enumerate(result)]


def _pooled_as(each: Errors) -> str:
    return SPORADIC_KIND if each.kind in SPORADIC else each.kind


def _units(series: list[Errors]) -> list[tuple[FloatArray, float]]:
    """For each series its unit of error at each origin (from the other origins' errors) and now (from all)."""
    own = [np.abs(each.past - each.actual) / each.scales[:, None] for each in series]
    kinds: dict[str, list[float]] = {}
    for each, errors in zip(series, own, strict=True):
        kinds.setdefault(each.kind, []).extend(errors[~np.isnan(errors)].tolist())
    usual = {kind: (float(np.mean(errors)) if errors else 1.0) or 1.0 for kind, errors in kinds.items()}
    result = []
    for each, errors in zip(series, own, strict=True):
        known = np.asarray(~np.isnan(errors).all(axis=1))
        means = np.array([np.nanmean(row) if seen else np.nan for row, seen in zip(errors, known, strict=True)])
        prior = OWN_WEIGHT * usual[each.kind]
        left_out = [means[known & (np.arange(means.size) != at)] for at in range(means.size)]
        relative = np.array([(others.sum() + prior) / (others.size + OWN_WEIGHT) for others in left_out])
        result.append((each.scales * relative, each.scale * (means[known].sum() + prior) / (known.sum() + OWN_WEIGHT)))
    return result


def _pools(
    series: list[Errors], units: list[tuple[FloatArray, float]], members: list[int]
) -> list[tuple[_Pool, float]]:
    """The pool of each step and the factor by which its unit grows."""
    horizon = series[0].mean.size
    past = np.concatenate([series[at].past for at in members])
    actual = np.concatenate([series[at].actual for at in members])
    unit = np.broadcast_to(np.concatenate([units[at][0] for at in members])[:, None], past.shape)
    error = (actual - past) / unit
    known = ~np.isnan(error)
    if known.any() and known.sum(axis=0).min() >= ENOUGH_A_STEP:
        return [
            (_Pool(*(table[known[:, step], step] for table in (error, past, unit, actual))), 1.0)
            for step in range(horizon)
        ]
    growth = _growth(error, known)
    grown = unit * growth[None, :]
    pool = _Pool((error / growth[None, :])[known], past[known], grown[known], actual[known])
    return [(pool, float(growth[step])) for step in range(horizon)]


def _growth(error: FloatArray, known: np.ndarray) -> FloatArray:
    """How errors grow with the step: a power of it between 0 and 1, fitted by least squares on logarithms."""
    steps = np.arange(1, error.shape[1] + 1)
    sizes = np.array(
        [np.abs(error[known[:, step], step]).mean() if known[:, step].any() else 0.0 for step in range(len(steps))]
    )
    usable = sizes > 0
    if usable.sum() < 2 or known.sum() < ENOUGH:
        return np.sqrt(steps)
    power = np.polyfit(np.log(steps[usable]), np.log(sizes[usable]), 1)[0]
    return steps ** min(max(float(power), 0.0), 1.0)


def _calibrated(pool: _Pool, level: float, *, from_zero: bool) -> tuple[float, float]:
    """Quantiles of the errors between which intervals hold the level; normal ones where next to nothing is known."""
    count = pool.error.size
    if count < ENOUGH:
        from_normal = {0.5: 0.674, 0.8: 1.282, 0.9: 1.645, 0.95: 1.960, 0.99: 2.576}
        nearest = from_normal[min(from_normal, key=lambda known: (abs(known - level), known))]
        return -nearest, nearest
    ordered = np.sort(pool.error)
    target = min(level * (count + 1) / count, 1.0)
    places = np.arange(count) / max(count - 1, 1)

    def ends(cut: float) -> tuple[float, float]:
        low = -np.inf if from_zero else float(np.interp(cut, places, ordered))
        return low, float(np.interp(1 - cut, places, ordered))

    def held(cut: float) -> float:
        low, high = ends(cut)
        below, above = np.maximum(pool.mean + low * pool.unit, 0.0), np.maximum(pool.mean + high * pool.unit, 0.0)
        slack = 1e-9 * pool.unit
        return float(((pool.actual >= below - slack) & (pool.actual <= above + slack)).mean())

    least, most = 0.0, 1.0 if from_zero else 0.5
    for _ in range(BISECTIONS):
        middle = (least + most) / 2
        least, most = (middle, most) if held(middle) >= target else (least, middle)
    return ends(least)


def _nested(ends: FloatArray, mean: FloatArray) -> FloatArray:
    """Wider levels hold the narrower ones, and all hold the mean."""
    low = np.minimum.accumulate(np.minimum(ends[:, 0], mean), axis=0)
    high = np.maximum.accumulate(np.maximum(ends[:, 1], mean), axis=0)
    return np.stack([low, high], axis=1)
