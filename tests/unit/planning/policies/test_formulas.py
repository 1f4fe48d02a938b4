"""Formulas of single items against printed figures, brute force, and what must hold for any numbers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from planning.policies.distributions import Family, expected_excess, quantile, share_below
from planning.policies.lot_quantities import (
    economic_order_quantity,
    economic_production_quantity,
    order_quantity_cost,
    order_quantity_with_price_breaks,
)
from planning.policies.min_max import min_max_cost, min_max_exact
from planning.policies.newsvendor import (
    negative_binomial_chances,
    newsvendor_discrete,
    newsvendor_discrete_cost,
    newsvendor_normal,
    newsvendor_normal_cost,
    period_service,
    poisson_chances,
)
from planning.policies.safety_stock import (
    empirical_level,
    fill_rate,
    order_up_to_for_fill_rate,
    periodic_fill_rate,
    reorder_point,
    reorder_point_for_fill_rate,
)

positive = st.floats(0.01, 1e4)
services = st.floats(0.01, 0.999)


@given(demand=positive, order_cost=positive, holding=positive, factor=st.floats(0.2, 5))
def test_no_lot_costs_less_than_the_economic_one(demand, order_cost, holding, factor) -> None:
    lot = economic_order_quantity(demand, order_cost, holding)
    assert order_quantity_cost(lot.quantity, demand, order_cost, holding) == pytest.approx(lot.cost)
    assert order_quantity_cost(lot.quantity * factor, demand, order_cost, holding) >= lot.cost * (1 - 1e-9)


@given(demand=st.floats(1, 100), holding=positive, setup=positive, backorder=positive)
def test_a_production_lot_comes_to_the_order_lot_as_production_gets_faster(demand, holding, setup, backorder) -> None:
    fast = economic_production_quantity(demand, 1e12, setup, holding, backorder_cost=backorder)
    order = economic_order_quantity(demand, setup, holding, backorder_cost=backorder)
    assert fast.quantity == pytest.approx(order.quantity)
    assert fast.max_backorder == pytest.approx(order.max_backorder)


def brute_force_breaks(demand: float, order_cost: float, rate: float, breaks: list, *, incremental: bool) -> float:
    best = math.inf
    for quantity in range(1, 3001):
        if incremental:
            paid = sum(
                price * max(0, min(quantity, breaks[k + 1][0] if k + 1 < len(breaks) else math.inf) - start)
                for k, (start, price) in enumerate(breaks)
            )
        else:
            paid = quantity * next(price for start, price in reversed(breaks) if quantity >= start)
        each = paid / quantity
        best = min(best, demand * each + order_cost * demand / quantity + rate * each * quantity / 2)
    return best


@settings(max_examples=40, deadline=None)
@given(
    demand=st.integers(50, 3000),
    order_cost=st.integers(1, 200),
    prices=st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True),
    starts=st.lists(st.integers(10, 900), min_size=3, max_size=3, unique=True),
    incremental=st.booleans(),
)
def test_price_breaks_cost_what_trying_every_lot_costs(demand, order_cost, prices, starts, incremental) -> None:
    tiers = list(zip([0, *sorted(starts)], sorted(prices, reverse=True), strict=False))
    found = order_quantity_with_price_breaks(demand, order_cost, 0.3, tiers, incremental=incremental)
    tried = brute_force_breaks(demand, order_cost, 0.3, tiers, incremental=incremental)
    if found.quantity <= 3000:
        assert found.cost <= tried * (1 + 1e-9)
        assert found.cost >= tried * (1 - 0.02)


chance_lists = st.lists(st.integers(0, 9), min_size=2, max_size=12).filter(lambda w: sum(w) > w[0])


@given(weights=chance_lists, overage=st.integers(1, 20), underage=st.integers(1, 20))
def test_the_newsvendor_finds_what_trying_every_quantity_finds(weights, overage, underage) -> None:
    chances = [weight / sum(weights) for weight in weights]
    costs = {"overage_cost": overage, "underage_cost": underage}
    tried = [newsvendor_discrete_cost(q, chances, **costs) for q in range(len(chances) + 2)]
    assert newsvendor_discrete(chances, **costs).cost == pytest.approx(min(tried))


@given(mean=positive, spread=st.floats(0.01, 2), ratio=services, moved=st.floats(-2, 2))
def test_no_quantity_beats_the_normal_newsvendor(mean, spread, ratio, moved) -> None:
    costs = {"overage_cost": 1 - ratio, "underage_cost": ratio}
    best = newsvendor_normal(mean, mean * spread, **costs)
    other = newsvendor_normal_cost(best.quantity + moved * mean * spread, mean, mean * spread, **costs)
    assert other >= best.cost - 1e-9 * mean


def test_cycle_service_and_fill_rate_of_a_period_differ() -> None:
    """Demand 0, 10, 20 or 30, evenly: 20 serves three periods of four, and 15 - 2.5 of 15 units."""
    chances = [0.0] * 31
    for units in (0, 10, 20, 30):
        chances[units] = 0.25
    cycle, fill = period_service(20, chances)
    assert (cycle, fill) == (0.75, pytest.approx(12.5 / 15))


@settings(max_examples=30, deadline=None)
@given(weights=chance_lists, h=st.integers(1, 5), p=st.integers(1, 30), k=st.integers(0, 60), lead=st.integers(0, 2))
def test_the_exact_min_max_policy_costs_what_the_best_of_a_grid_costs(weights, h, p, k, lead) -> None:
    chances = [weight / sum(weights) for weight in weights]
    costs = {"holding_cost": h, "backorder_cost": p, "fixed_cost": k, "lead_time": lead}
    found = min_max_exact(chances, **costs)
    assert min_max_cost(int(found.reorder_level), int(found.order_up_to), chances, **costs) == pytest.approx(found.cost)
    s, up_to = int(found.reorder_level), int(found.order_up_to)
    around = [
        min_max_cost(low, high, chances, **costs)
        for low in range(s - 8, s + 9)
        for high in range(max(low + 1, up_to - 14), up_to + 15)
    ]
    assert found.cost <= min(around) + 1e-9


def test_the_families_are_those_of_scipy() -> None:
    x = np.array([0.0, 1.0, 3.0, 7.0, 12.0, 20.0])
    p = 5.0 / 9.0
    for family, mean, deviation, frozen in (
        (Family.NORMAL, 5.0, 3.0, stats.norm(5, 3)),
        (Family.GAMMA, 5.0, 3.0, stats.gamma(25 / 9, scale=9 / 5)),
        (Family.NEGATIVE_BINOMIAL, 5.0, 3.0, stats.nbinom(5 * p / (1 - p), p)),
        (Family.POISSON, 5.0, 5.0**0.5, stats.poisson(5)),
    ):
        np.testing.assert_allclose(share_below(family, mean, deviation, x), frozen.cdf(x), rtol=1e-9)
        shares = np.array([0.05, 0.5, 0.9, 0.995])
        np.testing.assert_allclose(quantile(family, mean, deviation, shares), frozen.ppf(shares), rtol=1e-9)
        grid = np.arange(0, 400) if family > Family.GAMMA else np.linspace(-40, 120, 400_001)
        weight = frozen.pmf(grid) if family > Family.GAMMA else frozen.pdf(grid) * (grid[1] - grid[0])
        excess = [(np.maximum(grid - level, 0) * weight).sum() for level in x]
        np.testing.assert_allclose(expected_excess(family, mean, deviation, x), excess, rtol=1e-3, atol=1e-5)


@given(
    family=st.sampled_from(list(Family)),
    mean=st.floats(0.5, 500),
    spread=st.floats(1.05, 2),
    quantity=st.floats(1, 2000),
    low=st.floats(0.3, 0.99),
    more=st.floats(0, 0.009),
)
def test_reorder_points_rise_with_the_fill_rate_and_reach_it(family, mean, spread, quantity, low, more) -> None:
    deviation = spread * mean**0.5
    one, other = (reorder_point_for_fill_rate(t, quantity, mean, deviation, family) for t in (low, low + more))
    assert other >= one - 1e-6 * (1 + abs(one))
    assert fill_rate(one, quantity, mean, deviation, family) >= low - 1e-6


@given(mean=st.floats(1, 500), spread=st.floats(0.05, 1), review=st.floats(0.1, 3), target=st.floats(0.3, 0.995))
def test_order_up_to_levels_reach_their_fill_rate(mean, spread, review, target) -> None:
    whole = mean * (1 + review)
    terms = whole, spread * whole**0.5, mean, spread * mean**0.5
    level = order_up_to_for_fill_rate(target, *terms, Family.GAMMA)
    assert periodic_fill_rate(level, *terms, Family.GAMMA) == pytest.approx(target, abs=1e-6)


@given(one=services, other=services, mean=positive, deviation=positive, lead=st.floats(0.1, 100), vary=st.floats(0, 10))
def test_safety_stock_rises_with_service(one, other, mean, deviation, lead, vary) -> None:
    low, high = (
        reorder_point(mean, deviation, lead, service_level=level, lead_time_deviation=vary)
        for level in sorted((one, other))
    )
    assert high.safety_stock >= low.safety_stock - 1e-9


def test_periodic_review_covers_the_review_beside_the_lead_time() -> None:
    """10 a day, deviation 3: 4 days of review and 12 of lead time are 160, deviation 3 x sqrt 16 = 12."""
    level = reorder_point(10, 3, 12, factor=2.0, review=4)
    assert (level.level, level.safety_stock) == (184.0, 24.0)


def test_an_empirical_level_is_a_value_that_occurred() -> None:
    assert empirical_level([5, 1, 9, 3], 0.75) == 5
    assert empirical_level([5, 1, 9, 3], 0.76) == 9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: economic_order_quantity(-1, 1, 1), "demand must be a finite number above 0, not -1"),
        (lambda: economic_order_quantity(1, 1, float("inf")), "holding_cost"),
        (lambda: economic_production_quantity(10, 9, 1, 1), "must exceed demand"),
        (lambda: order_quantity_with_price_breaks(1, 1, 0.1, []), "at least one"),
        (lambda: order_quantity_with_price_breaks(1, 1, 0.1, [(0, 5), (0, 4)]), "must ascend"),
        (lambda: order_quantity_with_price_breaks(1, 1, 0.1, [(0, 5), (9, 6)]), "must not rise"),
        (lambda: order_quantity_with_price_breaks(1, 1, 0.0, [(0, 5)]), "state a rate"),
        (lambda: order_quantity_with_price_breaks(1, 0, 0.1, [(0, 5)]), "order_cost must be above 0"),
        (lambda: reorder_point(1, 1, 1, service_level=95), "write 95 % as 0.95"),
        (lambda: reorder_point(1, 1, 1), "exactly one"),
        (lambda: reorder_point(1, -1, 1, factor=1), "demand_deviation"),
        (lambda: reorder_point_for_fill_rate(1.0, 5, 1, 1), "fill rate"),
        (lambda: reorder_point_for_fill_rate(0.9, 0, 1, 1), "order_quantity"),
        (lambda: newsvendor_discrete([0.5, 0.4], overage_cost=1, underage_cost=1), "sum to 1"),
        (lambda: newsvendor_normal(5, 0, overage_cost=1, underage_cost=1), "deviation"),
        (lambda: negative_binomial_chances(5, 2), "must exceed the mean"),
        (lambda: min_max_exact([1.0], holding_cost=1, backorder_cost=1, fixed_cost=1), "always 0"),
        (lambda: min_max_cost(5, 5, [0.5, 0.5], holding_cost=1, backorder_cost=1, fixed_cost=1), "must lie below"),
        (lambda: poisson_chances(float("nan")), "mean"),
    ],
)
def test_impossible_arguments_are_refused_by_name(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
