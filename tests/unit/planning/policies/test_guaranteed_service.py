"""Guaranteed-service safety stock: worked chains, every small tree and net against trying all times, bounds and refusals."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from planning import read_package
from planning.policies.guaranteed_service import ServiceNetwork, network_from_package, place_safety_stock
from planning.policies.guaranteed_service.network import NO_LIMIT, network_of
from planning.policies.guaranteed_service.program import solve_program
from planning.policies.guaranteed_service.relaxation import bound_and_improve
from planning.policies.guaranteed_service.spanning_tree import solve_tree
from planning.solvers.mathopt import Status


def drawn(seed: int, size: int, *, rings: bool) -> ServiceNetwork:
    """A small random network; a forest unless rings are wanted."""
    r = np.random.default_rng(seed)
    arcs: set[tuple[int, int]] = set()
    for j in range(1, size):
        other = int(r.integers(j))
        arcs.add((other, j) if r.random() < 0.5 or rings else (j, other))
    if rings:
        arcs |= {(int(a), int(b)) for a, b in (sorted(r.choice(size, 2, replace=False)) for _ in range(3))}
    ends = {a for a, _ in arcs}
    supplier, customer = (np.array(side, dtype=np.int64) for side in zip(*sorted(arcs), strict=True))
    sold = np.array([j not in ends or r.random() < 0.3 for j in range(size)])
    return ServiceNetwork(
        tuple(f"stage {j}" for j in range(size)),
        r.integers(0, 4, size),
        r.uniform(0.5, 10, size).round(2),
        r.uniform(1, 5, size).round(2),
        np.full(size, 1.5),
        supplier,
        customer,
        np.where(sold, r.integers(0, 3, size), NO_LIMIT),
        np.where(r.random(size) < 0.3, r.integers(0, 2, size), 0),
        np.ones(size, dtype=bool),
    )


def cheapest_of_all(network: ServiceNetwork) -> float:
    times = [range(int(limit) + 1) for limit in network.service_limit]
    return min(network.cost_of(np.array(service)) for service in product(*times))


def test_a_serial_line_keeps_stock_where_it_is_cheap_enough_to_pay_for_the_wait() -> None:
    """Three stages of 1 period at 1, 2 and 3: all stock at the end costs 3 sqrt 3 = 5.196; at the ends 1 and 3 sqrt 2,
    in all 5.243; at 2 and 3: 2 sqrt 2 + 3 = 5.828; everywhere 6."""
    line = network_of(
        [("a", 1, 1.0), ("b", 1, 2.0), ("c", 1, 3.0)], [("a", "b"), ("b", "c")], demand={"c": (1.0, 0)}, factor=1
    )
    found = place_safety_stock(line)
    assert found.status == "optimal"
    assert found.cost == pytest.approx(3 * 3**0.5)
    assert found.exposed.tolist() == [0, 0, 3]


def test_a_published_tree_costs_what_is_printed() -> None:
    """Snyder and Shen, example 6.5: four stages, one outside supplier who takes 1, customers who wait 0 and 1: 8.278."""
    tree = network_of(
        [("1", 2, 1.0), ("2", 1, 3.0), ("3", 1, 2.0), ("4", 1, 3.0)],
        [("1", "3"), ("3", "2"), ("3", "4")],
        demand={"2": (1.0, 0), "4": (1.0, 1)},
        factor=1,
        inbound={"1": 1},
    )
    found = place_safety_stock(tree)
    assert found.service.tolist() == [0, 0, 0, 1]
    assert found.cost == pytest.approx(6**0.5 + 2 * 2**0.5 + 3)
    assert round(found.cost, 4) == 8.2779


def test_customers_who_wait_save_the_stock_of_the_wait() -> None:
    line = network_of([("a", 3, 1.0)], [], demand={"a": (2.0, 3)}, factor=1)
    assert place_safety_stock(line).cost == 0
    shorter = network_of([("a", 3, 1.0)], [], demand={"a": (2.0, 2)}, factor=1)
    assert place_safety_stock(shorter).cost == pytest.approx(2.0)


@pytest.mark.parametrize("seed", range(40))
def test_a_tree_costs_what_the_best_of_all_times_costs(seed: int) -> None:
    network = drawn(seed, 2 + seed % 5, rings=False)
    cost, service, _ = solve_tree(network, network.supplier, network.customer)
    assert cost == pytest.approx(cheapest_of_all(network))
    assert network.cost_of(service) == pytest.approx(cost)


@pytest.mark.parametrize("seed", range(40))
def test_a_net_with_rings_costs_what_the_best_of_all_times_costs(seed: int) -> None:
    network = drawn(seed, 4 + seed % 2, rings=True)
    found = place_safety_stock(network, seconds=20)
    assert found.status == "optimal"
    assert found.cost == pytest.approx(cheapest_of_all(network))


@pytest.mark.parametrize("seed", range(25))
def test_the_bound_of_priced_trees_is_never_above_the_best_and_its_times_never_below(seed: int) -> None:
    network = drawn(100 + seed, 5, rings=True)
    found, best = bound_and_improve(network), cheapest_of_all(network)
    assert found.bound <= best + 1e-9
    assert found.cost >= best - 1e-9
    assert network.cost_of(found.service) == pytest.approx(found.cost)


@pytest.mark.parametrize("seed", range(8))
def test_the_program_and_the_priced_trees_agree_on_nets_too_large_to_try_out(seed: int) -> None:
    network = drawn(500 + seed, 14, rings=True)
    found = bound_and_improve(network)
    answer, service = solve_program(network, seconds=60)
    assert answer.status == Status.OPTIMAL
    assert service is not None
    assert network.cost_of(service) == pytest.approx(answer.objective)
    assert found.bound - 1e-6 <= answer.objective <= found.cost + 1e-6
    assert found.cost == pytest.approx(answer.objective, rel=0.01)


@pytest.mark.parametrize("seed", range(6))
def test_the_program_alone_costs_what_the_best_of_all_times_costs(seed: int) -> None:
    network = drawn(700 + seed, 4, rings=True)
    answer, _ = solve_program(network, seconds=60)
    assert answer.objective == pytest.approx(cheapest_of_all(network))


def test_without_a_solver_the_same_network_gives_the_same_answer() -> None:
    network = drawn(7, 40, rings=True)
    first, second = (place_safety_stock(network, seconds=0) for _ in range(2))
    assert first.service.tolist() == second.service.tolist()
    assert first.bound == second.bound <= first.cost


def bicycles(**more: object) -> dict[str, pl.DataFrame]:
    items = {"item": ["BIKE", "KIT", "RIM", "TRIKE", "WHEEL"], "lead_time_days": [1.0, 0.0, 9.0, 1.0, 3.0]}
    return {
        "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
        "items": pl.DataFrame({**items, "unit_cost": [100, 1, 5, 150, 20], "holding_rate": [0.2] * 5, **more}),
        "bom": pl.DataFrame(
            {
                "parent": ["BIKE", "TRIKE", "KIT", "WHEEL"],
                "component": ["KIT", "WHEEL", "WHEEL", "RIM"],
                "quantity_per": [1, 3, 2, 1],
            }
        ),
    }


def test_deviations_pass_down_the_bill_and_phantoms_keep_nothing() -> None:
    package = read_package(bicycles(phantom=[False, True, False, False, False]))
    network = network_from_package(package, {"BIKE": 3.0, "TRIKE": 4.0}, safety_factor=2.0)
    by_name = dict(zip(network.names, network.deviation.tolist(), strict=True))
    assert by_name == pytest.approx({"BIKE": 3, "KIT": 3, "TRIKE": 4, "WHEEL": (6**2 + 12**2) ** 0.5, "RIM": 180**0.5})
    table = place_safety_stock(network).table()
    assert table.filter(pl.col("item") == "KIT")["safety_stock"].to_list() == [0.0]
    assert table["yearly_holding_cost"].sum() == pytest.approx(place_safety_stock(network).cost)


def test_items_that_nothing_in_demand_needs_are_no_stages() -> None:
    network = network_from_package(read_package(bicycles()), {"WHEEL": 1.0}, safety_factor=2.0)
    assert network.names == ("RIM", "WHEEL")


def test_one_part_used_on_two_ways_is_counted_with_the_sum_of_both() -> None:
    """A needs B once and C once, and each needs one D: D varies with 2 x A, not with the root of two."""
    tables = {
        "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
        "items": pl.DataFrame({"item": ["A", "B", "C", "D"], "unit_cost": [1] * 4, "holding_rate": [0.2] * 4}),
        "bom": pl.DataFrame({"parent": ["A", "A", "B", "C"], "component": ["B", "C", "D", "D"]}),
    }
    network = network_from_package(read_package(tables), {"A": 5.0}, safety_factor=2.0)
    assert network.deviation.tolist() == [5.0, 5.0, 5.0, 10.0]


def test_hostile_networks_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="stage a lies on or behind a cycle"):
        network_of([("a", 1, 1.0), ("b", 1, 1.0)], [("a", "b"), ("b", "a")], demand={}, factor=1)
    with pytest.raises(ValueError, match="holding_cost of stage a"):
        network_of([("a", 1, float("nan"))], [], demand={}, factor=1)
    with pytest.raises(ValueError, match="longest path"):
        network_of([("a", 30_000, 1.0)], [], demand={}, factor=1)
    with pytest.raises(ValueError, match="at least one stage"):
        network_of([], [], demand={}, factor=1)
    with pytest.raises(ValueError, match="no item|must have demand"):
        network_from_package(read_package(bicycles()), {}, safety_factor=2.0)
    with pytest.raises(ValueError, match="4 items have no holding cost, the first is BIKE"):
        network_from_package(read_package(bicycles(holding_rate=[None] * 5)), {"BIKE": 1.0}, safety_factor=2.0)
    with pytest.raises(ValueError, match="close a ring"):
        ring = drawn(3, 6, rings=True)
        solve_tree(ring, ring.supplier, ring.customer)


def test_what_cannot_be_promised_is_said_to_be_infeasible() -> None:
    """A phantom keeps nothing, so that it cannot promise 0 behind a supplier that may not stock either."""
    network = network_of([("a", 3, 1.0)], [], demand={"a": (1.0, 0)}, factor=1)
    values = {field: getattr(network, field) for field in network.__dataclass_fields__}
    stuck = ServiceNetwork(**{**values, "may_stock": np.array([False])})
    found = place_safety_stock(stuck)
    assert found.status == "infeasible"
    assert found.table().is_empty()
