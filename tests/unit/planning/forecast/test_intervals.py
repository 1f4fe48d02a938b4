"""Intervals hold on what they have not seen: within three points of the stated share, whatever the errors' distribution."""

import numpy as np
import pytest

from planning.forecast.intervals import Errors, conformal_intervals, error_scale
from planning.forecast.measures import coverage
from tests.benchmarks.forecast import naive2

LEVELS = (0.5, 0.8, 0.95)
HORIZON, ORIGINS = 6, 3


def drawn(kind: str, draw, series: int, seed: int) -> tuple[list[Errors], np.ndarray]:
    """Series of different size whose forecasts are right on average, with what came of the last."""
    random = np.random.default_rng(seed)
    errors, came = [], []
    for _ in range(series):
        level = float(np.exp(random.normal(4, 1)))
        actual = np.maximum(level * (1 + draw(random, (ORIGINS + 1, HORIZON))), 0.0)
        past = np.full((ORIGINS, HORIZON), level)
        errors.append(Errors(kind, np.full(ORIGINS, level), level, past, actual[:ORIGINS], past[0]))
        came.append(actual[-1])
    return errors, np.array(came)


def normal(random: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return random.normal(0, 0.2, shape)


def skewed(random: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return random.lognormal(0, 0.7, shape) - np.exp(0.245)


def growing(random: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return random.normal(0, 0.1, shape).cumsum(axis=1)


def mostly_nothing(random: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return (random.uniform(size=shape) < 0.3) * random.exponential(3, shape) - 1


@pytest.mark.parametrize(
    ("kind", "draw", "series"),
    [
        ("smooth", normal, 300),
        ("erratic", skewed, 300),
        ("smooth", growing, 300),
        ("lumpy", mostly_nothing, 300),
        ("smooth", growing, 40),
    ],
    ids=["normal", "skewed", "growing", "mostly nothing", "few series"],
)
def test_coverage_is_within_three_points_of_what_is_stated(kind: str, draw, series: int) -> None:
    held: dict[float, list[float]] = {level: [] for level in LEVELS}
    for seed in range(6):
        errors, came = drawn(kind, draw, series, seed)
        ends = np.array(conformal_intervals(errors, LEVELS))
        for at, level in enumerate(LEVELS):
            held[level].append(coverage(came, ends[:, at, 0], ends[:, at, 1]))
    # The narrowest interval of sporadic demand runs from zero to the mean, which here holds more than half.
    for level in LEVELS[1:] if draw is mostly_nothing else LEVELS:
        assert abs(float(np.mean(held[level])) - level) < 0.03


def test_an_unjudged_series_gets_an_interval_all_the_same() -> None:
    unknown = np.full((1, 2), np.nan)
    ends = conformal_intervals([Errors("smooth", np.ones(1), 2.0, unknown, unknown, np.array([10.0, 10.0]))], (0.8,))[0]
    # 1.282 units of 2, growing with the root of the step.
    assert ends[0, 0].round(2).tolist() == [7.44, 6.37]
    assert ends[0, 1].round(2).tolist() == [12.56, 13.63]


def test_no_series_have_no_intervals() -> None:
    assert conformal_intervals([], (0.8,)) == []


@pytest.mark.parametrize("known", [[], [0.0], [0.0, 0.0], [7.0], [7.0, 7.0]])
@pytest.mark.parametrize("sporadic", [True, False])
def test_a_unit_of_error_is_always_above_zero(known: list[float], sporadic: bool) -> None:
    assert error_scale(np.array(known), sporadic=sporadic) > 0


def test_the_yardstick_of_m4_repeats_a_season_and_else_the_last_value() -> None:
    assert naive2(np.array([3.0, 8.0]), 2, 1).tolist() == [8, 8]
    assert naive2(np.tile([10.0, 20.0, 30.0, 40.0], 6), 5, 4) == pytest.approx([10, 20, 30, 40, 10])
    assert naive2(np.array([1.0, 5.0, 2.0, 9.0, 4.0]), 2, 4).tolist() == [4, 4]
