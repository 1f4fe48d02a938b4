"""Pegging one node: which supply serves which requirement, as edges.

Requirements are served by need date, then demand priority, then id; supplies are used in the order in which they arrive
(lots by expiry, receipts, orders by due day). Where supplies expire, a requirement takes what expires first of what is
there. An order inherits the best priority of what it serves, and hands it on to its components.
"""

from planning.compiled import kernel
from planning.mrp.model import (
    DEFICIT,
    EDGES,
    FULL,
    LOADED,
    ORDERS,
    ORDERS_FROM,
    ZERO,
    Buffer,
    Problem,
    Rows,
    Work,
    code,
)
from planning.mrp.requirements import add_supply, expiry_of

DEEPEST = code(2**15 - 2)


@kernel
def order_by_due(start: int, buffer: Buffer) -> None:
    """Bring a node's orders, those from `start` on, into due order; orders due the same day keep theirs."""
    orders, end = buffer.orders, buffer.filled[ORDERS]
    for i in range(start + 1, end):
        k = i
        while k > start and orders[k].due < orders[k - 1].due:
            _swap_orders(k - 1, k, orders)
            k -= 1


@kernel
def _swap_orders(one: int, other: int, orders: Rows) -> None:
    """Exchange two orders that have not been pegged yet."""
    first, second = orders[one], orders[other]
    first.due, second.due = second.due, first.due
    first.release, second.release = second.release, first.release
    first.need, second.need = second.need, first.need
    first.good, second.good = second.good, first.good
    first.released, second.released = second.released, first.released
    first.kind, second.kind = second.kind, first.kind
    first.status, second.status = second.status, first.status
    first.option, second.option = second.option, first.option
    first.origin, second.origin = second.origin, first.origin
    first.rank, second.rank = second.rank, first.rank


@kernel
def add_orders(node: int, start: int, problem: Problem, work: Work, buffer: Buffer) -> None:
    """Append a node's orders to its supplies and bring all of them into the order of arrival."""
    shelf_life = problem.nodes[node].shelf_life
    for i in range(start, buffer.filled[ORDERS]):
        due = int(buffer.orders[i].due)
        add_supply(due, expiry_of(due, shelf_life), -1 - i, buffer.orders[i].good, work, buffer)
    count = work.state[LOADED]
    for i in range(1, count):
        k = i
        while k > 0 and work.supplies[k].day < work.supplies[k - 1].day:
            _swap_supplies(k - 1, k, work.supplies)
            k -= 1
    for i in range(count):
        work.supplies[i].left = work.supplies[i].quantity


@kernel
def _swap_supplies(one: int, other: int, supplies: Rows) -> None:
    first, second = supplies[one], supplies[other]
    first.day, second.day = second.day, first.day
    first.expiry, second.expiry = second.expiry, first.expiry
    first.ref, second.ref = second.ref, first.ref
    first.quantity, second.quantity = second.quantity, first.quantity


@kernel
def _serve(supply: Rows, event: Rows, quantity: int, base: int, all_orders: Rows, buffer: Buffer) -> None:
    """Write one edge, from a SUPPLY to an EVENT; the order behind the supply inherits priority and depth.

    Args:
        base: where references of orders begin.
    """
    filled, edges, orders = buffer.filled, buffer.edges, buffer.orders
    place = filled[EDGES]
    if place >= edges.shape[0]:
        filled[FULL] = 1
        return
    edges[place].supply = supply.ref
    edges[place].parent = event.ref
    edges[place].quantity = quantity
    filled[EDGES] = place + 1
    if supply.ref >= 0:
        return
    order = -1 - supply.ref
    orders[order].rank = min(orders[order].rank, event.rank)
    depth = ZERO
    if event.ref >= base:
        depth = min(all_orders[event.ref - base].depth + 1, DEEPEST)
    orders[order].depth = min(orders[order].depth, depth)


@kernel
def _use_up_deficit(work: Work) -> None:
    """What is allocated beyond a lot is taken from the first supplies, for nobody in particular."""
    left = work.state[DEFICIT]
    for i in range(work.state[LOADED]):
        taken = min(left, work.supplies[i].left)
        work.supplies[i].left -= taken
        left -= taken


@kernel
def peg(events: int, problem: Problem, all_orders: Rows, work: Work, buffer: Buffer) -> None:
    """Serve the node's requirements in order, each from the earliest supply that has something left."""
    _use_up_deficit(work)
    base = problem.numbers[ORDERS_FROM]
    supply, count = ZERO, work.state[LOADED]
    for i in range(events):
        event = work.place[i]
        left = work.events[event].quantity
        while left > 0 and supply < count:
            taken = min(left, work.supplies[supply].left)
            if taken > 0:
                _serve(work.supplies[supply], work.events[event], taken, base, all_orders, buffer)
                work.supplies[supply].left -= taken
                left -= taken
            if work.supplies[supply].left == 0:
                supply += 1
        if buffer.filled[FULL] != 0:
            return


@kernel
def peg_first_expired(events: int, problem: Problem, all_orders: Rows, work: Work, buffer: Buffer) -> None:
    """Serve the node's requirements in order, each from what expires first, else from what comes next."""
    _use_up_deficit(work)
    base = problem.numbers[ORDERS_FROM]
    for i in range(events):
        event = work.place[i]
        day, left = work.events[event].day, work.events[event].quantity
        while left > 0:
            supply = _first_expired(day, work)
            if supply < 0:
                break
            taken = min(left, work.supplies[supply].left)
            _serve(work.supplies[supply], work.events[event], taken, base, all_orders, buffer)
            work.supplies[supply].left -= taken
            left -= taken
        if buffer.filled[FULL] != 0:
            return


@kernel
def _first_expired(day: int, work: Work) -> int:
    """The unexpired supply there on that day that expires first, else the next to come, else -1."""
    best, following = -1, -1
    for i in range(work.state[LOADED]):
        if work.supplies[i].left <= 0 or work.supplies[i].expiry <= day:
            continue
        if work.supplies[i].day <= day:
            if best < 0 or work.supplies[i].expiry < work.supplies[best].expiry:
                best = i
        elif following < 0 or work.supplies[i].day < work.supplies[following].day:
            following = i
    return best if best >= 0 else following
