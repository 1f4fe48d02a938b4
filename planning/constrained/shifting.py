"""Later again, where nobody suffers: parents before components, each order on the last day that leaves enough stock.

What was loaded early for want of minutes, or is there before its parent can start, is put off as far as stock stays at
safety stock on every day until then and the later bucket has room. An order that nothing needs is left out. So stock
falls, and minutes become free.
"""

from planning.compiled import kernel
from planning.constrained.loading import due_day, effective, give_back, last_release, take_room
from planning.constrained.model import Case, Orders
from planning.constrained.starting import DEMAND_REF, Hand, Served, add_up_supply, gather_requirements, next_change
from planning.mrp.model import FIRM, HORIZON, LOT_FOR_LOT, MAKE, NO_LIMIT, PHANTOM, Problem, Rows


@kernel
def lay_out_balance(
    node: int, case: Case, orders: Orders, hand: Hand, served: Served, served_first: int, served_last: int
) -> None:
    """Fill hand.balance with the stock of every day's end: arrivals less deliveries and what orders take."""
    horizon = case.problem.numbers[HORIZON]
    count = gather_requirements(node, case, orders, hand)
    add_up_supply(node, case, orders, hand.balance)
    for day in range(horizon - 1, 0, -1):
        hand.balance[day] -= hand.balance[day - 1]
    for i in range(count):
        if hand.ref[i] > DEMAND_REF:
            hand.balance[hand.day[i]] -= hand.quantity[i]
    for i in range(served_first, served_last):
        hand.balance[served.rows[i].day] -= served.rows[i].quantity
    for day in range(1, horizon):
        hand.balance[day] += hand.balance[day - 1]


@kernel
def safety_by_day(node: int, problem: Problem, safety: Rows) -> None:
    """Fill safety, int64[horizon]."""
    level, row = 0, problem.nodes[node].safety_first
    for day in range(problem.numbers[HORIZON]):
        while row < problem.nodes[node].safety_last and problem.levels[row].day <= day:
            level = problem.levels[row].quantity
            row += 1
        safety[day] = level


@kernel
def _stays(node: int, case: Case) -> bool:
    """Whether the node's orders keep their days: what expires, and what is ordered when stock falls to a point."""
    row = case.problem.nodes[node]
    return row.expires == 1 or row.phantom == 1 or row.reorder_point != NO_LIMIT or case.paths.frail[node] == 1


@kernel
def shift_node(node: int, case: Case, orders: Orders, hand: Hand, safety: Rows) -> int:
    """Put off the node's orders, the last due first; hand.balance is the node's. Returns how many were moved."""
    problem, rows, moves = case.problem, orders.orders, orders.moves
    first, last, horizon = problem.nodes[node].order_first, problem.nodes[node].order_last, problem.numbers[HORIZON]
    if _stays(node, case):
        return 0
    safety_by_day(node, problem, safety)
    free_to_drop = problem.nodes[node].policy == LOT_FOR_LOT
    count = last - first
    for i in range(count):
        hand.ref[i] = first + i
    for i in range(1, count):  # Nearly in order already.
        k = i
        while k > 0 and rows[hand.ref[k]].due < rows[hand.ref[k - 1]].due:
            hand.ref[k], hand.ref[k - 1] = hand.ref[k - 1], hand.ref[k]
            k -= 1
    moved = 0
    for i in range(count - 1, -1, -1):
        at = hand.ref[i]
        if moves[at].gone == 1 or rows[at].status == FIRM or rows[at].kind == PHANTOM or rows[at].due >= horizon:
            continue
        due, good = int(rows[at].due), rows[at].good
        until = due
        while until < horizon and hand.balance[until] - good >= safety[until]:
            until += 1
        if until == horizon:
            if free_to_drop:
                _leave_out(at, node, case, orders)
                for day in range(due, horizon):
                    hand.balance[day] -= good
                moved += 1
                continue
            until = horizon - 1
        if until <= due:
            continue
        _put_off(at, node, until, case, orders)
        for day in range(due, min(int(rows[at].due), horizon)):
            hand.balance[day] -= good
        moved += int(rows[at].due) > due
    return moved


@kernel
def _leave_out(at: int, node: int, case: Case, orders: Orders) -> None:
    """Give back what an order takes and take it out of the plan."""
    problem, row = case.problem, orders.orders[at]
    item, cell = case.item[node], case.shop.source_row[row.option]
    if row.kind == MAKE and case.shop.operation_first[item] < case.shop.operation_first[item + 1]:
        give_back(at, problem.bucket_of[int(row.release)], item, case.shop, orders)
    if cell >= 0:
        case.shop.used[cell, problem.bucket_of[int(row.due)]] -= row.good
    orders.moves[at].gone = 1
    orders.moves[at].placed = 0


@kernel
def _put_off(at: int, node: int, until: int, case: Case, orders: Orders) -> None:
    """Move an order to be due on `until` at the latest: there, else in the latest bucket before with room."""
    problem, shop, row = case.problem, case.shop, orders.orders[at]
    item, location, option = case.item[node], problem.nodes[node].location, int(row.option)
    lead, before = problem.options[option].lead_days, int(row.release)
    release = min(last_release(problem, location, until, lead), next_change(node, before, case) - 1)
    if release <= before or not effective(problem.options, option, release):
        return
    cell = shop.source_row[option]
    if cell >= 0:
        due = min(due_day(problem, location, release, lead, 0), until)
        old, new = problem.bucket_of[int(row.due)], problem.bucket_of[due]
        if old != new and shop.used[cell, new] + row.good > shop.capacity[cell, new]:
            return
        shop.used[cell, old] -= row.good
        shop.used[cell, new] += row.good
        row.release, row.due = release, due
        orders.moves[at].want = release
        return
    if row.kind != MAKE or shop.operation_first[item] == shop.operation_first[item + 1]:
        row.release, row.due = release, due_day(problem, location, release, lead, 0)
        orders.moves[at].want = release
        return
    own = problem.bucket_of[before]
    if _is_spread(at, item, case, orders):
        return
    full = orders.moves[at].full
    give_back(at, own, item, shop, orders)
    for bucket in range(problem.bucket_of[release], own, -1):
        day = min(release, problem.bucket_start[bucket + 1] - 1)
        ends = take_room(at, bucket, item, shop, orders, False)
        if ends == bucket:
            row.release, row.due = day, due_day(problem, location, day, lead, bucket)
            orders.moves[at].want = day
            return
        if ends >= 0:
            give_back(at, bucket, item, shop, orders)
    orders.moves[at].full = full
    take_room(at, own, item, shop, orders, False)
    day = min(release, int(problem.bucket_start[own + 1]) - 1)
    row.release, row.due = day, due_day(problem, location, day, lead, own)
    orders.moves[at].want = day


@kernel
def _is_spread(at: int, item: int, case: Case, orders: Orders) -> bool:
    """Whether an order's work goes on after the bucket in which it begins."""
    shop, spread = case.shop, False
    for k in range(shop.operation_first[item + 1] - shop.operation_first[item]):
        spread = spread or orders.pieces[at, k] >= 0
    return spread
