"""Policies judged day by day: the service that was asked for is reached, for many random items, within 1.5 points."""

import numpy as np
import pytest

from planning.policies.levels import LevelTerms, Samples, stock_levels
from planning.policies.min_max import min_max_cost, min_max_exact
from planning.policies.newsvendor import poisson_chances
from planning.policies.simulation import (
    drawn_demand,
    drawn_lead_times,
    judge_min_max,
    judge_order_up_to,
    judge_reorder_point,
)

TOLERANCE = 0.015
SHAPES = ("normal", "gamma", "poisson", "negative_binomial", "lumpy")
DAYS = 120_000


def drawn_item(shape: str, generator: np.random.Generator) -> tuple[np.ndarray, bool]:
    """(days of demand, whether it comes in whole units) of a random item."""
    whole = shape in {"poisson", "negative_binomial"}
    mean = float(np.exp(generator.uniform(np.log(0.5 if whole else 5), np.log(80))))
    low, high = {"normal": (0.1, 0.3), "gamma": (0.3, 1.5)}.get(shape, (1.3, 3.0))
    deviation = mean * generator.uniform(low, high)
    if shape == "negative_binomial":
        deviation = max(deviation if mean < 3 else deviation / 2, (1.2 * mean) ** 0.5)
    return drawn_demand(shape, mean, deviation, DAYS, generator), whole


def terms_of(demand, lead_times, quantity: float, target: float, *, whole: bool, by_fill: bool, review) -> LevelTerms:
    one = np.ones(1)
    return LevelTerms(
        day_mean=demand.mean() * one,
        day_deviation=demand.std() * one,
        day_second=(demand**2).sum() / demand.sum() * one,
        day_third=(demand**3).sum() / demand.sum() * one,
        lead_days=lead_times.mean() * one,
        lead_deviation_days=lead_times.std() * one,
        order_quantity=quantity * one,
        target=target * one,
        step=(1.0 if whole else 0.001) * one,
        whole_units=np.array([whole]),
        by_fill=by_fill,
        review_days=review,
    )


@pytest.mark.parametrize("by_fill", [False, True], ids=["cycle service", "fill rate"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_reorder_point_reaches_its_service(shape: str, by_fill: bool) -> None:
    generator = np.random.default_rng(2026)
    for _ in range(12):
        demand, whole = drawn_item(shape, generator)
        lead = float(generator.integers(2, 20))
        leads = drawn_lead_times(lead, lead * float(generator.choice([0, 0.15, 0.3])), DAYS, generator)
        quantity = float(np.ceil(demand.mean() * generator.uniform(15, 60)))
        target = float(generator.choice([0.9, 0.95, 0.98]))
        levels = stock_levels(terms_of(demand, leads, quantity, target, whole=whole, by_fill=by_fill, review=None))
        found = judge_reorder_point(demand, leads, reorder_point=levels.level[0], order_quantity=quantity)
        said, got = (levels.fill_rate, found.fill_rate) if by_fill else (levels.cycle_service, found.cycle_service)
        assert said[0] >= target - 1e-9
        assert got == pytest.approx(said[0], abs=TOLERANCE)
        assert found.mean_stock == pytest.approx(levels.expected_stock[0], rel=0.03)


@pytest.mark.parametrize("by_fill", [False, True], ids=["cycle service", "fill rate"])
@pytest.mark.parametrize("shape", SHAPES)
def test_an_order_up_to_level_reaches_its_service(shape: str, by_fill: bool) -> None:
    """Lead times vary by up to a quarter of the review: orders that often overtake each other are outside the formula."""
    generator = np.random.default_rng(2027)
    for _ in range(12):
        demand, whole = drawn_item(shape, generator)
        review, lead = int(generator.integers(3, 15)), float(generator.integers(2, 20))
        leads = drawn_lead_times(lead, min(lead * 0.3, review / 4) * generator.integers(0, 2), DAYS, generator)
        target = float(generator.choice([0.9, 0.95, 0.98]))
        quantity = demand.mean() * review
        terms = terms_of(demand, leads, quantity, target, whole=whole, by_fill=by_fill, review=float(review))
        levels = stock_levels(terms)
        found = judge_order_up_to(demand, leads, order_up_to=levels.level[0], review_days=review)
        said, got = (levels.fill_rate, found.fill_rate) if by_fill else (levels.cycle_service, found.cycle_service)
        assert said[0] >= target - 1e-9
        assert got == pytest.approx(said[0], abs=TOLERANCE)
        assert found.mean_stock == pytest.approx(levels.expected_stock[0], rel=0.03)


@pytest.mark.parametrize("by_fill", [False, True], ids=["cycle service", "fill rate"])
def test_lumpy_history_resampled_reaches_its_service(by_fill: bool) -> None:
    """A bucket is a day here, so that history and judge see the same demand."""
    generator = np.random.default_rng(2028)
    for _ in range(6):
        demand, _ = drawn_item("lumpy", generator)
        leads = np.full(1, int(generator.integers(3, 20)))
        busy = demand[demand > 0]
        quantity = float(demand.mean() * generator.uniform(20, 60))
        terms = terms_of(demand, leads, quantity, 0.95, whole=False, by_fill=by_fill, review=None)
        one = np.array([0])
        first = np.array([0, busy.size])
        samples = Samples(one, first, busy, np.array([demand.size]), one, 1, 40_000, 3)
        levels = stock_levels(terms, samples)
        assert levels.distribution == ["resampled"]
        found = judge_reorder_point(demand, leads, reorder_point=levels.level[0], order_quantity=quantity)
        got = found.fill_rate if by_fill else found.cycle_service
        assert got == pytest.approx(0.95, abs=TOLERANCE)


def test_the_exact_min_max_policy_costs_in_the_judge_what_it_says() -> None:
    """Lead time 0: an order of the day's end is there before the next day's demand."""
    demand = np.random.default_rng(5).poisson(6, 400_000).astype(float)
    chances = poisson_chances(6).tolist()
    best = min_max_exact(chances, holding_cost=1, backorder_cost=4, fixed_cost=5)
    costs = []
    for s, up_to in ((int(best.reorder_level), int(best.order_up_to)), (6, 18)):
        found = judge_min_max(demand, np.array([0]), reorder_level=s, order_up_to=up_to)
        orders_a_day = found.cycle_count / (0.9 * demand.size)
        costs.append(found.mean_stock + 4 * found.mean_backlog + 5 * orders_a_day)
        said = min_max_cost(s, up_to, chances, holding_cost=1, backorder_cost=4, fixed_cost=5)
        assert costs[-1] == pytest.approx(said, rel=0.01)
    assert costs[0] < costs[1]


def test_the_same_seed_gives_the_same_days() -> None:
    one, other = (drawn_demand("lumpy", 5, 20, 1000, np.random.default_rng(4)) for _ in range(2))
    assert one.tolist() == other.tolist()


def test_the_judge_refuses_impossible_days() -> None:
    with pytest.raises(ValueError, match="smallest demand"):
        judge_reorder_point(np.array([-1.0]), np.array([1]), reorder_point=1, order_quantity=1)
    with pytest.raises(ValueError, match="order_quantity"):
        judge_reorder_point(np.array([1.0]), np.array([1]), reorder_point=1, order_quantity=0)
    with pytest.raises(ValueError, match="mean"):
        drawn_demand("gamma", 0, 1, 10, np.random.default_rng(1))
