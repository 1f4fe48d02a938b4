"""Guaranteed service on a spanning tree: the dynamic program of Graves and Willems (2000), exact.

Stages are taken from the leaves inward, so that each has one neighbour left when its turn comes: its customer (then what
counts is its best cost for every service time it promises) or its supplier (for every inbound time it is given). Prices
on service and inbound times may be added; relaxation.py prices with them the arcs that a tree leaves out.
"""

import numpy as np

from planning.compiled import allocating_kernel
from planning.policies.guaranteed_service.network import FloatArray, IntArray, ServiceNetwork

NONE, CUSTOMER, SUPPLIER = 0, 1, 2
"""What the neighbour is that a stage has left: nobody (the root), its customer or its supplier."""


def elimination_order(size: int, supplier: IntArray, customer: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """(stages leaf first, neighbour left, what that neighbour is) of a forest.

    Raises:
        ValueError: the arcs close a ring.

    >>> order, left, what = elimination_order(3, np.array([0, 1]), np.array([2, 2]))
    >>> order.tolist(), left.tolist(), what.tolist()
    ([1, 0, 2], [2, 2, -1], [1, 1, 0])
    """
    beside: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    for i, j in zip(supplier.tolist(), customer.tolist(), strict=True):
        beside[i].append((j, CUSTOMER))
        beside[j].append((i, SUPPLIER))
    left = np.full(size, -1, dtype=np.int64)
    what = np.zeros(size, dtype=np.int64)
    seen = np.zeros(size, dtype=bool)
    found: list[int] = []
    for root in range(size - 1, -1, -1):
        if seen[root]:
            continue
        seen[root] = True
        reached = [root]
        for stage in reached:
            for other, _ in beside[stage]:
                if seen[other]:
                    continue
                seen[other] = True
                left[other] = stage
                what[other] = next(kind for near, kind in beside[other] if near == stage)
                reached.append(other)
        found.extend(reached)
    if supplier.size != int((left >= 0).sum()):
        message = "the arcs close a ring, so that they are no tree"
        raise ValueError(message)
    return np.array(found[::-1], dtype=np.int64), left, what


@allocating_kernel
def _dynamic_program(
    order: IntArray,
    left: IntArray,
    what: IntArray,
    time: IntArray,
    longest: IntArray,
    limit: IntArray,
    inbound: IntArray,
    cost: FloatArray,
    service_price: FloatArray,
    inbound_price: FloatArray,
) -> tuple[float, IntArray, IntArray]:
    """Least cost and the service and inbound time of each stage that have it; float64[stages, times] tables."""
    size, width = cost.shape
    from_suppliers, from_customers = np.zeros((size, width)), np.zeros((size, width))
    best_other = np.zeros((size, width), dtype=np.int64)
    pushed_at = np.zeros((size, width), dtype=np.int64)
    service, given = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    value = np.empty(width)
    total = 0.0
    for k in order:
        value[:] = np.inf
        of_service = from_customers[k] + service_price[k]
        of_inbound = from_suppliers[k] + inbound_price[k]
        for si in range(inbound[k], longest[k] - time[k] + 1):
            for s in range(min(limit[k], si + time[k]) + 1):
                found = cost[k, si + time[k] - s] + of_inbound[si] + of_service[s]
                key, other = (si, s) if what[k] == SUPPLIER else (s, si)
                if found < value[key]:
                    value[key] = found
                    best_other[k, key] = other
        if what[k] == CUSTOMER:
            _push_upward(value, from_suppliers[left[k]], pushed_at[k])
        elif what[k] == SUPPLIER:
            _push_downward(value, from_customers[left[k]], pushed_at[k])
        else:
            service[k] = np.argmin(value)
            given[k] = best_other[k, service[k]]
            total += float(value[service[k]])
    for k in order[::-1]:
        if what[k] == CUSTOMER:
            service[k] = pushed_at[k, given[left[k]]]
            given[k] = best_other[k, service[k]]
        elif what[k] == SUPPLIER:
            given[k] = pushed_at[k, service[left[k]]]
            service[k] = best_other[k, given[k]]
    return total, service, given


@allocating_kernel
def _push_upward(value: FloatArray, target: FloatArray, at: IntArray) -> None:
    """A supplier to its customer: for every inbound time there, the best service time up to it."""
    best, place = np.inf, 0
    for s in range(value.size):
        if value[s] < best:
            best, place = value[s], s
        target[s] += best
        at[s] = place


@allocating_kernel
def _push_downward(value: FloatArray, target: FloatArray, at: IntArray) -> None:
    """A customer to its supplier: for every service time there, the best inbound time from it on."""
    best, place = np.inf, value.size - 1
    for si in range(value.size - 1, -1, -1):
        if value[si] <= best:
            best, place = value[si], si
        target[si] += best
        at[si] = place


def solve_tree(
    network: ServiceNetwork,
    supplier: IntArray,
    customer: IntArray,
    service_price: FloatArray | None = None,
    inbound_price: FloatArray | None = None,
) -> tuple[float, IntArray, IntArray]:
    """Least cost over a forest of the network's arcs, with the service and inbound times that reach it.

    Args:
        supplier, customer: the arcs that count; they must close no ring.
        service_price, inbound_price: money to add at [stage, time]; none where not given.

    Returns:
        (cost, service times, inbound times); infinite cost where no times keep all limits.

    Source: Graves and Willems (2000), section 3.2. Worked by hand below: raw 2 periods at 1, end 1 period at 3, demand
    deviation 10, factor 1. Raw holding for its 2 costs 10 x sqrt 2 and leaves 30 to the end stage: 44.14. Raw keeping
    nothing leaves the end stage 3 periods: 30 x sqrt 3 = 51.96.

    >>> from planning.policies.guaranteed_service.network import network_of
    >>> chain = network_of([("raw", 2, 1.0), ("end", 1, 3.0)], [("raw", "end")], demand={"end": (10.0, 0)}, factor=1)
    >>> cost, service, inbound = solve_tree(chain, chain.supplier, chain.customer)
    >>> round(cost, 2), service.tolist(), inbound.tolist()
    (44.14, [0, 0], [0, 0])
    """
    order, left, what = elimination_order(network.size, supplier, customer)
    return solve_ordered(network, order, left, what, service_price, inbound_price)


def solve_ordered(
    network: ServiceNetwork,
    order: IntArray,
    left: IntArray,
    what: IntArray,
    service_price: FloatArray | None = None,
    inbound_price: FloatArray | None = None,
) -> tuple[float, IntArray, IntArray]:
    """`solve_tree` with an order that `elimination_order` has found before."""
    cost = network.cost_table
    return _dynamic_program(
        order,
        left,
        what,
        network.time.astype(np.int64),
        network.longest_replenishment,
        network.service_limit,
        network.inbound.astype(np.int64),
        cost,
        np.zeros_like(cost) if service_price is None else service_price,
        np.zeros_like(cost) if inbound_price is None else inbound_price,
    )
