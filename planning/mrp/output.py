"""The answer of `mrp` as output tables: planned orders, MRP records and pegging, from the arrays of netting.

Rows stand in a fixed order: planned orders by item, location, due date and ordinal; records by item, location and
bucket; pegging by low-level code, item, location, then as served. Nothing is computed here; promises and alerts are
worded in their own rooms.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from planning.compiled import kernel
from planning.mrp.available_to_promise import NO_ATP
from planning.mrp.engine import Netted
from planning.mrp.model import (
    AVAILABLE,
    CUMULATIVE,
    GROSS_REQUIREMENTS,
    MAKE,
    NET_REQUIREMENTS,
    PHANTOM,
    PLANNED_RECEIPTS,
    PLANNED_RELEASES,
    PROJECTED_ON_HAND,
    SCHEDULED_RECEIPTS,
    Rows,
)
from planning.mrp.naming import dates, decimals, dictionary, supply_names
from planning.mrp.problem import Network
from planning.mrp.supply_demand import ref_starts
from planning.result import SlicedTable
from schemas.planning import OUTPUT_TABLES

KIND_NAMES = pa.array(["make", "buy", "transfer"], type=pa.large_string())
STATUS_NAMES = pa.array(["planned", "firm"], type=pa.large_string())
SUPPLY_KIND_NAMES = pa.array(["make", "buy", "transfer", "receipt", "stock", "by_product"], type=pa.large_string())
ORDER_FIELDS = ("good", "released", "due", "release", "need", "option", "kind", "status")
RECEIPT_KIND, STOCK_KIND, BY_PRODUCT_KIND = 3, 4, 5


@dataclass(frozen=True)
class Named:
    """Netting's answer with names.

    Attributes:
        shown: places of the planned orders in engine order, in the order of the table.
        supply_names: names by reference - start of receipts; those of the orders, in engine order, come last.
        items, locations, demands: names by index.
        receipts_from, lots_from, orders_from: where references begin.
    """

    network: Network
    netted: Netted
    shown: np.ndarray
    supply_names: pa.LargeStringArray
    items: pa.LargeStringArray
    locations: pa.LargeStringArray
    demands: pa.LargeStringArray
    receipts_from: int
    lots_from: int
    orders_from: int

    @property
    def order_names(self) -> pa.LargeStringArray:
        """Names of all orders in engine order."""
        return self.supply_names.slice(self.orders_from - self.receipts_from)  # type: ignore[return-value]

    @property
    def plan_start(self) -> int:
        """Day number of the first day."""
        return self.network.package.parameters.plan_start


def name_all(network: Network, netted: Netted) -> Named:
    """Name the orders and supplies and put the planned orders in the order of their table."""
    nodes = network.problem.nodes
    counts = (nodes["order_last"] - nodes["order_first"]).astype(np.int64)
    begins = np.repeat(nodes["order_first"] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    places = begins + np.arange(begins.size)
    shown = places[netted.orders["kind"][places] != PHANTOM]
    demands = network.package.table("demand")["demand"].to_list() or [""]
    return Named(
        network,
        netted,
        shown,
        supply_names(network, netted),
        pa.array(network.package.items.to_list(), type=pa.large_string()),
        pa.array(network.places.locations, type=pa.large_string()),
        pa.array(demands, type=pa.large_string()),
        *ref_starts(network.package),
    )


def node_columns(named: Named, nodes: np.ndarray) -> list[pa.Array]:
    """Columns item and location of rows that belong to these nodes."""
    places = named.network.places
    return [dictionary(places.item[nodes], named.items), dictionary(places.location[nodes], named.locations)]


def table_of(name: str, columns: list[pa.Array]) -> pa.Table:
    """An output table from its columns, in the order of the schema."""
    return pa.table(columns, names=[column.name for column in OUTPUT_TABLES[name].columns])


def planned_orders(named: Named) -> SlicedTable:
    """The table `planned_orders`."""
    supplier = named.network.facts["supplier"]
    names = supplier.unique().drop_nulls().sort()
    codes = supplier.replace_strict(names, np.arange(names.len()), default=-1, return_dtype=pl.Int32).fill_null(-1)
    suppliers = pa.array(names.to_list() or [""], type=pa.large_string())
    return SlicedTable(
        named.shown.size, lambda start, end: _planned_orders(named, codes.to_numpy(), suppliers, named.shown[start:end])
    )


def _planned_orders(named: Named, codes: np.ndarray, suppliers: pa.Array, shown: np.ndarray) -> pa.Table:
    """Rows of `planned_orders`; `codes` says by option which of the suppliers it is, -1 none."""
    network, start = named.network, named.plan_start
    all_orders, before = named.netted.orders, named.orders_from - named.receipts_from
    orders = {name: all_orders[name][shown] for name in ORDER_FIELDS}
    nodes = named.netted.order_node[shown]
    code = np.where(orders["kind"] == MAKE, -1, codes[orders["option"]])
    past_due = orders["release"] < 0
    return table_of(
        "planned_orders",
        [
            dictionary(shown + before, named.supply_names),
            *node_columns(named, nodes),
            dictionary(orders["kind"], KIND_NAMES),
            dictionary(np.maximum(code, 0), suppliers, code >= 0),
            decimals(orders["released"]),
            decimals(orders["good"]),
            dates(np.maximum(orders["release"], 0) + start),
            dates(orders["due"] + start),
            dates(orders["need"] + start),
            pa.array(network.problem.nodes["level"].astype(np.int32)[nodes]),
            dictionary(orders["status"], STATUS_NAMES),
            pa.array(past_due),
        ],
    )


def mrp_records(named: Named) -> pa.Table:
    """The table `mrp_records`: every bucket of every node at which anything happens or stands."""
    records = named.netted.records
    active = np.nonzero((records[:PLANNED_RELEASES] != 0).any(axis=(0, 2)))[0]
    if active.size < records.shape[1]:
        records = records[:, active]
    buckets = records.shape[2]
    starts = named.network.problem.bucket_start[:-1] + named.plan_start
    promise = records[AVAILABLE].reshape(-1)
    return table_of(
        "mrp_records",
        [
            *node_columns(named, np.repeat(active, buckets)),
            dates(np.tile(starts, active.size)),
            decimals(records[GROSS_REQUIREMENTS].reshape(-1)),
            decimals(records[SCHEDULED_RECEIPTS].reshape(-1)),
            decimals(records[PROJECTED_ON_HAND].reshape(-1)),
            decimals(records[NET_REQUIREMENTS].reshape(-1)),
            decimals(records[PLANNED_RECEIPTS].reshape(-1)),
            decimals(records[PLANNED_RELEASES].reshape(-1)),
            decimals(promise, promise != NO_ATP),
            decimals(records[CUMULATIVE].reshape(-1)),
        ],
    )


@kernel
def _edge_columns(
    edges: Rows,
    edge_node: np.ndarray,
    order_node: np.ndarray,
    orders: Rows,
    starts: np.ndarray,
    kind: np.ndarray,
    depth: np.ndarray,
) -> None:
    """Supply kind and depth of every edge; depth 0 serves a demand."""
    for i in range(edges.shape[0]):
        supply, parent = int(edges[i].supply), int(edges[i].parent)
        if supply < starts[1]:
            kind[i] = RECEIPT_KIND
        elif supply < starts[2]:
            kind[i] = STOCK_KIND
        elif order_node[supply - starts[2]] != edge_node[i]:
            kind[i] = BY_PRODUCT_KIND
        else:
            kind[i] = orders[supply - starts[2]].kind
        depth[i] = 0 if parent < starts[2] else orders[parent - starts[2]].depth + 1


def pegging(named: Named) -> SlicedTable:
    """The table `pegging`."""
    edges, nodes = named.netted.edges, named.netted.edge_node
    return SlicedTable(edges.size, lambda start, end: _pegging(named, edges[start:end], nodes[start:end]))


def _pegging(named: Named, edges: Rows, edge_node: np.ndarray) -> pa.Table:
    """Rows of `pegging`."""
    netted = named.netted
    starts = np.array([named.receipts_from, named.lots_from, named.orders_from], dtype=np.int64)
    kind, depth = np.empty(edges.size, dtype=np.int8), np.empty(edges.size, dtype=np.int32)
    _edge_columns(edges, edge_node, netted.order_node, netted.orders, starts, kind, depth)
    parent = edges["parent"]
    for_demand = parent < named.receipts_from
    return table_of(
        "pegging",
        [
            dictionary(np.where(for_demand, parent, 0), named.demands, for_demand),
            node_columns(named, edge_node)[0],
            dictionary(edges["supply"] - named.receipts_from, named.supply_names),
            dictionary(kind, SUPPLY_KIND_NAMES),
            decimals(edges["quantity"]),
            pa.array(depth),
            dictionary(np.where(for_demand, 0, parent - named.receipts_from), named.supply_names, ~for_demand),
        ],
    )
