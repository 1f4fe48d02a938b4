"""Stages and arcs of a guaranteed-service network, with the cost of every net replenishment time.

Stage j receives what it needs after the inbound service time SI_j, works T_j periods and promises S_j to its customers.
It is exposed for the net replenishment time tau_j = SI_j + T_j - S_j >= 0 and keeps k_j sd_j sqrt(tau_j) for it. An arc
(i, j) asks S_i <= SI_j: a stage waits for the slowest of its suppliers.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NO_LIMIT = -1
LONGEST = 20_000
"""Periods along the longest path, beyond which the network must be given in a larger unit of time."""


@dataclass(frozen=True)
class ServiceNetwork:
    """A network, checked on making.

    Attributes:
        names: one a stage, unique.
        time: processing time T, whole periods >= 0.
        holding_cost: money per unit and year, >= 0.
        deviation: of demand a period at the stage, stage's unit, >= 0; suppliers' from their customers'.
        factor: safety factor k, >= 0.
        supplier, customer: the arcs, as places in `names`.
        longest_service: largest service time that outside customers accept; NO_LIMIT where there are none.
        inbound: service time of outside suppliers, whole periods >= 0.
        may_stock: False where nothing can be kept (phantoms).

    Raises:
        ValueError: lengths differ, a value outside its range, an arc to nowhere or to itself, or a cycle.
    """

    names: tuple[str, ...]
    time: IntArray
    holding_cost: FloatArray
    deviation: FloatArray
    factor: FloatArray
    supplier: IntArray
    customer: IntArray
    longest_service: IntArray
    inbound: IntArray
    may_stock: BoolArray

    def __post_init__(self) -> None:
        count = len(self.names)
        if len(set(self.names)) != count or count == 0:
            message = "a network needs at least one stage, and names that are unique"
            raise ValueError(message)
        for field in ("time", "holding_cost", "deviation", "factor", "longest_service", "inbound", "may_stock"):
            values = getattr(self, field)
            if values.shape != (count,):
                message = f"{field} must have one value a stage ({count}), not {values.shape}"
                raise ValueError(message)
            lowest = NO_LIMIT if field == "longest_service" else 0
            wrong = ~(np.isfinite(values) & (values >= lowest))
            if wrong.any():
                message = f"{field} of stage {self.names[int(np.argmax(wrong))]} must be at least {lowest}"
                raise ValueError(message)
        ends = np.concatenate([self.supplier, self.customer])
        if self.supplier.shape != self.customer.shape or np.any((ends < 0) | (ends >= count)):
            message = "an arc names a stage that is not there"
            raise ValueError(message)
        if int(self.longest_replenishment.max()) > LONGEST:
            message = f"the longest path takes more than {LONGEST} periods; give times in a larger unit"
            raise ValueError(message)

    @property
    def size(self) -> int:
        """Number of stages."""
        return len(self.names)

    @cached_property
    def order(self) -> IntArray:
        """Stages with suppliers before their customers; ValueError names a stage on a cycle."""
        waiting = np.bincount(self.customer, minlength=self.size)
        by_supplier = np.argsort(self.supplier, kind="stable")
        first = np.searchsorted(self.supplier[by_supplier], np.arange(self.size + 1))
        ready = [int(j) for j in np.flatnonzero(waiting == 0)]
        for stage in ready:
            for arc in by_supplier[first[stage] : first[stage + 1]]:
                j = int(self.customer[arc])
                waiting[j] -= 1
                if waiting[j] == 0:
                    ready.append(j)
        if len(ready) < self.size:
            message = f"stage {self.names[int(np.argmax(waiting > 0))]} lies on or behind a cycle of supply"
            raise ValueError(message)
        return np.array(ready, dtype=np.int64)

    @cached_property
    def longest_replenishment(self) -> IntArray:
        """M_j = T_j + the longest M of its suppliers: no service time needs to be longer."""
        longest = self.inbound.astype(np.int64)
        by_supplier = np.argsort(self.supplier, kind="stable")
        first = np.searchsorted(self.supplier[by_supplier], np.arange(self.size + 1))
        for stage in self.order:
            longest[stage] += self.time[stage]
            fed = self.customer[by_supplier[first[stage] : first[stage + 1]]]
            longest[fed] = np.maximum(longest[fed], longest[stage])
        return longest

    @cached_property
    def service_limit(self) -> IntArray:
        """Largest service time that each stage may have."""
        free = self.longest_replenishment
        return np.where(self.longest_service == NO_LIMIT, free, np.minimum(self.longest_service, free))

    @cached_property
    def cost_table(self) -> FloatArray:
        """Money a year at [stage, net replenishment time]; infinite where a stage may not stock."""
        times = np.sqrt(np.arange(int(self.longest_replenishment.max()) + 1))
        scale = self.holding_cost * self.factor * self.deviation
        table = scale[:, None] * times[None, :]
        table[~self.may_stock, 1:] = np.inf
        return table

    def part(self, stages: IntArray) -> "ServiceNetwork":
        """The network of some stages and the arcs among them."""
        place = np.full(self.size, -1, dtype=np.int64)
        place[stages] = np.arange(stages.size)
        kept = (place[self.supplier] >= 0) & (place[self.customer] >= 0)
        return ServiceNetwork(
            tuple(self.names[int(j)] for j in stages),
            self.time[stages],
            self.holding_cost[stages],
            self.deviation[stages],
            self.factor[stages],
            place[self.supplier[kept]],
            place[self.customer[kept]],
            self.longest_service[stages],
            self.inbound[stages],
            self.may_stock[stages],
        )

    def inbound_times(self, service: IntArray) -> IntArray:
        """SI_j = the longest service time among outside and inside suppliers."""
        inbound = self.inbound.astype(np.int64)
        np.maximum.at(inbound, self.customer, service[self.supplier])
        return inbound

    def cost_of(self, service: IntArray) -> float:
        """Money a year of service times; infinite where they break a limit or ask for a negative exposure."""
        exposed = self.inbound_times(service) + self.time - service
        if np.any(exposed < 0) or np.any(service < 0) or np.any(service > self.service_limit):
            return float("inf")
        return float(self.cost_table[np.arange(self.size), exposed].sum())


def network_of(
    stages: list[tuple[str, int, float]],
    arcs: list[tuple[str, str]],
    *,
    demand: dict[str, tuple[float, int]],
    factor: float,
    inbound: dict[str, int] | None = None,
) -> ServiceNetwork:
    """A network written by hand: one unit of a supplier a unit of its customer.

    Args:
        stages: (name, processing time, holding cost).
        arcs: (supplier, customer).
        demand: deviation a period and longest service time of each stage with outside customers.
        factor: safety factor of all stages.
        inbound: service times of outside suppliers, 0 where not named.

    >>> chain = network_of([("raw", 2, 1.0), ("end", 1, 3.0)], [("raw", "end")], demand={"end": (10.0, 0)}, factor=1)
    >>> chain.longest_replenishment.tolist(), chain.deviation.tolist()
    ([2, 3], [10.0, 10.0])
    """
    names = tuple(name for name, _, _ in stages)
    place = {name: index for index, name in enumerate(names)}
    supplier = np.array([place[one] for one, _ in arcs], dtype=np.int64)
    customer = np.array([place[other] for _, other in arcs], dtype=np.int64)
    variance = np.array([demand[name][0] ** 2 if name in demand else 0.0 for name in names])
    draft = ServiceNetwork(
        names,
        np.array([time for _, time, _ in stages], dtype=np.int64),
        np.array([cost for _, _, cost in stages], dtype=np.float64),
        np.zeros(len(names)),
        np.full(len(names), float(factor)),
        supplier,
        customer,
        np.array([demand[name][1] if name in demand else NO_LIMIT for name in names], dtype=np.int64),
        np.array([(inbound or {}).get(name, 0) for name in names], dtype=np.int64),
        np.ones(len(names), dtype=bool),
    )
    for stage in draft.order[::-1]:
        for one in supplier[customer == stage]:
            variance[one] += variance[stage]
    values = {field: getattr(draft, field) for field in draft.__dataclass_fields__}
    return ServiceNetwork(**{**values, "deviation": np.sqrt(variance)})
