"""Net change: a plan that stands in memory, of which only what an item's change touches is netted again.

The changed item is netted with its new rows; where its orders come out as they were, nothing else is looked at, else its
components follow, low-level code by low-level code. What comes out is what regenerative netting of the changed package
would have found, whole plan or single item. A change of structure (other ways to get the item, other places, a phantom)
plans everything anew.

Source: ASCM dictionary, "net change MRP"; Orlicky, Material Requirements Planning (1975), ch. 5.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from planning.mrp.engine import Chunk, Netted, net_all, with_room
from planning.mrp.model import BY_PRODUCT, EDGES, FINDING, FINDINGS, ORDERS, ORDERS_FROM, TRANSFER, Rows
from planning.mrp.network import Places, default_kinds
from planning.mrp.ordering import UNREACHED
from planning.mrp.problem import Network, build_problem
from planning.package import Package, in_canonical_order
from schemas.planning import INPUT_TABLES

CHANGEABLE = ("items", "demand", "stock", "receipts", "safety_levels", "bucket_costs", "sources")
"""Tables whose rows of an item may be replaced."""

OWN_ROWS = (
    ("demands", "demand"),
    ("receipts", "receipt"),
    ("lots", "lot"),
    ("levels", "safety"),
    ("bucket_costs", "cost"),
)
"""Arrays of the problem whose rows belong to a node, and what the node calls their range."""

ROOM = 4096
"""Rows and references kept free for changes. When they are used up, or as many orders have been replaced as there were,
everything is planned anew."""


@dataclass(frozen=True)
class Changed:
    """What a change came to: nodes netted again in the order of netting, and whether everything was planned anew."""

    nodes: np.ndarray
    whole: bool


class StandingPlan:
    """A netted package that is kept current.

    >>> from planning.package import read_package
    >>> package = read_package({
    ...     "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
    ...     "items": pl.DataFrame({"item": ["BIKE", "WHEEL"], "lead_time_days": [1, 2]}),
    ...     "bom": pl.DataFrame({"parent": ["BIKE"], "component": ["WHEEL"], "quantity_per": [2]}),
    ...     "demand": pl.DataFrame({"demand": ["D1"], "item": ["BIKE"], "quantity": [5], "due_on": ["2026-01-12"]}),
    ... })
    >>> standing = StandingPlan(package)
    >>> more = package.table("demand").with_columns(quantity=pl.lit(7_000_000, dtype=pl.Int64))
    >>> standing.change("BIKE", demand=more).nodes.tolist()
    [0, 1]
    >>> standing.orders_of("WHEEL")["good"].tolist()
    [14000000]
    """

    def __init__(self, package: Package, *, threads: int = 1) -> None:
        self._threads = threads
        self._begin(package)

    def _begin(self, package: Package) -> None:
        """Net everything."""
        self._package = package
        self._kinds = default_kinds(package)
        self._rows: dict[str, dict[int, pl.DataFrame]] = {name: {} for name in CHANGEABLE}
        self.network: Network = build_problem(package, room=ROOM)
        netted = net_all(self.network.problem, self._threads)
        problem = self.network.problem
        self._filled = {name: getattr(problem, name).size for name, _ in OWN_ROWS}
        self.problem = problem._replace(
            **{name: with_room(getattr(problem, name), filled, filled + ROOM) for name, filled in self._filled.items()}
        )
        self._orders, self._ordered = netted.orders, netted.orders.size
        self._edges, self._edged = netted.edges, netted.edges.size
        self._first_ordered, self._first_edged = self._ordered, self._edged
        self._records, self._flags = netted.records, netted.flags
        self._level_nodes = netted.level_nodes
        self._edge_first, self._edge_last = _ranges(netted.edge_node, problem.nodes.size)
        by_node = np.argsort(netted.findings["node"], kind="stable")
        first, last = _ranges(netted.findings["node"][by_node], problem.nodes.size)
        self._findings = {
            int(node): netted.findings[by_node[first[node] : last[node]]] for node in np.flatnonzero(last > first)
        }
        self._next_ref = {"demands": package.table("demand").height, "receipts": 0, "lots": 0}
        self._next_ref["receipts"] = package.table("demand").height + ROOM + package.table("receipts").height
        self._next_ref["lots"] = self._next_ref["receipts"] + ROOM + package.table("stock").height
        self._last_ref = {name: at + ROOM for name, at in self._next_ref.items()}
        lines = problem.lines
        required = np.repeat(np.arange(problem.nodes.size), problem.nodes["line_last"] - problem.nodes["line_first"])
        by_parent = np.argsort(lines["parent"], kind="stable")
        self._components = required[by_parent]
        self._component_first, self._component_last = _ranges(lines["parent"][by_parent], problem.nodes.size)

    def change(self, item: str, **tables: pl.DataFrame) -> Changed:
        """Replace an item's rows and net again what that touches.

        Args:
            item: name of an item of the package.
            tables: by name, all rows of the item in that table, in held form (as in `Package.tables`); tables that are
                not given keep their rows.

        Raises:
            ValueError: the item or a table is not known, or rows are not the item's.
        """
        index = self._package.items.search_sorted(item)
        if index >= self._package.items.len() or self._package.items[index] != item:
            raise ValueError(f"the item {item} is not in the package; name one of its items")
        for name, rows in tables.items():
            if name not in CHANGEABLE:
                raise ValueError(f"rows of {name} cannot be changed one item at a time; use {', '.join(CHANGEABLE)}")
            if (rows["item"] != item).any() or (name == "items" and rows.height != 1):
                raise ValueError(f"rows of {name} must be all rows of {item} and no others")
            held = rows.cast(self._package.table(name).schema)
            self._rows[name][index] = in_canonical_order(held, INPUT_TABLES[name])
        crowded = self._ordered > 2 * self._first_ordered + ROOM or self._edged > 2 * self._first_edged + ROOM
        nodes = None if crowded else self._spliced(index)
        if nodes is None:
            self._begin(self.package())
            return Changed(np.concatenate(self._level_nodes), whole=True)
        return Changed(self._net_again(nodes), whole=False)

    def orders_of(self, item: str, location: str = "MAIN") -> Rows:
        """ORDER records of an item at a location, by due day."""
        places = self.network.places
        index = np.array([self._package.items.search_sorted(item)])
        node = self.problem.nodes[places.find(index, np.array([places.locations.index(location)]))[0]]
        return self._orders[node["order_first"] : node["order_last"]]

    def package(self) -> Package:
        """The package with all changes; its hash is that of the package it began with."""
        tables: dict[str, pl.DataFrame] = dict(self._package.tables)
        for name, changed in self._rows.items():
            if changed:
                column = "item_index" if name != "items" else "item"
                gone = list(changed) if name != "items" else self._package.items[list(changed)].to_list()
                others = tables[name].filter(~pl.col(column).is_in(gone))
                own = [rows.select(others.columns) for rows in changed.values()]
                tables[name] = in_canonical_order(pl.concat([others, *own]), INPUT_TABLES[name])
        return replace(self._package, tables=tables)

    def netted(self) -> tuple[Network, Netted]:
        """The plan as regenerative netting of `package()` would have it: its network and what netting finds."""
        network = build_problem(self.package())
        return network, self._gathered(network)

    def _gathered(self, network: Network) -> Netted:
        """What stands, in engine order and with the references of a network of the same package."""
        nodes, there = self.problem.nodes, network.problem.nodes
        node_order = np.concatenate(self._level_nodes)
        base, own_base = int(self.problem.numbers[ORDERS_FROM]), int(network.problem.numbers[ORDERS_FROM])
        refs = np.full(base + self._ordered, -1, dtype=np.int64)
        for name, called in (("demands", "demand"), ("receipts", "receipt"), ("lots", "lot")):
            mine = _spread(nodes[f"{called}_first"], nodes[f"{called}_last"])
            theirs = _spread(there[f"{called}_first"], there[f"{called}_last"])
            refs[getattr(self.problem, name)["ref"][mine]] = getattr(network.problem, name)["ref"][theirs]
        counts = (nodes["order_last"] - nodes["order_first"])[node_order]
        places = _spread(nodes["order_first"][node_order], nodes["order_last"][node_order])
        refs[base + places] = own_base + np.arange(places.size)
        orders = self._orders[places]
        orders["origin"] = np.where(orders["origin"] >= 0, refs[orders["origin"]], -1)
        ends = np.cumsum(counts)
        there["order_last"][node_order], there["order_first"][node_order] = ends, ends - counts
        edge_counts = (self._edge_last - self._edge_first)[node_order]
        edges = self._edges[_spread(self._edge_first[node_order], self._edge_last[node_order])]
        edges["supply"], edges["parent"] = refs[edges["supply"]], refs[edges["parent"]]
        findings = [self._findings[node] for node in node_order.tolist() if node in self._findings]
        found = np.concatenate(findings) if findings else np.zeros(0, dtype=FINDING)
        for field in ("ref", "cause"):
            found[field] = np.where(found[field] >= 0, refs[found[field]], found[field])
        return Netted(
            orders=orders,
            order_node=np.repeat(node_order, counts).astype(np.int32),
            edges=edges,
            edge_node=np.repeat(node_order, edge_counts).astype(np.int32),
            findings=found,
            records=self._records,
            flags=self._flags,
            level_nodes=self._level_nodes,
        )

    def _spliced(self, index: int) -> np.ndarray | None:
        """Put the item's rows into the arrays; its nodes, or None where everything has to be planned anew."""
        places = self.network.places
        nodes = np.flatnonzero(places.item == index)
        package = self._alone(index)
        known = {places.locations[code] for code in places.location[nodes]}
        for name in CHANGEABLE[1:]:
            if "location" in package.tables[name].columns and not set(package.tables[name]["location"]) <= known:
                return None
        zeros, codes = np.zeros(nodes.size, dtype=np.int32), places.location[nodes]
        alone = build_problem(package, places=Places(zeros, codes, places.locations, codes.astype(np.int64)))
        if alone.excluded.size or np.isin(nodes, self.network.excluded).any():
            return None
        for own, node in enumerate(nodes):
            if not self._node_spliced(int(node), own, alone):
                return None
        return nodes

    def _node_spliced(self, node: int, own: int, alone: Network) -> bool:
        """Splice one node; False where its ways to be got are others or there is no room."""
        mine, other = self.problem.nodes, alone.problem.nodes
        options = self.problem.options[mine["option_first"][node] : mine["option_last"][node]]
        given = alone.problem.options[other["option_first"][own] : other["option_last"][own]]
        moves = (given["kind"] == TRANSFER).any() or (options["kind"] == TRANSFER).any()
        if options.size != given.size or (options["kind"] != given["kind"]).any() or moves:
            return False
        if mine["phantom"][node] != other["phantom"][own]:
            return False
        for name, called in OWN_ROWS:
            rows = getattr(alone.problem, name)[other[f"{called}_first"][own] : other[f"{called}_last"][own]].copy()
            first = self._place_for(name, rows, int(mine[f"{called}_first"][node]), int(mine[f"{called}_last"][node]))
            if first < 0:
                return False
            getattr(self.problem, name)[first : first + rows.size] = rows
            mine[f"{called}_first"][node], mine[f"{called}_last"][node] = first, first + rows.size
        nodes_of_options = options["node"].copy()
        options[:] = given
        options["node"] = nodes_of_options
        for field in mine.dtype.names:
            if not field.endswith(("_first", "_last")) and field not in ("level", "location"):
                mine[field][node] = other[field][own]
        return True

    def _place_for(self, name: str, rows: Rows, first: int, last: int) -> int:
        """Where a node's rows are put: over those that were there, else behind all others; -1 where no room is left.

        Rows that are referred to get references there, old ones or new ones.
        """
        whole = getattr(self.problem, name)
        if rows.size <= last - first:
            if name in self._next_ref:
                rows["ref"] = whole["ref"][first : first + rows.size]
            return first
        filled = self._filled[name]
        if filled + rows.size > whole.size:
            return -1
        if name in self._next_ref:
            ref = self._next_ref[name]
            if ref + rows.size > self._last_ref[name]:
                return -1
            rows["ref"] = np.arange(ref, ref + rows.size)
            self._next_ref[name] = ref + rows.size
        self._filled[name] = filled + rows.size
        return filled

    def _alone(self, index: int) -> Package:
        """A package of the one item: its rows, changed or not, without structure."""
        tables: dict[str, pl.DataFrame] = dict(self._package.tables)
        for name, table in tables.items():
            if name in CHANGEABLE and index in self._rows[name]:
                tables[name] = self._rows[name][index]
            elif name == "items":
                tables[name] = table[index : index + 1]
            elif "item_index" in table.columns and table.height:
                tables[name] = table.filter(pl.col("item_index") == index)
            if "item_index" in table.columns:
                tables[name] = tables[name].with_columns(pl.lit(0, dtype=pl.Int32).alias("item_index"))
        kind = ("make", "buy", "transfer")[int(self._kinds[index])]
        tables["items"] = tables["items"].with_columns(pl.col("source").fill_null(kind))
        tables["bom"] = tables["bom"].clear()
        return replace(self._package, tables=tables)

    def _net_again(self, nodes: np.ndarray) -> np.ndarray:
        """Net nodes and, where orders have changed, their components; which they were."""
        level = self.problem.nodes["level"]
        dirty = {int(node) for node in nodes}
        done: list[int] = []
        while dirty:
            lowest = min(level[node] for node in dirty)
            at_once = np.array(sorted(node for node in dirty if level[node] == lowest), dtype=np.int64)
            dirty.difference_update(at_once.tolist())
            done += at_once.tolist()
            for node in self._net_level(at_once):
                first, last = self._component_first[node], self._component_last[node]
                dirty.update(self._components[first:last].tolist())
        return np.array(done, dtype=np.int64)

    def _net_level(self, nodes: np.ndarray) -> list[int]:
        """Net nodes of one level; those whose orders have changed."""
        events, supplies = self._counts(nodes)
        chunk = Chunk.alone(nodes, events, supplies)
        chunk.run(self.problem, self._orders, self._records, self._flags)
        buffer, changed = chunk.buffer, []
        orders = buffer.orders[: buffer.filled[ORDERS]]
        orders["depth"][orders["depth"] == UNREACHED] = 0
        order_ends, edge_ends = np.cumsum(chunk.written, axis=0).T
        found = buffer.findings[: buffer.filled[FINDINGS]]
        for place, node in enumerate(nodes.tolist()):
            began = int(order_ends[place] - chunk.written[place, 0])
            own = orders[began : order_ends[place]]
            if self._put_orders(node, own):
                changed.append(node)
            shift = int(self.problem.nodes["order_first"][node]) - began
            edges = buffer.edges[int(edge_ends[place] - chunk.written[place, 1]) : edge_ends[place]].copy()
            self._put_edges(node, edges, shift)
            findings = found[found["node"] == node].copy()
            ours = findings["ref"] < -1
            findings["ref"][ours] = int(self.problem.numbers[ORDERS_FROM]) + shift - 2 - findings["ref"][ours]
            self._findings[node] = findings
        assert buffer.edges[: buffer.filled[EDGES]].size == edge_ends[-1]
        return changed

    def _counts(self, nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Upper bounds by node: requirements, and supplies that are no new orders."""
        table, lines = self.problem.nodes, self.problem.lines
        events, supplies = np.zeros(nodes.size, dtype=np.int64), np.zeros(nodes.size, dtype=np.int64)
        for place, node in enumerate(nodes):
            row = table[node]
            own = lines[row["line_first"] : row["line_last"]]
            parents = table[own["parent"]]
            orders = parents["order_last"] - parents["order_first"]
            events[place] = row["demand_last"] - row["demand_first"] + orders.sum()
            supplies[place] = row["receipt_last"] - row["receipt_first"] + row["lot_last"] - row["lot_first"]
            supplies[place] += orders[own["kind"] == BY_PRODUCT].sum()
        return events, supplies

    def _put_orders(self, node: int, orders: Rows) -> bool:
        """Keep a node's orders; False where they are what they were and stay in their place."""
        row = self.problem.nodes[node : node + 1]
        before = self._orders[int(row["order_first"][0]) : int(row["order_last"][0])]
        if before.size == orders.size and all((before[name] == orders[name]).all() for name in orders.dtype.names):
            return False
        if self._ordered + orders.size > self._orders.size:
            self._orders = with_room(self._orders, self._ordered, 2 * self._orders.size + orders.size)
        self._orders[self._ordered : self._ordered + orders.size] = orders
        row["order_first"], row["order_last"] = self._ordered, self._ordered + orders.size
        self._ordered += orders.size
        return True

    def _put_edges(self, node: int, edges: Rows, shift: int) -> None:
        """Keep a node's edges; its own orders have moved by `shift`."""
        own = edges["supply"] < 0
        edges["supply"][own] = int(self.problem.numbers[ORDERS_FROM]) + shift - 1 - edges["supply"][own]
        if self._edged + edges.size > self._edges.size:
            self._edges = with_room(self._edges, self._edged, 2 * self._edges.size + edges.size)
        self._edges[self._edged : self._edged + edges.size] = edges
        self._edge_first[node], self._edge_last[node] = self._edged, self._edged + edges.size
        self._edged += edges.size


def _ranges(sorted_ids: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the rows of each id begin and end; rows of one id stand together."""
    first, last = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    if sorted_ids.size:
        cuts = np.flatnonzero(np.diff(sorted_ids)) + 1
        begins = np.concatenate([[0], cuts])
        first[sorted_ids[begins]] = begins
        last[sorted_ids[begins]] = np.concatenate([cuts, [sorted_ids.size]])
    return first, last


def _spread(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """All places of several ranges, one range after the other."""
    counts = last - first
    begins = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return begins + np.arange(begins.size)
