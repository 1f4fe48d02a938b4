"""What service costs: stock and its yearly cost against service, for every item and for the company as a whole.

An item's curve sets its level for one target after another. The company's exchange curve has two rules: `same_service`
gives every item the same target; `least_cost` gives each item, for a price of what is not met at once, the target at
which holding and shortage together cost least, so that no other choice among the same targets serves as much for less
(Silver, Pyke and Thomas 2017, section 6.11, the exchange curve). Service of the company is the share of the value of
demand that is met at once. Items without a unit cost or a holding cost have a curve, and no part in the company's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from planning.policies.levels import resampled_levels, stock_levels
from planning.policies.limits import require_share
from planning.policies.proposals import Proposals

TARGETS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999)
PRICES = np.geomspace(1e-3, 1e3, 61)
"""Prices of a unit of value not met at once, as multiples of what the company pays to hold a unit of value for a year."""


@dataclass(frozen=True)
class ServiceCurve:
    """`items`: a row an item, location and target. `company`: a row a rule and target (or price), by yearly cost."""

    items: pl.DataFrame
    company: pl.DataFrame


def service_curve(proposals: Proposals, targets: Sequence[float] = TARGETS) -> ServiceCurve:
    """The curves of what `propose_policies` proposed, with its lots and its measure of service.

    Args:
        targets: service targets in (0, 1), ascending.

    Raises:
        ValueError: no target, or one outside (0, 1).
    """
    if not targets:
        message = "state at least one service target"
        raise ValueError(message)
    require_share(**{f"target {place}": target for place, target in enumerate(targets, start=1)})
    policies = proposals.policies
    value = policies["unit_cost"].cast(pl.Float64)
    holding = policies["yearly_unit_holding_cost"]
    parts = []
    wanted = np.repeat(np.array(targets, dtype=np.float64)[:, None], policies.height, axis=1)
    samples = proposals.samples
    drawn = None if samples is None else resampled_levels(proposals.terms, samples, wanted)
    for place, target in enumerate(targets):
        terms = replace(proposals.terms, target=wanted[place])
        levels = stock_levels(terms, samples, None if drawn is None else drawn[place])
        safety = np.maximum(levels.level - levels.mean, 0.0)
        parts.append(
            policies.select(
                "item",
                "location",
                pl.lit(float(target)).alias("service_target"),
                pl.Series("level", np.maximum(levels.level, 0.0)),
                pl.Series("safety_stock", safety),
                pl.Series("expected_cycle_service", levels.cycle_service),
                pl.Series("expected_fill_rate", levels.fill_rate),
                pl.Series("expected_stock", levels.expected_stock),
                (pl.Series("stock_value", levels.expected_stock) * value).alias("stock_value"),
                (pl.Series("yearly_holding_cost", levels.expected_stock) * holding).alias("yearly_holding_cost"),
                (policies["yearly_demand"].cast(pl.Float64) * value).alias("yearly_demand_value"),
            )
        )
    items = pl.concat(parts).sort("item", "location", "service_target")
    return ServiceCurve(items, _exchange_curve(parts, targets))


def _exchange_curve(parts: list[pl.DataFrame], targets: Sequence[float]) -> pl.DataFrame:
    """The company's points; parts hold the same items in the same order, one part a target."""

    def column(name: str) -> np.ndarray:
        return np.array([part[name].fill_null(float("nan")).to_numpy() for part in parts])

    stock, holding, asked = column("stock_value"), column("yearly_holding_cost"), column("yearly_demand_value")
    missing = (1 - column("expected_fill_rate")) * asked
    known = np.isfinite(stock).all(axis=0) & np.isfinite(holding).all(axis=0) & (asked[0] > 0)
    stock, holding, missing = stock[:, known], holding[:, known], missing[:, known]
    total = float(asked[0, known].sum())
    rows: list[tuple[str, float | None, float | None, float, float, float]] = []
    for place, target in enumerate(targets):
        sums = stock[place].sum(), holding[place].sum(), missing[place].sum()
        rows.append(("same_service", float(target), None, *_point(*sums, total)))
    rate = float(holding.sum() / stock.sum()) if known.any() and stock.sum() > 0 else 0.0
    column_of = np.arange(int(known.sum()))
    seen: set[tuple[int, ...]] = set()
    for price in (PRICES * rate).tolist() if rate > 0 else []:
        chosen = np.argmin(holding + price * missing, axis=0)
        if (key := tuple(np.bincount(chosen, minlength=len(targets)).tolist())) in seen:
            continue
        seen.add(key)
        sums = stock[chosen, column_of].sum(), holding[chosen, column_of].sum(), missing[chosen, column_of].sum()
        rows.append(("least_cost", None, float(price), *_point(*sums, total)))
    names = {"rule": pl.String, "service_target": float, "shortage_price": float}
    names |= {"stock_value": float, "yearly_holding_cost": float, "fill_rate_by_value": float}
    return pl.DataFrame(rows, schema=names, orient="row").sort("rule", "yearly_holding_cost", "fill_rate_by_value")


def _point(stock: float, holding: float, missing: float, total: float) -> tuple[float, float, float]:
    return float(stock), float(holding), 1 - float(missing) / total if total > 0 else 1.0
