"""How far reality may lie from a plan: given as coefficients of variation, or learned from histories; and drawn.

A factor is lognormal with mean 1 and the given variation: one for an item's demand in a bucket, one for each order's lead time. A
draw is named by seed, number, item and bucket or order, not by the order in which numbers are asked for, so that scenarios meet the
same world (common random numbers) and workers do not matter.

Source: common random numbers as in Law, Simulation Modeling and Analysis, 5th ed. 2015, section 11.2.
"""

import math
import zlib
from dataclasses import dataclass

import numpy as np
import polars as pl

from planning.package import Package, read_beside
from planning.package.findings import Findings
from planning.policies.demand_history import bucket_demand, demand_before, demand_statistics
from planning.policies.lead_times import learned_lead_times
from schemas.planning import DEMAND_HISTORY, QUANTITY_SCALE, RECEIPT_HISTORY, UNCERTAINTY

LARGEST_VARIATION = 5.0
LEAST_BUCKETS = 8
LEAST_RECEIPTS = 5


@dataclass(frozen=True)
class Uncertainty:
    """Variations by item index, and of lead times by item index and supplier; None stands for all others."""

    demand: dict[int | None, float]
    lead_time: dict[tuple[int | None, str | None], float]

    def of_demand(self, item: int) -> float:
        """Variation of an item's demand in a bucket."""
        return self.demand.get(item, self.demand.get(None, 0.0))

    def of_lead_time(self, item: int, supplier: str | None) -> float:
        """Variation of a lead time: of item and supplier, else item, else supplier, else all."""
        for key in ((item, supplier), (item, None), (None, supplier), (None, None)):
            if key in self.lead_time:
                return self.lead_time[key]
        return 0.0


def read_uncertainty(frame: pl.DataFrame, package: Package, findings: Findings) -> Uncertainty:
    """The table `uncertainty`; rows that name unknown items or vary beyond LARGEST_VARIATION are rejected."""
    rows = read_beside(frame, UNCERTAINTY, package, findings)
    index = {name: at for at, name in enumerate(package.items)}
    found = Uncertainty({}, {})
    for row in rows.iter_rows(named=True):
        variation = row["variation"] / QUANTITY_SCALE
        if row["item"] is not None and row["item"] not in index:
            findings.reject(UNCERTAINTY.name, row["row"], "item", row["item"], "unknown item")
        elif variation > LARGEST_VARIATION:
            findings.reject(UNCERTAINTY.name, row["row"], "variation", variation, f"beyond {LARGEST_VARIATION}")
        elif row["kind"] == "demand" and row["supplier"] is not None:
            findings.reject(UNCERTAINTY.name, row["row"], "supplier", row["supplier"], "demand has no supplier")
        elif row["kind"] == "demand":
            found.demand[index.get(row["item"])] = variation
        else:
            found.lead_time[index.get(row["item"]), row["supplier"]] = variation
    return found


def learned_uncertainty(
    package: Package, demand: pl.DataFrame | None, receipts: pl.DataFrame | None, findings: Findings
) -> Uncertainty:
    """Variations as histories show them, of items with at least LEAST_BUCKETS buckets or LEAST_RECEIPTS receipts.

    Args:
        demand, receipts: DEMAND_HISTORY and RECEIPT_HISTORY as read; None where there is none.
    """
    found = Uncertainty({}, {})
    if demand is not None:
        history = read_beside(demand, DEMAND_HISTORY, package, findings)
        history = demand_before(history, package.parameters.plan_start, findings)
        days = 7 if package.parameters.bucket == "week" else 1
        buckets = bucket_demand(history, plan_start=package.parameters.plan_start, bucket_days=days)
        rows = demand_statistics(history, buckets).filter(
            (pl.col("bucket_count") >= LEAST_BUCKETS) & (pl.col("mean") > 0)
        )
        for item, mean, deviation in rows.select("item_index", "mean", "deviation").iter_rows():
            found.demand[item] = min(max(found.demand.get(item, 0.0), deviation / mean), LARGEST_VARIATION)
    if receipts is not None:
        history = read_beside(receipts, RECEIPT_HISTORY, package, findings)
        rows = learned_lead_times(history, findings, by=("item_index", "supplier"))
        rows = rows.filter((pl.col("receipt_count") >= LEAST_RECEIPTS) & (pl.col("days_mean") > 0))
        for item, supplier, mean, deviation in rows.select(
            "item_index", "supplier", "days_mean", "days_deviation"
        ).iter_rows():
            found.lead_time[item, supplier] = min(deviation / mean, LARGEST_VARIATION)
    return found


def factors(seed: int, draw: int, name: str, count: int, variation: float) -> np.ndarray:
    """Lognormal factors with mean 1, float64[count]; the same for the same seed, draw and name, and longer lists begin alike.

    >>> bool(np.allclose(factors(7, 0, "demand/BIKE", 3, 0.2)[:2], factors(7, 0, "demand/BIKE", 2, 0.2)))
    True
    >>> factors(7, 0, "demand/BIKE", 2, 0.0).tolist()
    [1.0, 1.0]
    """
    if variation <= 0:
        return np.ones(count)
    generator = np.random.default_rng([seed, draw, zlib.crc32(name.encode())])
    deviation = math.sqrt(math.log(1 + variation**2))
    return np.exp(generator.standard_normal(count) * deviation - deviation**2 / 2)
