"""The table `operations`: which resource works on which order in which bucket, and how much.

A row an operation, from the order's release (or the bucket's start) to the end of that bucket: within it nothing is
sequenced. Work that is spread over buckets has a row for each, with its part of setup and quantity; the parts of an
operation add up to its setup and to the order's released quantity.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from planning.compiled import kernel
from planning.constrained.capacity import Shop, minutes_of
from planning.constrained.engine import Constrained
from planning.constrained.model import Orders
from planning.mrp.model import MAKE, Problem, Rows
from planning.mrp.naming import decimals, dictionary
from planning.mrp.output import Named, table_of

MINUTES_A_DAY = 24 * 60
MICROSECONDS = 60 * 10**6


class _Columns(NamedTuple):
    order: Rows
    operation: Rows
    resource: Rows
    start: Rows
    end: Rows
    setup: Rows
    quantity: Rows


@kernel
def _count_rows(
    places: np.ndarray, rows: Rows, node: np.ndarray, item_of: np.ndarray, shop: Shop, orders: Orders
) -> int:
    count = 0
    for i in range(places.shape[0]):
        item = item_of[node[i]]
        if rows[i].kind != MAKE:
            continue
        for k in range(shop.operation_first[item + 1] - shop.operation_first[item]):
            piece = orders.pieces[places[i], k]
            count += 1
            while piece >= 0 and shop.piece_next[piece] >= 0:
                count += 1
                piece = shop.piece_next[piece]
    return count


@kernel
def _write_rows(
    places: np.ndarray, rows: Rows, node: np.ndarray, item_of: np.ndarray, shop: Shop, orders: Orders, problem: Problem,
    number: np.ndarray, out: _Columns,
) -> None:  # fmt: skip
    at, horizon = 0, problem.bucket_of.shape[0]
    for i in range(places.shape[0]):
        item, release = item_of[node[i]], int(rows[i].release)
        if rows[i].kind != MAKE:
            continue
        first = shop.operation_first[item]
        for k in range(shop.operation_first[item + 1] - first):
            alternate, piece = orders.chosen[places[i], k], orders.pieces[places[i], k]
            begin, setup, quantity = at, shop.setup[alternate], rows[i].released
            bucket = problem.bucket_of[min(release, horizon - 1)]
            while True:
                minutes = minutes_of(shop, alternate, rows[i].released)
                if piece >= 0:
                    bucket, minutes = shop.piece_bucket[piece], shop.piece_minutes[piece]
                out.order[at], out.operation[at] = i, number[first + k]
                out.resource[at] = shop.resource[alternate]
                out.start[at] = max(release, problem.bucket_start[bucket])
                out.end[at] = problem.bucket_start[bucket + 1]
                out.quantity[at] = minutes
                at += 1
                if piece < 0 or shop.piece_next[piece] < 0:
                    break
                piece = shop.piece_next[piece]
            for row in range(at - 1, begin - 1, -1):  # Pieces are kept last first; minutes become setup and quantity.
                minutes = out.quantity[row]
                out.setup[row] = min(setup, minutes)
                setup -= out.setup[row]
                part = quantity
                if row > begin and shop.run[alternate] > 0:
                    part = min(quantity, int((minutes - out.setup[row]) * (1e6 / shop.run[alternate])))
                elif row > begin:
                    part = 0
                out.quantity[row] = part
                quantity -= part


def operations_table(found: Constrained, named: Named, places: np.ndarray) -> pa.Table:
    """The table `operations`, by order, operation and start.

    Args:
        places: place among found.orders of each of the named orders.
    """
    rows, node, shop = named.netted.orders, named.netted.order_node, found.case.shop
    count = _count_rows(places, rows, node, found.case.item, shop, found.orders)
    out = _Columns(*(np.zeros(count, dtype=np.int64) for _ in range(7)))
    _write_rows(
        places, rows, node, found.case.item, shop, found.orders, found.case.problem, found.floor.operation_number, out
    )
    turn = np.empty(rows.size, dtype=np.int64)
    turn[named.shown] = np.arange(named.shown.size)
    order = np.lexsort((out.start, out.operation, turn[out.order]))
    before = named.orders_from - named.receipts_from
    resources = pa.array(found.floor.resources or [""], type=pa.large_string())
    return table_of(
        "operations",
        [
            dictionary(out.order[order] + before, named.supply_names),
            pa.nulls(count, pa.large_string()),
            pa.array(out.operation[order].astype(np.int32)),
            dictionary(out.resource[order], resources),
            _instants(out.start[order], named.plan_start),
            _instants(out.end[order], named.plan_start),
            decimals(out.setup[order]),
            decimals(out.quantity[order]),
        ],
    )


def _instants(days: np.ndarray, plan_start: int) -> pa.Array:
    """Midnight at the beginning of each day."""
    values = (days + plan_start) * MINUTES_A_DAY * MICROSECONDS
    return pl.Series(values).cast(pl.Datetime("us")).to_arrow(compat_level=pl.CompatLevel.oldest())
