"""Loading a level just in time: each order in the bucket in which it should be released, else in an earlier one.

Called after each level of netting and before its components are netted, so that they are planned for the day on which
they will be needed. An order first gets the way (source, alternates) that can be in time, by priority, else the one that
is there first; then minutes. What finds no room earlier either is left to `starting`.
"""

import numpy as np

from planning.compiled import kernel
from planning.constrained.capacity import Shop, has_room, load_spread, minutes_of, spread_end, unload_spread
from planning.constrained.model import Case, Floors, Orders
from planning.mrp.arithmetic import LIMIT, multiply_divide_up, round_up
from planning.mrp.model import COMPONENT, FAR_DAY, FIRM, HORIZON, MAKE, NO_REF, PHANTOM, TRANSFER, Problem, Rows
from planning.mrp.ordering import arrival_day, release_day

MOST_SLACK = 3
"""Buckets of freedom that are told apart when it is decided who keeps a bucket."""


@kernel
def _give_back_some(at: int, bucket: int, first: int, end: int, shop: Shop, orders: Orders) -> None:
    """Give back the minutes of the operations [first, end) of an order."""
    own = first
    while own < end:
        k = own - first
        alternate = orders.chosen[at, k]
        row = shop.resource[alternate]
        if orders.pieces[at, k] >= 0:
            unload_spread(shop, row, orders.pieces[at, k])
            orders.pieces[at, k] = -1
        else:
            shop.used[row, bucket] -= minutes_of(shop, alternate, orders.orders[at].released)
        own += 1


@kernel
def give_back(at: int, bucket: int, item: int, shop: Shop, orders: Orders) -> None:
    """Give back the minutes of an order that begins in that bucket."""
    _give_back_some(at, bucket, shop.operation_first[item], shop.operation_first[item + 1], shop, orders)
    orders.moves[at].placed = 0


@kernel
def take_room(at: int, bucket: int, item: int, shop: Shop, orders: Orders, spread: bool) -> int:
    """Take an order's minutes in that bucket, each operation on the best alternate with room.

    Args:
        spread: take what is left of that bucket and the following ones, on the alternate that is done first.

    Returns:
        The last bucket that it takes; -1 where some operation finds no room, and moves[at].full says whose.
    """
    first, end = shop.operation_first[item], shop.operation_first[item + 1]
    ends = bucket
    for k in range(first, end):
        found, done = NO_REF, shop.capacity.shape[1]
        for alternate in range(shop.alternate_first[k], shop.alternate_first[k + 1]):
            minutes = minutes_of(shop, alternate, orders.orders[at].released)
            if has_room(shop, shop.resource[alternate], bucket, minutes):
                found, done = alternate, bucket
                break
            last = spread_end(shop, shop.resource[alternate], bucket, minutes) if spread else NO_REF
            if 0 <= last < done:
                found, done = alternate, last
        if found >= 0:
            row, minutes = shop.resource[found], minutes_of(shop, found, orders.orders[at].released)
            orders.chosen[at, k - first] = found
            orders.pieces[at, k - first] = -1
            if has_room(shop, row, bucket, minutes):
                shop.used[row, bucket] += minutes
            else:
                orders.pieces[at, k - first] = load_spread(shop, row, bucket, minutes)
                found = found if orders.pieces[at, k - first] >= 0 else NO_REF
            ends = max(ends, done)
        if found < 0:
            orders.moves[at].full = shop.resource[shop.alternate_first[k]]
            _give_back_some(at, bucket, first, k, shop, orders)
            return NO_REF
    orders.moves[at].placed = 1
    return ends


@kernel
def note_work(at: int, item: int, shop: Shop, orders: Orders) -> None:
    """Note who does a firm order's work; its minutes were taken before the first level."""
    for k in range(shop.operation_first[item], shop.operation_first[item + 1]):
        alternate = shop.alternate_first[k]
        orders.chosen[at, k - shop.operation_first[item]] = alternate
    orders.moves[at].placed = 1


@kernel
def due_day(problem: Problem, location: int, release: int, lead_days: int, ends: int) -> int:
    """When an order released then is there: a lead time later, and not before the bucket in which its work ends."""
    return max(arrival_day(problem, location, release, lead_days), problem.bucket_start[ends])


@kernel
def last_release(problem: Problem, location: int, due: int, lead_days: int) -> int:
    """The last day, not before plan_start, whose release is there on `due`; where there is none, as netting counts back."""
    day = release_day(problem, location, due, lead_days)
    while day > 0 and arrival_day(problem, location, day, lead_days) > due:
        day -= 1
    return day


@kernel
def effective(options: Rows, option: int, release: int) -> bool:
    """Whether an option, and what it takes of alternates, may be used for a release on that day."""
    return options[option].from_day <= release < options[option].to_day


@kernel
def fits_lot_rules(options: Rows, option: int, good: int) -> bool:
    """Whether an option's lot rules allow a good quantity."""
    multiple, most = options[option].lot_multiple, options[option].max_lot
    whole = multiple <= 1 or good % multiple == 0
    return whole and good >= options[option].min_lot and (most == 0 or good <= max(most, options[option].min_lot))


@kernel
def takes(problem: Problem, line: int, kind: int, option: int, release: int) -> bool:
    """Whether an order of that kind and option, released then, takes what the line says."""
    lines = problem.lines
    if release < lines[line].from_day or release >= lines[line].to_day:
        return False
    if kind == MAKE or kind == PHANTOM:  # noqa: PLR1714, SIM109 (compiled)
        return lines[line].kind == COMPONENT and (lines[line].option < 0 or lines[line].option == option)
    return kind == TRANSFER and lines[line].option == option


@kernel
def required_of(problem: Problem, line: int, unit: int, released: int) -> int:
    """What an order of that released quantity takes by a line, rounded up to the component's `unit`."""
    lines = problem.lines
    exact = multiply_divide_up(released, lines[line].numerator, lines[line].denominator)
    return round_up(min(exact + lines[line].fixed, LIMIT), unit)


@kernel
def _can_start(at: int, option: int, release: int, case: Case, orders: Orders, free: np.ndarray, claim: bool) -> int:
    """First day from `release` on that the components of an option allow: from free stock, else when there anew."""
    problem, paths, row = case.problem, case.paths, orders.orders[at]
    node, start = orders.node[at], release
    for k in range(paths.line_first[node], paths.line_first[node + 1]):
        line = paths.line[k]
        if not takes(problem, line, problem.options[option].kind, option, release):
            continue
        child = paths.child[line]
        if paths.soonest[child] <= release:
            continue
        required = required_of(problem, line, problem.nodes[child].unit, row.released)
        if free[child] >= required:
            if claim:
                free[child] -= required
        else:
            start = max(start, paths.soonest[child])
    return start


@kernel
def choose_ways(first: int, last: int, case: Case, orders: Orders, free: np.ndarray) -> None:
    """Give each order of [first, last) the first option by priority that can be in time, else the soonest.

    Args:
        free: int64[N], stock and early receipts that no order has claimed for a way of its own; reduced.
    """
    problem, rows = case.problem, orders.orders
    options = problem.options
    for at in range(first, last):
        node = orders.node[at]
        begin, end = problem.nodes[node].option_first, problem.nodes[node].option_last
        if rows[at].kind == PHANTOM:
            while not effective(options, rows[at].option, max(int(rows[at].release), 0)) and rows[at].option + 1 < end:
                rows[at].option += 1
            continue
        if end - begin < 2 or rows[at].status == FIRM or options[rows[at].option].share > 0:
            continue
        location, due = problem.nodes[node].location, int(rows[at].due)
        best, best_due, best_release = NO_REF, FAR_DAY, 0
        for option in range(begin, end):
            release = last_release(problem, location, due, options[option].lead_days)
            start = max(release, 0)
            usable = effective(options, option, start) and fits_lot_rules(options, option, rows[at].good)
            if not usable or (options[option].fallback == 1 and best >= 0 and options[best].fallback == 0):
                continue
            cell = case.shop.source_row[option]
            if cell >= 0 and due < problem.numbers[HORIZON]:
                bucket = problem.bucket_of[due]
                if case.shop.used[cell, bucket] + rows[at].good > case.shop.capacity[cell, bucket]:
                    continue
            there = arrival_day(
                problem, location, _can_start(at, option, start, case, orders, free, False), options[option].lead_days
            )
            there = max(there, due)
            if there < best_due:
                best, best_due, best_release = option, there, release
            if there <= due:
                break
        if best < 0:
            continue
        _can_start(at, best, max(best_release, 0), case, orders, free, True)
        rows[at].option = best
        rows[at].kind = options[best].kind
        rows[at].release = best_release


@kernel
def _entry(node: int, want: int, first: Rows, wants: Rows, days: Rows) -> int:
    """The day of the node's last entry whose want is not after `want`, 0 where none."""
    low, high = first[node], first[node + 1]
    while low < high:
        middle = (low + high) // 2
        if wants[middle] <= want:
            low = middle + 1
        else:
            high = middle
    return days[low - 1] if low > first[node] else 0


@kernel
def floor_of(node: int, want: int, floors: Floors) -> int:
    """The day from which on an order wanted on `want` can start."""
    return max(want, _entry(node, want, floors.start_first, floors.start_want, floors.start))


@kernel
def prepare_orders(case: Case, orders: Orders, floors: Floors, shop: Shop) -> None:
    """Say when each order is wanted and could start, and settle those that ask no resource for minutes."""
    problem, paths = case.problem, case.paths
    rows, moves = orders.orders, orders.moves
    horizon = problem.numbers[HORIZON]
    for at in range(rows.shape[0]):
        node = orders.node[at]
        item, location = case.item[node], problem.nodes[node].location
        lead = problem.options[rows[at].option].lead_days
        if rows[at].status != FIRM and rows[at].kind != PHANTOM and rows[at].release > 0:
            rows[at].release = last_release(problem, location, int(rows[at].due), lead)
        moves[at].first = rows[at].release
        moves[at].blame = NO_REF
        moves[at].full = NO_REF
        moves[at].gone = 0
        moves[at].ready = 0
        moves[at].placed = 1
        want = max(int(rows[at].release), 0)
        if rows[at].status == FIRM:
            rows[at].release = want
            moves[at].want = want
            if rows[at].kind == MAKE:
                note_work(at, item, shop, orders)
            continue
        if rows[at].kind == PHANTOM:
            moves[at].want = want
            continue
        moves[at].early = _entry(node, want, floors.early_first, floors.early_want, floors.early)
        if paths.closed_from[node] <= want < paths.closed_to[node]:
            want = paths.closed_to[node]
        want = floor_of(node, want, floors)
        moves[at].want = want
        if want >= horizon:
            moves[at].gone = 1
            continue
        rows[at].release = want
        cell = shop.source_row[rows[at].option]
        works = rows[at].kind == MAKE and shop.operation_first[item] < shop.operation_first[item + 1]
        if works:
            moves[at].placed = 0
            continue
        rows[at].due = max(arrival_day(problem, location, want, lead), int(rows[at].due))
        if cell >= 0:
            moves[at].placed = 0
            _take_supply(at, cell, location, lead, case, orders)


@kernel
def _take_supply(at: int, cell: int, location: int, lead: int, case: Case, orders: Orders) -> None:
    """Take the supplier's capacity in the bucket of the due day, or of the first later bucket that has it."""
    problem, shop, rows = case.problem, case.shop, orders.orders
    horizon = problem.numbers[HORIZON]
    if rows[at].due >= horizon:
        orders.moves[at].placed = 1
        return
    begin = problem.bucket_of[int(rows[at].due)]
    for bucket in range(begin, shop.capacity.shape[1]):
        if shop.used[cell, bucket] + rows[at].good > shop.capacity[cell, bucket]:
            orders.moves[at].full = cell
            continue
        due = max(int(rows[at].due), problem.bucket_start[bucket])
        shop.used[cell, bucket] += rows[at].good
        rows[at].release = max(int(rows[at].release), release_day(problem, location, due, lead))
        rows[at].due = due
        orders.moves[at].placed = 1
        return
    orders.moves[at].gone = 1


@kernel
def load_bucket(bucket: int, sequence: np.ndarray, spread: bool, case: Case, orders: Orders) -> None:
    """Give each order of the sequence its minutes in one bucket, where there is room and it is in time from there.

    Args:
        spread: take what is left of that bucket and the following ones.
    """
    problem, paths = case.problem, case.paths
    rows, moves, options = orders.orders, orders.moves, case.problem.options
    for at in sequence:
        node, want, due = orders.node[at], int(moves[at].want), int(rows[at].due)
        item, location, lead = case.item[node], problem.nodes[node].location, options[rows[at].option].lead_days
        day = min(want, problem.bucket_start[bucket + 1] - 1)
        if day < want and arrival_day(problem, location, day, lead) < min(problem.nodes[node].planning_fence, due):
            continue
        if not effective(options, rows[at].option, day) or paths.closed_from[node] <= day < paths.closed_to[node]:
            continue
        ends = take_room(at, bucket, item, case.shop, orders, spread)
        if ends < 0:
            continue
        there = due_day(problem, location, day, lead, ends)
        if there > due:
            give_back(at, bucket, item, case.shop, orders)
            continue
        rows[at].release = day
        rows[at].due = there


@kernel
def load_late(sequence: np.ndarray, case: Case, orders: Orders) -> None:
    """Start each order of the sequence, which is late in any case, as soon as there is room."""
    problem, rows = case.problem, orders.orders
    for at in sequence:
        node = orders.node[at]
        lead = problem.options[rows[at].option].lead_days
        location, want = problem.nodes[node].location, int(orders.moves[at].want)
        rows[at].due = max(int(rows[at].due), arrival_day(problem, location, want, lead))
        start_work(at, want, case.item[node], location, lead, case, orders)


def load_level(case: Case, orders: Orders, floors: Floors, *, by_rank: bool) -> None:
    """Load a level's orders: late ones first, as soon as there is room; then bucket by bucket from the last.

    In a bucket come first those that cannot be made earlier, then those that bind the most money: so what moves to an
    earlier bucket is what can be made there and costs least to keep.
    """
    prepare_orders(case, orders, floors, case.shop)
    rows, moves, bucket_of = orders.orders, orders.moves, case.problem.bucket_of
    open_ones = np.nonzero((moves["placed"] == 0) & (moves["gone"] == 0) & (rows["kind"] == MAKE))[0]
    late = moves["want"][open_ones] > moves["first"][open_ones]
    behind, waiting = open_ones[late], open_ones[~late]
    load_late(behind[np.lexsort((behind, moves["want"][behind], rows["rank"][behind]))], case, orders)
    value = case.problem.nodes["unit_cost"][orders.node] * rows["good"]
    rank = rows["rank"] if by_rank else np.zeros(rows.size, dtype=np.int32)
    horizon = bucket_of.size
    wanted = bucket_of[np.minimum(moves["want"], horizon - 1)]
    could = bucket_of[np.minimum(np.minimum(moves["early"], moves["want"]), horizon - 1)]
    by_bucket = waiting[np.argsort(-wanted[waiting], kind="stable")]
    bounds = np.searchsorted(-wanted[by_bucket], np.arange(-int(bucket_of[-1]), 2))
    active = np.zeros(0, dtype=np.int64)
    for step, bucket in enumerate(range(int(bucket_of[-1]), -1, -1)):
        active = np.concatenate([active, by_bucket[bounds[step] : bounds[step + 1]]])
        if active.size == 0:
            continue
        slack = np.clip(bucket - could[active], 0, MOST_SLACK)
        ordered = active[np.lexsort((active, -value[active], rank[active], slack))]
        load_bucket(bucket, ordered, False, case, orders)
        left = ordered[moves["placed"][ordered] == 0]
        load_bucket(bucket, left, True, case, orders)
        active = np.sort(left[moves["placed"][left] == 0])
    rows["due"][active] = np.maximum(rows["due"][active], 0)


@kernel
def start_work(at: int, start: int, item: int, location: int, lead: int, case: Case, orders: Orders) -> None:
    """Give an order that takes minutes the first bucket from that day on that has room, or spread it where that is done
    sooner."""
    problem, rows, shop = case.problem, orders.orders, case.shop
    buckets, begin = shop.capacity.shape[1], problem.bucket_of[start]
    best, sooner = buckets, buckets
    for bucket in range(begin, buckets):
        if not effective(problem.options, rows[at].option, max(start, problem.bucket_start[bucket])):
            continue
        if take_room(at, bucket, item, shop, orders, False) >= 0:
            give_back(at, bucket, item, shop, orders)
            best = bucket
            break
    for bucket in range(begin, best):
        if not effective(problem.options, rows[at].option, max(start, problem.bucket_start[bucket])):
            continue
        ends = take_room(at, bucket, item, shop, orders, True)
        if ends >= 0:
            if ends < best:
                sooner = bucket
                _set_days(at, max(start, problem.bucket_start[bucket]), location, lead, ends, problem, rows)
                return
            give_back(at, bucket, item, shop, orders)
            break
    if best < buckets and sooner == buckets:
        ends = take_room(at, best, item, shop, orders, False)
        _set_days(at, max(start, problem.bucket_start[best]), location, lead, ends, problem, rows)


@kernel
def _set_days(at: int, day: int, location: int, lead: int, ends: int, problem: Problem, rows: Rows) -> None:
    rows[at].release = day
    rows[at].due = due_day(problem, location, day, lead, ends)


@kernel
def _minutes_asked(case: Case, orders: Orders, minutes: np.ndarray) -> None:
    shop = case.shop
    for at in range(minutes.shape[0]):
        item = case.item[orders.node[at]]
        for k in range(shop.operation_first[item], shop.operation_first[item + 1]):
            minutes[at] += minutes_of(shop, shop.alternate_first[k], orders.orders[at].released)


def density(orders: Orders, case: Case) -> np.ndarray:
    """Units of demand that depend on each order, a minute of its work; float64."""
    minutes = np.zeros(orders.orders.size)
    _minutes_asked(case, orders, minutes)
    return case.worth[orders.node] * orders.orders["good"] / np.maximum(minutes, 1.0)


def free_at_first(problem: Problem) -> np.ndarray:
    """Stock and receipts of every node, int64[N]."""
    free = np.zeros(problem.nodes.size, dtype=np.int64)
    for name, table in (("lot", problem.lots), ("receipt", problem.receipts)):
        count = problem.nodes[f"{name}_last"] - problem.nodes[f"{name}_first"]
        np.add.at(free, np.repeat(np.arange(count.size), count), table["quantity"])
    return free
