"""Netting one node to the day: when projected on hand would fall below safety stock, an order of the policy's quantity.

The MRP record of the ASCM body of knowledge, cut by day instead of by bucket. A shortage may wait for a confirmed
receipt inside the receipt window; inside the planning fence orders are due at the fence. What a lot covers beyond the
shortage is asked of planning/lot_sizing; how it is placed, of ordering.py; who is served by it, of pegging.py.
"""

import numpy as np

from planning.compiled import inlined_kernel, kernel
from planning.mrp.arithmetic import LIMIT, SUM_LIMIT, round_up
from planning.mrp.lot_rules import (
    economic_order_quantity,
    least_unit_cost,
    part_period_balancing,
    silver_meal,
    wagner_whitin,
)
from planning.mrp.model import (
    AHEAD,
    BACKLOG,
    BALANCE,
    BEYOND,
    BUCKETS_PER_YEAR,
    CLOSEST,
    COVERS,
    ECONOMIC,
    FAR_DAY,
    FIRM,
    FIXED_PERIOD,
    FIXED_QUANTITY,
    FULL,
    GROSS,
    HORIZON,
    LEAST_UNIT_COST,
    LOADED,
    LOT,
    LOT_FOR_LOT,
    MIN_MAX,
    NET,
    NET_BUCKET,
    NET_REQUIREMENTS,
    NO_LIMIT,
    NO_REF,
    OPENING,
    ORDERS,
    ORIGIN,
    PART_PERIOD,
    PENDING,
    PHANTOM,
    PLANNED_DUE,
    PROJECTED,
    RECEIPT_WINDOW,
    SAFETY,
    SCHEDULED,
    SILVER_MEAL,
    STALE,
    WAGNER_WHITIN,
    WASTED,
    ZERO,
    Buffer,
    Problem,
    Rows,
    Work,
    code,
)
from planning.mrp.ordering import UNREACHED, arrival_day, emit, note, place, released_quantity, write_order

DAYS_A_YEAR = 365
EXPIRING = code(8)  # Place in schemas.planning.ALERT_KINDS.


@kernel
def net_node(node: int, events: int, problem: Problem, work: Work, records: np.ndarray, buffer: Buffer) -> int:
    """Net one node: fill the buffer's orders, work.balance and the node's net requirements; returns finding flags.

    Args:
        events: number of requirements in work.events; supplies were loaded by `load_supplies`.
    """
    nodes, state = problem.nodes, work.state
    lay_out_days(node, events, problem, work)
    _place_firm_orders(node, problem, work, buffer)
    _look_ahead(problem, work)
    state[PROJECTED] = state[OPENING]
    state[BACKLOG] = max(-state[OPENING], 0)
    state[PENDING] = 0
    state[BEYOND] = 0
    state[LOT] = nodes[node].lot_size
    state[STALE] = 1
    if PART_PERIOD <= nodes[node].policy <= WAGNER_WHITIN:
        _lay_out_costs(node, problem, work)
    flags, days, policy = ZERO, work.days, nodes[node].policy
    plain_from = nodes[node].planning_fence + 1
    if nodes[node].expires == 1 or nodes[node].reorder_point != NO_LIMIT or policy >= WAGNER_WHITIN:
        plain_from = FAR_DAY
    easy = _orders_easily(node, problem)
    for day in range(problem.numbers[HORIZON]):
        if day >= plain_from:
            projected = state[PROJECTED] + days[SCHEDULED, day] + days[PLANNED_DUE, day] - days[GROSS, day]
            short = days[SAFETY, day] - projected - days[AHEAD, day]
            good = ZERO
            if short > 0 and easy:
                good = _order_easily(day, short, state[LOT], nodes[node], problem.options, buffer.orders, buffer.filled)
            if short <= 0 or good > 0:
                records[NET_REQUIREMENTS, node, problem.bucket_of[day]] += max(short, 0)
                state[PROJECTED] = projected + good
                days[BALANCE, day] = projected + good
                continue
        open_day(node, day, problem, work, buffer)
        if day == 0 and policy == ECONOMIC:
            state[LOT] = _economic_lot(node, problem, work)
        if nodes[node].reorder_point != NO_LIMIT:
            flags = _reorder(node, day, problem, work, buffer, flags)
        flags = _cover_shortage(node, day, problem, work, records, buffer, flags)
        days[BALANCE, day] = state[PROJECTED]
        if buffer.filled[FULL] != 0:
            break
    return flags


@kernel
def _orders_easily(node: int, problem: Problem) -> bool:
    """Whether every order of the node is one lot from one source, counted back in calendar days: the common case."""
    nodes, first = problem.nodes, problem.nodes[node].option_first
    option = problem.options[first]
    alone = nodes[node].option_last - first == 1 and option.capacity == NO_LIMIT and option.max_lot == 0
    always = option.from_day == -FAR_DAY and option.to_day == FAR_DAY
    by_lot = nodes[node].policy in (LOT_FOR_LOT, FIXED_QUANTITY, ECONOMIC)
    return by_lot and alone and always and problem.numbers[ORIGIN] < 0


@kernel
def _order_easily(day: int, short: int, lot: int, row: Rows, options: Rows, orders: Rows, filled: np.ndarray) -> int:
    """Order for a shortage where `_orders_easily`; returns the good quantity, 0 where the long way must be taken."""
    option = options[row.option_first]
    quantity = short if row.policy == LOT_FOR_LOT else _whole_lots(short, lot)
    good = round_up(max(round_up(quantity, row.unit), option.min_lot), option.lot_multiple)
    if good > LIMIT or filled[ORDERS] >= orders.shape[0]:
        return ZERO
    released = released_quantity(good, row.yields, row.unit)
    if released >= LIMIT:
        return ZERO
    write_order(row.option_first, option.kind, day, day - option.lead_days, day, good, released, orders, filled)
    return good


@kernel
def lay_out_days(node: int, events: int, problem: Problem, work: Work) -> None:
    """Requirements, safety stock and empty planned receipts by day."""
    nodes = problem.nodes
    work.days[GROSS, :] = 0
    work.days[PLANNED_DUE, :] = 0
    for i in range(events):
        work.days[GROSS, work.events[i].day] += work.events[i].quantity
    level, row, last = 0, nodes[node].safety_first, nodes[node].safety_last
    if row == last:
        work.days[SAFETY, :] = 0
    else:
        for day in range(problem.numbers[HORIZON]):
            while row < last and problem.levels[row].day <= day:
                level = problem.levels[row].quantity
                row += 1
            work.days[SAFETY, day] = level
    if problem.nodes[node].option_last - problem.nodes[node].option_first <= work.used.shape[0]:
        work.used[: problem.nodes[node].option_last - problem.nodes[node].option_first] = 0


@kernel
def _look_ahead(problem: Problem, work: Work) -> None:
    """work.ahead: confirmed receipts after each day and inside the receipt window."""
    window, horizon = problem.numbers[RECEIPT_WINDOW], problem.numbers[HORIZON]
    if window == 0:
        work.days[AHEAD, :] = 0
        return
    total = 0
    for day in range(1, min(window, horizon - 1) + 1):
        total += work.days[SCHEDULED, day] + work.days[PLANNED_DUE, day]
    for day in range(horizon):
        work.days[AHEAD, day] = total
        if day + 1 < horizon:
            total -= work.days[SCHEDULED, day + 1] + work.days[PLANNED_DUE, day + 1]
        if day + 1 + window < horizon:
            total += work.days[SCHEDULED, day + 1 + window] + work.days[PLANNED_DUE, day + 1 + window]


@kernel
def _place_firm_orders(node: int, problem: Problem, work: Work, buffer: Buffer) -> None:
    """Firm planned orders: never moved, exploded like planned ones."""
    nodes, options = problem.nodes, problem.options
    for i in range(nodes[node].receipt_first, nodes[node].receipt_last):
        kind = problem.receipts[i].kind
        if kind < 0:
            continue
        option = nodes[node].option_first
        for other in range(nodes[node].option_last - 1, nodes[node].option_first - 1, -1):
            if options[other].kind == kind:
                option = other
        day, quantity = problem.receipts[i].day, problem.receipts[i].quantity
        emit(node, option, kind, day, day, quantity, problem, work, buffer)
        if buffer.filled[FULL] != 0:
            return
        written = buffer.filled[ORDERS] - 1
        buffer.orders[written].status = FIRM
        buffer.orders[written].origin = problem.receipts[i].ref
        work.days[PLANNED_DUE, day] += quantity


@kernel
def open_day(node: int, day: int, problem: Problem, work: Work, buffer: Buffer) -> None:
    """Supplies expire, receipts arrive, requirements leave."""
    state = work.state
    if problem.nodes[node].expires:
        state[PROJECTED] -= _expire(node, day, problem, work, buffer)
    state[PROJECTED] += work.days[SCHEDULED, day] + work.days[PLANNED_DUE, day] - work.days[GROSS, day]
    if day == problem.nodes[node].planning_fence:
        state[PENDING] = 0
    if problem.nodes[node].expires:
        state[BACKLOG] += work.days[GROSS, day]
        _consume(day, work)


@kernel
def _expire(node: int, day: int, problem: Problem, work: Work, buffer: Buffer) -> int:
    """Take out what expires today, with a finding each; returns the quantity lost."""
    lost = 0
    for i in range(work.state[LOADED]):
        if work.supplies[i].left > 0 and work.supplies[i].expiry <= day and work.supplies[i].day <= day:
            quantity = work.supplies[i].left
            ref = work.supplies[i].ref
            note(EXPIRING, node, ref if ref >= 0 else ref - 1, NO_REF, day, FAR_DAY, quantity, buffer)
            lost += quantity
            work.supplies[i].left = 0
    work.buckets[WASTED, problem.bucket_of[day]] += lost
    return lost


@kernel
def _consume(day: int, work: Work) -> None:
    """Meet the backlog from what is there, first expired first out."""
    state = work.state
    while state[BACKLOG] > 0:
        best = -1
        for i in range(state[LOADED]):
            there = work.supplies[i].left > 0 and work.supplies[i].day <= day
            if there and (best < 0 or work.supplies[i].expiry < work.supplies[best].expiry):
                best = i
        if best < 0:
            return
        taken = min(state[BACKLOG], work.supplies[best].left)
        work.supplies[best].left -= taken
        state[BACKLOG] -= taken


@kernel
def _receive(node: int, day: int, due: int, good: int, problem: Problem, work: Work) -> None:
    """Count an order just placed: today, or on its due day."""
    if due == day:
        work.state[PROJECTED] += good
        if problem.nodes[node].expires:
            _consume(day, work)
    elif due < problem.numbers[HORIZON]:
        work.days[PLANNED_DUE, due] += good
    else:
        work.state[BEYOND] += good


@kernel
def _reorder(node: int, day: int, problem: Problem, work: Work, buffer: Buffer, flags: int) -> int:
    """Order when projected on hand and what comes within the lead time fall to or below the reorder point.

    The order is released on that day and arrives a lead time later.
    """
    nodes, options, horizon = problem.nodes, problem.options, problem.numbers[HORIZON]
    option = nodes[node].option_first
    due = arrival_day(problem, nodes[node].location, day, options[option].lead_days)
    position = work.state[PROJECTED] + work.state[BEYOND]
    for later in range(day + 1, min(due, horizon - 1) + 1):
        position += work.days[SCHEDULED, later] + work.days[PLANNED_DUE, later]
    short = nodes[node].reorder_point - position
    if short < 0:
        return flags
    quantity = short
    if nodes[node].policy == MIN_MAX:
        quantity = nodes[node].max_stock - position
    elif nodes[node].policy in (FIXED_QUANTITY, ECONOMIC):
        quantity = _whole_lots(short, work.state[LOT])
    if quantity <= 0:
        quantity = max(options[option].min_lot, options[option].lot_multiple)
    if quantity <= 0:
        return flags
    good, flags = place(node, due, due, quantity, problem, work, buffer, flags)
    _receive(node, day, due, good, problem, work)
    return flags


@inlined_kernel
def _whole_lots(quantity: int, lot: int) -> int:
    if lot <= 0:
        return quantity
    return max(round_up(min(quantity, SUM_LIMIT), lot), lot)


@kernel
def _cover_shortage(
    node: int, day: int, problem: Problem, work: Work, records: np.ndarray, buffer: Buffer, flags: int
) -> int:
    """Raise an order where the balance, with what may be waited for, is below safety stock; returns finding flags."""
    nodes, state = problem.nodes, work.state
    fence = min(nodes[node].planning_fence, problem.numbers[HORIZON] - 1)
    cover = state[PROJECTED] + work.days[AHEAD, day] + state[PENDING]
    short = work.days[SAFETY, day] - cover
    policy = nodes[node].policy
    early = policy == WAGNER_WHITIN and _plan_early(day, short, problem, work)
    if (short < 0 or (short == 0 and policy != MIN_MAX)) and not early:
        return flags
    need = max(short, 0)
    bucket = problem.bucket_of[day]
    records[NET_REQUIREMENTS, node, bucket] += need
    quantity = _policy_quantity(node, day, need, policy, problem, work)
    covered = quantity
    if nodes[node].max_stock != NO_LIMIT and policy >= FIXED_PERIOD and policy != ECONOMIC:
        quantity = min(quantity, max(need, nodes[node].max_stock - cover))
    if quantity <= 0:
        return flags
    due = max(day, fence)
    first_need = _first_need(day, work) if early else day
    good, flags = place(node, due, first_need, quantity, problem, work, buffer, flags)
    _receive(node, day, due, good, problem, work)
    if due > day:
        state[PENDING] += good
    if good != covered:
        state[STALE] = 1
    return flags


@kernel
def _policy_quantity(node: int, day: int, need: int, policy: int, problem: Problem, work: Work) -> int:
    """What the lot policy orders for a shortage on that day, before the lot limits."""
    nodes, horizon = problem.nodes, problem.numbers[HORIZON]
    if policy == LOT_FOR_LOT:
        return need
    if policy in (FIXED_QUANTITY, ECONOMIC):
        return _whole_lots(need, work.state[LOT])
    if policy == MIN_MAX:
        return max(nodes[node].max_stock - (work.state[PROJECTED] + work.days[AHEAD, day] + work.state[PENDING]), need)
    _day_nets(day, problem, work)
    first = problem.bucket_of[day]
    setup, holding = work.costs[0], work.costs[1]
    count = 1
    if policy == FIXED_PERIOD:
        count = nodes[node].lot_periods
    elif policy == PART_PERIOD:
        count = part_period_balancing(work.buckets[NET_BUCKET], first, setup, holding, problem.numbers[CLOSEST] == 1)
    elif policy == LEAST_UNIT_COST:
        count = least_unit_cost(work.buckets[NET_BUCKET], first, setup, holding)
    elif policy == SILVER_MEAL:
        count = silver_meal(work.buckets[NET_BUCKET], first, setup, holding)
    elif policy == WAGNER_WHITIN:
        count = work.buckets[COVERS, first] - first + 1
    last = min(first + count, work.buckets[NET_BUCKET].shape[0])
    end = min(problem.bucket_start[last], day + min(nodes[node].shelf_life, horizon))
    quantity = 0
    for later in range(day, min(max(end, day + 1), horizon)):
        quantity += work.days[NET, later]
    return min(quantity, LIMIT)


@kernel
def _day_nets(day: int, problem: Problem, work: Work) -> None:
    """Net requirements from that day on, by day and by bucket, as lot for lot would find them from today's balance."""
    horizon, bucket_of = problem.numbers[HORIZON], problem.bucket_of
    work.buckets[NET_BUCKET, :] = 0
    balance = work.state[PROJECTED] + work.state[PENDING]
    for later in range(day, horizon):
        if later > day:
            balance += work.days[SCHEDULED, later] + work.days[PLANNED_DUE, later] - work.days[GROSS, later]
        short = work.days[SAFETY, later] - balance - work.days[AHEAD, later]
        if short > 0:
            balance += short
            work.buckets[NET_BUCKET, bucket_of[later]] += short
            work.days[NET, later] = short
        else:
            work.days[NET, later] = 0


@kernel
def _first_need(day: int, work: Work) -> int:
    for later in range(day, work.days.shape[1]):
        if work.days[NET, later] > 0:
            return later
    return day


@kernel
def _plan_early(day: int, short: int, problem: Problem, work: Work) -> bool:
    """Keep the lots of wagner_whitin current; true where one is to be placed today ahead of its first requirement."""
    state = work.state
    bucket = problem.bucket_of[day]
    begins = problem.bucket_start[bucket] == day
    unforeseen = short > 0 and work.buckets[COVERS, bucket] < bucket
    if (begins and state[STALE] != 0) or unforeseen:
        _day_nets(day, problem, work)
        costs = work.costs
        wagner_whitin(work.buckets[NET_BUCKET], bucket, costs[0], costs[1], costs[2], costs[3], work.buckets[COVERS])
        state[STALE] = 0
    if not begins or short > 0 or work.buckets[COVERS, bucket] < bucket:
        return False
    _day_nets(day, problem, work)
    return work.buckets[NET_BUCKET, bucket] == 0


@kernel
def _lay_out_costs(node: int, problem: Problem, work: Work) -> None:
    """Setup, holding and unit cost by bucket; a bucket's own costs replace the item's."""
    nodes, costs = problem.nodes, work.costs
    costs[0, :] = nodes[node].setup_cost
    costs[1, :] = nodes[node].holding_cost / 1e6
    costs[2, :] = nodes[node].unit_cost / 1e6
    for row in range(nodes[node].cost_first, nodes[node].cost_last):
        given = problem.bucket_costs[row]
        if not np.isnan(given.setup):
            costs[0, given.bucket] = given.setup
        if not np.isnan(given.holding):
            costs[1, given.bucket] = given.holding / 1e6
        if not np.isnan(given.unit):
            costs[2, given.bucket] = given.unit / 1e6


@kernel
def _economic_lot(node: int, problem: Problem, work: Work) -> int:
    """The economic order quantity of the horizon's net requirements, rounded up to the item's decimals; 0 without
    one."""
    nodes = problem.nodes
    _day_nets(ZERO, problem, work)
    total = 0.0
    for bucket in range(work.buckets[NET_BUCKET].shape[0]):
        total += work.buckets[NET_BUCKET, bucket]
    annual = total / 1e6 * DAYS_A_YEAR / problem.numbers[HORIZON]
    holding = nodes[node].holding_cost * problem.numbers[BUCKETS_PER_YEAR]
    lot = economic_order_quantity(annual, nodes[node].setup_cost, holding)
    return round_up(int(np.ceil(min(lot * 1e6, 1e18) - 1e-6)), nodes[node].unit)


@kernel
def pass_through(node: int, events: int, problem: Problem, work: Work, records: np.ndarray, buffer: Buffer) -> None:
    """A phantom: its own supplies first, the rest goes straight on to its components, with no order and no lead time.

    Needs the requirements sorted (work.place). Each requirement passes on for itself, so that pegging skips the
    phantom.
    """
    lay_out_days(node, events, problem, work)
    orders, state, nodes = buffer.orders, work.state, problem.nodes
    balance, day = state[OPENING], ZERO
    balance += work.days[SCHEDULED, 0]
    for i in range(events):
        event = work.place[i]
        _carry_balance(day, work.events[event].day, balance, work)
        for later in range(day + 1, work.events[event].day + 1):
            balance += work.days[SCHEDULED, later]
        day = work.events[event].day
        passed = work.events[event].quantity - max(min(balance, work.events[event].quantity), 0)
        balance -= work.events[event].quantity - passed
        if passed == 0:
            continue
        emit(node, problem.nodes[node].option_first, PHANTOM, day, day, passed, problem, work, buffer)
        if buffer.filled[FULL] != 0:
            return
        written = buffer.filled[ORDERS] - 1
        orders[written].release = day
        orders[written].released = released_quantity(passed, nodes[node].yields, nodes[node].unit)
        orders[written].rank = work.events[event].rank
        orders[written].depth = UNREACHED
        orders[written].origin = work.events[event].ref
        records[NET_REQUIREMENTS, node, problem.bucket_of[day]] += passed
    _carry_balance(day, problem.numbers[HORIZON], balance, work)


@kernel
def _carry_balance(start: int, end: int, balance: int, work: Work) -> None:
    """Write the balance of every day in [start, end), later receipts included."""
    for day in range(start, end):
        if day > start:
            balance += work.days[SCHEDULED, day]
        work.days[BALANCE, day] = balance
