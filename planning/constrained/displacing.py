"""Who must give way: minutes for an order that would be late, from orders that matter less.

An order gives way to one of a better priority, and to one of the same priority on which more demand depends a minute of
work. It must not have been handed to its parents yet in this turn: it is of the same level, or of one above. What gave way
is started again when its turn comes.
"""

import numpy as np

from planning.compiled import kernel
from planning.constrained.capacity import minutes_of
from planning.constrained.loading import density, give_back
from planning.constrained.model import Case, Cells, Orders
from planning.mrp.model import FIRM, MAKE

MUCH_MORE = 1.5
"""So many times the demand must depend on a minute of what displaces another of its priority."""


@kernel
def _count_cells(case: Case, orders: Orders, cell: np.ndarray, owner: np.ndarray) -> int:
    """Cell and order of every operation that lies in one bucket; returns how many."""
    shop, problem, count = case.shop, case.problem, 0
    buckets = shop.capacity.shape[1]
    for at in range(orders.orders.shape[0]):
        item = case.item[orders.node[at]]
        row = orders.orders[at]
        if row.kind != MAKE or row.status == FIRM or orders.moves[at].placed == 0 or orders.moves[at].gone == 1:
            continue
        for k in range(shop.operation_first[item + 1] - shop.operation_first[item]):
            if orders.pieces[at, k] < 0:
                cell[count] = shop.resource[orders.chosen[at, k]] * buckets + problem.bucket_of[int(row.release)]
                owner[count] = at
                count += 1
    return count


def find_cells(case: Case, orders: Orders) -> Cells:
    """Who is where now."""
    most = orders.orders.size * orders.chosen.shape[1]
    cell, owner = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    count = _count_cells(case, orders, cell, owner)
    cell, owner = cell[:count], owner[:count]
    share = density(orders, case)
    sequence = np.lexsort((owner, share[owner], cell))
    first = np.searchsorted(cell[sequence], np.arange(case.shop.capacity.size + 1)).astype(np.int64)
    again = np.empty(2 * orders.orders.size + 1, dtype=np.int64)
    return Cells(first, owner[sequence], share, again, np.zeros(1, dtype=np.int64))


@kernel
def gives_way(other: int, at: int, bucket: int, case: Case, orders: Orders, cells: Cells) -> bool:
    """Whether an order that stood in that cell still does, and gives way."""
    rows, nodes, row = orders.orders, case.problem.nodes, orders.orders[other]
    rank, mine = row.rank, rows[at].rank
    stands = orders.moves[other].placed == 1 and orders.moves[other].gone == 0 and other != at
    stands = stands and case.problem.bucket_of[min(int(row.release), case.problem.bucket_of.shape[0] - 1)] == bucket
    later = nodes[orders.node[other]].level <= nodes[orders.node[at]].level
    less = rank > mine or (rank == mine and cells.density[at] >= MUCH_MORE * cells.density[other])
    noted = cells.waiting[0] + orders.chosen.shape[0] // 8 < cells.again.shape[0]
    if not (stands and later and less and noted):
        return False
    item, shop, whole = case.item[orders.node[other]], case.shop, True
    for k in range(shop.operation_first[item + 1] - shop.operation_first[item]):
        whole = whole and orders.pieces[other, k] < 0
    return whole


@kernel
def _minutes_on(other: int, row: int, case: Case, orders: Orders) -> int:
    """Minutes that an order takes of a resource."""
    shop, item, total = case.shop, case.item[orders.node[other]], 0
    for k in range(shop.operation_first[item + 1] - shop.operation_first[item]):
        if shop.resource[orders.chosen[other, k]] == row:
            total += minutes_of(shop, orders.chosen[other, k], orders.orders[other].released)
    return total


@kernel
def make_room(at: int, bucket: int, item: int, case: Case, orders: Orders, cells: Cells) -> bool:
    """Let others give way in that bucket until an order fits; false, with nothing changed, where they are not enough."""
    shop, buckets = case.shop, case.shop.capacity.shape[1]
    for k in range(shop.operation_first[item], shop.operation_first[item + 1]):
        alternate = shop.alternate_first[k]
        row, minutes = shop.resource[alternate], minutes_of(shop, alternate, orders.orders[at].released)
        need = shop.used[row, bucket] + minutes - shop.capacity[row, bucket]
        if minutes > shop.capacity[row, bucket]:
            return False
        cell = row * buckets + bucket
        for i in range(cells.first[cell], cells.first[cell + 1]):
            if need <= 0:
                break
            if gives_way(cells.order[i], at, bucket, case, orders, cells):
                need -= _minutes_on(cells.order[i], row, case, orders)
        if need > 0:
            return False
    for k in range(shop.operation_first[item], shop.operation_first[item + 1]):
        alternate = shop.alternate_first[k]
        row, minutes = shop.resource[alternate], minutes_of(shop, alternate, orders.orders[at].released)
        cell = row * buckets + bucket
        for i in range(cells.first[cell], cells.first[cell + 1]):
            if shop.used[row, bucket] + minutes <= shop.capacity[row, bucket]:
                break
            other = cells.order[i]
            if gives_way(other, at, bucket, case, orders, cells):
                give_back(other, bucket, case.item[orders.node[other]], shop, orders)
                if orders.moves[other].seen == 1 and cells.waiting[0] < cells.again.shape[0]:
                    cells.again[cells.waiting[0]] = other
                    cells.waiting[0] += 1
                    orders.moves[other].seen = 0
    return True
