"""Demand, receipts and stock of a package as arrays by node: dates to days, forecasts consumed, fences applied.

What is dated before plan_start counts on plan_start; what is dated after the horizon is left out with one notice a
table.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from planning.mrp.arithmetic import LIMIT
from planning.mrp.consumption import consume_forecast
from planning.mrp.model import BUY, DEMAND, FAR_DAY, LOT_ROW, MAKE, RECEIPT, TRANSFER
from planning.mrp.network import Places, records
from planning.package import Package

FIRM_PLANNED = "planned_firm"
RECEIPT_KINDS = {"make": MAKE, "production": MAKE, "buy": BUY, "purchase": BUY, "transfer": TRANSFER}


@dataclass(frozen=True)
class Supplies:
    """Receipts and stock lots: RECEIPT and LOT_ROW records, and the node of each, ascending."""

    receipts: np.ndarray
    receipt_node: np.ndarray
    lots: np.ndarray
    lot_node: np.ndarray


def ref_starts(package: Package, room: int = 0) -> tuple[int, int, int]:
    """Where the references of receipts, lots and orders begin; demands begin at 0.

    Args:
        room: references kept free behind those of each table.
    """
    demand, receipts, stock = (package.table(name).height + room for name in ("demand", "receipts", "stock"))
    return demand, demand + receipts, demand + receipts + stock


def day_offsets(values: pl.Series, plan_start: int) -> np.ndarray:
    """Days after plan_start, int64; what lies before counts as 0."""
    return np.maximum(values.to_numpy().astype(np.int64) - plan_start, 0)


def priority_ranks(package: Package) -> np.ndarray:
    """Dense rank of every demand's priority, int32, 0 the most urgent."""
    return np.unique(package.table("demand")["priority"].to_numpy(), return_inverse=True)[1].astype(np.int32)


def _csr(node: np.ndarray, count: int) -> np.ndarray:
    return np.searchsorted(node, np.arange(count + 1)).astype(np.int64)


def build_demands(
    package: Package, places: Places, horizon: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Independent requirements by node.

    Returns:
        DEMAND records, the node of each, the net quantity of every row of the table `demand` (forecast after
        consumption, 0 beyond the horizon), and notices.
    """
    parameters, demand = package.parameters, package.table("demand")
    node, day = places.of(demand), day_offsets(demand["due_on"], parameters.plan_start)
    rank, kind = priority_ranks(package), demand["kind"]
    inside = day < horizon
    beyond = int((~inside).sum())
    notices = [f"{beyond} rows of demand are due after the horizon and were ignored"] if beyond else []
    rows = np.nonzero(inside)[0]
    ranks = int(rank.max(initial=0)) + 1
    sort_key = (node[rows].astype(np.int64) * horizon + day[rows]) * ranks + rank[rows]
    rows = rows[np.argsort(sort_key, kind="stable")]
    quantity = demand["quantity"].to_numpy()[rows].copy()
    is_order, is_forecast = (kind == "order").to_numpy()[rows], (kind == "forecast").to_numpy()[rows]
    if is_forecast.any():
        window = (parameters.backward_days, parameters.forward_days)
        consume_forecast(_csr(node[rows], places.item.size), day[rows], quantity, is_order, is_forecast, window)
        fence = package.table("items")["demand_fence_days"].fill_null(0).to_numpy()[places.item[node[rows]]]
        quantity[is_forecast & (day[rows] < fence)] = 0
    net = np.zeros(demand.height, dtype=np.int64)
    net[rows] = quantity
    kept = quantity > 0
    rows, quantity = rows[kept], quantity[kept]
    priority = demand["priority"].to_numpy()[rows]
    demands = records(DEMAND, day=day[rows], quantity=quantity, rank=priority, ref=rows, firm=is_order[kept])
    return demands, node[rows], net, notices


def build_supplies(package: Package, places: Places, horizon: int, room: int = 0) -> tuple[Supplies, list[str]]:
    """Receipts and stock lots by node, and notices; `room` as in `ref_starts`."""
    plan_start = package.parameters.plan_start
    receipts, stock = package.table("receipts"), package.table("stock")
    node, day = places.of(receipts), day_offsets(receipts["due_on"], plan_start)
    beyond = int((day >= horizon).sum())
    notices = [f"{beyond} rows of receipts are due after the horizon and were ignored"] if beyond else []
    quantity = receipts["quantity"].to_numpy()
    rows = np.nonzero((day < horizon) & (quantity > 0))[0]
    rows = rows[np.lexsort((rows, day[rows], node[rows]))]
    kind = receipts["kind"].replace_strict(RECEIPT_KINDS, default=MAKE, return_dtype=pl.Int8).fill_null(MAKE).to_numpy()
    firm_planned = (receipts["status"] == FIRM_PLANNED).fill_null(value=False).to_numpy()
    lot_node = places.of(stock)
    free = stock["quantity"].to_numpy() - stock["allocated"].to_numpy()
    expiry = (stock["expires_on"].cast(pl.Int64) - plan_start).fill_null(FAR_DAY).clip(0, FAR_DAY).to_numpy()
    lots = np.nonzero((stock["status"] == "available").to_numpy() & (free != 0))[0]
    lots = lots[np.lexsort((lots, expiry[lots], lot_node[lots]))]
    receipts_from, lots_from, _ = ref_starts(package, room)
    given = records(
        RECEIPT,
        day=day[rows],
        ref=rows + receipts_from,
        kind=np.where(firm_planned[rows], kind[rows], -1),
        quantity=quantity[rows],
    )
    stocked = records(LOT_ROW, expiry=expiry[lots], ref=lots + lots_from, quantity=free[lots])
    return Supplies(given, node[rows], stocked, lot_node[lots]), notices


def too_large_sums(places: Places, supplies: Supplies) -> np.ndarray:
    """Nodes whose stock and receipts add up beyond twice the largest quantity, which no sum may reach."""
    total = np.zeros(places.item.size)
    np.add.at(total, supplies.receipt_node, supplies.receipts["quantity"].astype(np.float64))
    np.add.at(total, supplies.lot_node, np.abs(supplies.lots["quantity"].astype(np.float64)))
    return np.nonzero(total > 2.0 * LIMIT)[0]
