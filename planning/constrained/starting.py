"""When orders can really start, and who gets what: components before what is made from them.

Each node hands out what there will be of it, by priority, then day: a requirement is served on its day, where no
requirement before it in that order is harmed on any later day, else on the first later day on which that holds. What firm
orders take, and what was promised beyond stock, is owed from its own day on, though it be more than there is.
An order starts when its last component is there and its resources have room; what starts late is placed by priority too.
A demand may be served in parts, none smaller than its `least`, and not later than its patience allows.
"""

from typing import NamedTuple

import numpy as np

from planning.compiled import allocating_kernel, kernel
from planning.constrained.displacing import make_room
from planning.constrained.loading import due_day, effective, give_back, required_of, start_work, take_room, takes
from planning.constrained.model import DEFICIT_RANK, Case, Cells, Orders
from planning.mrp.model import BY_PRODUCT, FIRM, HORIZON, MAKE, NO_REF, ORDERS_FROM, PHANTOM, Problem, Rows
from planning.mrp.ordering import arrival_day, release_day
from planning.mrp.requirements import expiry_of

MOST_PARTS = 12
"""A demand is served in at most so many parts."""

DEMAND_REF = -2
"""A requirement's ref: an order's place, DEMAND_REF - row of a demand, or -1: promised beyond stock."""


class Hand(NamedTuple):
    """Scratch of handing out one node."""

    day: Rows  # int64 by requirement
    rank: Rows
    quantity: Rows
    ref: Rows
    balance: Rows  # int64[horizon]
    supply_day: Rows  # int64 by supply, of nodes whose supplies expire
    supply_expiry: Rows
    supply_left: Rows


class Served(NamedTuple):
    """What is delivered: DELIVERY records, and how many (int64[1])."""

    rows: Rows
    filled: Rows


@kernel
def gather_requirements(node: int, case: Case, orders: Orders, hand: Hand) -> int:
    """Fill hand with what a node must give: demands, then orders that take it; returns how many."""
    problem, rows, count = case.problem, orders.orders, 0
    for i in range(problem.nodes[node].lot_first, problem.nodes[node].lot_last):
        if problem.lots[i].quantity < 0:
            hand.day[count], hand.rank[count], hand.ref[count] = 0, DEFICIT_RANK, NO_REF
            hand.quantity[count] = -problem.lots[i].quantity
            count += 1
    for i in range(problem.nodes[node].demand_first, problem.nodes[node].demand_last):
        hand.day[count], hand.rank[count] = problem.demands[i].day, problem.demands[i].rank
        hand.quantity[count], hand.ref[count] = problem.demands[i].quantity, DEMAND_REF - i
        count += 1
    lines, unit = problem.lines, problem.nodes[node].unit
    for k in range(problem.nodes[node].line_first, problem.nodes[node].line_last):
        if lines[k].kind == BY_PRODUCT:
            continue
        parent = lines[k].parent
        for at in range(problem.nodes[parent].order_first, problem.nodes[parent].order_last):
            if orders.moves[at].gone == 1:
                continue
            release = int(rows[at].release)
            if not takes(problem, k, rows[at].kind, rows[at].option, release):
                continue
            hand.day[count], hand.ref[count] = release, at
            hand.rank[count] = DEFICIT_RANK if rows[at].status == FIRM else int(rows[at].rank)
            hand.quantity[count] = required_of(problem, k, unit, rows[at].released)
            count += 1
    return count


@kernel
def add_up_supply(node: int, case: Case, orders: Orders, balance: np.ndarray) -> None:
    """Fill balance, int64[horizon], with all that has arrived by the end of each day."""
    problem, horizon = case.problem, case.problem.numbers[HORIZON]
    balance[:] = 0
    for i in range(problem.nodes[node].lot_first, problem.nodes[node].lot_last):
        if problem.lots[i].quantity > 0 and problem.lots[i].expiry > 0:
            balance[0] += problem.lots[i].quantity
    for i in range(problem.nodes[node].receipt_first, problem.nodes[node].receipt_last):
        if problem.receipts[i].kind < 0:
            balance[problem.receipts[i].day] += problem.receipts[i].quantity
    for at in range(problem.nodes[node].order_first, problem.nodes[node].order_last):
        if orders.moves[at].gone == 0 and orders.orders[at].due < horizon:
            balance[int(orders.orders[at].due)] += orders.orders[at].good
    for day in range(1, horizon):
        balance[day] += balance[day - 1]


@kernel
def _deliver(demand: int, node: int, day: int, quantity: int, served: Served) -> None:
    place = served.filled[0]
    served.rows[place].demand = demand
    served.rows[place].node = node
    served.rows[place].day = day
    served.rows[place].quantity = quantity
    served.filled[0] = place + 1


@kernel
def _hand_to(ref: int, node: int, day: int, wanted: int, quantity: int, orders: Orders, served: Served) -> None:
    """Note that a requirement is served on that day."""
    if ref >= 0:
        if day > orders.moves[ref].ready:
            orders.moves[ref].ready = day
            if day > wanted:
                orders.moves[ref].blame = node
    elif ref <= DEMAND_REF:
        _deliver(DEMAND_REF - ref, node, day, quantity, served)


@kernel
def _free_for_others(count: int, hand: Hand, taken: np.ndarray) -> None:
    """Make hand.balance the least from each day on that is left beside what is owed from its own day on; it may be
    negative. `taken`, int64[horizon], is scratch."""
    balance, owed = hand.balance, 0
    taken[:] = 0
    for i in range(count):
        if hand.rank[i] == DEFICIT_RANK:
            taken[hand.day[i]] += hand.quantity[i]
    for day in range(balance.shape[0]):
        owed += taken[day]
        balance[day] -= owed
    for day in range(balance.shape[0] - 2, -1, -1):
        balance[day] = min(balance[day], balance[day + 1])


@allocating_kernel
def hand_out(node: int, case: Case, orders: Orders, hand: Hand, served: Served) -> None:
    """Serve a node's requirements: sets ready and blame of the orders that take it, and writes deliveries."""
    problem, horizon = case.problem, case.problem.numbers[HORIZON]
    count = gather_requirements(node, case, orders, hand)
    if count == 0:
        return
    if problem.nodes[node].expires == 1:
        _hand_out_expiring(node, count, case, orders, hand, served)
        return
    balance = hand.balance
    add_up_supply(node, case, orders, balance)
    taken = np.zeros(horizon, dtype=np.int64)
    for i in range(count):
        taken[hand.day[i]] += hand.quantity[i]
    total, enough = 0, True
    for day in range(horizon):
        total += taken[day]
        if total > balance[day]:
            enough = False
            break
    if enough:
        for i in range(count):
            _hand_to(hand.ref[i], node, hand.day[i], hand.day[i], hand.quantity[i], orders, served)
        return
    _free_for_others(count, hand, taken)
    sequence = np.argsort(hand.rank[:count] * (horizon + 1) + hand.day[:count], kind="mergesort")
    for i in sequence:
        wanted, quantity, ref = hand.day[i], hand.quantity[i], hand.ref[i]
        if hand.rank[i] == DEFICIT_RANK:
            _hand_to(ref, node, wanted, wanted, quantity, orders, served)
            continue
        if ref <= DEMAND_REF:
            _serve_demand(DEMAND_REF - ref, node, wanted, quantity, case, balance, served)
            continue
        day = np.searchsorted(balance[wanted:], quantity) + wanted
        if day < horizon:
            _take(day, quantity, balance)
        _hand_to(ref, node, day, wanted, quantity, orders, served)


@kernel
def _take(day: int, quantity: int, free: np.ndarray) -> None:
    """Take a quantity from what is free from each day on: free is the least balance from a day on, never falling."""
    left = free[day] - quantity
    for k in range(day, free.shape[0]):
        free[k] -= quantity
    for k in range(day - 1, -1, -1):
        if free[k] <= left:
            break
        free[k] = left


@kernel
def _serve_demand(
    demand: int, node: int, wanted: int, quantity: int, case: Case, free: np.ndarray, served: Served
) -> None:
    """Serve a demand on its day or as soon after as can be, in parts where it must."""
    horizon, unit = free.shape[0], case.problem.nodes[node].unit
    last = min(horizon - 1, wanted + case.patience[demand])
    least, left, parts = max(case.least[demand], unit), quantity, 0
    for day in range(wanted, last + 1):
        if day > wanted and free[day] <= free[day - 1]:
            continue
        part = left
        if free[day] < left:
            part = min(free[day] // unit * unit, left - least)
            if part < least or parts >= MOST_PARTS:
                continue
        _take(day, part, free)
        _deliver(demand, node, day, part, served)
        left -= part
        parts += 1
        if left == 0:
            return


@allocating_kernel
def _hand_out_expiring(node: int, count: int, case: Case, orders: Orders, hand: Hand, served: Served) -> None:
    """As hand_out, where supplies expire: each requirement takes what is there on its day, first expired first."""
    problem, horizon = case.problem, case.problem.numbers[HORIZON]
    supplies = _list_supplies(node, case, orders, hand)
    sequence = np.argsort(hand.rank[:count] * (horizon + 1) + hand.day[:count], kind="mergesort")
    unit = problem.nodes[node].unit
    for i in sequence:
        wanted, left, ref = hand.day[i], hand.quantity[i], hand.ref[i]
        demand = DEMAND_REF - ref if ref <= DEMAND_REF else NO_REF
        last, least, parts = horizon - 1, left, 0
        owed = hand.rank[i] == DEFICIT_RANK
        least = 1 if owed else least
        if demand >= 0:
            last = min(last, wanted + case.patience[demand])
            least = max(case.least[demand], unit)
        day, done = wanted, False
        while day <= last and not done:
            there = _there(day, supplies, hand)
            part = left
            if there < left:
                part = min(there // unit * unit, left - least) if demand >= 0 and parts < MOST_PARTS else 0
                part = there if owed else part
            if part >= min(least, left) and part > 0:
                _use_first_expired(day, part, supplies, hand)
                _hand_to(ref, node, day, wanted, part, orders, served)
                left -= part
                parts += 1
                done = left == 0
            if not done:
                day = _next_arrival(day, supplies, hand, horizon)
        if not done and ref >= 0:
            _hand_to(ref, node, horizon, wanted, left, orders, served)


@kernel
def _list_supplies(node: int, case: Case, orders: Orders, hand: Hand) -> int:
    """Fill the supplies of hand; returns how many."""
    problem, horizon, count = case.problem, case.problem.numbers[HORIZON], 0
    nodes, shelf_life = problem.nodes, problem.nodes[node].shelf_life
    for i in range(nodes[node].lot_first, nodes[node].lot_last):
        if problem.lots[i].quantity > 0:
            hand.supply_day[count], hand.supply_expiry[count] = 0, problem.lots[i].expiry
            hand.supply_left[count] = problem.lots[i].quantity
            count += 1
    for i in range(nodes[node].receipt_first, nodes[node].receipt_last):
        if problem.receipts[i].kind < 0:
            day = problem.receipts[i].day
            hand.supply_day[count], hand.supply_expiry[count] = day, expiry_of(day, shelf_life)
            hand.supply_left[count] = problem.receipts[i].quantity
            count += 1
    for at in range(nodes[node].order_first, nodes[node].order_last):
        if orders.moves[at].gone == 0 and orders.orders[at].due < horizon:
            day = int(orders.orders[at].due)
            hand.supply_day[count], hand.supply_expiry[count] = day, expiry_of(day, shelf_life)
            hand.supply_left[count] = orders.orders[at].good
            count += 1
    return count


@kernel
def _there(day: int, supplies: int, hand: Hand) -> int:
    total = 0
    for i in range(supplies):
        if hand.supply_day[i] <= day < hand.supply_expiry[i]:
            total += hand.supply_left[i]
    return total


@kernel
def _use_first_expired(day: int, quantity: int, supplies: int, hand: Hand) -> None:
    left = quantity
    while left > 0:
        best = NO_REF
        for i in range(supplies):
            there = hand.supply_left[i] > 0 and hand.supply_day[i] <= day < hand.supply_expiry[i]
            if there and (best < 0 or hand.supply_expiry[i] < hand.supply_expiry[best]):
                best = i
        part = min(left, hand.supply_left[best])
        hand.supply_left[best] -= part
        left -= part


@kernel
def _next_arrival(day: int, supplies: int, hand: Hand, horizon: int) -> int:
    following = horizon
    for i in range(supplies):
        if hand.supply_left[i] > 0 and day < hand.supply_day[i] < following:
            following = hand.supply_day[i]
    return following


@kernel
def next_change(node: int, day: int, case: Case) -> int:
    """The first day after `day` on which what an order of the node may take changes; the horizon where none."""
    paths = case.paths
    for k in range(paths.change_first[node], paths.change_first[node + 1]):
        if paths.change_day[k] > day:
            return paths.change_day[k]
    return case.problem.numbers[HORIZON]


@kernel
def start_orders(sequence: np.ndarray, case: Case, orders: Orders, cells: Cells, at_last: bool) -> tuple[int, int]:
    """Start each order of the sequence when its components are there and there is room, in that order.

    Args:
        at_last: leave out what would have to start later than its components, which may expire, were handed out for.

    Returns:
        How many would have to start after a day on which their components change; these are left out, and the node is
        closed from their day to that change, so that the next round plans them for then. And how many start later than
        their components, which may expire, were handed out for: another turn must hand them out anew.
    """
    problem, shop = case.problem, case.shop
    rows, moves, horizon, crossed = orders.orders, orders.moves, case.problem.numbers[HORIZON], 0
    cells.waiting[0] = 0
    turn, late = 0, 0
    while turn < sequence.shape[0] + cells.waiting[0]:
        at = sequence[turn] if turn < sequence.shape[0] else cells.again[turn - sequence.shape[0]]
        turn += 1
        moves[at].seen = 1
        parent = rows[at].origin - problem.numbers[ORDERS_FROM]
        if rows[at].kind == PHANTOM and parent >= 0 and moves[parent].gone == 1:
            moves[at].gone = 1
        if moves[at].gone == 1 or rows[at].status == FIRM:
            continue
        node = orders.node[at]
        item, location = case.item[node], problem.nodes[node].location
        before, lead = int(rows[at].release), problem.options[rows[at].option].lead_days
        start = max(before, int(moves[at].ready))
        if moves[at].placed == 1 and start == before:
            continue
        works = rows[at].kind == MAKE and shop.operation_first[item] < shop.operation_first[item + 1]
        cell = shop.source_row[rows[at].option] if rows[at].kind != PHANTOM else NO_REF
        if moves[at].placed == 1:
            _withdraw(at, item, cell, works, case, orders)
            moves[at].gone = 0
        if start < horizon and rows[at].kind == PHANTOM:
            rows[at].release, rows[at].due, moves[at].placed = start, start, 1
        elif start < horizon and not works:
            _start_supply(at, start, cell, location, lead, case, orders)
        elif start < horizon:
            _start_with_room(at, start, item, location, lead, case, orders, cells)
        if moves[at].placed == 0:
            moves[at].gone = 1
        elif rows[at].release >= next_change(node, before, case):
            _withdraw(at, item, cell, works, case, orders)
            crossed += rows[at].kind != PHANTOM
            _close(node, before, next_change(node, before, case), case)
        elif case.paths.frail[node] == 1 and rows[at].release > before:
            late += 1
            if at_last:
                _withdraw(at, item, cell, works, case, orders)
    return crossed, late


@kernel
def _close(node: int, before: int, change: int, case: Case) -> None:
    """Close a node from that day to a change: what would be released there waits until then."""
    paths = case.paths
    if paths.closed_to[node] < change and case.problem.nodes[node].phantom == 0:
        closed = paths.closed_from[node]
        paths.closed_from[node] = before if closed < 0 else min(closed, before)
        paths.closed_to[node] = change


@kernel
def _start_with_room(
    at: int, start: int, item: int, location: int, lead: int, case: Case, orders: Orders, cells: Cells
) -> None:
    """Start an order at once where there is room, or where others give way; else as soon as there is room."""
    bucket = case.problem.bucket_of[start]
    if effective(case.problem.options, orders.orders[at].option, start) and cells.first.shape[0] > 1:
        ends = take_room(at, bucket, item, case.shop, orders, False)
        if ends < 0 and make_room(at, bucket, item, case, orders, cells):
            ends = take_room(at, bucket, item, case.shop, orders, False)
        if ends >= 0:
            orders.orders[at].release = start
            orders.orders[at].due = due_day(case.problem, location, start, lead, ends)
            return
    start_work(at, start, item, location, lead, case, orders)


@kernel
def _withdraw(at: int, item: int, cell: int, works: bool, case: Case, orders: Orders) -> None:
    """Take an order that was placed out of the plan."""
    problem, row = case.problem, orders.orders[at]
    if works:
        give_back(at, problem.bucket_of[int(row.release)], item, case.shop, orders)
    if cell >= 0 and row.due < problem.numbers[HORIZON]:
        case.shop.used[cell, problem.bucket_of[int(row.due)]] -= row.good
    orders.moves[at].placed = 0
    orders.moves[at].gone = 1


@kernel
def leave_out_late(case: Case, orders: Orders) -> None:
    """Take out of the plan what would be there only after the horizon, and serves nothing."""
    rows, moves, shop = orders.orders, orders.moves, case.shop
    for at in range(rows.shape[0]):
        beyond = rows[at].due >= case.problem.numbers[HORIZON] or rows[at].release >= case.problem.numbers[HORIZON]
        if not beyond or moves[at].gone == 1 or rows[at].status == FIRM:
            continue
        item = case.item[orders.node[at]]
        works = rows[at].kind == MAKE and shop.operation_first[item] < shop.operation_first[item + 1]
        _withdraw(at, item, NO_REF, works and moves[at].placed == 1, case, orders)


@kernel
def _start_supply(at: int, start: int, cell: int, location: int, lead: int, case: Case, orders: Orders) -> None:
    """An order that takes no minutes: on that day, or later where its source has no capacity left."""
    problem, shop, rows = case.problem, case.shop, orders.orders
    due = arrival_day(problem, location, start, lead)
    if cell >= 0 and due < problem.numbers[HORIZON]:
        bucket: int = problem.bucket_of[due]
        while bucket < shop.capacity.shape[1] and shop.used[cell, bucket] + rows[at].good > shop.capacity[cell, bucket]:
            orders.moves[at].full = cell
            bucket += 1
        if bucket == shop.capacity.shape[1]:
            return
        begins: int = problem.bucket_start[bucket]
        due = max(due, begins)
        start = max(start, release_day(problem, location, due, lead))
        shop.used[cell, bucket] += rows[at].good
    rows[at].release, rows[at].due, orders.moves[at].placed = start, due, 1


def starting_sequence(orders: Orders, first: int, last: int, *, by_rank: bool) -> np.ndarray:
    """The order in which orders of [first, last) are started: by priority or not, then by the day wanted."""
    part = Orders(*(table[first:last] for table in orders))
    rank = part.orders["rank"] if by_rank else np.zeros(last - first, dtype=np.int32)
    return first + np.lexsort((np.arange(last - first), part.moves["want"], rank))


def new_hand(problem: Problem, requirements: int, supplies: int) -> Hand:
    """Scratch for so many requirements and supplies of one node."""
    asked, given = max(requirements, 1), max(supplies, 1)
    return Hand(
        np.zeros(asked, np.int64), np.zeros(asked, np.int64), np.zeros(asked, np.int64), np.zeros(asked, np.int64),
        np.zeros(problem.bucket_of.size, np.int64),
        np.zeros(given, np.int64), np.zeros(given, np.int64), np.zeros(given, np.int64),
    )  # fmt: skip
