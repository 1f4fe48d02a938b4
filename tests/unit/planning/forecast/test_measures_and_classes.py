"""Measures of forecasts and classes of demand, each against numbers worked by hand."""

import math

import numpy as np
import pytest

from planning.forecast.classes import demand_pattern
from planning.forecast.measures import (
    absolute_scale,
    bias,
    coverage,
    mase,
    owa,
    rmsse,
    smape,
    squared_scale,
    value_added,
    wape,
)

ACTUAL, MADE = [100, 0, 50, 50], [80, 10, 60, 50]
"""Errors -20, +10, +10, 0."""


def test_wape_is_absolute_errors_over_demand() -> None:
    assert wape(ACTUAL, MADE) == pytest.approx(40 / 200)


def test_bias_nets_what_was_too_high_against_what_was_too_low() -> None:
    assert bias(ACTUAL, MADE) == pytest.approx(0.0)
    assert bias([10, 10], [12, 13]) == pytest.approx(5 / 20)


def test_without_demand_there_is_no_percentage() -> None:
    assert math.isnan(wape([0, 0], [1, 1]))
    assert math.isnan(bias([0, 0], [1, 1]))
    assert math.isnan(value_added([0], [1], [2]))


def test_mase_divides_by_the_mean_step_of_the_history() -> None:
    history = [10, 14, 12, 18]  # steps 4, 2, 6: mean 4
    assert mase(ACTUAL, MADE, history) == pytest.approx(10 / 4)
    assert mase([20], [26], history, season=2) == pytest.approx(6 / 3)  # steps over two periods: 2 and 4


def test_rmsse_divides_by_the_mean_squared_step() -> None:
    history = [10, 14, 12, 18]  # 16, 4, 36: mean 56/3
    assert rmsse(ACTUAL, MADE, history) == pytest.approx(math.sqrt(150 / (56 / 3)))


@pytest.mark.parametrize("history", [[], [5], [5, 5, 5]])
def test_a_history_without_change_has_no_scale(history: list[float]) -> None:
    assert math.isnan(absolute_scale(history))
    assert math.isnan(squared_scale(history))


def test_smape_counts_a_right_zero_as_right() -> None:
    assert smape([0, 100], [0, 50]) == pytest.approx(200 * (50 / 150) / 2)


def test_owa_is_one_for_the_yardstick_itself() -> None:
    assert owa((9.161, 2.777), (9.161, 2.777)) == 1


def test_coverage_counts_the_ends() -> None:
    assert coverage([1, 2, 3, 4], [1, 1, 1, 1], [3, 3, 3, 3]) == 0.75


def test_an_override_towards_the_truth_added_value_and_one_away_cost() -> None:
    assert value_added([100, 100], [80, 80], [90, 90]) == pytest.approx(0.1)
    assert value_added([100, 100], [90, 90], [80, 80]) == pytest.approx(-0.1)


@pytest.mark.parametrize(
    ("history", "interval", "variation", "name"),
    [
        ([4, 4, 4, 4], 1.0, 0.0, "smooth"),
        ([2, 2, 2, 14], 1.0, 1.08, "erratic"),  # mean 5, variance 27: 27/25
        ([0, 0, 6, 0, 0, 6], 3.0, 0.0, "intermittent"),
        ([0, 1, 0, 9], 2.0, 0.64, "lumpy"),  # mean 5, deviation 4
        ([3, 0, 3, 3, 3], 1.25, 0.0, "smooth"),
    ],
)
def test_demand_is_classified_by_interval_and_variation(history, interval, variation, name) -> None:
    pattern = demand_pattern(np.array(history, dtype=float))
    assert (pattern.average_interval, pattern.name) == (interval, name)
    assert pattern.squared_variation == pytest.approx(variation)


def test_no_demand_is_a_class_of_its_own() -> None:
    assert demand_pattern(np.zeros(9)).name == "none"
    assert demand_pattern(np.zeros(0)).name == "none"
