"""Placing an order: lot limits, splits, the source that gets it, and its release day.

Order of the limits: the policy's quantity, then min_lot, then up to lot_multiple, then split by max_lot (floored to the
multiple), full orders first and the remainder at least min_lot, all due the same day. Sources are tried by priority; a
share splits the quantity, a capacity per bucket passes the rest on. The policy itself is netting.py's.
"""

import numpy as np

from planning.compiled import kernel
from planning.mrp.arithmetic import LIMIT, multiply_divide_up, round_up
from planning.mrp.model import (
    CUT_OFF,
    FAR_DAY,
    FINDINGS,
    FULL,
    HORIZON,
    NO_LIMIT,
    NO_REF,
    NO_SOURCE,
    ORDERS,
    ORIGIN,
    OVER_CAPACITY,
    PLANNED,
    TOO_MANY_SPLITS,
    ZERO,
    Buffer,
    Problem,
    Rows,
    Work,
    code,
)
from planning.mrp.requirements import add_supply, expiry_of

MAX_SPLITS = 100_000
MILLION = code(1_000_000)
UNRANKED = 2**31 - 1
UNREACHED = 2**15 - 1
CAPACITY_OVERLOAD, UNPLANNED_ITEM = code(9), code(10)  # Places in schemas.planning.ALERT_KINDS.


@kernel
def release_day(problem: Problem, location: int, due: int, lead_days: int) -> int:
    """The day on which an order due then must be released; negative lies before plan_start.

    Source: the planning package, small print on lead time: calendar days, or the location's working days.
    """
    if problem.numbers[ORIGIN] < 0 or lead_days == 0:
        return due - lead_days
    place = min(due + problem.numbers[ORIGIN], problem.working_before.shape[1] - 1)
    number = problem.working_before[location, place] - lead_days
    if number < 0:
        return due - lead_days
    return problem.working_days[location, number] - problem.numbers[ORIGIN]


@kernel
def arrival_day(problem: Problem, location: int, release: int, lead_days: int) -> int:
    """The day on which an order released then arrives."""
    if problem.numbers[ORIGIN] < 0 or lead_days == 0:
        return release + lead_days
    number = problem.working_before[location, release + problem.numbers[ORIGIN]] + lead_days
    if number >= problem.working_days.shape[1] or problem.working_days[location, number] == FAR_DAY:
        return release + lead_days
    return problem.working_days[location, number] - problem.numbers[ORIGIN]


@kernel
def note(kind: int, node: int, ref: int, cause: int, on: int, to: int, quantity: int, buffer: Buffer) -> None:
    """Append one finding; marks the buffer full where there is no room."""
    place = buffer.filled[FINDINGS]
    if place >= buffer.findings.shape[0]:
        buffer.filled[FULL] = 1
        return
    findings = buffer.findings
    findings[place].kind = kind
    findings[place].node = node
    findings[place].ref = ref
    findings[place].cause = cause
    findings[place].on = on
    findings[place].to = to
    findings[place].quantity = quantity
    buffer.filled[FINDINGS] = place + 1


@kernel
def emit(
    node: int, option: int, kind: int, due: int, need: int, good: int, problem: Problem, work: Work, buffer: Buffer
) -> None:
    """Write one order; released is good / yield, rounded up to the item's decimals."""
    place = buffer.filled[ORDERS]
    if place >= buffer.orders.shape[0]:
        buffer.filled[FULL] = 1
        return
    nodes = problem.nodes
    release = release_day(problem, nodes[node].location, due, problem.options[option].lead_days)
    released = released_quantity(good, nodes[node].yields, nodes[node].unit)
    write_order(option, kind, due, release, need, good, released, buffer.orders, buffer.filled)
    if nodes[node].expires:
        add_supply(due, expiry_of(due, nodes[node].shelf_life), -1 - place, good, work, buffer)


@kernel
def write_order(
    option: int,
    kind: int,
    due: int,
    release: int,
    need: int,
    good: int,
    released: int,
    orders: Rows,
    filled: np.ndarray,
) -> None:
    """Write one planned order behind the others; there must be room."""
    place = filled[ORDERS]
    orders[place].due = due
    orders[place].release = release
    orders[place].need = need
    orders[place].good = good
    orders[place].released = released
    orders[place].rank = UNRANKED
    orders[place].depth = UNREACHED
    orders[place].kind = kind
    orders[place].status = PLANNED
    orders[place].option = option
    orders[place].origin = -1
    filled[ORDERS] = place + 1


@kernel
def released_quantity(good: int, yields: int, unit: int) -> int:
    """Quantity to release so that `good` remains at that yield; int64 millionths, rounded up to `unit`.

    Source: worked case MRP-11: 45 good at a yield of 0.9 is a release of 50.

    >>> released_quantity(45_000_000, 900_000, 1), released_quantity(20_000_000, 900_000, 1_000_000)
    (50000000, 23000000)
    """
    if yields == 1_000_000:
        return good
    return round_up(multiply_divide_up(good, MILLION, yields), unit)


@kernel
def place_with(
    node: int, option: int, due: int, need: int, quantity: int, problem: Problem, work: Work, buffer: Buffer, flags: int
) -> tuple[int, int]:
    """Order a quantity from one source under its lot limits; returns the good quantity ordered and the finding
    flags."""
    options = problem.options
    minimum, multiple = options[option].min_lot, options[option].lot_multiple
    maximum, kind = options[option].max_lot, options[option].kind
    good = round_up(max(round_up(quantity, problem.nodes[node].unit), minimum), multiple)
    if good > LIMIT:
        good, flags = LIMIT, flags | CUT_OFF
    if released_quantity(good, problem.nodes[node].yields, problem.nodes[node].unit) >= LIMIT:
        flags |= CUT_OFF
    full = maximum // multiple * multiple if multiple > 0 else maximum
    if full <= 0 or good <= maximum:
        emit(node, option, kind, due, need, good, problem, work, buffer)
        return good, flags
    if good // full > MAX_SPLITS:
        emit(node, option, kind, due, need, good, problem, work, buffer)
        return good, flags | TOO_MANY_SPLITS
    placed, rest = 0, good
    while rest > 0 and buffer.filled[FULL] == 0:
        part = full if rest >= full else round_up(max(rest, minimum), multiple)
        emit(node, option, kind, due, need, part, problem, work, buffer)
        placed += part
        rest -= part
    return placed, flags


@kernel
def place(
    node: int, due: int, need: int, quantity: int, problem: Problem, work: Work, buffer: Buffer, flags: int
) -> tuple[int, int]:
    """Order a quantity for a node; returns the good quantity ordered and the finding flags."""
    nodes, options = problem.nodes, problem.options
    first, last = nodes[node].option_first, nodes[node].option_last
    simple = options[first].capacity == NO_LIMIT and options[first].from_day == -FAR_DAY
    if last - first == 1 and simple and options[first].to_day == FAR_DAY:
        return place_with(node, first, due, need, quantity, problem, work, buffer, flags)
    shares, best, shared_last = ZERO, NO_REF, NO_REF
    for option in range(first, last):
        if _effective(node, option, due, problem):
            best = option if best < 0 else best
            if options[option].share > 0:
                shares += options[option].share
                shared_last = option
    if best < 0:
        fallback = last - 1
        note(UNPLANNED_ITEM, node, NO_REF, NO_REF, due, FAR_DAY, quantity, buffer)
        return place_with(node, fallback, due, need, quantity, problem, work, buffer, flags | NO_SOURCE)
    if shares > 0:
        return _place_by_share(node, due, need, quantity, shares, shared_last, problem, work, buffer, flags)
    return _place_by_capacity(node, due, need, quantity, best, problem, work, buffer, flags)


@kernel
def _effective(node: int, option: int, due: int, problem: Problem) -> bool:
    options = problem.options
    if options[option].fallback:
        return False
    lead = options[option].lead_days
    release = max(release_day(problem, problem.nodes[node].location, due, lead), 0)
    return options[option].from_day <= release < options[option].to_day


@kernel
def _place_by_share(
    node: int,
    due: int,
    need: int,
    quantity: int,
    shares: int,
    shared_last: int,
    problem: Problem,
    work: Work,
    buffer: Buffer,
    flags: int,
) -> tuple[int, int]:
    nodes, options = problem.nodes, problem.options
    unit = nodes[node].unit
    reached, given, placed = ZERO, ZERO, ZERO
    for option in range(nodes[node].option_first, nodes[node].option_last):
        if options[option].share <= 0 or not _effective(node, option, due, problem):
            continue
        reached += options[option].share
        upto = quantity if option == shared_last else multiply_divide_up(quantity, reached, shares) // unit * unit
        part = upto - given
        given = upto
        if part > 0:
            good, flags = place_with(node, option, due, need, part, problem, work, buffer, flags)
            placed += good
    return placed, flags


@kernel
def _place_by_capacity(
    node: int,
    due: int,
    need: int,
    quantity: int,
    best: int,
    problem: Problem,
    work: Work,
    buffer: Buffer,
    flags: int,
) -> tuple[int, int]:
    nodes, options = problem.nodes, problem.options
    first = nodes[node].option_first
    bucket = problem.bucket_of[min(due, problem.numbers[HORIZON] - 1)]
    rest, placed = quantity, 0
    for option in range(first, nodes[node].option_last):
        if rest <= 0 or not _effective(node, option, due, problem):
            continue
        part = rest
        if options[option].capacity != NO_LIMIT:
            left = max(options[option].capacity - work.used[option - first, bucket], 0)
            multiple = max(options[option].lot_multiple, problem.nodes[node].unit)
            wanted = round_up(max(rest, options[option].min_lot), multiple)
            part = min(wanted, left // multiple * multiple)
            if part <= 0 or part < options[option].min_lot:
                continue
        good, flags = place_with(node, option, due, need, part, problem, work, buffer, flags)
        work.used[option - first, bucket] += good
        placed += good
        rest -= good
    if rest > 0:
        note(CAPACITY_OVERLOAD, node, NO_REF, NO_REF, due, FAR_DAY, rest, buffer)
        good, flags = place_with(node, best, due, need, rest, problem, work, buffer, flags | OVER_CAPACITY)
        placed += good
    return placed, flags
