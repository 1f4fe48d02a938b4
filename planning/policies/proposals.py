"""Policies for every item of a package: tables in, one table of proposals out, with the reason of every number beside it.

Order of the steps: histories are checked, rows gathered, lots sized, levels set, and what they will give and cost is
computed for the rounded numbers, not for the exact ones. Nothing is written anywhere: a person accepts lines, and
accepted lines become commands of the application.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from planning.package import Package, read_beside
from planning.package.findings import Findings
from planning.policies.demand_history import bucket_demand, bucket_samples, demand_before
from planning.policies.gathering import Notes, as_floats, gathered, price_breaks_of
from planning.policies.levels import Levels, LevelTerms, Samples, stock_levels
from planning.policies.order_quantities import LotTerms, order_quantities
from planning.policies.settings import PolicySettings
from schemas.planning import DEMAND_HISTORY, PROPOSAL_COLUMNS, QUANTITY_LIMIT, RECEIPT_HISTORY, Kind

DECIMAL = pl.Decimal(18, 6)
TYPES = {Kind.TEXT: pl.String, Kind.QUANTITY: DECIMAL, Kind.COUNT: pl.Int32, float: pl.Float64}


@dataclass(frozen=True)
class Proposals:
    """What is proposed.

    Attributes:
        policies: columns PROPOSAL_COLUMNS, a row an item and location, sorted.
        notes: item, location, note, value, sentence: what is missing, assumed or left out, by name.
        rejects: table, row, column, value, reason: rows of the histories that could not be used, and outliers.
        terms, samples: what `service_curve` needs to vary service.
    """

    policies: pl.DataFrame
    notes: pl.DataFrame
    rejects: pl.DataFrame
    terms: LevelTerms
    samples: Samples | None


def propose_policies(
    package: Package,
    demand_history: pl.DataFrame,
    receipt_history: pl.DataFrame | None = None,
    settings: PolicySettings | None = None,
) -> Proposals:
    """Safety stock, reorder point, lot and order-up-to level for every item and location with a history of demand.

    Args:
        package: items with costs, lots, classes and service levels; sources and price breaks where there are any.
        demand_history: columns of schemas DEMAND_HISTORY; days before plan_start.
        receipt_history: columns of schemas RECEIPT_HISTORY.
        settings: what the company decides; the defaults of `PolicySettings` otherwise.

    Returns:
        Proposals; faulty rows and missing facts are named, and everything else is proposed.

    Worked by hand: 20 or 30 a day, evenly, is 25 with a deviation of 5.04 over 60 days; receipts take 4 days. Looked at
    daily, stock lies E[D^2] / 2 E[D] = 650 / 50 = 13 below the reorder point less half a unit: 12.5. The variances of 4
    days and of what lies below are 101.7 and 64.3, so that 95 % of 112.5 with 12.9 is 134 by a normal, 135 by a gamma.

    >>> from datetime import date, timedelta
    >>> from planning.package import read_package
    >>> package = read_package({
    ...     "parameters": pl.DataFrame({"key": ["plan_start", "bucket"], "value": ["2026-03-02", "day"]}),
    ...     "items": pl.DataFrame({"item": ["BOLT"], "unit_cost": [2], "holding_rate": [0.25], "setup_cost": [10],
    ...                            "decimals": [0], "service_level": [0.95]}),
    ... })
    >>> days = [date(2026, 3, 1) - timedelta(days=k) for k in range(60)]
    >>> demand = pl.DataFrame({"item": "BOLT", "on": days, "quantity": [20, 30] * 30})
    >>> receipts = pl.DataFrame({"item": "BOLT", "ordered_on": days[10:15], "quantity": 600,
    ...                          "received_on": [day + timedelta(days=4) for day in days[10:15]]})
    >>> row = propose_policies(package, demand, receipts).policies.row(0, named=True)
    >>> row["demand_mean"], round(row["demand_deviation"], 2), row["lead_time_days_p90"], row["undershoot_mean"]
    (25.0, 5.04, 4.0, 12.5)
    >>> int(row["safety_stock"]), int(row["reorder_point"]), int(row["order_quantity"]), row["order_quantity_rule"]
    (23, 135, 605, 'economic')
    """
    chosen = settings or PolicySettings()
    findings, notes = Findings(), Notes()
    start = package.parameters.plan_start
    demand = demand_before(read_beside(demand_history, DEMAND_HISTORY, package, findings), start, findings)
    empty = pl.DataFrame(schema={column.name: pl.String for column in RECEIPT_HISTORY.columns})
    given = empty if receipt_history is None else receipt_history
    receipts = read_beside(given, RECEIPT_HISTORY, package, findings)
    bucket_days = 1 if package.parameters.bucket == "day" else 7
    buckets = bucket_demand(demand, plan_start=start, bucket_days=bucket_days)
    rows = gathered(package, demand, buckets, receipts, chosen, findings=findings, notes=notes)
    lots, rules = _lots(package, rows, chosen, bucket_days, notes)
    terms = _level_terms(rows, lots, chosen, bucket_days)
    samples = _samples(rows, buckets, chosen, bucket_days)
    levels = stock_levels(terms, samples)
    policies = _table(rows, lots, rules, terms, levels, chosen, bucket_days)
    below = pl.Series(levels.level - levels.mean) < 0
    notes.add(policies.filter(below), "safety_stock_below_zero", "safety_stock_computed")
    return Proposals(policies, notes.table(), findings.table(), terms, samples)


def _lots(
    package: Package, rows: pl.DataFrame, settings: PolicySettings, bucket_days: int, notes: Notes
) -> tuple[np.ndarray, list[str]]:
    """The lot of each row and the rule that made it; under periodic review, mean demand of a review."""
    day_demand = as_floats(rows, "mean") / bucket_days
    if settings.review_days is not None:
        return day_demand * settings.review_days, ["review_demand"] * rows.height
    terms = LotTerms(
        as_floats(rows, "yearly_demand"),
        as_floats(rows, "mean"),
        day_demand,
        as_floats(rows, "order_cost"),
        as_floats(rows, "yearly_holding"),
        as_floats(rows, "rate", 0.0),
        as_floats(rows, "lot_size", 0.0),
        as_floats(rows, "min_lot", 0.0),
        as_floats(rows, "lot_multiple", 0.0),
        as_floats(rows, "max_lot", 0.0),
        as_floats(rows, "step"),
    )
    lots, rules, unusable = order_quantities(terms, price_breaks_of(package, rows))
    notes.add(rows[unusable], "price_breaks_unusable")
    return np.minimum(lots, QUANTITY_LIMIT), rules


def _level_terms(rows: pl.DataFrame, lots: np.ndarray, settings: PolicySettings, bucket_days: int) -> LevelTerms:
    return LevelTerms(
        day_mean=as_floats(rows, "mean") / bucket_days,
        day_deviation=as_floats(rows, "deviation") / bucket_days**0.5,
        day_second=as_floats(rows, "day_second"),
        day_third=as_floats(rows, "day_third"),
        lead_days=as_floats(rows, "lead_mean"),
        lead_deviation_days=as_floats(rows, "lead_deviation"),
        order_quantity=lots,
        target=as_floats(rows, "target"),
        step=as_floats(rows, "step"),
        whole_units=rows["decimals"].to_numpy() == 0,
        by_fill=settings.service_measure == "fill",
        review_days=settings.review_days,
    )


def _samples(rows: pl.DataFrame, buckets: pl.DataFrame, settings: PolicySettings, bucket_days: int) -> Samples | None:
    """The histories of lumpy items, where these are to be resampled."""
    places = np.flatnonzero((rows["pattern"] == "lumpy").to_numpy())
    if not settings.resample_lumpy or places.size == 0:
        return None
    lumpy = rows[places.tolist()]
    first, values = bucket_samples(buckets, lumpy)
    return Samples(
        places.astype(np.int64),
        first,
        values,
        lumpy["bucket_count"].to_numpy().astype(np.int64),
        lumpy["item_index"].to_numpy().astype(np.int64),
        bucket_days,
        settings.draws,
        settings.seed,
    )


def _table(
    rows: pl.DataFrame,
    lots: np.ndarray,
    rules: list[str],
    terms: LevelTerms,
    levels: Levels,
    settings: PolicySettings,
    bucket_days: int,
) -> pl.DataFrame:
    """The proposals in the columns of PROPOSAL_COLUMNS."""
    step, periodic = terms.step, settings.review_days is not None
    safety = levels.level - levels.mean
    kept = np.maximum(np.ceil(safety / step - 1e-6) * step, 0.0)
    point = np.maximum(levels.level, 0.0)
    yearly, holding = as_floats(rows, "yearly_demand"), as_floats(rows, "yearly_holding")
    with np.errstate(divide="ignore", invalid="ignore"):
        ordering = yearly / lots * as_floats(rows, "order_cost")
        factor = np.where(levels.deviation > 0, safety / levels.deviation, 0.0)
    holding_cost = holding * levels.expected_stock
    nothing = np.full(rows.height, np.nan)
    made = {
        "lead_time_receipt_count": rows["receipt_count"],
        "yearly_usage_value": rows["usage_value"],
        "bucket_days": [bucket_days] * rows.height,
        "demand_bucket_count": rows["bucket_count"],
        "demand_mean": rows["mean"],
        "demand_deviation": rows["deviation"],
        "demand_variation": rows["variation"],
        "demand_interval": rows["interval"],
        "lead_time_days_mean": rows["lead_mean"],
        "lead_time_days_deviation": rows["lead_deviation"],
        "lead_time_days_p50": rows["lead_p50"],
        "lead_time_days_p90": rows["lead_p90"],
        "review_days": [settings.review_days or 0.0] * rows.height,
        "protection_mean": levels.mean,
        "protection_deviation": levels.deviation,
        "undershoot_mean": levels.undershoot_mean,
        "distribution": levels.distribution,
        "service_measure": [settings.service_measure] * rows.height,
        "service_target": rows["target"],
        "safety_factor": factor,
        "safety_stock": kept,
        "safety_stock_computed": safety,
        "reorder_point": nothing if periodic else point,
        "order_quantity": lots,
        "order_quantity_rule": rules,
        "order_up_to": point if periodic else point + lots,
        "expected_cycle_service": levels.cycle_service,
        "expected_fill_rate": levels.fill_rate,
        "expected_stock": levels.expected_stock,
        "yearly_unit_holding_cost": holding,
        "yearly_order_cost": ordering,
        "yearly_holding_cost": holding_cost,
        "yearly_cost": ordering + holding_cost,
        "current_safety_stock": rows["safety_stock"],
        "current_reorder_point": rows["reorder_point"],
        "current_lot_size": rows["lot_size"],
    }
    return pl.DataFrame(
        [_typed(name, made[name] if name in made else rows[name], kind) for name, kind in PROPOSAL_COLUMNS.items()]
    )


def _typed(name: str, values, kind: Kind | type[float]) -> pl.Series:
    """A column in its type; what is not known is null, and quantities are rounded half up to six decimals."""
    if kind is Kind.TEXT:
        return pl.Series(name, values, dtype=pl.String)
    if kind is Kind.COUNT:
        return pl.Series(name, values).cast(pl.Int32)
    numbers = pl.Series(name, values).cast(pl.Float64).fill_nan(None)
    if kind is Kind.QUANTITY:
        limited = numbers.clip(-float(QUANTITY_LIMIT) + 1, float(QUANTITY_LIMIT) - 1)
        return ((limited * 1e6 + 0.5).floor() / 1e6).cast(DECIMAL)
    return numbers
