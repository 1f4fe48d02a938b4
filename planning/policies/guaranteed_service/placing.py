"""Which road a network takes: each connected part by the tree's dynamic program, or bounded, improved and closed.

Parts share nothing, so that the cost and the bound of the whole are the sums. A part without rings is exact. A part with
rings has a bound and times from priced trees; where these do not meet and the part is small enough, the mixed-integer
program continues from them in the time that is given.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from planning.policies.guaranteed_service.network import FloatArray, IntArray, ServiceNetwork
from planning.policies.guaranteed_service.program import program_rows, solve_program
from planning.policies.guaranteed_service.relaxation import bound_and_improve
from planning.policies.guaranteed_service.spanning_tree import solve_tree
from planning.solvers.mathopt import Status, relative_gap

PROVED = 1e-6
MOST_ROWS = 60_000
"""Rows up to which a part goes to the mixed-integer program."""


@dataclass(frozen=True)
class Placement:
    """Safety stock of every stage.

    Attributes:
        network: the network that was placed.
        status: `optimal` (cost and bound meet), `feasible`, or `infeasible` (no times keep the limits).
        service, inbound, exposed: service time, inbound service time, net replenishment time; periods.
        safety_stock: units at each stage.
        cost, bound: money a year of holding it, and a proved lower bound.
        tree_parts, ring_parts: connected parts without and with rings.
    """

    network: ServiceNetwork
    status: str
    service: IntArray
    inbound: IntArray
    exposed: IntArray
    safety_stock: FloatArray
    cost: float
    bound: float
    tree_parts: int
    ring_parts: int

    @property
    def gap(self) -> float:
        """Relative distance of cost and bound."""
        return relative_gap(self.cost, self.bound)

    def table(self) -> pl.DataFrame:
        """A row a stage: item, times, safety stock and its yearly cost; empty where there is no placement."""
        rows = self.network.size if self.status != "infeasible" else 0
        price = self.network.holding_cost * self.safety_stock
        return pl.DataFrame(
            {
                "item": pl.Series(self.network.names, dtype=pl.String),
                "processing_time": self.network.time,
                "inbound_service_time": self.inbound,
                "service_time": self.service,
                "net_replenishment_time": self.exposed,
                "demand_deviation": self.network.deviation,
                "safety_factor": self.network.factor,
                "safety_stock": self.safety_stock,
                "yearly_holding_cost": price,
            }
        ).head(rows)


def place_safety_stock(
    network: ServiceNetwork, *, seconds: float = 30.0, seed: int = 0, rounds: int = 600
) -> Placement:
    """Service times and safety stocks of least holding cost.

    Args:
        seconds: for the mixed-integer programs together; 0 leaves them out, and the answer depends on no clock.
        seed: of the solver.
        rounds: dynamic programs per part with rings.

    Source: Graves and Willems (2000); general networks as in Humair and Willems (2011), with bounds of our own making.

    >>> from planning.policies.guaranteed_service.network import network_of
    >>> chain = network_of([("raw", 2, 1.0), ("end", 1, 3.0)], [("raw", "end")], demand={"end": (10.0, 0)}, factor=1)
    >>> found = place_safety_stock(chain)
    >>> found.status, round(found.cost, 2), found.exposed.tolist(), found.safety_stock.round(2).tolist()
    ('optimal', 44.14, [2, 1], [14.14, 10.0])
    """
    service = np.zeros(network.size, dtype=np.int64)
    cost, bound, left = 0.0, 0.0, seconds
    trees = rings = 0
    for stages in connected_parts(network):
        part = network.part(stages)
        if part.supplier.size < part.size:
            trees += 1
            value, times, _ = solve_tree(part, part.supplier, part.customer)
            cost, bound = cost + value, bound + value
        else:
            rings += 1
            times, value, proved, used = _with_rings(part, left, seed, rounds)
            cost, bound, left = cost + value, bound + proved, left - used
        service[stages] = times
    status = "infeasible" if not np.isfinite(cost) else "optimal" if relative_gap(cost, bound) <= PROVED else "feasible"
    if status != "infeasible":
        cost = network.cost_of(service)
    inbound = network.inbound_times(service)
    exposed = inbound + network.time - service
    stock = network.factor * network.deviation * np.sqrt(np.maximum(exposed, 0))
    return Placement(network, status, service, inbound, exposed, stock, cost, min(bound, cost), trees, rings)


def connected_parts(network: ServiceNetwork) -> list[IntArray]:
    """Stages of each connected part, ascending; parts by their first stage.

    >>> from planning.policies.guaranteed_service.network import network_of
    >>> two = network_of([("a", 1, 1.0), ("b", 1, 1.0), ("c", 1, 1.0)], [("a", "c")], demand={}, factor=1)
    >>> [part.tolist() for part in connected_parts(two)]
    [[0, 2], [1]]
    """
    group = np.arange(network.size)

    def root(stage: int) -> int:
        while group[stage] != stage:
            group[stage] = group[group[stage]]
            stage = int(group[stage])
        return stage

    for i, j in zip(network.supplier.tolist(), network.customer.tolist(), strict=True):
        one, other = sorted((root(i), root(j)))
        group[other] = one
    roots = np.array([root(stage) for stage in range(network.size)])
    order = np.argsort(roots, kind="stable")
    begins = np.flatnonzero(np.diff(roots[order], prepend=-1))
    return [part.astype(np.int64) for part in np.split(order, begins[1:])]


def _with_rings(part: ServiceNetwork, seconds: float, seed: int, rounds: int) -> tuple[IntArray, float, float, float]:
    """(service times, cost, bound, seconds of the solver) of a part with rings."""
    found = bound_and_improve(part, rounds=rounds)
    open_still = np.isfinite(found.bound) and relative_gap(found.cost, found.bound) > PROVED
    if not open_still or seconds <= 0 or program_rows(part) > MOST_ROWS:
        return found.service, found.cost, found.bound, 0.0
    start = found.service if np.isfinite(found.cost) else None
    answer, service = solve_program(part, seconds=seconds, seed=seed, start=start)
    if answer.status == Status.INFEASIBLE:
        return found.service, float("inf"), float("inf"), answer.seconds
    bound = max(found.bound, answer.bound) if np.isfinite(answer.bound) else found.bound
    if service is not None and part.cost_of(service) < found.cost:
        return service, part.cost_of(service), bound, answer.seconds
    return found.service, found.cost, min(bound, found.cost), answer.seconds
