"""Guaranteed service on a network with rings: a lower bound from priced trees, and good service times from their answers.

The arcs outside a spanning tree are relaxed: where arc (i, j) asks S_i <= SI_j, that is [S_i >= d] <= [SI_j >= d] for
every d, each d gets a price of its own. What is left is a tree, which the dynamic program solves, and its cost is a lower
bound for any prices (Lagrangian relaxation; Geoffrion 1974). Prices follow the subgradient with Polyak's step. Each
answer is repaired by letting every stage wait for its slowest supplier, and improved stage by stage and family by family.
Every step is counted, none is timed, so that the same network gives the same answer.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from planning.compiled import allocating_kernel
from planning.policies.guaranteed_service.network import FloatArray, IntArray, ServiceNetwork
from planning.policies.guaranteed_service.spanning_tree import elimination_order, solve_ordered

CLOSED = 1e-9
IMPROVED_EVERY = 10
PATIENCE = 20
"""Rounds without a better bound after which the step is halved."""
SMALLEST_STEP = 1e-3
MOST_SWEEPS = 200


@dataclass(frozen=True)
class Bounded:
    """Service times, their cost, and a cost below which none can be."""

    service: IntArray
    cost: float
    bound: float


def split_arcs(network: ServiceNetwork) -> tuple[IntArray, IntArray]:
    """(arcs of a spanning forest, the others), dearest exposure first into the forest; places in the arc arrays.

    >>> from planning.policies.guaranteed_service.network import network_of
    >>> ring = network_of([("a", 1, 1.0), ("b", 1, 2.0), ("c", 1, 4.0)], [("a", "b"), ("b", "c"), ("a", "c")],
    ...                   demand={"c": (1.0, 0)}, factor=1)
    >>> [part.tolist() for part in split_arcs(ring)]
    [[1, 2], [0]]
    """
    weight = network.holding_cost * network.deviation * network.factor * np.sqrt(network.longest_replenishment)
    value = weight[network.supplier] + weight[network.customer]
    group = list(range(network.size))

    def root(stage: int) -> int:
        while group[stage] != stage:
            group[stage] = group[group[stage]]
            stage = group[stage]
        return stage

    kept, others = [], []
    for arc in np.argsort(-value, kind="stable").tolist():
        one, other = root(int(network.supplier[arc])), root(int(network.customer[arc]))
        (others if one == other else kept).append(arc)
        group[one] = other
    return np.array(sorted(kept), dtype=np.int64), np.array(sorted(others), dtype=np.int64)


def bound_and_improve(network: ServiceNetwork, *, rounds: int = 600) -> Bounded:
    """Good service times and a proved bound for any acyclic network.

    Args:
        rounds: dynamic programs to solve at most.

    Returns:
        The best times found and the best bound; the cost is infinite where no times keep the limits.

    >>> from planning.policies.guaranteed_service.network import network_of
    >>> ring = network_of([("a", 4, 1.0), ("b", 1, 2.0), ("c", 1, 4.0)], [("a", "b"), ("b", "c"), ("a", "c")],
    ...                   demand={"c": (1.0, 0)}, factor=1)
    >>> found = bound_and_improve(ring)
    >>> found.service.tolist(), round(found.cost, 3), round(found.bound, 3)
    ([0, 1, 0], 8.485, 8.485)
    """
    kept, others = split_arcs(network)
    order, left, what = elimination_order(network.size, network.supplier[kept], network.customer[kept])
    width = network.cost_table.shape[1]
    prices = np.zeros((others.size, width))
    tails, heads = network.supplier[others], network.customer[others]
    best = _closing_times(network)
    best_cost = network.cost_of(best)
    bound, step, waited = 0.0, 1.0, 0
    for turn in range(rounds):
        paid = np.cumsum(prices, axis=1)
        service_price, inbound_price = np.zeros((network.size, width)), np.zeros((network.size, width))
        np.add.at(service_price, tails, paid)
        np.add.at(inbound_price, heads, -paid)
        value, service, inbound = solve_ordered(network, order, left, what, service_price, inbound_price)
        if not np.isfinite(value):
            return Bounded(service, float("inf"), float("inf"))
        waited = 0 if value > bound * (1 + 1e-7) else waited + 1
        bound = max(bound, value)
        if turn % IMPROVED_EVERY == 0 or not others.size:
            repaired = improved(network, repaired_times(network, service))
            cost = network.cost_of(repaired)
            if cost < best_cost:
                best, best_cost = repaired, cost
        if not others.size or best_cost - bound <= CLOSED * max(best_cost, 1e-12) or step < SMALLEST_STEP:
            break
        if waited >= PATIENCE:
            step, waited = step / 2, 0
        days = np.arange(width)
        slope = (service[tails][:, None] >= days).astype(np.float64) - (inbound[heads][:, None] >= days)
        slope[:, 0] = 0.0
        length = float((slope**2).sum())
        if length == 0:
            break
        aim = best_cost if np.isfinite(best_cost) else 2 * bound + 1.0
        prices = np.maximum(prices + step * max(aim - value, 1e-9) / length * slope, 0.0)
    return Bounded(best, best_cost, min(bound, best_cost))


def _closing_times(network: ServiceNetwork) -> IntArray:
    """Times to begin with: every stage promises 0, where it may stock at all."""
    wanted = np.where(network.may_stock, 0, network.service_limit)
    return improved(network, repaired_times(network, wanted))


def repaired_times(network: ServiceNetwork, service: IntArray) -> IntArray:
    """Service times made possible: nobody promises more than inbound time and work take, phantoms exactly that."""
    kept = service.astype(np.int64).copy()
    _repair(network.order, _web_of(network), network.may_stock, kept)
    return kept


def improved(network: ServiceNetwork, service: IntArray) -> IntArray:
    """Service times that no change of one stage, or of all suppliers of one stage together, makes cheaper."""
    kept = service.astype(np.int64).copy()
    if np.isfinite(network.cost_of(kept)):
        _improve(network.order, _web_of(network), kept)
    return kept


class _Web(NamedTuple):
    """A network as kernels read it: suppliers by customer, customers by supplier, times and costs."""

    first_in: IntArray
    suppliers: IntArray
    first_out: IntArray
    customers: IntArray
    inbound: IntArray
    time: IntArray
    limit: IntArray
    cost: FloatArray


def _web_of(network: ServiceNetwork) -> _Web:
    by_customer = np.argsort(network.customer, kind="stable")
    by_supplier = np.argsort(network.supplier, kind="stable")
    stages = np.arange(network.size + 1)
    return _Web(
        np.searchsorted(network.customer[by_customer], stages),
        network.supplier[by_customer],
        np.searchsorted(network.supplier[by_supplier], stages),
        network.customer[by_supplier],
        network.inbound.astype(np.int64),
        network.time.astype(np.int64),
        network.service_limit,
        network.cost_table,
    )


@allocating_kernel
def _given(j, web, service) -> int:
    """Inbound service time of stage j."""
    given = web.inbound[j]
    for arc in range(web.first_in[j], web.first_in[j + 1]):
        given = max(given, service[web.suppliers[arc]])
    return given


@allocating_kernel
def _cost_of(stages, web, service) -> float:
    """Cost of some stages; infinite where one breaks a limit."""
    total = 0.0
    for j in stages:
        exposed = _given(j, web, service) + web.time[j] - service[j]
        if exposed < 0 or service[j] > web.limit[j]:
            return np.inf
        total += web.cost[j, exposed]
    return total


@allocating_kernel
def _repair(order, web, may_stock, service) -> None:
    """Cut service times to what is possible, suppliers first, in place."""
    for j in order:
        most = _given(j, web, service) + web.time[j]
        wanted = min(service[j], most) if may_stock[j] else most
        service[j] = min(wanted, web.limit[j])


@allocating_kernel
def _touched_by(moved, web) -> np.ndarray:
    """The stages that move and their customers, each once."""
    room = moved.size
    for i in moved:
        room += web.first_out[i + 1] - web.first_out[i]
    stages = np.empty(room, dtype=np.int64)
    stages[: moved.size] = moved
    count = moved.size
    for i in moved:
        stages[count : count + web.first_out[i + 1] - web.first_out[i]] = web.customers[
            web.first_out[i] : web.first_out[i + 1]
        ]
        count += web.first_out[i + 1] - web.first_out[i]
    return np.unique(stages)


@allocating_kernel
def _move_together(moved, web, service) -> bool:
    """Give some stages the common service time that costs least, each as far as it can; False where none is better."""
    touched = _touched_by(moved, web)
    before = _cost_of(touched, web, service)
    best = service[moved]
    least = before - 1e-12 * (1.0 + abs(before))
    most = 0
    for i in moved:
        most = max(most, min(web.limit[i], _given(i, web, service) + web.time[i]))
    found = False
    for wanted in range(most + 1):
        for i in moved:
            service[i] = min(wanted, web.limit[i], _given(i, web, service) + web.time[i])
        after = _cost_of(touched, web, service)
        if after < least:
            best, least, found = service[moved], after, True
    for place in range(moved.size):
        service[moved[place]] = best[place]
    return found


@allocating_kernel
def _improve(order, web, service) -> None:
    """Descend in place: single stages, then the suppliers of one stage together, until neither helps."""
    for _ in range(MOST_SWEEPS):
        changed = False
        for j in order:
            if _move_together(np.array([j]), web, service):
                changed = True
        for j in order:
            suppliers = np.unique(web.suppliers[web.first_in[j] : web.first_in[j + 1]])
            if suppliers.size > 1 and _move_together(suppliers, web, service):
                changed = True
        if not changed:
            break
