"""Optimised lot sizes against brute force, published optima and published linear bounds."""

import itertools
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planning.lot_sizing.components import parts_of
from planning.lot_sizing.formulation import ABSENT, formulate
from planning.lot_sizing.from_package import problem_from_package
from planning.lot_sizing.improve import improve
from planning.lot_sizing.optimize import optimize
from planning.lot_sizing.problem import Component, DemandClass, LotSizingProblem, ResourceUse, Source
from planning.lot_sizing.start import first_plan
from planning.package import read_package
from planning.solvers.mathopt import Status, solve

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))
from lot_sizing_instances import package_of, problem_of, read_instance, shared_lot_sizing

needs_shared = pytest.mark.skipif(
    not shared_lot_sizing().exists(), reason=f"public lot-sizing instances are not at {shared_lot_sizing()}"
)


def two_levels(
    demand: list[float],
    *,
    minutes: float,
    setup_cost: tuple[float, float] = (20.0, 30.0),
    overtime_cost: float = 0.0,
    patience: int | None = 0,
    penalty: float = 0.0,
) -> LotSizingProblem:
    """A product and its component (two a piece) on one resource."""
    count = len(demand)

    def source(item: int, setup: float, components: tuple[Component, ...]) -> Source:
        return Source(
            item=item,
            name=f"S{item}",
            kind="make",
            release_bucket=np.arange(count),
            setup_cost=np.full(count, setup),
            unit_cost=np.zeros(count),
            components=components,
            uses=(ResourceUse(0, 2.0, 1.0),),
        )

    return LotSizingProblem(
        items=("PRODUCT", "PART"),
        bucket_count=count,
        initial_stock=np.zeros(2),
        scheduled_receipts=np.zeros((2, count)),
        safety_stock=np.zeros((2, count)),
        safety_penalty=np.zeros(2),
        holding_cost=np.repeat([[3.0], [1.0]], count, axis=1),
        expiring=np.zeros((2, count)),
        demand_classes=(DemandClass(0, "PRODUCT", np.array(demand), penalty, patience, 1000.0),),
        sources=(source(0, setup_cost[0], (Component(1, np.full(count, 2.0)),)), source(1, setup_cost[1], ())),
        resources=("LINE",),
        capacity=np.full((1, count), minutes),
        overtime_cost=np.array([overtime_cost]),
        overtime_limit=np.array([np.inf if overtime_cost else 0.0]),
    )


def brute_force(problem: LotSizingProblem) -> float:
    """Cheapest plan over every pattern of orders; infinite where none is allowed."""
    formulation = formulate(problem, strong=False)
    program = formulation.strict().relaxed()
    orders = formulation.columns.orders[formulation.columns.orders != ABSENT]
    best = np.inf
    for pattern in itertools.product([0.0, 1.0], repeat=len(orders)):
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[orders] = upper[orders] = pattern
        best = min(best, solve(program.with_bounds(lower, upper), seconds=5.0).objective)
    return best


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    demand=st.lists(st.integers(0, 9), min_size=3, max_size=3),
    minutes=st.sampled_from([20.0, 30.0, 60.0]),
    overtime_cost=st.sampled_from([0.0, 4.0]),
    patience=st.sampled_from([0, 1, None]),
)
def test_optimum_equals_brute_force(
    demand: list[int], minutes: float, overtime_cost: float, patience: int | None
) -> None:
    problem = two_levels(
        [float(each) for each in demand], minutes=minutes, overtime_cost=overtime_cost, patience=patience, penalty=7.0
    )
    outcome = optimize(problem, seconds=20.0)
    expected = brute_force(problem)
    if np.isinf(expected):
        assert outcome.status == Status.INFEASIBLE
        assert outcome.reasons
    else:
        assert outcome.status == Status.OPTIMAL
        assert outcome.objective == pytest.approx(expected, rel=1e-5, abs=1e-5)


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    demand=st.lists(st.integers(0, 9), min_size=3, max_size=3),
    patience=st.sampled_from([0, 1, None]),
    stock=st.integers(0, 8),
    safety=st.sampled_from([0.0, 3.0]),
)
def test_strong_form_has_the_same_optimum(demand: list[int], patience: int | None, stock: int, safety: float) -> None:
    problem = two_levels([float(each) for each in demand], minutes=25.0, patience=patience, penalty=4.0)
    problem = replace(
        problem,
        initial_stock=np.array([float(stock // 2), float(stock)]),
        safety_stock=np.full((2, 3), safety),
        safety_penalty=np.array([5.0, 2.0]),
    )
    plain, strong = (solve(formulate(problem, strong=form).strict(), seconds=20.0) for form in (False, True))
    assert plain.status == strong.status
    if plain.status == Status.OPTIMAL:
        assert plain.objective == pytest.approx(strong.objective, rel=1e-5, abs=1e-5)


def test_a_component_made_in_advance_waits_for_its_lead_time() -> None:
    problem = two_levels([0.0, 0.0, 4.0], minutes=100.0)
    late_part = replace(problem.sources[1], release_bucket=np.array([-1, 0, 1]))
    outcome = optimize(replace(problem, sources=(problem.sources[0], late_part)), seconds=10.0)
    assert outcome.plan is not None
    assert outcome.plan.quantity[1].tolist() == [0.0, 0.0, 8.0]


def test_infeasible_names_the_demand_or_the_resource() -> None:
    outcome = optimize(two_levels([50.0, 0.0], minutes=10.0), seconds=10.0)
    assert outcome.status == Status.INFEASIBLE
    assert any("PRODUCT" in reason or "LINE" in reason for reason in outcome.reasons)


def test_fix_and_optimize_never_worsens_a_plan() -> None:
    problem = two_levels([4.0, 7.0, 0.0, 9.0, 3.0], minutes=40.0)
    formulation = formulate(problem, strong=False)
    first = first_plan(formulation, seconds=5.0)
    better = improve(formulation, first, seconds=1.0, seed=3)
    assert formulation.program.cost @ better <= formulation.program.cost @ first + 1e-9


def test_parts_that_share_nothing_are_planned_alone_and_add_up() -> None:
    one = two_levels([4.0, 7.0, 2.0], minutes=40.0)
    moved = tuple(
        replace(
            source,
            item=source.item + 2,
            components=tuple(replace(each, item=each.item + 2) for each in source.components),
            uses=tuple(replace(use, resource=1) for use in source.uses),
        )
        for source in one.sources
    )
    both = LotSizingProblem(
        items=(*one.items, "PRODUCT 2", "PART 2"),
        bucket_count=3,
        initial_stock=np.zeros(4),
        scheduled_receipts=np.zeros((4, 3)),
        safety_stock=np.zeros((4, 3)),
        safety_penalty=np.zeros(4),
        holding_cost=np.tile(one.holding_cost, (2, 1)),
        expiring=np.zeros((4, 3)),
        demand_classes=(*one.demand_classes, replace(one.demand_classes[0], item=2)),
        sources=(*one.sources, *moved),
        resources=("LINE", "LINE 2"),
        capacity=np.tile(one.capacity, (2, 1)),
        overtime_cost=np.zeros(2),
        overtime_limit=np.zeros(2),
    )
    assert len(parts_of(both)) == 2
    alone, together = optimize(one, seconds=10.0), optimize(both, seconds=20.0)
    assert together.objective == pytest.approx(2 * alone.objective)
    assert together.bound == pytest.approx(2 * alone.bound)


@needs_shared
@pytest.mark.parametrize(
    ("name", "plain", "strong"), [("tr6-15", 13024, 37201), ("tr12-15", 24738, 73848), ("G501130", 30799, 112775)]
)
def test_linear_bounds_are_the_published_ones(name: str, plain: float, strong: float) -> None:
    problem = problem_of(read_instance(name))
    for form, bound in ((False, plain), (True, strong)):
        relaxed = formulate(problem, strong=form).program.relaxed()
        assert solve(relaxed, seconds=60.0).objective == pytest.approx(bound, abs=1.0)


@needs_shared
def test_a_small_public_instance_is_solved_to_its_optimum() -> None:
    outcome = optimize(problem_of(read_instance("tr6-15")), seconds=120.0)
    assert outcome.status == Status.OPTIMAL
    assert outcome.objective == pytest.approx(37721.0, abs=0.5)


@needs_shared
@pytest.mark.parametrize("name", ["A_G001545_MLCLS", "G501120", "SET1/data_01"])
def test_the_package_says_the_same_as_the_file(name: str) -> None:
    instance = read_instance(name)
    direct, packaged = problem_of(instance), problem_from_package(read_package(package_of(instance))).problem
    assert np.allclose(direct.capacity, packaged.capacity, atol=1e-5)
    assert np.allclose(direct.holding_cost, packaged.holding_cost)
    assert [s.components for s in direct.sources if not s.components] == [
        s.components for s in packaged.sources if not s.components
    ]
    costs = [
        solve(formulate(each, strong=False).program.relaxed(), seconds=60.0).objective for each in (direct, packaged)
    ]
    assert costs[0] == pytest.approx(costs[1], rel=1e-5)
