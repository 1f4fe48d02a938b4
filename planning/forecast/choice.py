"""Which model a series gets, and why: the combination, unless one model was clearly better in the back-test.

Few origins say little about one series, so its own result is weighed with that of its demand class: as much as CLASS_WEIGHT
origins. A single model takes the combination's place where the weighed error is less by MARGIN and it won at most origins.
Sporadic demand is judged by squared errors (RMSSE), since by absolute ones a forecast of zero wins; the rest by absolute (MASE).
"""

from dataclasses import dataclass, replace

import numpy as np

from planning.forecast.classes import SPORADIC
from planning.forecast.measures import FloatArray, absolute_scale, squared_scale
from planning.forecast.models import COMBINATION, YARDSTICKS, combined

MARGIN = 0.05
CLASS_WEIGHT = 4.0
FEWEST_OF_CLASS = 5
"""Series of a class that have to be there before it has a say."""
TINY = 1e-12

REASONS = (
    "combination_best",
    "better_in_backtest",
    "yardstick_best",
    "not_judged",
    "constant",
    "no_demand",
    "only_model",
    "analogue",
    "member",
    "candidate",
    "failed",
)
"""Why a row of the table of accuracy was chosen or not; the app has a sentence for each."""


@dataclass(frozen=True)
class Judged:
    """The models' forecasts of one series with the combination in front, and how good they were.

    Attributes:
        names: M model names, the first is the combination.
        mean: float[M, H].
        past: float[K, M, H].
        actual: float[K, H].
        absolute: float[M], mean absolute error over the scale (MASE); NaN where not judged.
        squared: float[M], RMSSE.
        by_origin: float[K, M], the measure that decides, at each origin.
    """

    names: tuple[str, ...]
    mean: FloatArray
    past: FloatArray
    actual: FloatArray
    absolute: FloatArray
    squared: FloatArray
    by_origin: FloatArray


def judge(
    values: FloatArray,
    names: tuple[str, ...],
    mean: FloatArray,
    past: FloatArray,
    actual: FloatArray,
    *,
    members: tuple[str, ...],
    class_name: str,
    season: int,
) -> Judged:
    """Add the combination of the members and measure every model at every origin.

    Args:
        values: float[T], the cleaned history.
        names, mean, past, actual: as in `Trial`.
        members: those of `names` that are combined.
    """
    sporadic = class_name in SPORADIC
    places = [names.index(name) for name in members]
    whole = combined(mean[places], sporadic=sporadic)
    before = [_past_combination(each[places], sporadic=sporadic) for each in past]
    past = np.concatenate([np.array(before).reshape(len(past), 1, -1), past], axis=1)
    scale = absolute_scale(values, season if values.size > 2 * season else 1)
    square = squared_scale(values)
    error = past - actual[:, None, :]
    absolute = _mean(np.abs(error), (0, 2)) / scale
    squared = np.sqrt(_mean(error**2, (0, 2)) / square)
    by_origin = _mean(error**2 if sporadic else np.abs(error), 2)
    return Judged((COMBINATION, *names), np.vstack([whole, mean]), past, actual, absolute, squared, by_origin)


def _past_combination(members: FloatArray, *, sporadic: bool) -> FloatArray:
    """The combination over the steps that are known."""
    known = ~np.isnan(members).all(axis=0)
    result = np.full(members.shape[1], np.nan)
    result[known] = combined(members[:, known], sporadic=sporadic)
    return result


def _mean(values: FloatArray, axis: int | tuple[int, ...]) -> FloatArray:
    """Mean of what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)


def relative_errors(judged: Judged) -> FloatArray:
    """Log of each model's error over the combination's, across origins; NaN where it was not judged at all of them.

    >>> one = Judged(("combination", "naive"), np.zeros((2, 1)), np.zeros((1, 2, 1)), np.zeros((1, 1)),
    ...              np.zeros(2), np.zeros(2), np.array([[2.0, 4.0]]))
    >>> relative_errors(one).round(4).tolist()  # log 1, log 2
    [0.0, 0.6931]
    """
    known = np.flatnonzero(~np.isnan(judged.by_origin[:, 0]))
    if known.size == 0:
        return np.full(len(judged.names), np.nan)
    error = judged.by_origin[known].mean(axis=0) + TINY
    return np.log(error / error[0])


def class_errors(series: list[tuple[str, Judged]]) -> dict[str, dict[str, float]]:
    """By class and model: the mean of the relative errors, for classes of FEWEST_OF_CLASS series or more."""
    gathered: dict[str, list[tuple[tuple[str, ...], FloatArray]]] = {}
    for class_name, judged in series:
        gathered.setdefault(class_name, []).append((judged.names, relative_errors(judged)))
    result: dict[str, dict[str, float]] = {}
    for class_name, rows in gathered.items():
        if len(rows) < FEWEST_OF_CLASS:
            continue
        names = rows[0][0]
        table = np.clip(np.array([errors for _, errors in rows]), -2.0, 2.0)
        result[class_name] = dict(zip(names, _mean(table, 0).tolist(), strict=True))
    return result


def unseen_past(judged: Judged, of_class: dict[str, float] | None) -> FloatArray:
    """float[K, H]: at each origin the forecast of the model that the other origins would have chosen.

    The chosen model's own back-test flatters it, since it was chosen by that; intervals need errors that it was not.
    """
    result = judged.past[:, 0].copy()
    for origin in range(len(result)):
        others = replace(judged, by_origin=np.delete(judged.by_origin, origin, axis=0))
        result[origin] = judged.past[origin, choose(others, of_class)[0]]
    return result


def choose(judged: Judged, of_class: dict[str, float] | None) -> tuple[int, str]:
    """The place of the chosen model in `judged.names` and the reason, one of REASONS.

    Args:
        of_class: what `class_errors` says about the series' class; None where it is too small, which counts as no difference.
    """
    said = np.asarray(~np.isnan(judged.mean).any(axis=1))
    if not said[0]:
        others = np.flatnonzero(said)
        return (int(others[-1]), "only_model") if others.size else (0, "failed")
    own = relative_errors(judged)
    known = np.asarray(~np.isnan(judged.by_origin[:, 0]))
    origins = int(known.sum())
    if origins == 0:
        return 0, "not_judged"
    shared = np.zeros(len(own)) if of_class is None else np.array([of_class[name] for name in judged.names])
    weighed = (origins * own + CLASS_WEIGHT * shared) / (origins + CLASS_WEIGHT)
    seen = judged.by_origin[known]
    wins = np.less(seen, seen[:, :1]).mean(axis=0)
    able = said & ~np.isnan(weighed) & (wins > 1 / 2) & (weighed < -MARGIN)
    if not able.any():
        return 0, "combination_best"
    best = int(np.where(able, weighed, np.inf).argmin())
    return best, "yardstick_best" if judged.names[best] in YARDSTICKS else "better_in_backtest"
