"""The MRP record of one node by bucket, from what netting left behind.

Receipts are good quantities in the bucket in which they are due, releases are released quantities, past-due ones in the
first bucket; projected on hand is the balance at the bucket's end. Committed quantities for available to promise are
orders and dependent requirements, not forecast and safety.
"""

import numpy as np

from planning.compiled import kernel
from planning.mrp.available_to_promise import available_to_promise
from planning.mrp.model import (
    AVAILABLE,
    BALANCE,
    COMMITTED,
    CUMULATIVE,
    GROSS,
    GROSS_REQUIREMENTS,
    HORIZON,
    NET_BUCKET,
    OPENING,
    ORDERS,
    PHANTOM,
    PLANNED_RECEIPTS,
    PLANNED_RELEASES,
    PROJECTED_ON_HAND,
    SCHEDULED,
    SCHEDULED_RECEIPTS,
    WASTED,
    Buffer,
    Problem,
    Work,
)


@kernel
def record_node(
    node: int, events: int, start: int, problem: Problem, work: Work, records: np.ndarray, buffer: Buffer
) -> None:
    """Fill the node's rows of the record; its net requirements were filled while netting."""
    buckets = records.shape[2]
    gross, scheduled = records[GROSS_REQUIREMENTS, node], records[SCHEDULED_RECEIPTS, node]
    receipts, releases = records[PLANNED_RECEIPTS, node], records[PLANNED_RELEASES, node]
    gross[:] = 0
    scheduled[:] = 0
    receipts[:] = 0
    releases[:] = 0
    for bucket in range(buckets):
        for day in range(problem.bucket_start[bucket], problem.bucket_start[bucket + 1]):
            gross[bucket] += work.days[GROSS, day]
            scheduled[bucket] += work.days[SCHEDULED, day]
        records[PROJECTED_ON_HAND, node, bucket] = work.days[BALANCE, problem.bucket_start[bucket + 1] - 1]
    orders = buffer.orders
    for i in range(start, buffer.filled[ORDERS]):
        if orders[i].kind == PHANTOM:
            continue
        if orders[i].due < problem.numbers[HORIZON]:
            receipts[problem.bucket_of[orders[i].due]] += orders[i].good
        releases[problem.bucket_of[max(orders[i].release, 0)]] += orders[i].released
    _promise(node, events, problem, work, records)


@kernel
def _promise(node: int, events: int, problem: Problem, work: Work, records: np.ndarray) -> None:
    """Available to promise; work.buckets[COMMITTED] is filled here and work.buckets[NET_BUCKET] used for the supply."""
    nodes, bucket_of, demands = problem.nodes, problem.bucket_of, problem.demands
    first, last = nodes[node].demand_first, nodes[node].demand_last
    for bucket in range(work.buckets[COMMITTED].shape[0]):
        work.buckets[COMMITTED, bucket] = work.buckets[WASTED, bucket]
        work.buckets[NET_BUCKET, bucket] = (
            records[SCHEDULED_RECEIPTS, node, bucket] + records[PLANNED_RECEIPTS, node, bucket]
        )
    for i in range(events):
        independent = i < last - first
        if not independent or demands[first + i].firm:
            work.buckets[COMMITTED, bucket_of[work.events[i].day]] += work.events[i].quantity
    available_to_promise(
        work.state[OPENING],
        work.buckets[NET_BUCKET],
        work.buckets[COMMITTED],
        records[AVAILABLE, node],
        records[CUMULATIVE, node],
    )
