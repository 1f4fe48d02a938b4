"""A node's requirements and given supplies: gathered from demands and from the orders of what requires it.

A node is reached after every parent, so it pulls: each line looks at the parent's orders. Requirements are computed per
parent order and line, after scrap, rounded up to the item's decimals. They are kept in the order in which pegging
serves
them: day, priority, id (demands before orders).
"""

import numpy as np

from planning.compiled import inlined_kernel, kernel
from planning.mrp.arithmetic import LIMIT, SUM_LIMIT, multiply_divide_up, round_up
from planning.mrp.model import (
    BY_PRODUCT,
    COMPONENT,
    DEFICIT,
    FAR_DAY,
    FULL,
    HORIZON,
    LOADED,
    MAKE,
    OPENING,
    ORDERS_FROM,
    PHANTOM,
    SCHEDULED,
    TRANSFER,
    ZERO,
    Buffer,
    Problem,
    Rows,
    Work,
)

INSERTION_LIMIT = 24


@inlined_kernel
def explodes(orders: Rows, order: int, line_kind: int, line_option: int) -> bool:
    """Whether an order takes what a line of its node says."""
    kind = orders[order].kind
    if line_kind == COMPONENT:
        made = kind == MAKE or kind == PHANTOM  # noqa: PLR1714 (compiled)
        return made and (line_option < 0 or orders[order].option == line_option)
    return kind == TRANSFER and orders[order].option == line_option


@kernel
def collect_requirements(node: int, problem: Problem, orders: Rows, work: Work) -> int:
    """Fill work.events with the node's requirements, in id order.

    Args:
        orders: all orders of lower levels, ORDER records.

    Returns:
        Number of requirements; negative, -1 - number, where a quantity was cut off at the limit.
    """
    nodes, demands, lines = problem.nodes, problem.demands, problem.lines
    count, total, cut = 0, 0, False
    for i in range(nodes[node].demand_first, nodes[node].demand_last):
        quantity = min(demands[i].quantity, SUM_LIMIT - total)
        cut = cut or quantity < demands[i].quantity
        total += quantity
        work.events[count].day = demands[i].day
        work.events[count].rank = demands[i].rank
        work.events[count].ref = demands[i].ref
        work.events[count].quantity = quantity
        count += 1
    unit = problem.nodes[node].unit
    for k in range(nodes[node].line_first, nodes[node].line_last):
        kind = lines[k].kind
        if kind == BY_PRODUCT:
            continue
        numerator, denominator, fixed = lines[k].numerator, lines[k].denominator, lines[k].fixed
        for order in range(nodes[lines[k].parent].order_first, nodes[lines[k].parent].order_last):
            day = max(int(orders[order].release), 0)
            if not explodes(orders, order, kind, lines[k].option) or day < lines[k].from_day or day >= lines[k].to_day:
                continue
            required = multiply_divide_up(orders[order].released, numerator, denominator)
            required = round_up(min(required + fixed, LIMIT), unit)
            quantity = min(required, SUM_LIMIT - total)
            cut = cut or quantity < required or required >= LIMIT
            total += quantity
            work.events[count].day = day
            work.events[count].rank = int(orders[order].rank)
            work.events[count].ref = (
                orders[order].origin if orders[order].kind == PHANTOM else problem.numbers[ORDERS_FROM] + order
            )
            work.events[count].quantity = quantity
            count += 1
    return -1 - count if cut else count


@kernel
def sort_requirements(count: int, work: Work, horizon: int) -> None:
    """Fill work.place with the requirements' places in pegging order: day, rank, then as they came."""
    counts = work.counts
    counts[:] = 0
    for i in range(count):
        counts[work.events[i].day + 1] += 1
    for day in range(horizon):
        counts[day + 1] += counts[day]
    for i in range(count):
        day = work.events[i].day
        work.place[counts[day]] = i
        counts[day] += 1
    start = ZERO
    while start < count:
        day = work.events[work.place[start]].day
        end = counts[day]
        if end - start > INSERTION_LIMIT:
            _merge_by_rank(start, end, work.events, work.place, work.spare)
        else:
            _insert_by_rank(start, end, work)
        start = end


@kernel
def _merge_by_rank(start: int, end: int, events: Rows, place: np.ndarray, spare: np.ndarray) -> None:
    """Stable merge sort, bottom up."""
    width = 1
    while width < end - start:
        low = start
        while low < end:
            middle, high = min(low + width, end), min(low + 2 * width, end)
            left, right = low, middle
            for i in range(low, high):
                if left < middle and (right >= high or events[place[left]].rank <= events[place[right]].rank):
                    spare[i] = place[left]
                    left += 1
                else:
                    spare[i] = place[right]
                    right += 1
            low = high
        for i in range(start, end):
            place[i] = spare[i]
        width *= 2


@kernel
def _insert_by_rank(start: int, end: int, work: Work) -> None:
    for i in range(start + 1, end):
        held = work.place[i]
        rank = work.events[held].rank
        k = i
        while k > start and work.events[work.place[k - 1]].rank > rank:
            work.place[k] = work.place[k - 1]
            k -= 1
        work.place[k] = held


@kernel
def add_supply(day: int, expiry: int, ref: int, quantity: int, work: Work, buffer: Buffer) -> None:
    """Append one supply to work.supplies; marks the buffer full where there is no room."""
    place = work.state[LOADED]
    if place >= work.supplies.shape[0]:
        buffer.filled[FULL] = 1
        return
    work.supplies[place].day = day
    work.supplies[place].expiry = expiry
    work.supplies[place].ref = ref
    work.supplies[place].quantity = quantity
    work.supplies[place].left = quantity
    work.state[LOADED] = place + 1


@inlined_kernel
def expiry_of(day: int, shelf_life: int) -> int:
    """The day on which something received on `day` no longer counts."""
    return day + shelf_life if shelf_life < FAR_DAY - day else FAR_DAY


@kernel
def load_supplies(node: int, problem: Problem, orders: Rows, work: Work, buffer: Buffer) -> None:
    """Fill work.supplies with lots, receipts and by-products, and work.scheduled with the dated ones.

    Firm planned orders are no supplies here: they are orders (netting.py). work.state gets the stock at plan_start and,
    where more is allocated than there is, that deficit.
    """
    nodes, state = problem.nodes, work.state
    shelf_life = nodes[node].shelf_life
    state[LOADED] = 0
    state[OPENING] = 0
    state[DEFICIT] = 0
    work.days[SCHEDULED, :] = 0
    for i in range(nodes[node].lot_first, nodes[node].lot_last):
        quantity = problem.lots[i].quantity
        state[OPENING] += quantity
        if quantity > 0:
            add_supply(ZERO, problem.lots[i].expiry, problem.lots[i].ref, quantity, work, buffer)
        else:
            state[DEFICIT] -= quantity
    for i in range(nodes[node].receipt_first, nodes[node].receipt_last):
        if problem.receipts[i].kind >= 0:
            continue
        day = problem.receipts[i].day
        work.days[SCHEDULED, day] += problem.receipts[i].quantity
        expiry = expiry_of(day, shelf_life)
        add_supply(day, expiry, problem.receipts[i].ref, problem.receipts[i].quantity, work, buffer)
    lines = problem.lines
    for k in range(nodes[node].line_first, nodes[node].line_last):
        if lines[k].kind == BY_PRODUCT:
            _load_by_product(node, k, problem, orders, work, buffer)


@kernel
def _load_by_product(node: int, line: int, problem: Problem, orders: Rows, work: Work, buffer: Buffer) -> None:
    nodes, lines = problem.nodes, problem.lines
    unit, shelf_life = nodes[node].unit, nodes[node].shelf_life
    parent = lines[line].parent
    for order in range(nodes[parent].order_first, nodes[parent].order_last):
        release, due = max(int(orders[order].release), 0), int(orders[order].due)
        if orders[order].kind != MAKE or release < lines[line].from_day or release >= lines[line].to_day:
            continue
        if due >= problem.numbers[HORIZON]:
            continue
        exact = multiply_divide_up(orders[order].released, lines[line].numerator, lines[line].denominator)
        quantity = min(exact + lines[line].fixed, LIMIT) // unit * unit
        if quantity > 0 and work.days[SCHEDULED, due] < LIMIT:
            work.days[SCHEDULED, due] += quantity
            add_supply(due, expiry_of(due, shelf_life), problem.numbers[ORDERS_FROM] + order, quantity, work, buffer)
