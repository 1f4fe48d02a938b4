"""Minutes by resource and bucket, what each operation asks of whom, and the supplier's capacity as one more resource.

A bucket's minutes are those of the table `capacity` where it has a row for the resource and bucket, else the calendar's
minutes x units x efficiency; a resource with neither is unlimited. An order's minutes lie in the bucket of its release;
where they find no room in one bucket, they may be spread over what is left of that bucket and the following ones, and the
order is due no sooner than its last piece's bucket begins. A source's `capacity_per_bucket` counts good quantity in the
bucket of its due day. Minutes are int64 millionths.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from planning.compiled import kernel
from planning.mrp.arithmetic import multiply_divide_up
from planning.mrp.calendars import minutes_by_day
from planning.mrp.model import NO_LIMIT, NO_REF, Problem, Rows
from planning.package import Package
from schemas.planning import QUANTITY_SCALE

UNLIMITED = 2**61

MOST_PIECES = 4_000_000
"""Room for pieces of spread work; memory that stays unused costs nothing."""


class Shop(NamedTuple):
    """Operations by item, the resources that may do each, and the capacity that is left.

    An operation's alternates stand best first: by priority, then by name.
    """

    operation_first: Rows  # int64[items + 1]
    alternate_first: Rows  # int64[operations + 1]
    resource: Rows  # int64 by alternate
    setup: Rows  # int64 by alternate
    run: Rows  # int64 by alternate, per unit
    capacity: Rows  # int64[rows, buckets]: resources, then sources with a capacity
    used: Rows  # int64[rows, buckets]
    source_row: Rows  # int64 by option, -1 where unlimited
    piece_bucket: Rows  # int64 by piece of work that is spread over buckets
    piece_minutes: Rows  # int64
    piece_next: Rows  # int64, the same work's piece before, -1 none
    pieces_filled: Rows  # int64[1]


class Floor(NamedTuple):
    """A shop with its names: resources, operation numbers, and whose setup is whose."""

    shop: Shop
    resources: list[str]
    operation_number: Rows  # int64 by operation


def build_floor(package: Package, problem: Problem) -> Floor:
    """The resources of a package over the buckets of its problem."""
    resources = package.table("resources")
    names = resources["resource"].to_list()
    minutes = bucket_minutes(package, problem)
    capped = np.nonzero(problem.options["capacity"] != NO_LIMIT)[0]
    buckets = problem.bucket_start.size - 1
    supplied = np.repeat(problem.options["capacity"][capped][:, None], buckets, axis=1).astype(np.int64)
    capacity = np.concatenate([minutes, supplied.reshape(capped.size, buckets)])
    source_row = np.full(problem.options.size, -1, dtype=np.int64)
    source_row[capped] = len(names) + np.arange(capped.size)
    steps = _alternates(package, names)
    items = package.items.len()
    operations = steps.unique(["item_index", "operation"], keep="first", maintain_order=True)
    starts = operations.select("first_row").to_series().to_numpy()
    shop = Shop(
        np.searchsorted(operations["item_index"].to_numpy(), np.arange(items + 1)).astype(np.int64),
        np.append(starts, steps.height).astype(np.int64),
        steps["place"].to_numpy().astype(np.int64),
        steps["setup_minutes"].to_numpy().astype(np.int64),
        steps["run_minutes"].to_numpy().astype(np.int64),
        capacity,
        np.zeros_like(capacity),
        source_row,
        np.empty(MOST_PIECES, dtype=np.int64),
        np.empty(MOST_PIECES, dtype=np.int64),
        np.empty(MOST_PIECES, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
    )
    return Floor(shop, names, operations["operation"].to_numpy().astype(np.int64))


def _alternates(package: Package, names: list[str]) -> pl.DataFrame:
    """Rows of routings by item, operation and preference, groups spelt out; `first_row` is the row's place."""
    routings, resources = package.table("routings"), package.table("resources")
    rank = pl.DataFrame({"resource": names, "place": np.arange(len(names))}, schema_overrides={"resource": pl.String})
    own = routings.filter(pl.col("resource").is_not_null()).join(rank, on="resource")
    members = resources.select(pl.col("resource").alias("member"), "group").filter(pl.col("group").is_not_null())
    grouped = routings.filter(pl.col("resource").is_null()).join(members, on="group")
    grouped = grouped.with_columns(pl.col("member").alias("resource")).drop("member").join(rank, on="resource")
    steps = pl.concat([own, grouped.select(own.columns)])
    steps = steps.sort("item_index", "operation", "priority", "resource", "row").unique(
        ["item_index", "operation", "resource"], keep="first", maintain_order=True
    )
    return steps.with_row_index("first_row")


def bucket_minutes(package: Package, problem: Problem) -> np.ndarray:
    """Minutes of every resource and bucket, int64[resources, buckets] millionths; UNLIMITED where nothing says."""
    resources, given = package.table("resources"), package.table("capacity")
    buckets, horizon = problem.bucket_start.size - 1, problem.bucket_of.size
    minutes = np.full((resources.height, buckets), UNLIMITED, dtype=np.int64)
    by_calendar: dict[str, np.ndarray] = {}
    for row, (calendar, units, efficiency) in enumerate(
        resources.select("calendar", "units", "efficiency").iter_rows()
    ):
        if calendar is None:
            continue
        if calendar not in by_calendar:
            shifts = package.table("calendars").filter(pl.col("calendar") == calendar)
            daily = minutes_by_day(shifts, package.parameters.plan_start, horizon)
            by_calendar[calendar] = np.add.reduceat(daily, problem.bucket_start[:-1])
        exact = [int(m) * units * efficiency // QUANTITY_SCALE for m in by_calendar[calendar]]
        minutes[row] = np.array([min(value, UNLIMITED) for value in exact], dtype=np.int64)
    rows = {name: row for row, name in enumerate(resources["resource"])}
    where = given["resource"].replace_strict(rows, default=-1, return_dtype=pl.Int64).to_numpy()
    day = given["bucket"].to_numpy().astype(np.int64) - package.parameters.plan_start
    known = where >= 0
    without_calendar = resources["calendar"].is_null().to_numpy()
    listed = np.unique(where[known])
    minutes[listed[without_calendar[listed]]] = 0
    inside = known & (day >= 0) & (day < horizon)
    cell = where[inside] * buckets + problem.bucket_of[day[inside]]
    stated = np.unique(cell)
    flat = minutes.reshape(-1)
    flat[stated] = 0
    np.add.at(flat, cell, given["minutes"].to_numpy()[inside])
    return flat.reshape(minutes.shape)


@kernel
def minutes_of(shop: Shop, alternate: int, released: int) -> int:
    """Minutes, int64 millionths, that an order of that released quantity takes of an alternate: setup + run x quantity."""
    return min(shop.setup[alternate] + multiply_divide_up(released, shop.run[alternate], 1_000_000), UNLIMITED)


@kernel
def has_room(shop: Shop, row: int, bucket: int, minutes: int) -> bool:
    """Whether the minutes fit into one bucket."""
    return minutes <= 0 or shop.used[row, bucket] + minutes <= shop.capacity[row, bucket]


@kernel
def spread_end(shop: Shop, row: int, bucket: int, minutes: int) -> int:
    """The bucket in which work ends that begins in `bucket` and takes what is left of each; -1 where it does not end,
    or cannot begin there."""
    left = minutes
    for b in range(bucket, shop.capacity.shape[1]):
        part = min(max(shop.capacity[row, b] - shop.used[row, b], 0), left)
        if b == bucket and part == 0 and left > 0:
            return NO_REF
        left -= part
        if left <= 0:
            return b
    return NO_REF


@kernel
def load_spread(shop: Shop, row: int, bucket: int, minutes: int) -> int:
    """Take the minutes from what is left of each bucket; returns the first of its pieces, -1 where there is no place to
    note them."""
    left, head, at = minutes, NO_REF, shop.pieces_filled[0]
    if at + shop.capacity.shape[1] >= shop.piece_bucket.shape[0]:
        return NO_REF
    for b in range(bucket, shop.capacity.shape[1]):
        part = min(max(shop.capacity[row, b] - shop.used[row, b], 0), left)
        if part == 0:
            continue
        shop.used[row, b] += part
        shop.piece_bucket[at], shop.piece_minutes[at], shop.piece_next[at] = b, part, head
        head = at
        at += 1
        left -= part
        if left <= 0:
            break
    shop.pieces_filled[0] = at
    return head


@kernel
def unload_spread(shop: Shop, row: int, head: int) -> None:
    """Give the pieces back."""
    at = head
    while at >= 0:
        shop.used[row, shop.piece_bucket[at]] -= shop.piece_minutes[at]
        at = shop.piece_next[at]
