"""Names for what netting found: planned-order ids, supply names and text columns, written once and referred to by
number.

A planned order is named by item, location, due date and ordinal within that day, so that the same order has the same
name in every run. Text columns are Arrow dictionaries; only the names of orders are written letter by letter, compiled.
"""

import numpy as np
import polars as pl
import pyarrow as pa

from planning.compiled import kernel
from planning.mrp.engine import Netted
from planning.mrp.model import FIRM, ZERO, Rows
from planning.mrp.problem import Network
from planning.mrp.supply_demand import ref_starts
from schemas.planning import DAY_ZERO

DATE_LENGTH = 10


@kernel
def _order_ordinals(orders: Rows, order_node: np.ndarray, ordinals: np.ndarray) -> None:
    """1, 2, ... within a node and due day; 0 for firm planned orders, which have a name already."""
    ordinal = 0
    for i in range(orders.shape[0]):
        if i > 0 and (order_node[i] != order_node[i - 1] or orders[i].due != orders[i - 1].due):
            ordinal = 0
        if orders[i].status == FIRM:
            ordinals[i] = 0
        else:
            ordinal += 1
            ordinals[i] = ordinal


@kernel
def _name_lengths(
    order_node: np.ndarray, ordinals: np.ndarray, prefix_ends: np.ndarray, own_ends: np.ndarray, ends: np.ndarray
) -> None:
    """Fill `ends`, int64[orders + 1], with where each name ends."""
    total, own = ZERO, 0
    ends[0] = 0
    for i in range(order_node.shape[0]):
        if ordinals[i] == 0:
            total += own_ends[own + 1] - own_ends[own]
            own += 1
        else:
            node, rest, digits = order_node[i], ordinals[i], 1
            while rest >= 10:
                rest //= 10
                digits += 1
            total += prefix_ends[node + 1] - prefix_ends[node] + DATE_LENGTH + 1 + digits
        ends[i + 1] = total


@kernel
def _write_names(
    orders: Rows,
    order_node: np.ndarray,
    ordinals: np.ndarray,
    prefixes: np.ndarray,
    prefix_ends: np.ndarray,
    dates: np.ndarray,
    own: np.ndarray,
    own_ends: np.ndarray,
    ends: np.ndarray,
    letters: np.ndarray,
) -> None:
    """Write prefix, due date, slash and ordinal of each order into `letters`, or the name it came with."""
    own_at = 0
    for i in range(orders.shape[0]):
        at = ends[i]
        if ordinals[i] == 0:
            for k in range(own_ends[own_at], own_ends[own_at + 1]):
                letters[at] = own[k]
                at += 1
            own_at += 1
            continue
        node = order_node[i]
        for k in range(prefix_ends[node], prefix_ends[node + 1]):
            letters[at] = prefixes[k]
            at += 1
        date = int(orders[i].due) * DATE_LENGTH
        for k in range(DATE_LENGTH):
            letters[at] = dates[date + k]
            at += 1
        letters[at] = 47
        rest, at = np.int64(ordinals[i]), ends[i + 1] - 1
        while rest > 0:
            letters[at] = 48 + rest % 10
            rest //= 10
            at -= 1


def letters_of(texts: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """UTF-8 bytes of all texts and where each ends, uint8[...] and int64[n + 1]."""
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offset_buffer, body = array.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    letters = np.frombuffer(body, dtype=np.uint8) if body else np.zeros(0, dtype=np.uint8)
    return np.require(letters, requirements=["W", "O"]), np.require(offsets, requirements=["W", "O"])


def strings(ends: np.ndarray, letters: np.ndarray) -> pa.LargeStringArray:
    """An Arrow text column over these bytes, not copied."""
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(letters)]
    return pa.Array.from_buffers(pa.large_string(), ends.size - 1, buffers)  # type: ignore[return-value]


def node_texts(network: Network) -> tuple[pl.Series, pl.Series]:
    """Item name and location name of every node."""
    items = network.package.items[network.places.item]
    locations = pl.Series(network.places.locations)[network.places.location]
    return items, locations


def supply_names(network: Network, netted: Netted) -> pa.LargeStringArray:
    """Names by reference - start of receipts: receipts, lots, orders in engine order; written in one place, once."""
    orders, nodes = netted.orders, netted.order_node
    ordinals = np.empty(orders.size, dtype=np.int32)
    _order_ordinals(orders, nodes, ordinals)
    items, locations = node_texts(network)
    prefixes, prefix_ends = letters_of(items + "@" + locations + "/")
    plan_start, horizon = network.package.parameters.plan_start, int(orders["due"].max(initial=0)) + 1
    days = pl.Series(np.arange(plan_start, plan_start + horizon, dtype=np.int32)).cast(pl.Date)
    dates, _ = letters_of(days.dt.strftime("%Y-%m-%d"))
    receipt_rows = orders["origin"][ordinals == 0] - ref_starts(network.package)[0]
    receipt, lot = given_names(network)
    own, own_ends = letters_of(receipt[receipt_rows])
    given, given_ends = letters_of(pl.concat([receipt, lot]))
    count, before = given_ends.size - 1, int(given_ends[-1])
    ends = np.empty(count + orders.size + 1, dtype=np.int64)
    ends[:count] = given_ends[:-1]
    order_ends = ends[count:]
    _name_lengths(nodes, ordinals, prefix_ends, own_ends, order_ends)
    order_ends += before
    letters = np.empty(int(ends[-1]), dtype=np.uint8)
    letters[:before] = given[:before]
    _write_names(orders, nodes, ordinals, prefixes, prefix_ends, dates, own, own_ends, order_ends, letters)
    return strings(ends, letters)


def given_names(network: Network) -> tuple[pl.Series, pl.Series]:
    """Names of receipts (their order) and of stock lots; where there is none, item@location says which."""
    receipts, stock = network.package.table("receipts"), network.package.table("stock")
    place = pl.col("item") + "@" + pl.col("location")
    due = pl.col("due_on").cast(pl.Date).dt.strftime("%Y-%m-%d")
    receipt = receipts.select(pl.coalesce("order", pl.lit("receipt ") + place + "/" + due).alias("name"))["name"]
    lot = stock.select(pl.coalesce("lot", pl.lit("stock ") + place).alias("name"))["name"]
    return receipt, lot


def dictionary(indexes: np.ndarray, names: pa.Array, valid: np.ndarray | None = None) -> pa.DictionaryArray:
    """A text column as places in a list of names; null where not valid."""
    mask = None if valid is None or valid.all() else ~valid
    return pa.DictionaryArray.from_arrays(pa.array(indexes, type=pa.int32(), mask=mask), names)


def decimals(values: np.ndarray, valid: np.ndarray | None = None) -> pa.Array:
    """Int64 millionths as DECIMAL(18, 6), not copied; null where not valid."""
    values = np.ascontiguousarray(values)
    bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(pa.decimal64(18, 6), values.size, [bitmap, pa.py_buffer(values)])


def frame_columns(frame: pl.DataFrame) -> list[pa.Array]:
    """Columns of a frame as Arrow: Int64 millionths become DECIMAL(18, 6), all others stay what they are."""
    columns = []
    for series in frame.iter_columns():
        if series.dtype == pl.Int64:
            valid = None if series.null_count() == 0 else series.is_not_null().to_numpy()
            columns.append(decimals(series.fill_null(0).to_numpy(), valid))
        else:
            columns.append(series.to_arrow(compat_level=pl.CompatLevel.oldest()))
    return columns


def dates(days: np.ndarray, valid: np.ndarray | None = None) -> pa.Array:
    """Day numbers as dates; null where not valid."""
    values = np.ascontiguousarray(days, dtype=np.int32)
    mask = None if valid is None else ~valid
    return pa.array(values, type=pa.int32(), mask=mask).view(pa.date32())


assert DAY_ZERO.toordinal() == 719163  # Arrow counts dates from the same day.
