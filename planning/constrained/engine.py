"""The planning itself: load just in time, start what can start, put off what may wait; a few rounds, the best one kept.

One round is: net and load level by level from the top; start and hand out from the bottom; shift from the top. A round is
repeated where an order would start after its components change (effectivity), with that span closed. Rounds differ in
which orders are loaded first: by priority, or by date. The better plan by late unit-days of customers, weighed by
priority, then by stock, is kept; so the outcome depends on nothing but the package.
"""

from dataclasses import dataclass

import numpy as np

from planning.compiled import allocating_kernel, kernel
from planning.constrained.capacity import UNLIMITED, Floor, build_floor, minutes_of
from planning.constrained.displacing import find_cells
from planning.constrained.loading import choose_ways, free_at_first, load_level
from planning.constrained.measures import Measures, measured
from planning.constrained.model import DELIVERY, MOVE, Case, Floors, Orders, build_paths, demand_behind
from planning.constrained.shifting import lay_out_balance, shift_node
from planning.constrained.starting import (
    Hand,
    Served,
    hand_out,
    leave_out_late,
    new_hand,
    start_orders,
    starting_sequence,
)
from planning.mrp.engine import Netted, net_all
from planning.mrp.model import (
    FAR_DAY,
    FIRM,
    HORIZON,
    LOTS_FROM,
    MAKE,
    ORDERS_FROM,
    PHANTOM,
    RECEIPTS_FROM,
    Problem,
    Rows,
)
from planning.mrp.problem import Network
from planning.package import Package

CLOSING_ROUNDS = 4
"""How often spans are closed before orders that still cross a change are left out."""

ROUNDS = 4
"""How many plans are made at most, each knowing what the one before found."""

SETTLING_ROUNDS = 8
"""How often starting and handing out are repeated, each time with what the last time found."""


@dataclass(frozen=True)
class Constrained:
    """A plan as arrays.

    Attributes:
        case: the problem, with the minutes that are taken.
        floor: names of resources and operations.
        orders: in engine order, those that are left out included.
        deliveries: DELIVERY records by node, then as handed out.
        measures: what it is measured by.
        netted: what netting said; its orders are those of `orders`.
    """

    case: Case
    floor: Floor
    orders: Orders
    deliveries: Rows
    measures: Measures
    netted: Netted


def demand_limits(package: Package, network: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Due day (before plan_start too), patience in days and smallest part of every row of Problem.demands, int64."""
    demand = package.table("demand")[network.problem.demands["ref"]]
    due = demand["due_on"].to_numpy().astype(np.int64) - package.parameters.plan_start
    patience = demand["max_late_days"].fill_null(int(FAR_DAY)).to_numpy().astype(np.int64)
    least = demand["min_shipment"].fill_null(0).to_numpy().astype(np.int64)
    return due, patience, least


def build_case(network: Network) -> tuple[Case, Floor]:
    """Everything that the kernels read."""
    problem, package = network.problem, network.package
    floor = build_floor(package, problem)
    _, patience, least = demand_limits(package, network)
    worth = demand_behind(np.argsort(problem.nodes["level"], kind="stable").astype(np.int64), problem)
    case = Case(problem, build_paths(problem), floor.shop, network.places.item.astype(np.int64), patience, least, worth)
    return case, floor


def plan_once(
    network: Network, case: Case, threads: int, floors: Floors, *, by_rank: bool
) -> tuple[Netted, Orders, Rows, Floors]:
    """One plan; case.shop.used says what it takes. Spans in case.paths stay closed for the next, and the floors say what it
    may know."""
    netted, orders = _loaded(network, case, threads, floors, by_rank=by_rank)
    served: Rows = np.zeros(0, dtype=DELIVERY)
    for turn in range(CLOSING_ROUNDS):
        crossed, served = _settled(case, orders, by_rank=by_rank)
        if crossed == 0 or turn == CLOSING_ROUNDS - 1:
            break
        netted, orders = _loaded(network, case, threads, floors, by_rank=by_rank)
    floors = learnt(case, netted, orders, floors)
    leave_out_late(case, orders)
    shift_all(case, orders, served)
    return netted, orders, served, floors


def _loaded(network: Network, case: Case, threads: int, floors: Floors, *, by_rank: bool) -> tuple[Netted, Orders]:
    """Netting, each level loaded before the next."""
    problem, shop = case.problem, case.shop
    shop.pieces_filled[0] = 0
    shop.used[:] = floors.firm + floors.reserved.sum(axis=0)
    done: list[int] = []
    free = free_at_first(problem)
    widest = int(np.diff(shop.operation_first).max(initial=0))
    kept: list[tuple[np.ndarray, ...]] = []

    def level_done(rows: Rows, first: int, last: int, level: np.ndarray) -> None:
        moves = np.zeros(last - first, dtype=MOVE)
        chosen = np.full((last - first, max(widest, 1)), -1, dtype=np.int32)
        counts = (problem.nodes["order_last"] - problem.nodes["order_first"])[level]
        node = np.repeat(level.astype(np.int32), counts)
        pieces = np.full_like(chosen, -1)
        part = Orders(rows[first:last], moves, chosen, pieces, node)
        choose_ways(0, last - first, case, part, free)
        if len(done) < floors.reserved.shape[0]:
            shop.used[:] -= floors.reserved[len(done)]
        done.append(last)
        load_level(case, part, floors, by_rank=by_rank)
        kept.append((moves, chosen, pieces, node))

    netted = net_all(problem, threads, level_done)
    moves, chosen, pieces, node = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    return netted, Orders(netted.orders, moves, chosen, pieces, node)


def no_floors(case: Case) -> Floors:
    """Nothing is known yet."""
    nothing, bounds = np.zeros(0, dtype=np.int64), np.zeros(case.problem.nodes.size + 1, dtype=np.int64)
    levels = int(case.problem.nodes["level"].max(initial=0)) + 1
    reserved = np.zeros((levels, *case.shop.used.shape), dtype=np.int64)
    return Floors(bounds, nothing, nothing, bounds, nothing, nothing, reserved, np.zeros_like(case.shop.used))


def _entries(case: Case, orders: Orders, day: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Entries of Floors for every node some of whose orders have a day (int64, 0 none)."""
    count = case.problem.nodes.size
    concerned = np.zeros(count, dtype=bool)
    concerned[orders.node[day > 0]] = True
    kept = np.nonzero(concerned[orders.node] & (orders.moves["gone"] == 0) & (orders.orders["kind"] != PHANTOM))[0]
    want = np.maximum(orders.moves["first"][kept], 0).astype(np.int64)
    order = np.lexsort((day[kept], want, orders.node[kept]))
    kept, want = kept[order], want[order]
    first = np.searchsorted(orders.node[kept], np.arange(count + 1)).astype(np.int64)
    return first, want, day[kept]


def material_floors(network: Network, case: Case, threads: int) -> Floors:
    """Plan without limits of minutes, and say when material lets orders start, late ones and others, and what those ask
    that cannot start at another time."""
    shop, floors = case.shop, no_floors(case)
    loose = case._replace(shop=shop._replace(capacity=np.full_like(shop.capacity, UNLIMITED)))
    netted, orders = _loaded(network, loose, threads, floors, by_rank=True)
    earliest_starts(netted.edges, _receipt_days(case.problem), case.problem, orders)
    _settled(loose, orders, by_rank=True)
    rows, moves = orders.orders, orders.moves
    counts = (moves["gone"] == 0) & (rows["status"] != FIRM)
    late = counts & (rows["release"] > np.maximum(moves["first"], 0))
    first, want, day = _entries(case, orders, np.where(late, rows["release"], 0).astype(np.int64))
    floors = floors._replace(start_first=first, start_want=want, start=day, firm=_firm_minutes(case, orders))
    return learnt(case, netted, orders, floors)


def _firm_minutes(case: Case, orders: Orders) -> np.ndarray:
    """Minutes of the firm orders of all levels, which are never moved; int64[rows, buckets]."""
    firm = np.nonzero((orders.orders["status"] == FIRM) & (orders.orders["kind"] == MAKE))[0]
    by_level = np.zeros((int(case.problem.nodes["level"].max(initial=0)) + 1, *case.shop.used.shape), dtype=np.int64)
    reserve(firm, np.maximum(orders.orders["release"], 0).astype(np.int64), case, orders, by_level)
    return by_level.sum(axis=0)


def learnt(case: Case, netted: Netted, orders: Orders, floors: Floors) -> Floors:
    """What the next round may know from this one: how early its orders could have started, and who cannot give way."""
    rows, moves, bucket_of = orders.orders, orders.moves, case.problem.bucket_of
    earliest_starts(netted.edges, _receipt_days(case.problem), case.problem, orders)
    counts = (moves["gone"] == 0) & (rows["status"] != FIRM) & (rows["kind"] == MAKE)
    first, want, day = _entries(case, orders, np.where(counts, moves["early"], 0).astype(np.int64))
    aim = np.minimum(np.maximum(moves["want"], 0), bucket_of.size - 1)
    could = np.minimum(np.minimum(moves["early"], moves["want"]), bucket_of.size - 1)
    tight = counts & (bucket_of[could] >= bucket_of[aim])
    floors.reserved[:] = 0
    reserve(np.nonzero(tight)[0], aim.astype(np.int64), case, orders, floors.reserved)
    return floors._replace(early_first=first, early_want=want, early=day)


def _receipt_days(problem: Problem) -> np.ndarray:
    """Day of every receipt by reference - where references of receipts begin; 0 where it does not count."""
    begin, end = int(problem.numbers[RECEIPTS_FROM]), int(problem.numbers[LOTS_FROM])
    days = np.zeros(end - begin, dtype=np.int64)
    days[problem.receipts["ref"] - begin] = problem.receipts["day"]
    return days


@kernel
def earliest_starts(edges: Rows, receipt_day: np.ndarray, problem: Problem, orders: Orders) -> None:
    """Set moves.early: when each order could start if what it is pegged to were made or bought as early as can be."""
    base, lots, receipts = problem.numbers[ORDERS_FROM], problem.numbers[LOTS_FROM], problem.numbers[RECEIPTS_FROM]
    rows, moves = orders.orders, orders.moves
    for at in range(rows.shape[0]):
        moves[at].early = 0
    for i in range(edges.shape[0] - 1, -1, -1):
        supply, parent = int(edges[i].supply), int(edges[i].parent)
        if parent < base:
            continue
        there = 0
        if supply >= base:
            at = supply - base
            there = int(moves[at].early) + (
                0 if rows[at].kind == PHANTOM else problem.options[rows[at].option].lead_days
            )
        elif supply < lots:
            there = receipt_day[supply - receipts]
        moves[parent - base].early = max(int(moves[parent - base].early), there)


@kernel
def reserve(places: np.ndarray, day: np.ndarray, case: Case, orders: Orders, reserved: np.ndarray) -> None:
    """Add the minutes that these orders take, in the bucket of their `day`, to their level's."""
    shop, problem = case.shop, case.problem
    for at in places:
        node, row = orders.node[at], orders.orders[at]
        item = case.item[node]
        if row.kind != MAKE:
            continue
        for k in range(shop.operation_first[item], shop.operation_first[item + 1]):
            alternate = shop.alternate_first[k]
            bucket = problem.bucket_of[min(day[at], problem.bucket_of.shape[0] - 1)]
            reserved[problem.nodes[node].level, shop.resource[alternate], bucket] += minutes_of(
                shop, alternate, row.released
            )


def _levels(case: Case) -> list[np.ndarray]:
    nodes = case.problem.nodes
    by_level = np.argsort(nodes["level"], kind="stable").astype(np.int64)
    bounds = np.searchsorted(nodes["level"][by_level], np.arange(int(nodes["level"].max(initial=0)) + 2))
    return [by_level[bounds[k] : bounds[k + 1]] for k in range(bounds.size - 1)]


def room_for(case: Case, orders: Orders) -> Hand:
    """Scratch that is large enough for every node."""
    problem, nodes = case.problem, case.problem.nodes
    counts = nodes["order_last"] - nodes["order_first"]
    running = np.concatenate([[0], np.cumsum(counts[problem.lines["parent"]])])
    asked = running[nodes["line_last"]] - running[nodes["line_first"]] + nodes["demand_last"] - nodes["demand_first"]
    given = counts + nodes["receipt_last"] - nodes["receipt_first"] + nodes["lot_last"] - nodes["lot_first"]
    most = int(np.maximum(asked + nodes["lot_last"] - nodes["lot_first"], given).max(initial=0))
    return new_hand(problem, most + 1, most + 1)


@allocating_kernel
def _hand_out_all(level: np.ndarray, case: Case, orders: Orders, hand: Hand, served: Served) -> None:
    for node in level:
        hand_out(node, case, orders, hand, served)


def _settled(case: Case, orders: Orders, *, by_rank: bool) -> tuple[int, Rows]:
    """Start and hand out from the lowest level up, a few times; returns how many orders crossed a change, and deliveries."""
    hand, levels = room_for(case, orders), _levels(case)
    served = Served(np.zeros(13 * case.problem.demands.size + 16, dtype=DELIVERY), np.zeros(1, dtype=np.int64))
    crossed, left_out = 0, -1
    for turn in range(SETTLING_ROUNDS):
        orders.moves["ready"] = 0
        orders.moves["seen"] = 0
        cells = find_cells(case, orders)
        served.filled[0] = 0
        moved = 0
        for level in reversed(levels):
            if level.size:
                first, last = _orders_of(level, case)
                sequence = starting_sequence(orders, first, last, by_rank=by_rank)
                over, late = start_orders(sequence, case, orders, cells, turn == SETTLING_ROUNDS - 1)
                crossed, moved = crossed + over, moved + late
                _hand_out_all(level, case, orders, hand, served)
        gone = int((orders.moves["gone"] == 1).sum())
        if gone in (0, left_out) and moved == 0:
            break
        left_out = gone
    return crossed, served.rows[: served.filled[0]].copy()


def _orders_of(level: np.ndarray, case: Case) -> tuple[int, int]:
    """Where a level's orders begin and end: they stand together."""
    nodes = case.problem.nodes
    return int(nodes["order_first"][level].min()), int(nodes["order_last"][level].max())


@allocating_kernel
def _shift_level(
    level: np.ndarray, case: Case, orders: Orders, hand: Hand, served: Served, bounds: Rows, safety: np.ndarray
) -> int:
    moved = 0
    for node in level:
        lay_out_balance(node, case, orders, hand, served, bounds[node], bounds[node + 1])
        moved += shift_node(node, case, orders, hand, safety)
    return moved


def by_node(deliveries: Rows, nodes: int) -> tuple[Served, np.ndarray]:
    """Deliveries by node, and where each node's begin, int64[N + 1]."""
    ordered = deliveries[np.lexsort((deliveries["day"], deliveries["node"]))]
    bounds = np.searchsorted(ordered["node"], np.arange(nodes + 1)).astype(np.int64)
    return Served(ordered, np.array([ordered.size], dtype=np.int64)), bounds


def shift_all(case: Case, orders: Orders, deliveries: Rows) -> int:
    """Put off what may wait, from the top level down; returns how many orders moved."""
    hand, horizon = room_for(case, orders), int(case.problem.numbers[HORIZON])
    served, bounds = by_node(deliveries, case.problem.nodes.size)
    safety, moved = np.zeros(horizon, dtype=np.int64), 0
    for level in _levels(case):
        moved += _shift_level(level, case, orders, hand, served, bounds, safety)
    return moved


@allocating_kernel
def _sum_balances(
    case: Case, orders: Orders, hand: Hand, served: Served, bounds: np.ndarray, sums: np.ndarray, least: np.ndarray
) -> None:
    for node in range(case.problem.nodes.shape[0]):
        lay_out_balance(node, case, orders, hand, served, bounds[node], bounds[node + 1])
        total, lowest = 0.0, hand.balance[0]
        for day in range(hand.balance.shape[0]):
            total += max(hand.balance[day], 0) / 1e6
            lowest = min(lowest, hand.balance[day])
        sums[node] = total
        least[node] = lowest


def balances(case: Case, orders: Orders, deliveries: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Sum over the days of each node's stock (float64[N] units), and its least stock on any day (int64[N])."""
    served, bounds = by_node(deliveries, case.problem.nodes.size)
    count = case.problem.nodes.size
    sums, least = np.zeros(count), np.zeros(count, dtype=np.int64)
    _sum_balances(case, orders, room_for(case, orders), served, bounds, sums, least)
    return sums, least


def plan_network(network: Network, threads: int) -> Constrained:
    """The best of a few plans; see the head of this module."""
    case, floor = build_case(network)
    due, _, _ = demand_limits(network.package, network)
    floors = material_floors(network, case, threads)
    best: tuple[Measures, Netted, Orders, Rows, _State] | None = None
    before: Measures | None = None
    for _ in range(ROUNDS):
        netted, orders, deliveries, floors = plan_once(network, case, threads, floors, by_rank=True)
        sums, _least = balances(case, orders, deliveries)
        now = measured(case.problem, due, deliveries, sums)
        if best is None or _judged(now) < _judged(best[0]):
            best = now, netted, orders, deliveries, _State.of(case)
        if now == before:
            break
        before = now
    assert best is not None
    measures, netted, orders, deliveries, state = best
    state.restore(case)
    return Constrained(case, floor, orders, deliveries, measures, netted)


def _judged(measures: Measures) -> tuple[float, float]:
    return measures.late_unit_days, measures.mean_stock_value


@dataclass(frozen=True)
class _State:
    """What a plan has left in the case: minutes taken, pieces of work, and where each node's orders stand."""

    used: np.ndarray
    pieces: tuple[np.ndarray, ...]
    first: np.ndarray
    last: np.ndarray

    @classmethod
    def of(cls, case: Case) -> "_State":
        shop, nodes = case.shop, case.problem.nodes
        filled = int(shop.pieces_filled[0])
        pieces = tuple(table[:filled].copy() for table in (shop.piece_bucket, shop.piece_minutes, shop.piece_next))
        return cls(shop.used.copy(), pieces, nodes["order_first"].copy(), nodes["order_last"].copy())

    def restore(self, case: Case) -> None:
        shop, nodes = case.shop, case.problem.nodes
        shop.used[:] = self.used
        filled = self.pieces[0].size
        shop.pieces_filled[0] = filled
        for table, kept in zip((shop.piece_bucket, shop.piece_minutes, shop.piece_next), self.pieces, strict=True):
            table[:filled] = kept
        nodes["order_first"], nodes["order_last"] = self.first, self.last
