"""Each rule of cleaning changes what it should, shows it, and leaves the rest alone."""

import numpy as np
import pytest

from planning.forecast.cleaning import Cleaned, clean


def cleaned(sold: list[float], season: int = 52, **flags: list[float]) -> Cleaned:
    size = len(sold)
    marks = {name: np.isin(np.arange(size), flags.get(name, [])) for name in ("stocked_out", "promoted")}
    gaps = np.isin(np.arange(size), flags.get("gaps", []))
    returned = np.array(flags.get("returned", [0.0] * size), dtype=float)
    return clean(np.array(sold, dtype=float), stated=~gaps, returned=returned, season=season, **marks)


def noisy(size: int = 60) -> list[float]:
    return (100 + np.random.default_rng(3).normal(0, 5, size)).round().tolist()


def test_a_gap_is_no_demand_and_says_so() -> None:
    done = cleaned([5, 0, 5], gaps=[1])
    assert done.changes == [(1, None, 0.0, "gap")]
    assert done.quantity.tolist() == [5, 0, 5]


def test_a_return_is_taken_from_the_nearest_earlier_sales() -> None:
    done = cleaned([10, 3, -5, 8])  # 5 came back: 3 from the period before, 2 from the one before that
    assert done.quantity.tolist() == [8, 0, 0, 8]
    assert done.changes == [(0, 10, 8, "return"), (1, 3, 0, "return"), (2, -5, 0, "return")]


def test_a_stated_return_undoes_its_own_period_first() -> None:
    assert cleaned([10, 6], returned=[0, 4]).quantity.tolist() == [10, 2]


def test_what_came_back_before_the_first_sale_is_lost_not_negative() -> None:
    assert cleaned([-4, 3]).quantity.tolist() == [0, 3]


def test_returns_conserve_quantity_where_sales_cover_them() -> None:
    done = cleaned([20, 20, -15, 4, -2])
    assert done.quantity.sum() == 20 + 20 - 15 + 4 - 2


def test_a_stock_out_is_raised_to_the_median_around_it() -> None:
    done = cleaned([10, 12, 1, 14, 16], stocked_out=[2])
    assert done.changes == [(2, 1, 13, "stock_out")]


def test_a_stock_out_that_sold_as_usual_stays() -> None:
    assert cleaned([10, 10, 11, 10], stocked_out=[2]).changes == []


def test_a_stock_out_without_any_calm_period_stays() -> None:
    assert cleaned([3, 3], stocked_out=[0, 1]).changes == []


def test_a_promotion_is_taken_back_and_its_lift_kept() -> None:
    done = cleaned([10, 10, 30, 10, 10], promoted=[2])
    assert done.changes == [(2, 30, 10, "promotion")]
    assert done.lift == 3


def test_a_lone_spike_is_cut_and_nothing_else() -> None:
    sold = noisy()
    sold[30] = 900
    done = cleaned(sold)
    assert [(place, was, why) for place, was, _, why in done.changes] == [(30, 900, "outlier")]
    assert 100 < done.quantity[30] < 200


def test_a_spike_of_every_year_is_a_season() -> None:
    sold = noisy(156)
    for place in (40, 92, 144):
        sold[place] = 400
    assert cleaned(sold).changes == []


def test_a_new_level_is_no_outlier() -> None:
    sold = noisy(30) + [value + 200 for value in noisy(30)]
    assert cleaned(sold).changes == []


def test_the_last_two_periods_are_too_young_to_judge() -> None:
    sold = noisy()
    sold[-1] = 900
    assert cleaned(sold).changes == []


def test_sporadic_demand_has_no_outliers() -> None:
    sold = [0.0, 0, 0, 2] * 15
    sold[31] = 500
    assert cleaned(sold).changes == []


@pytest.mark.parametrize("sold", [[], [7.0], [0.0] * 40, [-3.0] * 40])
def test_degenerate_histories_end_at_zero_or_above(sold: list[float]) -> None:
    assert (cleaned(sold).quantity >= 0).all()
