"""What is kept of an order beside netting's record, of a delivery, and of the network that is walked both ways."""

from typing import NamedTuple

import numpy as np

from planning.compiled import allocating_kernel
from planning.constrained.capacity import Shop
from planning.mrp.model import BY_PRODUCT, FAR_DAY, Problem, Rows

MOVE = np.dtype(
    [
        ("want", np.int32),  # release day aimed at, >= 0
        ("first", np.int32),  # release day that netting asked for; negative lies before plan_start
        ("ready", np.int32),  # first day on which all components are there; the horizon where never
        ("early", np.int32),  # first day on which it could start if its components were made as early as can be
        ("blame", np.int32),  # node of the component that is there last, -1 none
        ("full", np.int32),  # row of the resource that had no room on the day wanted, -1 none
        ("placed", np.int8),  # 1: its minutes are taken
        ("gone", np.int8),  # 1: it is not part of the plan
        ("seen", np.int8),  # 1: it has been started in this turn
    ],
    align=True,
)
"""An order on its way to a place in time; row for row with the orders."""

DELIVERY = np.dtype([("quantity", np.int64), ("demand", np.int64), ("day", np.int64), ("node", np.int64)], align=True)
"""So much of a demand (row of Problem.demands) is served on that day."""

DEFICIT_RANK = -1
"""Rank of what must be served before any customer: stock promised beyond what there is, and firm orders."""


class Paths(NamedTuple):
    """The network seen from the parent, and days on which what an order of a node may take changes."""

    line_first: Rows  # int64[N + 1], places in `line` of what a node takes
    line: Rows  # int64, row of Problem.lines
    child: Rows  # int64, node of each row of Problem.lines
    change_first: Rows  # int64[N + 1]
    change_day: Rows  # int64, ascending within the node
    soonest: Rows  # int64[N], days until something new of the node can be there, stock of components aside
    soonest_start: Rows  # int64[N], days until all its components can be there anew
    closed_from: Rows  # int64[N], releases in [closed_from, closed_to) are put off to closed_to
    closed_to: Rows  # int64[N]
    frail: Rows  # int64[N], 1 where some of its components may expire


class Floors(NamedTuple):
    """What earlier rounds found out, for the loading of the next.

    `start`: days before which material does not let a node's orders start, from a first round without limits of minutes.
    `early`: days before which its components cannot be there, however early they are made. An order wanted on a day takes
    the last entry of its node whose `want` does not lie after that day.
    """

    start_first: Rows  # int64[N + 1]
    start_want: Rows  # int64, ascending within the node
    start: Rows  # int64
    early_first: Rows  # int64[N + 1]
    early_want: Rows  # int64, ascending within the node
    early: Rows  # int64
    reserved: Rows  # int64[levels, rows, buckets], kept free for orders of each level until it is loaded
    firm: Rows  # int64[rows, buckets], minutes of the firm orders of all levels


class Orders(NamedTuple):
    """Orders with all that is kept of them."""

    orders: Rows  # ORDER
    moves: Rows  # MOVE
    chosen: Rows  # int32[orders, operations of an item at most], alternate of each operation
    pieces: Rows  # int32 like chosen, first piece of an operation that is spread over buckets, -1: it is not
    node: Rows  # int32


class Cells(NamedTuple):
    """Who takes minutes of which resource and bucket, as it was when a turn began."""

    first: Rows  # int64[rows * buckets + 1]
    order: Rows  # int64, by cell, what least demand depends on a minute of first
    density: Rows  # float64 by order, units of demand that depend on a minute of its work
    again: Rows  # int64[orders], those that lost their place after they were started
    waiting: Rows  # int64[1], how many these are


class Case(NamedTuple):
    """What every kernel of this room reads."""

    problem: Problem
    paths: Paths
    shop: Shop
    item: Rows  # int64[N], item of each node
    patience: Rows  # int64 by row of Problem.demands, days a demand may be late
    least: Rows  # int64 by row of Problem.demands, smallest part that may be delivered
    worth: Rows  # float64[N], units of demand that depend on a unit of the node


def child_of_lines(problem: Problem) -> np.ndarray:
    """Node that each row of Problem.lines is required from, int64."""
    nodes = problem.nodes
    return np.repeat(np.arange(nodes.size), nodes["line_last"] - nodes["line_first"]).astype(np.int64)


def build_paths(problem: Problem) -> Paths:
    """Lines by parent, days of change, and how soon anything new can be there."""
    lines, options, count = problem.lines, problem.options, problem.nodes.size
    child = child_of_lines(problem)
    by_parent = np.argsort(lines["parent"], kind="stable").astype(np.int64)
    by_parent = by_parent[lines["kind"][by_parent] != BY_PRODUCT]
    first = np.searchsorted(lines["parent"][by_parent], np.arange(count + 1)).astype(np.int64)
    days = np.concatenate([lines["from_day"], lines["to_day"], options["from_day"], options["to_day"]])
    owner = np.concatenate([lines["parent"], lines["parent"], options["node"], options["node"]])
    dated = (days > 0) & (days < problem.numbers[0])
    changes = np.unique(np.stack([owner[dated], days[dated]], axis=1), axis=0).astype(np.int64)
    by_level = np.argsort(-problem.nodes["level"], kind="stable").astype(np.int64)
    soonest, start = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    find_soonest(by_level, problem.nodes, options, lines, first, by_parent, child, soonest, start)
    frail = np.zeros(count, dtype=np.int64)
    frail[lines["parent"][problem.nodes["expires"][child] == 1]] = 1
    for _ in range(int(problem.nodes["level"].max(initial=0))):
        through = (problem.nodes["phantom"][child] == 1) & (frail[child] == 1)
        frail[lines["parent"][through]] = 1
    return Paths(
        first, by_parent, child,
        np.searchsorted(changes[:, 0], np.arange(count + 1)).astype(np.int64), np.ascontiguousarray(changes[:, 1]),
        soonest, start, np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64), frail,
    )  # fmt: skip


@allocating_kernel
def find_soonest(
    by_level: np.ndarray,
    nodes: Rows,
    options: Rows,
    lines: Rows,
    line_first: np.ndarray,
    line: np.ndarray,
    child: np.ndarray,
    soonest: np.ndarray,
    start: np.ndarray,
) -> None:
    """Fill Paths.soonest and soonest_start, components first."""
    for node in by_level:
        best, best_start = FAR_DAY, FAR_DAY
        for option in range(nodes[node].option_first, nodes[node].option_last):
            begin = 0
            for k in range(line_first[node], line_first[node + 1]):
                row = line[k]
                if lines[row].option < 0 or lines[row].option == option:
                    begin = max(begin, soonest[child[row]])
            lead = 0 if nodes[node].phantom else options[option].lead_days
            if begin + lead < best:
                best, best_start = begin + lead, begin
        soonest[node], start[node] = best, best_start


@allocating_kernel
def demand_behind(by_level: np.ndarray, problem: Problem) -> np.ndarray:
    """Units of demand that depend on one unit of each node, float64[N]: its own, and all that of what it goes into.

    Args:
        by_level: nodes, parents first.
    """
    nodes, lines = problem.nodes, problem.lines
    behind, asked, worth = np.zeros(nodes.shape[0]), np.zeros(nodes.shape[0]), np.zeros(nodes.shape[0])
    for node in by_level:
        for i in range(nodes[node].demand_first, nodes[node].demand_last):
            behind[node] += problem.demands[i].quantity
            asked[node] += problem.demands[i].quantity
        for k in range(nodes[node].line_first, nodes[node].line_last):
            if lines[k].kind != BY_PRODUCT:
                parent = lines[k].parent
                behind[node] += behind[parent]
                asked[node] += asked[parent] * lines[k].numerator / lines[k].denominator
        if asked[node] > 0:
            worth[node] = behind[node] / asked[node]
    return worth
