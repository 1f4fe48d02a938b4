"""Lot-sizing rules for one item: how many buckets, from the first uncovered one, the next lot covers.

Costs: an order's fixed cost K of the bucket in which it is placed, holding h per unit and bucket on the stock at the
bucket's end, unit cost c. Requirements are int64 millionths; costs are float64, compared with a relative slack of 1e-12
so that ties do not depend on the last bit. At a tie the larger lot wins. Where an order costs nothing to place, every
rule is lot for lot. Rounding and lot limits are planning/mrp/ordering.py's.
"""

import numpy as np

from planning.compiled import kernel

SLACK = 1e-12


@kernel
def silver_meal(nets: np.ndarray, first: int, setup_cost: np.ndarray, holding_cost: np.ndarray) -> int:
    """Number of buckets covered: extend while the cost per bucket does not rise; buckets without need count.

    Args:
        nets: net requirements by bucket, int64[T]; the lot is placed in bucket `first`.
        setup_cost, holding_cost: float64[T].

    Source: Silver and Meal (1973), Production and Inventory Management 14(2).

    >>> nets = np.array([10, 62, 12, 130, 154], dtype=np.int64)
    >>> silver_meal(nets, 0, np.full(5, 54.0), np.full(5, 0.4))
    3
    """
    if setup_cost[first] <= 0.0:
        return 1
    cost, carried = setup_cost[first], 0.0
    for count in range(1, nets.shape[0] - first):
        carried += holding_cost[first + count - 1]
        extended = cost + carried * nets[first + count]
        if extended * count > cost * (count + 1) * (1.0 + SLACK):
            return count
        cost = extended
    return nets.shape[0] - first


@kernel
def least_unit_cost(nets: np.ndarray, first: int, setup_cost: np.ndarray, holding_cost: np.ndarray) -> int:
    """Number of buckets covered: extend while the cost per unit does not rise.

    Source: the least unit cost rule of the ASCM (APICS) body of knowledge; worked case LOT-01.

    >>> nets = np.array([10, 62, 12, 130, 154], dtype=np.int64)
    >>> least_unit_cost(nets, 0, np.full(5, 54.0), np.full(5, 0.4))
    3
    """
    if setup_cost[first] <= 0.0:
        return 1
    cost, carried, units = setup_cost[first], 0.0, float(nets[first])
    for count in range(1, nets.shape[0] - first):
        carried += holding_cost[first + count - 1]
        quantity = float(nets[first + count])
        extended = cost + carried * quantity
        if extended * units > cost * (units + quantity) * (1.0 + SLACK):
            return count
        cost, units = extended, units + quantity
    return nets.shape[0] - first


@kernel
def part_period_balancing(
    nets: np.ndarray, first: int, setup_cost: np.ndarray, holding_cost: np.ndarray, closest: bool
) -> int:
    """Number of buckets covered: extend until holding reaches the order's fixed cost.

    Args:
        closest: stop at whichever side of the balance is nearer (at equality extend); false: never exceed it.

    Source: DeMatteis (1968), IBM Systems Journal 7(1); the two variants differ in worked case LOT-01.

    >>> nets = np.array([10, 62, 12, 130, 154], dtype=np.int64)
    >>> part_period_balancing(nets, 3, np.full(5, 54.0), np.full(5, 0.4), True)
    2
    >>> part_period_balancing(nets, 3, np.full(5, 54.0), np.full(5, 0.4), False)
    1
    """
    target = setup_cost[first]
    if target <= 0.0:
        return 1
    held, carried = 0.0, 0.0
    for count in range(1, nets.shape[0] - first):
        carried += holding_cost[first + count - 1]
        extended = held + carried * nets[first + count]
        if extended > target * (1.0 + SLACK):
            nearer = extended - target <= (target - held) * (1.0 + SLACK)
            return count + 1 if closest and nearer else count
        held = extended
    return nets.shape[0] - first


@kernel
def wagner_whitin(
    nets: np.ndarray,
    first: int,
    setup_cost: np.ndarray,
    holding_cost: np.ndarray,
    unit_cost: np.ndarray,
    cost_to_go: np.ndarray,
    covers: np.ndarray,
) -> None:
    """The cheapest lots from bucket `first` on: covers[t] is the last bucket a lot placed in t covers, or -1 for none.

    Args:
        nets: net requirements by bucket, int64[T].
        setup_cost, holding_cost, unit_cost: float64[T], may change from bucket to bucket.
        cost_to_go: float64[T + 1], filled; cost_to_go[first] is the optimum.
        covers: int64[T], filled from `first` on. A lot may stand in a bucket without need where that is cheaper.

    Source: Wagner and Whitin (1958), Management Science 5(1), solved backwards so that ties give the larger lot.

    >>> nets = np.array([400, 500, 500, 1100, 900], dtype=np.int64)
    >>> price, cost, covers = np.array([3.0, 1, 4, 6, 6]), np.zeros(6), np.zeros(5, dtype=np.int64)
    >>> wagner_whitin(nets, 0, np.full(5, 100.0), np.full(5, 0.1), price, cost, covers)
    >>> float(cost[0]), covers.tolist()[:2]
    (4940.0, [0, 4])
    """
    count = nets.shape[0]
    cost_to_go[count] = 0.0
    for start in range(count - 1, first - 1, -1):
        best, last = cost_to_go[start + 1], -1
        if nets[start] > 0:
            best = np.inf
        cost, carried, units = setup_cost[start], 0.0, 0.0
        costless = cost <= 0.0
        for end in range(start, count):
            if end > start:
                carried += holding_cost[end - 1]
            units += nets[end]
            cost += nets[end] * (carried + unit_cost[start])
            total = cost + cost_to_go[end + 1]
            better = total < best * (1.0 - SLACK)
            tied = last >= 0 and total <= best * (1.0 + SLACK) and not costless
            if units > 0.0 and (better or tied):
                best, last = min(best, total), end
        cost_to_go[start] = best
        covers[start] = last
    follower = first
    for start in range(first, count):
        if start < follower:
            covers[start] = -1
        elif covers[start] >= 0:
            follower = covers[start] + 1


@kernel
def economic_order_quantity(annual_demand: float, setup_cost: float, annual_holding_cost: float) -> float:
    """The lot at which ordering and holding cost the same: sqrt(2 K D / h); 0 where a cost is 0.

    Args:
        annual_demand: units a year. setup_cost: money an order. annual_holding_cost: money a unit and year.

    Source: Harris (1913), Factory, The Magazine of Management 10(2); worked case LOT-01 gives 164.3168.

    >>> round(economic_order_quantity(100.0, 54.0, 0.4), 4)
    164.3168
    """
    if annual_holding_cost <= 0.0 or setup_cost <= 0.0:
        return 0.0
    return np.sqrt(2.0 * annual_demand * setup_cost / annual_holding_cost)
