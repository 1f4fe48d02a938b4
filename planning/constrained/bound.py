"""A lower bound of late unit-days that no plan can go below: material and each item's own minutes stay, sharing goes.

For every node an upper bound of what can have arrived by each day: stock, receipts and new orders; new bought orders from
plan_start + the shortest lead time on, without limit; new made ones no more than each component allowed a lead time
before, as if the node had that component for itself alone, and no more than the item's own work allows by the end of that
day's bucket were each of its resources there for it alone. The backlog of a node's orders is then at least what is due less
that; its sum over the days is a bound.

Relaxed: that components, resources and suppliers are shared; that stock serves forecasts too; lot rules, priorities,
capacity of suppliers, effectivity; that an order takes its components whole. Kept: lead times, receipts, stock, each item's
own minutes by bucket.
"""

import numpy as np

from planning.compiled import allocating_kernel
from planning.constrained.model import Case
from planning.mrp.model import COMPONENT, FAR_DAY, HORIZON, MAKE, TRANSFER, Rows

PLENTY = 2.0**60

MOST_CELLS = 2 * 10**8
"""Nodes x days that are looked at."""


@allocating_kernel
def _reach(by_level: np.ndarray, case: Case, whole: np.ndarray, reach: np.ndarray) -> None:
    """Fill reach, float64[N, horizon]: what can have arrived by the end of each day, components first.

    Args:
        whole: int64[N], 1 where the node's work is bounded by minutes.
    """
    problem = case.problem
    nodes, options, horizon = problem.nodes, problem.options, problem.numbers[HORIZON]
    made, opened = np.zeros(horizon), np.zeros(horizon)
    for node in by_level:
        given = reach[node]
        given[:] = 0.0
        for i in range(nodes[node].lot_first, nodes[node].lot_last):
            if problem.lots[i].quantity > 0:
                given[0] += problem.lots[i].quantity
        for i in range(nodes[node].receipt_first, nodes[node].receipt_last):
            given[problem.receipts[i].day] += problem.receipts[i].quantity
        for day in range(1, horizon):
            given[day] += given[day - 1]
        made[:] = 0.0
        ways = nodes[node].option_last - nodes[node].option_first
        for option in range(nodes[node].option_first, nodes[node].option_last):
            lead = 0 if nodes[node].phantom == 1 else options[option].lead_days
            _let_start(node, option, case, reach, opened)
            for day in range(lead, horizon):
                made[day] = max(made[day], opened[day - lead])
        for day in range(horizon):
            made[day] = min(made[day] * ways, PLENTY)
        if whole[node] == 1 and _always_made(node, case):
            _limit_by_minutes(node, case, made)
        for day in range(horizon):
            given[day] = min(given[day] + made[day], PLENTY)


@allocating_kernel
def _always_made(node: int, case: Case) -> bool:
    """Whether every way to get the node is to make it."""
    nodes, made = case.problem.nodes, case.problem.nodes[node].phantom == 0
    for option in range(nodes[node].option_first, nodes[node].option_last):
        made = made and case.problem.options[option].kind == MAKE
    return made


@allocating_kernel
def _let_start(node: int, option: int, case: Case, reach: np.ndarray, opened: np.ndarray) -> None:
    """Fill opened, float64[horizon]: good quantity that components let start by each day."""
    problem, paths, lines = case.problem, case.paths, case.problem.lines
    kind = problem.options[option].kind
    opened[:] = PLENTY
    for k in range(paths.line_first[node], paths.line_first[node + 1]):
        row = paths.line[k]
        always = lines[row].from_day <= -FAR_DAY and lines[row].to_day >= FAR_DAY and lines[row].numerator > 0
        moved = kind == TRANSFER and lines[row].kind != COMPONENT and lines[row].option == option
        built = kind != TRANSFER and (lines[row].option < 0 or lines[row].option == option)
        taken = built and (kind == MAKE or problem.nodes[node].phantom == 1) and lines[row].kind == COMPONENT
        if always and (moved or taken):
            rate = lines[row].denominator / lines[row].numerator * (problem.nodes[node].yields / 1e6)
            for day in range(opened.shape[0]):
                opened[day] = min(opened[day], reach[paths.child[row], day] * rate)


@allocating_kernel
def _limit_by_minutes(node: int, case: Case, made: np.ndarray) -> None:
    """No more can have arrived by a day than each operation's resources could do by the end of its bucket."""
    shop, problem, item = case.shop, case.problem, case.item[node]
    for k in range(shop.operation_first[item], shop.operation_first[item + 1]):
        total, before = 0.0, -1
        for day in range(made.shape[0]):
            bucket = problem.bucket_of[day]
            if bucket != before:
                before = bucket
                for alternate in range(shop.alternate_first[k], shop.alternate_first[k + 1]):
                    minutes = float(shop.capacity[shop.resource[alternate], bucket])
                    here = PLENTY if shop.run[alternate] == 0 else minutes / shop.run[alternate] * 1e6
                    total = min(total + here, PLENTY)
            made[day] = min(made[day], total * (problem.nodes[node].yields / 1e6))


@allocating_kernel
def _backlog(node_first: np.ndarray, node_last: np.ndarray, demands: Rows, due: np.ndarray, reach: np.ndarray) -> float:
    total, horizon = 0.0, reach.shape[1]
    owed = np.zeros(horizon)
    for node in range(node_first.shape[0]):
        if node_first[node] == node_last[node]:
            continue
        owed[:] = 0.0
        for i in range(node_first[node], node_last[node]):
            if demands[i].firm == 1:
                owed[demands[i].day] += demands[i].quantity
                total += max(-due[i], 0) * (demands[i].quantity / 1e6)
        running = 0.0
        for day in range(horizon):
            running += owed[day]
            total += max(running - reach[node, day], 0.0) / 1e6
    return total


def late_unit_days_bound(case: Case, due: np.ndarray) -> float | None:
    """The bound, in unit-days; None where the package is too large for it (MOST_CELLS).

    Args:
        due: see `measures.measured`.
    """
    nodes, horizon = case.problem.nodes, int(case.problem.numbers[HORIZON])
    if nodes.size * horizon > MOST_CELLS:
        return None
    by_level = np.argsort(-nodes["level"], kind="stable").astype(np.int64)
    reach = np.zeros((nodes.size, horizon), dtype=np.float64)
    whole = np.ones(nodes.size, dtype=np.int64)
    firm = case.problem.receipts["kind"] >= 0
    counts = nodes["receipt_last"] - nodes["receipt_first"]
    whole[np.unique(np.repeat(np.arange(nodes.size), counts)[firm])] = 0
    _reach(by_level, case, whole, reach)
    return _backlog(nodes["demand_first"], nodes["demand_last"], case.problem.demands, due, reach)
