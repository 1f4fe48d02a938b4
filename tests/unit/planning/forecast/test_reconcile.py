"""Sums and parts agree exactly, quantities are conserved, and least squares does what its weights say."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.forecast.reconcile import bottom_up, hierarchy_of, least_squares, top_down
from planning.forecast.sums import levels_of

TREE = hierarchy_of([["T"] * 4, ["A", "A", "B", "B"]])

quantities = st.floats(0, 1e6, allow_nan=False)
four = st.lists(quantities, min_size=4, max_size=4).map(lambda values: np.array(values)[:, None])


def test_bottom_up_adds_parts_level_after_level() -> None:
    assert bottom_up(TREE, np.array([[1.0], [2.0], [3.0], [4.0]])).tolist() == [[10.0], [3.0], [7.0]]


def test_top_down_spreads_evenly_where_parts_say_nothing() -> None:
    assert top_down(np.array([8.0]), np.zeros((4, 1))).tolist() == [[2.0]] * 4


@given(parts=four, total=quantities)
def test_top_down_conserves_the_total(parts, total) -> None:
    spread = top_down(np.array([total]), parts)
    assert spread.sum() == pytest.approx(total)
    assert (spread >= 0).all()


def test_least_squares_leaves_what_agrees() -> None:
    parts = np.array([[1.0], [2.0], [3.0], [4.0]])
    assert least_squares(TREE, parts, bottom_up(TREE, parts)) == pytest.approx(parts)


def test_least_squares_shares_a_gap_by_variance() -> None:
    # A sum of variance 1 asks 6 more than parts of variances 2 and 3: parts move by 2/6 and 3/6 of the gap, the sum by 1/6.
    agreed = least_squares(
        hierarchy_of([["T", "T"]]),
        np.array([[10.0], [10.0]]),
        np.array([[26.0]]),
        part_variances=np.array([2.0, 3.0]),
        sum_variances=np.array([1.0]),
    )
    assert agreed == pytest.approx(np.array([[12.0], [13.0]]))


def test_least_squares_stops_a_part_at_zero_and_solves_the_rest_again() -> None:
    # The gap is -9 of variances 1, 1 and 2: the small part would be -1.25; held at 0, the other takes 1/3 of -8.
    agreed = least_squares(hierarchy_of([["T", "T"]]), np.array([[1.0], [12.0]]), np.array([[4.0]]))
    assert agreed == pytest.approx(np.array([[0.0], [12 - 8 / 3]]))


@given(parts=four, total=quantities, left=quantities, right=quantities)
def test_least_squares_is_never_negative_and_never_worse_than_the_parts(parts, total, left, right) -> None:
    sums = np.array([[total], [left], [right]])
    agreed = least_squares(TREE, parts, sums)
    assert (agreed >= 0).all()

    def cost(made: np.ndarray) -> float:
        off = bottom_up(TREE, made) - sums
        return float(((made - parts) ** 2).sum() + (off**2 / np.array([[4.0], [2.0], [2.0]])).sum())

    assert cost(agreed) <= cost(parts) * (1 + 1e-6) + 1e-6


def test_levels_that_say_nothing_new_are_left_out() -> None:
    keys = pl.DataFrame({"item": ["A", "A", "B"], "location": ["N", "S", "N"], "customer_group": ["ALL"] * 3})
    assert list(levels_of(keys)) == ["total", "location", "item"]
