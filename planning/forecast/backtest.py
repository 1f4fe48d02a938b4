"""The rolling back-test of one series: every model forecasts from several earlier origins, and once from the end.

Origins lie one horizon apart, so that no period is judged twice. A series too short for one whole horizon is judged on what it
has; one too short for that is not judged.
"""

from dataclasses import dataclass

import numpy as np

from planning.forecast.measures import FloatArray
from planning.forecast.models import run_model

SHORTEST_TRAINING = 8


@dataclass(frozen=True)
class Trial:
    """What the models said about one series.

    Attributes:
        mean: float[M, H], from the end of the history; NaN where a model cannot say.
        past: float[K, M, H], from earlier origins, the latest first; NaN beyond what is known or can be said.
        actual: float[K, H], what then came; NaN where nothing is known.
    """

    mean: FloatArray
    past: FloatArray
    actual: FloatArray


def origins_of(length: int, horizon: int, most: int) -> list[int]:
    """Lengths of the history as it was at each origin, the latest first.

    >>> origins_of(60, 13, 3), origins_of(12, 13, 3), origins_of(8, 13, 3)
    ([47, 34, 21], [8], [])
    """
    whole = [length - step * horizon for step in range(1, most + 1) if length - step * horizon >= SHORTEST_TRAINING]
    return whole or ([SHORTEST_TRAINING] if length > SHORTEST_TRAINING and most else [])


def run_trial(values: FloatArray, models: tuple[str, ...], *, horizon: int, season: int, origins: int) -> Trial:
    """Let the models forecast one series.

    Args:
        values: float[T], cleaned.
        models: M names out of MODELS.
        origins: K, at most.

    >>> trial = run_trial(np.arange(1.0, 13.0), ("naive",), horizon=2, season=52, origins=2)
    >>> trial.mean.tolist(), trial.past.tolist(), trial.actual.tolist()
    ([[12.0, 12.0]], [[[10.0, 10.0]], [[8.0, 8.0]]], [[11.0, 12.0], [9.0, 10.0]])
    """
    empty = np.full(horizon, np.nan)

    def said(known: FloatArray) -> FloatArray:
        answers = [run_model(name, known, horizon, season) for name in models]
        return np.array([empty if answer is None else answer for answer in answers]).reshape(len(models), horizon)

    past, actual = np.full((origins, len(models), horizon), np.nan), np.full((origins, horizon), np.nan)
    for place, cut in enumerate(origins_of(values.size, horizon, origins)):
        came = values[cut : cut + horizon]
        actual[place, : came.size] = came
        past[place] = said(values[:cut])
        past[place, :, came.size :] = np.nan
    return Trial(said(values), past, actual)
