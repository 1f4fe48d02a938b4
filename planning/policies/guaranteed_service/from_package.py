"""The guaranteed-service network of a planning package: an item a stage, a bill line an arc, a day a period.

Times are lead times rounded up to whole days. Alternates count by the first of each group in priority, effectivity at
plan_start, by-products not at all. Deviations pass down the bill exactly for independent end items: what an item needs
for one unit of an end item, over all paths, times that end item's deviation; squares are added. Holding cost is the
item's own, as in the package; phantoms keep nothing.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from planning.package import Package
from planning.policies.guaranteed_service.network import NO_LIMIT, FloatArray, ServiceNetwork
from schemas.planning import QUANTITY_SCALE


def network_from_package(
    package: Package,
    deviations: Mapping[str, float],
    *,
    safety_factor: float,
    service_days: Mapping[str, int] | None = None,
    yearly_holding_cost: FloatArray | None = None,
) -> ServiceNetwork:
    """The network of all items that have demand or are needed for one that has.

    Args:
        package: items and bill of material.
        deviations: deviation of a day's outside demand by item; items that are not named have none.
        safety_factor: k of the demand bound, for all stages.
        service_days: days that the outside customers of an item wait; 0 where not named.
        yearly_holding_cost: money per unit and year, one an item in `package.items`; from the package where not given.

    Returns:
        Stages in the order of the items.

    Raises:
        ValueError: no item has demand, a deviation is not a finite number of at least 0, or a needed item has no
            holding cost.

    >>> from planning.package import read_package
    >>> package = read_package({
    ...     "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
    ...     "items": pl.DataFrame({"item": ["BIKE", "RIM", "WHEEL"], "lead_time_days": [1.0, 9.0, 2.5],
    ...                            "unit_cost": [100, 5, 20], "holding_rate": [0.25, 0.25, 0.25]}),
    ...     "bom": pl.DataFrame({"parent": ["BIKE", "WHEEL"], "component": ["WHEEL", "RIM"], "quantity_per": [2, 1]}),
    ... })
    >>> network = network_from_package(package, {"BIKE": 3.0}, safety_factor=1.645)
    >>> network.names, network.time.tolist(), network.deviation.tolist(), network.holding_cost.tolist()
    (('BIKE', 'RIM', 'WHEEL'), [1, 9, 3], [3.0, 6.0, 6.0], [25.0, 1.25, 5.0])
    """
    items = package.table("items")
    names = package.items.to_list()
    own = np.array([float(deviations.get(name, 0.0)) for name in names])
    if not np.all(np.isfinite(own) & (own >= 0)) or not np.any(own > 0):
        message = "deviations must be finite numbers of at least 0, and one item at least must have demand"
        raise ValueError(message)
    lines = _lines_in_force(package)
    parent, component = lines["parent_index"].to_numpy(), lines["component_index"].to_numpy()
    quantity = _needed_per_unit(package, lines)
    variance, needed = _passed_down(own, parent, component, quantity)
    lead = (items["lead_time_days"] + items["safety_days"]).to_numpy()
    phantom = items["phantom"].to_numpy()
    waits = service_days or {}
    holding = _holding_cost(package) if yearly_holding_cost is None else yearly_holding_cost
    whole = ServiceNetwork(
        tuple(names),
        np.where(phantom, 0, -(-lead // QUANTITY_SCALE)).astype(np.int64),
        _with_costs(holding, needed, phantom, names),
        np.sqrt(variance),
        np.full(len(names), float(safety_factor)),
        component.astype(np.int64),
        parent.astype(np.int64),
        np.array([int(waits.get(name, 0)) if own[i] > 0 else NO_LIMIT for i, name in enumerate(names)], dtype=np.int64),
        np.zeros(len(names), dtype=np.int64),
        ~phantom | (own > 0),
    )
    return whole.part(np.flatnonzero(needed))


def _with_costs(holding: FloatArray, needed: np.ndarray, phantom: np.ndarray, names: list[str]) -> FloatArray:
    """Holding costs, refused where a stage that may stock has none, for its stock would seem free."""
    unknown = ~np.isfinite(holding) & needed & ~phantom
    if unknown.any():
        first = names[int(np.argmax(unknown))]
        message = (
            f"{int(unknown.sum())} items have no holding cost, the first is {first}; "
            "state holding_cost, or unit_cost and holding_rate, or give yearly_holding_cost"
        )
        raise ValueError(message)
    return np.where(np.isfinite(holding), holding, 0.0)


def _lines_in_force(package: Package) -> pl.DataFrame:
    """Component lines at plan_start, the first alternate of each group, one line a pair."""
    start = package.parameters.plan_start
    lines = package.table("bom").filter(
        (pl.col("kind") == "component")
        & (pl.col("effective_from").fill_null(start) <= start)
        & (pl.col("effective_to").fill_null(start + 1) > start)
        & (pl.col("quantity_per") > 0)
    )
    grouped = lines.filter(pl.col("alternate_group").is_not_null()).sort("priority", "row")
    first = grouped.unique(["parent_index", "alternate_group"], keep="first", maintain_order=True)
    together = pl.concat([lines.filter(pl.col("alternate_group").is_null()), first])
    return together.group_by("parent_index", "component_index", maintain_order=True).agg(
        (pl.col("quantity_per") / (1 - pl.col("scrap") / QUANTITY_SCALE)).sum().alias("quantity")
    )


def _needed_per_unit(package: Package, lines: pl.DataFrame) -> FloatArray:
    """Component for one good unit of the parent: quantity with scrap, by the parent's yield."""
    good = package.table("items")["yield"].to_numpy()[lines["parent_index"].to_numpy()]
    return lines["quantity"].to_numpy() / good


def _holding_cost(package: Package) -> FloatArray:
    """Money per unit and year; nan where neither a holding cost nor a rate and a cost stand."""
    items, buckets = package.table("items"), package.parameters.buckets_per_year
    stated = items["holding_cost"] * buckets / QUANTITY_SCALE
    rated = items["unit_cost"] / QUANTITY_SCALE * (items["holding_rate"] / QUANTITY_SCALE)
    return pl.select(pl.coalesce(stated, rated, pl.lit(float("nan")))).to_series().cast(pl.Float64).to_numpy()


def _passed_down(
    own: FloatArray, parent: np.ndarray, component: np.ndarray, quantity: FloatArray
) -> tuple[FloatArray, np.ndarray]:
    """(variance a day, whether it is needed) of every item, from the deviations of end items."""
    count = own.size
    ends = np.flatnonzero(own > 0)
    bill: Any = sparse.csr_matrix((quantity, (parent, component)), shape=(count, count))
    reached: Any = sparse.csr_matrix((np.ones(ends.size), (np.arange(ends.size), ends)), shape=(ends.size, count))
    total: Any = reached.copy()
    while reached.nnz:
        reached = reached @ bill
        total = total + reached
    variance = np.asarray(total.multiply(total).T @ (own[ends] ** 2), dtype=np.float64)
    return variance, np.asarray(total.getnnz(axis=0) > 0)
