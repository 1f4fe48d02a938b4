"""What is promised for every order, part by part, and what makes it late: a material or a resource, by name.

The cause is followed down the pegging from the supply that comes last: an order that started on the day on which its last
component came is held up by that component; one whose components were there before, by its resources; what was released
on plan_start, by its lead time.
"""

import numpy as np
import polars as pl

from planning.constrained.engine import Constrained, demand_limits
from planning.mrp.model import HORIZON, MAKE
from planning.mrp.output import Named
from schemas.planning import QUANTITY_SCALE

DEEPEST_CAUSE = 64
NOT_COVERED = "not covered inside the horizon"


def promises_made(found: Constrained, named: Named, places: np.ndarray) -> pl.DataFrame:
    """Parts promised, a row each: demand, item, location, quantity (Int64), due_on, promised_on (Int32 days, null where
    never), late_days, cause; by row of the table `demand`, then day. Orders only.

    Args:
        places: place among found.orders of each of the named orders.
    """
    package, problem = named.network.package, found.case.problem
    due, _, _ = demand_limits(package, named.network)
    firm = problem.demands["firm"] == 1
    given = found.deliveries[firm[found.deliveries["demand"]]]
    left = problem.demands["quantity"].copy()
    np.subtract.at(left, found.deliveries["demand"], found.deliveries["quantity"])
    never = np.nonzero(firm & (left > 0))[0]
    rows = np.concatenate([given["demand"], never])
    day = np.concatenate([given["day"], np.full(never.size, -1)])
    quantity = np.concatenate([given["quantity"], left[never]])
    demand_row = problem.demands["ref"][rows]
    order = np.lexsort((np.where(day < 0, 2**31, day), demand_row))
    rows, day, quantity, demand_row = rows[order], day[order], quantity[order], demand_row[order]
    late = np.where(day >= 0, np.maximum(day - due[rows], 0), -1)
    causes = _causes(found, named, places, rows, day, due, late)
    table = package.table("demand")[demand_row].select("demand", "item", "location", "due_on")
    promised = pl.Series("promised_on", np.where(day >= 0, day + named.plan_start, 0).astype(np.int32))
    lateness = pl.Series("late_days", late.astype(np.int32))
    served = pl.Series(day >= 0, dtype=pl.Boolean)
    nothing = pl.Series([None], dtype=pl.Int32)
    inside = table.with_columns(
        pl.Series("quantity", quantity),
        promised.zip_with(served, nothing).alias("promised_on"),
        lateness.zip_with(served, nothing).alias("late_days"),
        pl.Series("cause", causes, dtype=pl.String),
    )
    return inside.select("demand", "item", "location", "quantity", "due_on", "promised_on", "late_days", "cause")


def _causes(
    found: Constrained,
    named: Named,
    places: np.ndarray,
    rows: np.ndarray,
    day: np.ndarray,
    due: np.ndarray,
    late: np.ndarray,
) -> list[str | None]:
    """Why each part is late; None where it is not."""
    causes: list[str | None] = [None] * rows.size
    behind = np.nonzero(late != 0)[0]
    if behind.size == 0:
        return causes
    finder = _Finder(found, named, places)
    node_of = np.repeat(
        np.arange(found.case.problem.nodes.size),
        found.case.problem.nodes["demand_last"] - found.case.problem.nodes["demand_first"],
    )
    for at in behind:
        if day[at] < 0:
            causes[at] = f"{NOT_COVERED}: {finder.said_of(int(node_of[rows[at]]), None)}"
        elif due[rows[at]] < 0 and day[at] == 0:
            causes[at] = "due before plan_start"
        else:
            causes[at] = finder.said_of(int(node_of[rows[at]]), int(day[at]))
    return causes


class _Finder:
    """Follows lateness down the pegging; what it found for a node and day it keeps."""

    def __init__(self, found: Constrained, named: Named, places: np.ndarray) -> None:
        self.found, self.named, self.places = found, named, places
        edges = named.netted.edges
        base = named.orders_from
        up = np.nonzero(edges["parent"] >= base)[0]
        up = up[np.argsort(edges["parent"][up], kind="stable")]
        self.supply = edges["supply"][up]
        self.first = np.searchsorted(edges["parent"][up], base + np.arange(named.netted.orders.size + 1))
        self.receipt_day = {int(ref): int(at) for ref, at in zip(
            found.case.problem.receipts["ref"], found.case.problem.receipts["day"], strict=True)}  # fmt: skip
        self.known: dict[tuple[int, int | None], str] = {}

    def said_of(self, node: int, day: int | None) -> str:
        """Why nothing of the node came before that day (None: at all)."""
        key = node, day
        if key not in self.known:
            self.known[key] = self._follow(node, day)
        return self.known[key]

    def _follow(self, node: int, day: int | None) -> str:
        nodes, orders = self.found.case.problem.nodes, self.named.netted.orders
        own = np.arange(int(nodes["order_first"][node]), int(nodes["order_last"][node]))
        if day is None:
            return self._never(node)
        arrived = own[orders["due"][own] == day]
        if arrived.size == 0:
            receipts = self.found.case.problem.receipts[
                int(nodes["receipt_first"][node]) : int(nodes["receipt_last"][node])
            ]
            if (receipts["day"] == day).any():
                return f"material {self._item(node)}: is due on {self._date(day)}"
            return f"material {self._item(node)}: not there before {self._date(day)}"
        return self._of_order(int(arrived[-1]), 0)

    def _of_order(self, at: int, depth: int) -> str:
        """What an order waited for: its resources where they were full from its last component on, else that component."""
        netted = self.named.netted
        release, node = int(netted.orders["release"][at]), int(netted.order_node[at])
        last, when = -1, -1
        for supply in self.supply[self.first[at] : self.first[at + 1]]:
            arrives = self._arrival(int(supply))
            if arrives > when:
                last, when = int(supply), arrives
        full = self._full(at, max(when, 0))
        if full >= 0:
            return self._resource(at, full)
        if release > 0 and depth < DEEPEST_CAUSE and when > 0:
            if last >= self.named.orders_from:
                return self._of_order(last - self.named.orders_from, depth + 1)
            receipt = self.named.network.package.table("receipts")["item"][last - self.named.receipts_from]
            return f"material {receipt}: is due on {self._date(when)}"
        return f"material {self._item(node)}: not there before {self._date(int(netted.orders['due'][at]))}"

    def _full(self, at: int, ready: int) -> int:
        """Row of a resource that had no room for an order in any bucket between its components and its release; -1 none."""
        orders, shop, problem = self.named.netted.orders, self.found.case.shop, self.found.case.problem
        node, place = int(self.named.netted.order_node[at]), int(self.places[at])
        begin, end = int(problem.bucket_of[ready]), int(problem.bucket_of[int(orders["release"][at])])
        if orders["kind"][at] != MAKE:
            return -1
        item, released = int(self.found.case.item[node]), int(orders["released"][at])
        for k in range(int(shop.operation_first[item + 1] - shop.operation_first[item])):
            alternate = int(self.found.orders.chosen[place, k])
            row = int(shop.resource[alternate])
            if self.found.orders.pieces[place, k] >= 0:
                return row  # Its work is spread over what was left of several buckets.
            if begin >= end:
                continue
            minutes = int(shop.setup[alternate]) + -(-released * int(shop.run[alternate]) // QUANTITY_SCALE)
            if (shop.used[row, begin:end] + minutes > shop.capacity[row, begin:end]).all():
                return row
        return -1

    def _arrival(self, supply: int) -> int:
        if supply >= self.named.orders_from:
            return int(self.named.netted.orders["due"][supply - self.named.orders_from])
        return self.receipt_day.get(supply, 0)

    def _resource(self, at: int, row: int) -> str:
        when = self._date(int(self.named.netted.orders["release"][at]))
        return f"resource {self.found.floor.resources[row]}: no room before {when}"

    def _never(self, node: int) -> str:
        """Why a node has nothing more inside the horizon: the resource without room, else the material itself."""
        orders, count = self.found.orders, len(self.found.floor.resources)
        gone = np.nonzero((orders.node == node) & (orders.moves["gone"] == 1))[0]
        for _ in range(DEEPEST_CAUSE):
            if gone.size == 0:
                break
            full, blame = int(orders.moves["full"][gone[0]]), int(orders.moves["blame"][gone[0]])
            waits = orders.moves["ready"][gone[0]] >= self.found.case.problem.numbers[HORIZON]
            if waits and blame >= 0:
                node = blame
                gone = np.nonzero((orders.node == node) & (orders.moves["gone"] == 1))[0]
                continue
            if 0 <= full < count:
                return f"resource {self.found.floor.resources[full]}"
            break
        return f"material {self._item(node)}"

    def _item(self, node: int) -> str:
        return self.named.network.package.items[int(self.named.network.places.item[node])]

    def _date(self, day: int) -> str:
        return str(np.datetime64(day + self.named.plan_start, "D"))
