"""A date for every demand: lateness followed from what cannot be released in time, up the pegging, to the demand.

An order is there on its due day, or as much later as its release (not before plan_start) and its latest component make
it.
What made it late first, going down the latest chain, is the cause. Finite capacity is not looked at here: that is the
methods' `constrained` and `schedule`.
"""

import numpy as np

from planning.compiled import kernel
from planning.mrp.model import NO_REF, Rows


@kernel
def follow_lateness(
    orders: Rows,
    edges: Rows,
    starts: np.ndarray,
    given_day: np.ndarray,
    ready: np.ndarray,
    blame: np.ndarray,
    promised: np.ndarray,
    promised_blame: np.ndarray,
    pegged: np.ndarray,
) -> None:
    """Walk the edges from the lowest level up and hand every supply's day on to what it serves.

    Args:
        orders, edges: ORDER and EDGE records in engine order, parents before components.
        starts: int64[3], where references of receipts, lots and orders begin.
        given_day: int32 by reference - starts[0]: when a receipt is due; 0 for a lot.
        ready: int32 by order, zeros: when its last component is there. blame: int32 by order, -1: the late reference.
        promised, promised_blame, pegged: by demand, int32 zeros, int32 -1, int64 zeros; filled.
    """
    first_receipt, first_order = starts[0], starts[2]
    for i in range(edges.shape[0] - 1, -1, -1):
        supply, parent = int(edges[i].supply), int(edges[i].parent)
        late = NO_REF
        if supply < first_order:
            day = int(given_day[supply - first_receipt])
            late = supply if day > 0 else late
        else:
            order = supply - first_order
            due, release = int(orders[order].due), int(orders[order].release)
            start = max(release, 0, int(ready[order]))
            day = max(due, start + due - release)
            if day > due:
                late = int(blame[order]) if ready[order] > max(release, 0) else supply
        if parent < first_receipt:
            pegged[parent] += edges[i].quantity
            if day > promised[parent] or promised_blame[parent] < 0:
                promised[parent] = max(day, int(promised[parent]))
                promised_blame[parent] = late
        elif day > ready[parent - first_order]:
            ready[parent - first_order] = day
            blame[parent - first_order] = late
