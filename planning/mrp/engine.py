"""Netting all nodes: low-level code by low-level code, in chunks of nodes that any number of threads may take.

Chunks are cut by the amount of work and never by the number of threads; each writes into its own buffer, and buffers
are joined in chunk order, so the result is the same for every thread count. Kernels hold no lock of the interpreter. A
buffer that turns out too small is made larger and the chunk goes on at the node at which it stopped.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from planning.compiled import kernel
from planning.mrp.model import (
    BY_PRODUCT,
    CUT_OFF,
    DEFICIT,
    EDGE,
    EDGES,
    EVENT,
    FINDING,
    FINDINGS,
    FULL,
    HORIZON,
    LOADED,
    NET_REQUIREMENTS,
    ORDER,
    ORDERS,
    ORDERS_FROM,
    SCHEDULED,
    SUPPLY,
    WASTED,
    ZERO,
    Buffer,
    Problem,
    Rows,
    Work,
)
from planning.mrp.netting import net_node, pass_through
from planning.mrp.node_alerts import find_node_alerts
from planning.mrp.ordering import UNREACHED
from planning.mrp.pegging import add_orders, order_by_due, peg, peg_first_expired
from planning.mrp.recording import record_node
from planning.mrp.requirements import collect_requirements, load_supplies, sort_requirements

CHUNK_WORK = 200_000
"""Requirements a chunk may have, about; a constant, so that chunks do not depend on the machine."""


ORDERS_A_NODE, EDGES_A_NODE = 60, 140
"""Room made for orders and edges beforehand; pages that stay unused cost nothing."""


@dataclass(frozen=True)
class Netted:
    """What netting found, in engine order: by low-level code, then item and location, then due day.

    Attributes:
        orders: ORDER records of all orders, phantoms' passes included; a node's own are nodes.order_first to
        order_last.
        order_node: int32, node of each order.
        edges, edge_node: EDGE records, and the node whose requirement each serves; refs are global.
        findings: FINDING records; refs are global.
        records: the MRP record, int64[8, N, buckets].
        flags: uint8[N], finding flags of each node.
        level_nodes: nodes of each low-level code, ascending.
    """

    orders: Rows
    order_node: np.ndarray
    edges: Rows
    edge_node: np.ndarray
    findings: np.ndarray
    records: np.ndarray
    flags: np.ndarray
    level_nodes: list[np.ndarray]


@kernel
def _net_chunk(
    chunk: np.ndarray,
    at: int,
    problem: Problem,
    all_orders: Rows,
    work: Work,
    records: np.ndarray,
    buffer: Buffer,
    written: np.ndarray,
    flags: np.ndarray,
) -> int:
    """Net the nodes chunk[at:]; returns where it stopped, the chunk's length when done.

    Args:
        written: int64[chunk, 2], orders and edges of each node, filled.
    """
    filled = buffer.filled
    for place in range(at, chunk.shape[0]):
        node = chunk[place]
        orders, edges, findings = filled[ORDERS], filled[EDGES], filled[FINDINGS]
        found = _net_one(node, problem, all_orders, work, records, buffer)
        if filled[FULL] != 0:
            filled[ORDERS], filled[EDGES], filled[FINDINGS] = orders, edges, findings
            return place
        flags[node] = found
        written[place, 0] = filled[ORDERS] - orders
        written[place, 1] = filled[EDGES] - edges
    return chunk.shape[0]


@kernel
def _net_one(
    node: int,
    problem: Problem,
    all_orders: Rows,
    work: Work,
    records: np.ndarray,
    buffer: Buffer,
) -> int:
    """Requirements, netting, record, pegging and findings of one node; returns its finding flags."""
    start, flags = buffer.filled[ORDERS], ZERO
    events = collect_requirements(node, problem, all_orders, work)
    if events < 0:
        events, flags = -1 - events, CUT_OFF
    load_supplies(node, problem, all_orders, work, buffer)
    work.buckets[WASTED, :] = 0
    records[NET_REQUIREMENTS, node, :] = 0
    sort_requirements(events, work, problem.numbers[HORIZON])
    if problem.nodes[node].phantom:
        pass_through(node, events, problem, work, records, buffer)
    else:
        flags |= net_node(node, events, problem, work, records, buffer)
    if buffer.filled[FULL] != 0:
        return flags
    order_by_due(start, buffer)
    record_node(node, events, start, problem, work, records, buffer)
    find_node_alerts(node, events, start, problem, work, buffer)
    if problem.nodes[node].expires:
        load_supplies(node, problem, all_orders, work, buffer)
    if problem.nodes[node].phantom:
        peg_phantom(node, events, problem, all_orders, work, buffer)
        return flags
    add_orders(node, start, problem, work, buffer)
    if problem.nodes[node].expires:
        peg_first_expired(events, problem, all_orders, work, buffer)
    else:
        peg(events, problem, all_orders, work, buffer)
    return flags


@kernel
def peg_phantom(node: int, events: int, problem: Problem, all_orders: Rows, work: Work, buffer: Buffer) -> None:
    """A phantom's own stock and receipts, day by day, as passing through used them up."""
    balance, day = ZERO, 0
    for i in range(work.state[LOADED]):
        balance += work.supplies[i].left if work.supplies[i].day == 0 else 0
    balance -= work.state[DEFICIT]
    for i in range(events):
        event = work.place[i]
        for later in range(day + 1, work.events[event].day + 1):
            balance += work.days[SCHEDULED, later]
        day = work.events[event].day
        used = max(min(balance, work.events[event].quantity), 0)
        balance -= used
        work.events[event].quantity = used
    add_orders(node, buffer.filled[ORDERS], problem, work, buffer)
    peg(events, problem, all_orders, work, buffer)


def new_work(problem: Problem, events: int, supplies: int) -> Work:
    """Scratch space for nodes with at most so many requirements and supplies."""
    horizon, buckets = problem.bucket_of.size, problem.bucket_start.size - 1
    ways = int((problem.nodes["option_last"] - problem.nodes["option_first"]).max(initial=1))
    return Work(
        days=np.zeros((7, horizon), dtype=np.int64),
        buckets=np.zeros((4, buckets), dtype=np.int64),
        costs=np.zeros((4, buckets + 1)),
        counts=np.zeros(horizon + 1, dtype=np.int64),
        events=np.zeros(events, dtype=EVENT),
        place=np.zeros(events, dtype=np.int64),
        spare=np.zeros(events, dtype=np.int64),
        supplies=np.zeros(supplies, dtype=SUPPLY),
        used=np.zeros((ways, buckets), dtype=np.int64),
        state=np.zeros(9, dtype=np.int64),
    )


def with_room(rows: np.ndarray, filled: int, room: int) -> np.ndarray:
    """The filled rows in an array of that length."""
    larger = np.empty(room, dtype=rows.dtype)
    larger[:filled] = rows[:filled]
    return larger


class Chunk:
    """One chunk of nodes of one level: its buffer and its way through the kernel."""

    def __init__(self, nodes: np.ndarray, events: Rows, supplies: Rows) -> None:
        self.nodes = nodes
        self.most_events = int(events.max(initial=0))
        self.supplies = int(supplies.max(initial=0)) + 64
        self.room = int(events.sum() + supplies.sum()) + nodes.size + 64
        self.written = np.zeros((nodes.size, 2), dtype=np.int64)
        self.buffer: Buffer

    @classmethod
    def alone(cls, nodes: np.ndarray, events: np.ndarray, supplies: np.ndarray) -> "Chunk":
        """A chunk with a buffer of its own."""
        chunk = cls(nodes, events, supplies)
        orders, edges = np.empty(chunk.room, dtype=ORDER), np.empty(2 * chunk.room, dtype=EDGE)
        findings = np.empty(4 * nodes.size + 64, dtype=FINDING)
        chunk.buffer = Buffer(orders, edges, findings, np.zeros(4, dtype=np.int64))
        return chunk

    def run(self, problem: Problem, all_orders: Rows, records: np.ndarray, flags: np.ndarray) -> None:
        """Net the chunk, with more room as often as it takes."""
        at = 0
        most_supplies = self.supplies + 2 * problem.bucket_of.size
        work = new_work(problem, self.most_events, most_supplies)
        while True:
            at = _net_chunk(self.nodes, at, problem, all_orders, work, records, self.buffer, self.written, flags)
            if at == self.nodes.size:
                return
            orders, edges, findings, filled = self.buffer
            filled[FULL] = 0
            self.buffer = Buffer(
                with_room(orders, filled[ORDERS], 2 * orders.size),
                with_room(edges, filled[EDGES], 2 * edges.size),
                with_room(findings, filled[FINDINGS], 2 * findings.size),
                filled,
            )
            most_supplies *= 2
            work = new_work(problem, self.most_events, most_supplies)


def chunks_of(nodes: np.ndarray, events: Rows, supplies: Rows) -> list[Chunk]:
    """Cut a level's nodes where the running work passes a multiple of CHUNK_WORK.

    The chunks' buffers are parts of one array a kind: many arrays of a few megabytes would cost more in page faults than
    netting itself takes.
    """
    load = np.cumsum(events + supplies + 50)
    cuts = np.nonzero(np.diff(load // CHUNK_WORK))[0] + 1
    parts = zip(np.split(nodes, cuts), np.split(events, cuts), np.split(supplies, cuts), strict=True)
    chunks = [Chunk(*part) for part in parts]
    rooms = np.array([chunk.room for chunk in chunks])
    findings = np.array([4 * chunk.nodes.size + 64 for chunk in chunks])
    whole = ((ORDER, rooms), (EDGE, 2 * rooms), (FINDING, findings))
    shares = (np.split(np.empty(int(room.sum()), dtype=kind), np.cumsum(room)[:-1]) for kind, room in whole)
    for chunk, orders, edges, found in zip(chunks, *shares, strict=True):
        chunk.buffer = Buffer(orders, edges, found, np.zeros(4, dtype=np.int64))
    return chunks


def _requirement_counts(level: np.ndarray, problem: Problem, order_count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Upper bounds by node of a level: requirements, and supplies that are no new orders."""
    nodes, lines = problem.nodes[level], problem.lines
    first, last = nodes["line_first"], nodes["line_last"]
    running = np.concatenate([[0], np.cumsum(order_count[lines["parent"]])])
    from_parents = running[last] - running[first]
    falls_out = np.concatenate([[0], np.cumsum(lines["kind"] == BY_PRODUCT)])
    events = nodes["demand_last"] - nodes["demand_first"] + from_parents
    given = nodes["receipt_last"] - nodes["receipt_first"] + nodes["lot_last"] - nodes["lot_first"]
    return events, given + np.where(falls_out[last] > falls_out[first], from_parents, 0)


LevelDone = Callable[[Rows, int, int, np.ndarray], None]
"""Called with all orders so far, where a level's begin and end, and its nodes; may change release and due days."""


def net_all(problem: Problem, threads: int, level_done: LevelDone | None = None) -> Netted:
    """Net every node of the problem; fills the nodes' order_first and order_last.

    Args:
        threads: how many chunks are netted at a time; any number gives the same result.
        level_done: called after each level, before its components are netted.
    """
    nodes = problem.nodes
    records = np.empty((8, nodes.size, problem.bucket_start.size - 1), dtype=np.int64)
    flags = np.zeros(nodes.size, dtype=np.uint8)
    orders, filled = np.empty(ORDERS_A_NODE * nodes.size, dtype=ORDER), 0
    edges, edged = np.empty(EDGES_A_NODE * nodes.size, dtype=EDGE), 0
    nodes["order_first"] = nodes["order_last"] = 0
    edge_nodes, findings, level_nodes = [], [], []
    by_level = np.argsort(nodes["level"], kind="stable")
    bounds = np.searchsorted(nodes["level"][by_level], np.arange(int(nodes["level"].max(initial=0)) + 2))
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for low in range(bounds.size - 1):
            level = by_level[bounds[low] : bounds[low + 1]]
            level_nodes.append(level.astype(np.int32))
            events, given = _requirement_counts(level, problem, nodes["order_last"] - nodes["order_first"])
            chunks = chunks_of(level, events, given)
            list(pool.map(lambda chunk, so_far=orders: chunk.run(problem, so_far, records, flags), chunks))
            total = filled + sum(int(chunk.buffer.filled[ORDERS]) for chunk in chunks)
            if total > orders.size:
                orders = with_room(orders, filled, max(2 * orders.size, total))
            total = edged + sum(int(chunk.buffer.filled[EDGES]) for chunk in chunks)
            if total > edges.size:
                edges = with_room(edges, edged, max(2 * edges.size, total))
            for chunk in chunks:
                _join(chunk, orders, filled, problem)
                served = int(chunk.buffer.filled[EDGES])
                edges[edged : edged + served] = chunk.buffer.edges[:served]
                edged += served
                edge_nodes.append(np.repeat(chunk.nodes.astype(np.int32), chunk.written[:, 1]))
                findings.append(chunk.buffer.findings[: chunk.buffer.filled[FINDINGS]].copy())
                filled += int(chunk.buffer.filled[ORDERS])
            if level_done is not None:
                made = sum(int(chunk.buffer.filled[ORDERS]) for chunk in chunks)
                level_done(orders, filled - made, filled, level)
    node_order = np.concatenate(level_nodes)
    return Netted(
        orders=orders[:filled],
        order_node=np.repeat(node_order, (nodes["order_last"] - nodes["order_first"])[node_order]),
        edges=edges[:edged],
        edge_node=np.concatenate(edge_nodes),
        findings=np.concatenate(findings),
        records=records,
        flags=flags,
        level_nodes=level_nodes,
    )


def _join(chunk: Chunk, orders: Rows, filled: int, problem: Problem) -> None:
    """Copy a chunk's orders behind the others and make its references global."""
    buffer, base = chunk.buffer, int(problem.numbers[ORDERS_FROM])
    count = int(buffer.filled[ORDERS])
    joined = orders[filled : filled + count]
    joined[:] = buffer.orders[:count]
    joined["depth"][joined["depth"] == UNREACHED] = 0
    ends = filled + np.cumsum(chunk.written[:, 0])
    problem.nodes["order_last"][chunk.nodes] = ends
    problem.nodes["order_first"][chunk.nodes] = ends - chunk.written[:, 0]
    supply = buffer.edges["supply"][: buffer.filled[EDGES]]
    own = supply < 0
    supply[own] = base + filled - 1 - supply[own]
    ref = buffer.findings["ref"][: buffer.filled[FINDINGS]]
    own = ref < -1
    ref[own] = base + filled - 2 - ref[own]
