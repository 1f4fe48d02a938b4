"""The models by name, each one call of statsforecast on one series; the only module that loads the library.

A model takes a cleaned series, a horizon and a season and answers with the mean of each step, or None where it cannot: too
short, or the library found no fit. Long histories are cut to a number of seasons, since what is older costs time and helps
little. The parameters of no model are ours: statsforecast estimates them, but for TSB, whose authors' 0.1 holds for both.
"""

import importlib
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from planning.forecast.measures import FloatArray

LONG_SEASONS, SHORT_SEASONS = 10, 5
SHORTEST_TAIL = 120
"""Periods that are kept of a history, however short its season."""
RUNAWAY = 10.0
"""A mean beyond this many times the largest period ever is no forecast."""
SEASONAL_CONFIDENCE = 1.645
WINDOW = 12

Runner = Callable[[FloatArray, int, int], FloatArray]


@cache
def library() -> Any:
    """statsforecast's models, loaded when the first of them is asked for."""
    return importlib.import_module("statsforecast.models")


def is_seasonal(values: FloatArray, season: int) -> bool:
    """Whether the autocorrelation at the season's lag is significant at 90 %, which takes three seasons to say.

    Source: the test of the M4 competition's benchmarks (Fiorucci et al. 2016, equation 9).

    >>> is_seasonal(np.tile([1.0, 5.0, 2.0, 2.0], 5), 4)
    True
    >>> is_seasonal(np.arange(8.0), 4)
    False
    """
    if season < 2 or values.size < 3 * season:
        return False
    centred = values - values.mean()
    variance = float(centred @ centred)
    if variance <= 0:
        return False
    correlations = [float(centred[lag:] @ centred[:-lag]) / variance for lag in range(1, season + 1)]
    limit = SEASONAL_CONFIDENCE * math.sqrt((1 + 2 * sum(c * c for c in correlations[:-1])) / values.size)
    return abs(correlations[-1]) > limit


def _tail(values: FloatArray, seasons: int, season: int) -> FloatArray:
    return values[-max(seasons * season, SHORTEST_TAIL) :]


def _mean(model: Any, values: FloatArray, horizon: int) -> FloatArray:
    return np.broadcast_to(np.asarray(model.forecast(values, horizon)["mean"], dtype=float), horizon)


def _naive(values: FloatArray, horizon: int, season: int) -> FloatArray:
    return _mean(library().Naive(), values, horizon)


def _seasonal_naive(values: FloatArray, horizon: int, season: int) -> FloatArray:
    return _mean(library().SeasonalNaive(season_length=season), values, horizon)


def _window_mean(values: FloatArray, horizon: int, season: int) -> FloatArray:
    return _mean(library().WindowAverage(window_size=min(WINDOW, values.size)), values, horizon)


def _ses(values: FloatArray, horizon: int, season: int) -> FloatArray:
    return _mean(library().SimpleExponentialSmoothingOptimized(), values, horizon)


def _by_decomposition(model: Any, values: FloatArray, horizon: int, season: int) -> FloatArray:
    return _mean(library().MSTL(season_length=[season], trend_forecaster=model), values, horizon)


def _ets(values: FloatArray, horizon: int, season: int) -> FloatArray:
    near = _tail(values, LONG_SEASONS, season)
    model = library().AutoETS(season_length=1, model="ZZN")
    if season > 1 and near.size > 2 * season:
        return _by_decomposition(model, near, horizon, season)
    return _mean(model, near, horizon)


def _theta(values: FloatArray, horizon: int, season: int) -> FloatArray:
    near = _tail(values, LONG_SEASONS, season)
    return _mean(library().Theta(season_length=season if near.size > 2 * season else 1), near, horizon)


def _ces(values: FloatArray, horizon: int, season: int) -> FloatArray:
    near = _tail(values, LONG_SEASONS, season)
    return _mean(library().AutoCES(season_length=season if near.size > 2 * season else 1), near, horizon)


def _arima(values: FloatArray, horizon: int, season: int) -> FloatArray:
    near = _tail(values, SHORT_SEASONS, season)
    model = library().AutoARIMA(season_length=1, max_p=3, max_q=3, approximation=True)
    if is_seasonal(near, season) and season <= WINDOW:
        return _by_decomposition(model, near, horizon, season)
    return _mean(model, near, horizon)


def _croston_sba(values: FloatArray, horizon: int, season: int) -> FloatArray:
    return _mean(library().CrostonSBA(), values, horizon)


def _tsb(values: FloatArray, horizon: int, season: int) -> FloatArray:
    return _mean(library().TSB(alpha_d=0.1, alpha_p=0.1), values, horizon)


def _adida(values: FloatArray, horizon: int, season: int) -> FloatArray:
    return _mean(library().ADIDA(), values, horizon)


def _imapa(values: FloatArray, horizon: int, season: int) -> FloatArray:
    return _mean(library().IMAPA(), values, horizon)


@dataclass(frozen=True)
class Model:
    """One model.

    Attributes:
        run: history float[T], horizon H, season -> float[H].
        shortest: periods that it needs; seasons on top, where it is seasonal or nothing.
        cost: milliseconds of one processor for any series, and for each hundred periods, by which effort is planned.
    """

    run: Runner
    shortest: int
    cost: tuple[float, float]
    seasons: int = 0


MODELS: dict[str, Model] = {
    "naive": Model(_naive, 1, (0.02, 0.0)),
    "seasonal_naive": Model(_seasonal_naive, 1, (0.02, 0.0), seasons=1),
    "window_mean": Model(_window_mean, 1, (0.02, 0.0)),
    "ses": Model(_ses, 2, (0.02, 0.01)),
    "theta": Model(_theta, 6, (0.2, 1.5)),
    "ces": Model(_ces, 10, (15.0, 6.0)),
    "ets": Model(_ets, 10, (2.0, 11.0)),
    "arima": Model(_arima, 12, (80.0, 4.0)),
    "croston_sba": Model(_croston_sba, 2, (0.04, 0.0)),
    "tsb": Model(_tsb, 2, (0.03, 0.0)),
    "adida": Model(_adida, 4, (0.05, 0.01)),
    "imapa": Model(_imapa, 4, (0.05, 0.02)),
}
"""Every model by name, cheap before costly within its kind; the order of candidates everywhere."""

YARDSTICKS = ("naive", "seasonal_naive")
COMBINATION = "combination"


def run_model(name: str, values: FloatArray, horizon: int, season: int) -> FloatArray | None:
    """The mean of each step by one model, each >= 0; None where the model cannot say.

    Args:
        name: a key of MODELS.
        values: float[T], each >= 0.

    >>> run_model("naive", np.array([3.0, 4.0]), 2, 52)
    array([4., 4.])
    >>> run_model("arima", np.array([3.0, 4.0]), 2, 52) is None
    True
    """
    model = MODELS[name]
    if values.size < max(model.shortest, model.seasons * season):
        return None
    largest = float(values.max())
    if largest <= 0:
        return np.zeros(horizon)
    if float(values.min()) == largest:
        return np.full(horizon, largest)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            mean = model.run(values / largest, horizon, season) * largest
        except Exception:  # The library raises bare exceptions where nothing fits; the table of accuracy says `failed`.
            return None
    if not np.isfinite(mean).all() or np.abs(mean).max() > RUNAWAY * largest:
        return None
    return np.maximum(mean, 0.0)


def combined(members: FloatArray, *, sporadic: bool) -> FloatArray:
    """The combination of the members' means: their median, or for sporadic demand their mean; NaN without any.

    Args:
        members: float[M, H], rows of NaN for members that could not say.

    Source: Petropoulos and Svetunkov (2020), A simple combination of univariate models, International Journal of Forecasting 36.

    >>> combined(np.array([[1.0], [2.0], [9.0]]), sporadic=False).tolist()
    [2.0]
    """
    said = members[~np.isnan(members).any(axis=1)]
    if said.shape[0] == 0:
        return np.full(members.shape[1], np.nan)
    return said.mean(axis=0) if sporadic else np.median(said, axis=0)
