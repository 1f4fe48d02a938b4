"""The capacitated multi-level lot-sizing problem as data: what may be made, bought and moved, and what it costs.

Time is cut into buckets 0..T-1. A *source* is one way to receive an item (a routing, a supplier at one
price tier, a transfer): an order received in bucket t is released in `release_bucket[t]`, where it takes
its components and its minutes. Stock is counted and paid for at the end of a bucket. A demand class may
be late at a price, up to a limit in buckets; late quantity is paid at the end of every bucket.
The model is the MLCLSP of Billington, McClain and Thomas (1983) with lead times, backlog, overtime and
alternate sources. Nothing is decided here: `formulation` builds the program, `from_package` the problem.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NEVER = -1
"""Release bucket of an order that could not be received in time any more."""


@dataclass(frozen=True)
class Component:
    """What an order takes from stock: `quantity_per` released unit, by receipt bucket, and a quantity per order."""

    item: int
    quantity_per: FloatArray
    fixed_quantity: float = 0.0


@dataclass(frozen=True)
class ByProduct:
    """What arrives with an order's receipt: `quantity_per` good unit of the parent, by receipt bucket."""

    item: int
    quantity_per: FloatArray


@dataclass(frozen=True)
class ResourceUse:
    """Minutes an order takes in its release bucket: per order and per released unit."""

    resource: int
    setup_minutes: float
    run_minutes: float


@dataclass(frozen=True)
class Source:
    """One way to receive an item.

    `release_bucket`, `setup_cost` (money per order) and `unit_cost` (money per released unit) have one entry
    a receipt bucket; `capacity` is the good quantity that may arrive in a bucket; `yield_share` is good
    units per released unit; `minimum`, `multiple` and `maximum` bind the good quantity of one order
    (0: no such rule). `name` is what reports call it.
    """

    item: int
    name: str
    kind: str
    release_bucket: IntArray
    setup_cost: FloatArray
    unit_cost: FloatArray
    components: tuple[Component, ...] = ()
    by_products: tuple[ByProduct, ...] = ()
    uses: tuple[ResourceUse, ...] = ()
    yield_share: float = 1.0
    minimum: float = 0.0
    multiple: float = 0.0
    maximum: float = 0.0
    capacity: FloatArray | None = None

    @property
    def counts_orders(self) -> bool:
        """True where an order as such costs, takes or binds something, so that orders must be counted."""
        return bool(
            np.any(self.setup_cost > 0)
            or self.minimum > 0
            or self.multiple > 0
            or any(use.setup_minutes > 0 for use in self.uses)
            or any(component.fixed_quantity > 0 for component in self.components)
        )


@dataclass(frozen=True)
class DemandClass:
    """Demand for one item with one price of lateness and one patience.

    `quantity` is due by bucket; `penalty` is money per unit and bucket late; `patience` is the number of
    buckets it may be late (0: on time or not at all; None: as long as it takes, and at the horizon's end
    what is still owed costs `unserved_penalty` a unit more).
    """

    item: int
    name: str
    quantity: FloatArray
    penalty: float = 0.0
    patience: int | None = 0
    unserved_penalty: float = 0.0


@dataclass(frozen=True)
class LotSizingProblem:
    """A whole problem; shapes in items I, buckets T, resources R.

    `initial_stock` (I,), `scheduled_receipts`, `safety_stock`, `holding_cost` (I, T), `safety_penalty` (I,) money
    per unit and bucket below safety stock, `expiring` (I, T) stock that is lost at the start of the bucket
    unless used before, `capacity` (R, T) minutes, `overtime_cost` (R,) money a minute, `overtime_limit` (R,)
    minutes a bucket (0: none).

    Raises:
        ValueError: a shape differs or a source or class names an item or resource that is not there.
    """

    items: tuple[str, ...]
    bucket_count: int
    initial_stock: FloatArray
    scheduled_receipts: FloatArray
    safety_stock: FloatArray
    safety_penalty: FloatArray
    holding_cost: FloatArray
    expiring: FloatArray
    demand_classes: tuple[DemandClass, ...]
    sources: tuple[Source, ...]
    resources: tuple[str, ...]
    capacity: FloatArray
    overtime_cost: FloatArray
    overtime_limit: FloatArray

    def __post_init__(self) -> None:
        """Check shapes and freeze the arrays."""
        shapes = self._shapes()
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
            array.setflags(write=False)
        for source in self.sources:
            self._check_source(source)
        for demand_class in self.demand_classes:
            if not 0 <= demand_class.item < len(self.items) or len(demand_class.quantity) != self.bucket_count:
                raise ValueError(f"demand class {demand_class.name} does not fit the problem")

    def _shapes(self) -> Mapping[str, tuple[int, ...]]:
        by_item, by_resource = len(self.items), len(self.resources)
        return {
            "initial_stock": (by_item,),
            "scheduled_receipts": (by_item, self.bucket_count),
            "safety_stock": (by_item, self.bucket_count),
            "safety_penalty": (by_item,),
            "holding_cost": (by_item, self.bucket_count),
            "expiring": (by_item, self.bucket_count),
            "capacity": (by_resource, self.bucket_count),
            "overtime_cost": (by_resource,),
            "overtime_limit": (by_resource,),
        }

    def _check_source(self, source: Source) -> None:
        touched = [source.item, *(c.item for c in source.components), *(b.item for b in source.by_products)]
        if not all(0 <= item < len(self.items) for item in touched):
            raise ValueError(f"source {source.name} names an item that is not there")
        if not all(0 <= use.resource < len(self.resources) for use in source.uses):
            raise ValueError(f"source {source.name} names a resource that is not there")
        if len(source.release_bucket) != self.bucket_count or source.yield_share <= 0:
            raise ValueError(f"source {source.name} does not fit the problem")

    def sources_of(self) -> tuple[tuple[int, ...], ...]:
        """Source indices of every item, in the order in which they stand."""
        found: list[list[int]] = [[] for _ in self.items]
        for index, source in enumerate(self.sources):
            found[source.item].append(index)
        return tuple(tuple(indices) for indices in found)

    def parents_first(self) -> tuple[int, ...]:
        """Items so that every parent comes before its components (Kahn 1962).

        Raises:
            ValueError: the sources form a cycle.
        """
        waiting = np.zeros(len(self.items), dtype=np.int64)
        for source in self.sources:
            for component in source.components:
                waiting[component.item] += 1
        ready = [item for item in range(len(self.items)) if waiting[item] == 0]
        sources_of = self.sources_of()
        order: list[int] = []
        while ready:
            item = ready.pop()
            order.append(item)
            for index in sources_of[item]:
                for component in self.sources[index].components:
                    waiting[component.item] -= 1
                    if waiting[component.item] == 0:
                        ready.append(component.item)
        if len(order) < len(self.items):
            raise ValueError("the sources form a cycle")
        return tuple(order)


@dataclass(frozen=True)
class LotSizingPlan:
    """Decisions by source and bucket and what follows from them.

    `quantity` (S, T) good units received, `orders` (S, T) number of orders, `stock` (I, T) at bucket's end,
    `backlog` (C, T) units owed at bucket's end by demand class, `overtime` (R, T) minutes, `below_safety` (I, T).
    """

    quantity: FloatArray
    orders: FloatArray
    stock: FloatArray
    backlog: FloatArray
    overtime: FloatArray
    below_safety: FloatArray


@dataclass(frozen=True)
class CostSplit:
    """Money by cause; `late` holds lateness, what is never served, and stock below safety."""

    setup: float
    holding: float
    purchase: float
    overtime: float
    late: float

    @property
    def total(self) -> float:
        """The objective."""
        return sum(getattr(self, field.name) for field in fields(self))


def cost_of(problem: LotSizingProblem, plan: LotSizingPlan) -> CostSplit:
    """What a plan costs under the problem's prices."""
    setup = purchase = late = 0.0
    for index, source in enumerate(problem.sources):
        setup += float(source.setup_cost @ plan.orders[index])
        purchase += float(source.unit_cost @ plan.quantity[index]) / source.yield_share
    for index, demand_class in enumerate(problem.demand_classes):
        late += demand_class.penalty * float(plan.backlog[index].sum())
        late += demand_class.unserved_penalty * float(plan.backlog[index, -1])
    late += float(problem.safety_penalty @ plan.below_safety.sum(axis=1))
    return CostSplit(
        setup=setup,
        holding=float((problem.holding_cost * plan.stock).sum()),
        purchase=purchase,
        overtime=float(problem.overtime_cost @ plan.overtime.sum(axis=1)),
        late=late,
    )
