"""What a company decides about its policies: cuts of the classes, service by class, how service is measured, how often one
looks. Nothing here is learned and nothing is hidden: every proposal shows which of these made its numbers.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from planning.policies.classes import CrossingRule, Deviation
from planning.policies.limits import require_above_zero, require_not_negative, require_share

ServiceMeasure = Literal["cycle", "fill"]
SERVICE_BY_CLASS = {"A": 0.98, "B": 0.95, "C": 0.90}


@dataclass(frozen=True)
class PolicySettings:
    """Settings of one run of proposals.

    Attributes:
        service_measure: `cycle` (no cycle ends short) or `fill` (share of demand met at once).
        service_by_class: target by ABC class, for items that state none of their own.
        cut_a, cut_b, crossing: see `abc_classes`; an item's own `abc` in the package wins.
        cut_x, cut_y, deviation: see `xyz_classes`.
        review_days: days from one look at stock to the next. None: looked at every day, ordered at the reorder point;
            a number: raised to the order-up-to level at every review.
        holding_rate: share of unit cost a year, for items without a rate or holding cost of their own; None: none.
        order_cost: money an order, for items without a setup cost; None: none.
        least_receipts: receipts from which lead times are learned; below, the item's own lead time holds.
        least_buckets: buckets of history from which demand is judged.
        resample_lumpy: lumpy demand by resampling its own history, instead of a distribution.
        draws, seed: of the resampling.

    Raises:
        ValueError: a setting outside its range.
    """

    service_measure: ServiceMeasure = "cycle"
    service_by_class: Mapping[str, float] = field(default_factory=lambda: dict(SERVICE_BY_CLASS))
    cut_a: float = 0.80
    cut_b: float = 0.95
    crossing: CrossingRule = "start"
    cut_x: float = 0.25
    cut_y: float = 0.50
    deviation: Deviation = "population"
    review_days: float | None = None
    holding_rate: float | None = None
    order_cost: float | None = None
    least_receipts: int = 5
    least_buckets: int = 8
    resample_lumpy: bool = True
    draws: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.service_measure not in {"cycle", "fill"}:
            message = f"service_measure must be cycle or fill, not {self.service_measure}"
            raise ValueError(message)
        missing = sorted({"A", "B", "C"} - set(self.service_by_class))
        if missing:
            message = f"service_by_class has no target for {', '.join(missing)}"
            raise ValueError(message)
        require_share(**{f"service_by_class[{name}]": value for name, value in self.service_by_class.items()})
        if self.review_days is not None:
            require_above_zero(review_days=self.review_days)
        require_not_negative(holding_rate=self.holding_rate or 0.0, order_cost=self.order_cost or 0.0, seed=self.seed)
        require_above_zero(draws=self.draws, least_receipts=self.least_receipts)
        if self.least_buckets < 2 or not math.isfinite(self.least_buckets):
            message = f"least_buckets must be at least 2, not {self.least_buckets}: one bucket has no deviation"
            raise ValueError(message)
