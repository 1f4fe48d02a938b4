"""From the plan's orders back to netting's tables: records, findings and pegging, day by day as it will happen.

Netting's own kernels tell it again with the days that were found: requirements of demand stand on their due days in the
record, so that what is owed shows as negative stock; in the pegging a demand takes its supplies on the days on which it
is delivered.
"""

import numpy as np

from planning.compiled import kernel
from planning.constrained.engine import Constrained, by_node
from planning.mrp.engine import Netted, new_work, peg_phantom
from planning.mrp.model import (
    BACKLOG,
    BALANCE,
    BEYOND,
    DEMAND,
    EDGE,
    EDGES,
    FINDING,
    FINDINGS,
    FULL,
    HORIZON,
    NET_REQUIREMENTS,
    OPENING,
    ORDERS,
    ORDERS_FROM,
    PENDING,
    PHANTOM,
    PLANNED_DUE,
    PROJECTED,
    SAFETY,
    WASTED,
    Buffer,
    Problem,
    Rows,
    Work,
)
from planning.mrp.netting import lay_out_days, open_day
from planning.mrp.node_alerts import find_node_alerts
from planning.mrp.ordering import UNRANKED, UNREACHED
from planning.mrp.pegging import add_orders, peg, peg_first_expired
from planning.mrp.recording import record_node
from planning.mrp.requirements import add_supply, collect_requirements, expiry_of, load_supplies, sort_requirements


def kept_orders(found: Constrained) -> tuple[np.ndarray, Rows, np.ndarray]:
    """Orders that are part of the plan, by node in engine order, then due day.

    Returns:
        their places before, the ORDER records (references to orders are to their new places), and their nodes. The nodes'
        order_first and order_last are set anew.
    """
    problem, orders = found.case.problem, found.orders
    inside = found.orders.orders["release"] < int(problem.numbers[HORIZON])
    base = int(problem.numbers[ORDERS_FROM])
    stays = (orders.moves["gone"] == 0) & inside
    passed_on = (orders.orders["kind"] == PHANTOM) & (orders.orders["origin"] >= base)
    stays[passed_on] &= stays[orders.orders["origin"][passed_on] - base]
    places = np.nonzero(stays)[0]
    turn = np.empty(problem.nodes.size, dtype=np.int64)
    turn[np.concatenate(found.netted.level_nodes)] = np.arange(problem.nodes.size)
    places = places[np.lexsort((places, orders.orders["due"][places], turn[orders.node[places]]))]
    rows, node = orders.orders[places].copy(), orders.node[places]
    moved = np.full(orders.orders.size, -1, dtype=np.int64)
    moved[places] = np.arange(places.size)
    passes = (rows["kind"] == PHANTOM) & (rows["origin"] >= base)
    rows["origin"][passes] = base + moved[rows["origin"][passes] - base]
    rows["rank"], rows["depth"] = UNRANKED, UNREACHED
    bounds = np.searchsorted(turn[node], np.arange(problem.nodes.size + 1))
    problem.nodes["order_first"], problem.nodes["order_last"] = bounds[turn], bounds[turn + 1]
    return places, rows, node


@kernel
def _settle_days(node: int, problem: Problem, work: Work, records: Rows, buffer: Buffer, start: int) -> None:
    """Stock of every day with the plan's orders, and what would have been missing without those of the day."""
    state, days, horizon = work.state, work.days, problem.numbers[HORIZON]
    for i in range(start, buffer.filled[ORDERS]):
        due = int(buffer.orders[i].due)
        if due < horizon:
            days[PLANNED_DUE, due] += buffer.orders[i].good
        if problem.nodes[node].expires == 1:
            add_supply(due, expiry_of(due, problem.nodes[node].shelf_life), -1 - i, buffer.orders[i].good, work, buffer)
    state[PROJECTED] = state[OPENING]
    state[BACKLOG] = max(-state[OPENING], 0)
    state[PENDING] = 0
    state[BEYOND] = 0
    for day in range(horizon):
        open_day(node, day, problem, work, buffer)
        days[BALANCE, day] = state[PROJECTED]
        missing = days[SAFETY, day] - state[PROJECTED] + days[PLANNED_DUE, day]
        if days[PLANNED_DUE, day] > 0 and missing > 0:
            records[NET_REQUIREMENTS, node, problem.bucket_of[day]] += min(missing, days[PLANNED_DUE, day])


@kernel
def replay_nodes(
    nodes: np.ndarray, problem: Problem, delivered: Problem, work: Work, records: Rows, buffer: Buffer, edge_node: Rows
) -> None:
    """Record, findings and pegging of every node, in that order; the buffer has room for all."""
    for node in nodes:
        start = problem.nodes[node].order_first
        buffer.filled[ORDERS] = problem.nodes[node].order_last
        events = abs(collect_requirements(node, problem, buffer.orders, work))
        load_supplies(node, problem, buffer.orders, work, buffer)
        work.buckets[WASTED, :] = 0
        records[NET_REQUIREMENTS, node, :] = 0
        sort_requirements(events, work, problem.numbers[HORIZON])
        lay_out_days(node, events, problem, work)
        _settle_days(node, problem, work, records, buffer, start)
        record_node(node, events, start, problem, work, records, buffer)
        find_node_alerts(node, events, start, problem, work, buffer)
        before = buffer.filled[EDGES]
        events = abs(collect_requirements(node, delivered, buffer.orders, work))
        load_supplies(node, delivered, buffer.orders, work, buffer)
        sort_requirements(events, work, problem.numbers[HORIZON])
        if problem.nodes[node].phantom:
            peg_phantom(node, events, delivered, buffer.orders, work, buffer)
        else:
            add_orders(node, start, delivered, work, buffer)
            if problem.nodes[node].expires:
                peg_first_expired(events, delivered, buffer.orders, work, buffer)
            else:
                peg(events, delivered, buffer.orders, work, buffer)
        for i in range(before, buffer.filled[EDGES]):
            edge_node[i] = node
        if buffer.filled[FULL] != 0:
            return


def _delivered(found: Constrained) -> Problem:
    """The problem with deliveries in the place of demands."""
    problem = found.case.problem
    served, bounds = by_node(found.deliveries, problem.nodes.size)
    rows = np.zeros(served.rows.size, dtype=DEMAND)
    told = problem.demands[served.rows["demand"]]
    for name in ("rank", "ref", "firm"):
        rows[name] = told[name]
    rows["day"], rows["quantity"] = served.rows["day"], served.rows["quantity"]
    nodes = problem.nodes.copy()
    nodes["demand_first"], nodes["demand_last"] = bounds[:-1], bounds[1:]
    return problem._replace(nodes=nodes, demands=rows)


def replay(found: Constrained) -> tuple[np.ndarray, Netted]:
    """The plan as netting would have it: places of the orders kept, and the answer that netting's tables are made from."""
    problem = found.case.problem
    places, rows, node = kept_orders(found)
    delivered = _delivered(found)
    running = np.concatenate(
        [[0], np.cumsum((problem.nodes["order_last"] - problem.nodes["order_first"])[problem.lines["parent"]])]
    )
    asked = running[problem.nodes["line_last"]] - running[problem.nodes["line_first"]]
    demands = np.maximum(
        problem.nodes["demand_last"] - problem.nodes["demand_first"],
        delivered.nodes["demand_last"] - delivered.nodes["demand_first"],
    )
    most = int((asked + demands).max(initial=0)) + 1
    given = problem.receipts.size + problem.lots.size + rows.size
    supplies = int(
        (
            problem.nodes["order_last"] - problem.nodes["order_first"]
            + problem.nodes["receipt_last"] - problem.nodes["receipt_first"]
            + problem.nodes["lot_last"] - problem.nodes["lot_first"]
        ).max(initial=0)
    ) + 1  # fmt: skip
    edges = int((asked + demands).sum()) + given + 64
    findings = 8 * problem.nodes.size + problem.receipts.size + problem.lots.size + 3 * int(problem.bucket_of.size) + 64
    records = np.zeros((8, problem.nodes.size, problem.bucket_start.size - 1), dtype=np.int64)
    while True:
        work = new_work(problem, most, supplies)
        buffer = Buffer(
            rows, np.empty(edges, dtype=EDGE), np.empty(findings, dtype=FINDING), np.zeros(4, dtype=np.int64)
        )
        edge_node = np.empty(edges, dtype=np.int32)
        turn = np.concatenate(found.netted.level_nodes).astype(np.int64)
        replay_nodes(turn, problem, delivered, work, records, buffer, edge_node)
        if buffer.filled[FULL] == 0:
            break
        edges, findings, supplies = 2 * edges, 2 * findings, 2 * supplies
        rows["rank"], rows["depth"] = UNRANKED, UNREACHED
    served = int(buffer.filled[EDGES])
    noted = int(buffer.filled[FINDINGS])
    edge, finding = buffer.edges[:served], buffer.findings[:noted]
    base = int(problem.numbers[ORDERS_FROM])
    own = edge["supply"] < 0
    edge["supply"][own] = base - 1 - edge["supply"][own]
    own = finding["ref"] < -1
    finding["ref"][own] = base - 2 - finding["ref"][own]
    rows["depth"][rows["depth"] == UNREACHED] = 0
    rows["rank"][rows["rank"] == UNRANKED] = 2**30
    return places, Netted(
        rows, node, edge, edge_node[:served], finding, records, found.netted.flags, found.netted.level_nodes
    )
