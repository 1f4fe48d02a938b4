"""The arrays that netting works on: nodes (an item at a location), lines, order options, supplies, and the order
buffer.

All quantities int64 millionths, all days offsets from plan_start (0 is plan_start). A reference (`ref`) is one int32
that names a demand, a receipt, a stock lot or an order, in that order (RECEIPTS_FROM, LOTS_FROM, ORDERS_FROM). Rows are
numpy
records, so that a compiled kernel takes one array a table. Codes that kernels hand to one another are numpy integers: a
kernel would be compiled anew for every plain literal.
"""

from typing import Any, NamedTuple

import numpy as np

Rows = Any
"""A numpy array of records of one of the types below; numpy and numba give a record's fields as attributes."""


def code(value: int) -> int:
    """A number that kernels hand to one another: a numpy integer, which is not a literal to numba."""
    return np.int64(value)  # type: ignore[return-value]


(
    LOT_FOR_LOT,
    FIXED_QUANTITY,
    FIXED_PERIOD,
    ECONOMIC,
    PART_PERIOD,
    LEAST_UNIT_COST,
    SILVER_MEAL,
    WAGNER_WHITIN,
    MIN_MAX,
) = range(9)
"""Codes of the lot policies, in the order of schemas.planning.LOT_POLICIES."""

MAKE, BUY, TRANSFER, PHANTOM = map(code, range(4))
"""Codes of order kinds; a phantom's pass-through requirement is kept like an order and never shown."""

COMPONENT, BY_PRODUCT, SUPPLYING = range(3)
"""Codes of lines: a component of the parent, what falls out of it, the place a transfer draws from."""

PLANNED, FIRM = range(2)
"""Codes of an order's status."""

NO_LIMIT = code(-1)
"""Stands for an absent number that must not be 0 (reorder point, max_stock, capacity)."""

ZERO = code(0)
"""Where a sum begins."""

NO_REF = code(-1)
"""No demand, no supply."""

FAR_DAY = code(2**31 - 1)
"""A day that never comes: no expiry, no end of effectivity."""

CUT_OFF, TOO_MANY_SPLITS, NO_SOURCE, OVER_CAPACITY = 1, 2, 4, 8
"""Bits of a node's finding flags."""

NODE = np.dtype(
    [
        ("location", np.int64),
        ("level", np.int64),  # low-level code
        ("policy", np.int64),
        ("lot_periods", np.int64),
        ("shelf_life", np.int64),  # days, FAR_DAY where absent
        ("planning_fence", np.int64),  # days
        ("phantom", np.int64),  # 0 or 1
        ("expires", np.int64),  # 1 where some supply of the node may expire
        ("unit", np.int64),  # the smallest quantity of the item's decimals
        ("lot_size", np.int64),
        ("max_stock", np.int64),  # NO_LIMIT where absent
        ("reorder_point", np.int64),  # NO_LIMIT where absent
        ("yields", np.int64),  # millionths
        ("setup_cost", np.float64),  # money an order
        ("holding_cost", np.float64),  # money a unit and bucket
        ("unit_cost", np.float64),
        ("option_first", np.int64),  # rows of the other tables that belong to the node: [first, last)
        ("option_last", np.int64),
        ("line_first", np.int64),
        ("line_last", np.int64),
        ("demand_first", np.int64),
        ("demand_last", np.int64),
        ("receipt_first", np.int64),
        ("receipt_last", np.int64),
        ("lot_first", np.int64),
        ("lot_last", np.int64),
        ("safety_first", np.int64),
        ("safety_last", np.int64),
        ("cost_first", np.int64),
        ("cost_last", np.int64),
        ("order_first", np.int64),  # filled while netting
        ("order_last", np.int64),
    ],
    align=True,
)
"""One item at one location; rows sorted by item, then location."""

OPTION = np.dtype(
    [
        ("node", np.int64),
        ("kind", np.int64),  # MAKE, BUY, TRANSFER
        ("lead_days", np.int64),  # whole days, safety days included
        ("fallback", np.int64),  # 1: stands in where no source is effective
        ("from_day", np.int64),
        ("to_day", np.int64),
        ("min_lot", np.int64),
        ("lot_multiple", np.int64),
        ("max_lot", np.int64),  # 0 where absent
        ("share", np.int64),  # millionths, 0 where absent
        ("capacity", np.int64),  # per bucket, NO_LIMIT where absent
    ],
    align=True,
)
"""A way to get a node's item; rows by node, lowest priority number first."""

LINE = np.dtype(
    [
        ("parent", np.int64),
        ("kind", np.int64),
        ("from_day", np.int64),
        ("to_day", np.int64),
        ("option", np.int64),  # the option (transfer, or way to make) that it belongs to, else -1
        ("numerator", np.int64),  # requirement = released x numerator / denominator + fixed
        ("denominator", np.int64),
        ("fixed", np.int64),
    ],
    align=True,
)
"""What a node is required by or falls out of; rows by the required node, sorted by parent."""

DEMAND = np.dtype(
    [
        ("day", np.int64),
        ("rank", np.int64),  # the priority, the least is the most urgent
        ("ref", np.int64),
        ("firm", np.int64),  # 1: counts against available to promise
        ("quantity", np.int64),
    ],
    align=True,
)
"""An independent requirement; rows by node, then day, priority, id."""

RECEIPT = np.dtype(
    [
        ("day", np.int64),
        ("ref", np.int64),
        ("kind", np.int64),  # order kind of a firm planned order, else -1
        ("quantity", np.int64),
    ],
    align=True,
)
"""A scheduled receipt; rows by node, then day."""

LOT_ROW = np.dtype([("expiry", np.int64), ("ref", np.int64), ("quantity", np.int64)], align=True)
"""Stock; rows by node, then expiry. The quantity is negative where more is allocated than there is."""

LEVEL = np.dtype([("day", np.int64), ("quantity", np.int64)], align=True)
"""Safety stock from a day on; rows by node, then day."""

BUCKET_COST = np.dtype(
    [("bucket", np.int64), ("setup", np.float64), ("holding", np.float64), ("unit", np.float64)], align=True
)
"""Costs of one bucket, NaN where not given; rows by node."""

ORDER = np.dtype(
    [
        ("good", np.int64),
        ("released", np.int64),
        ("due", np.int32),
        ("release", np.int32),  # negative where past due
        ("need", np.int32),
        ("rank", np.int32),  # best priority rank of what it serves
        ("option", np.int32),
        ("origin", np.int32),  # ref that a phantom passes on, receipt ref of a firm planned order, else -1
        ("depth", np.int16),  # steps to the nearest demand
        ("kind", np.int8),
        ("status", np.int8),
    ],
    align=True,
)

EDGE = np.dtype([("quantity", np.int64), ("supply", np.int32), ("parent", np.int32)], align=True)
"""So much of `supply` serves `parent` (a demand or an order). In a chunk, a negative supply is its order -1 -
supply."""

FINDING = np.dtype(
    [
        ("quantity", np.int64),
        ("kind", np.int32),  # place in schemas.planning.ALERT_KINDS
        ("node", np.int32),
        ("ref", np.int32),  # the order, receipt or lot; -1 none; in a chunk -2 - order for an order of its own
        ("cause", np.int32),  # what suffers: demand or order, -1 none
        ("on", np.int32),
        ("to", np.int32),  # FAR_DAY none
    ],
    align=True,
)

EVENT = np.dtype([("quantity", np.int64), ("day", np.int64), ("rank", np.int64), ("ref", np.int64)], align=True)
"""A requirement of the node at hand."""

SUPPLY = np.dtype(
    [("quantity", np.int64), ("left", np.int64), ("day", np.int64), ("expiry", np.int64), ("ref", np.int64)], align=True
)
"""A supply of the node at hand; a negative ref is order -1 - ref of the chunk."""

HORIZON, RECEIPT_WINDOW, BUCKETS_PER_YEAR, CLOSEST, ORIGIN, RECEIPTS_FROM, LOTS_FROM, ORDERS_FROM = range(8)
"""Places in Problem.numbers. ORIGIN: place of plan_start in the working-day tables, -1 where calendar days count."""


class Problem(NamedTuple):
    """Everything that netting reads; the records are described above."""

    nodes: Rows
    options: Rows
    lines: Rows
    demands: Rows
    receipts: Rows
    lots: Rows
    levels: Rows
    bucket_costs: Rows
    numbers: np.ndarray  # int64[8]
    bucket_of: np.ndarray  # int64[horizon]
    bucket_start: np.ndarray  # int64[buckets + 1], the last is the horizon
    working_before: np.ndarray  # int64[locations, days], working days before that day
    working_days: np.ndarray  # int64[locations, days], the k-th working day, padded with FAR_DAY


GROSS, SCHEDULED, PLANNED_DUE, SAFETY, AHEAD, BALANCE, NET = range(7)
"""Rows of Work.days: requirements, receipts, planned receipts, safety stock, receipts inside the window after that day,
projected on hand at the day's end, net requirements (scratch)."""

COMMITTED, WASTED, NET_BUCKET, COVERS = range(4)
"""Rows of Work.buckets: what counts against available to promise, what expires, net requirements (scratch), the last
bucket that a lot of wagner_whitin covers."""

PROJECTED, BACKLOG, PENDING, LOT, STALE, LOADED, OPENING, DEFICIT, BEYOND = range(9)
"""Places in Work.state: projected on hand, unmet requirement (expiring items), planned at the fence, the lot of the
policy, whether the lots of wagner_whitin must be planned again, supplies loaded, stock at plan_start, allocated beyond
what is there, ordered for days after the horizon."""


class Work(NamedTuple):
    """One thread's scratch space."""

    days: np.ndarray  # int64[7, horizon]
    buckets: np.ndarray  # int64[4, buckets]
    costs: np.ndarray  # float64[4, buckets + 1]: setup, holding, unit, cost to go
    counts: Any  # int64[horizon + 1]
    events: Rows  # EVENT
    place: np.ndarray  # int64, events in pegging order
    spare: np.ndarray  # int64, as long as events
    supplies: Rows  # SUPPLY
    used: np.ndarray  # int64[options of a node, buckets], taken from a source's capacity
    state: np.ndarray  # int64[9]


class Buffer(NamedTuple):
    """What a chunk of nodes writes, and how much of it is filled."""

    orders: Rows
    edges: Rows
    findings: Rows
    filled: np.ndarray  # int64[4]: orders, edges, findings, and 1 where one of them was too small


ORDERS, EDGES, FINDINGS, FULL = range(4)
"""Places in Buffer.filled."""

(
    GROSS_REQUIREMENTS,
    SCHEDULED_RECEIPTS,
    PROJECTED_ON_HAND,
    NET_REQUIREMENTS,
    PLANNED_RECEIPTS,
    PLANNED_RELEASES,
    AVAILABLE,
    CUMULATIVE,
) = range(8)
"""Rows of the MRP record, int64[8, nodes, buckets]."""
